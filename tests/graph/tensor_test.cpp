// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/tensor.h"

#include <gtest/gtest.h>

#include <array>

#include "keratin/base/error.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/message.h"

namespace keratin::testing_support {
namespace {

using Floats = std::vector<float>;
using Ints = std::vector<int32_t>;
using Bools = std::vector<bool>;

Tensor floats(const Floats& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

// Returns 0, 1, 2 ... in a shape.
Tensor count(const Shape& shape) {
  Ints values(static_cast<size_t>(shape.element_count()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int32_t>(i);
  return Tensor::from(values, shape);
}

// ---- Making tensors -----------------------------------------------------------------------------

TEST(Tensor, FromCopiesValues) {
  Floats values{1, 2, 3, 4, 5, 6};
  const Tensor from_vector = Tensor::from(values, {2, 3});
  const Tensor from_list = Tensor::from<int64_t>({7, 8}, {2, 1});
  const Tensor from_span = Tensor::from(std::span<const float>(values).subspan(4), {2});
  const Tensor from_array = Tensor::from(std::array<double, 2>{0.5, 1.5}, {2});
  const Tensor flags = Tensor::from({true, false}, {2});
  values[0] = 9;
  EXPECT_EQ(from_vector.spec(), (TensorSpec{{2, 3}, DType::float32}));
  EXPECT_EQ(from_vector.to_vector<float>(), (Floats{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(from_list.spec(), (TensorSpec{{2, 1}, DType::int64}));
  EXPECT_EQ(from_list.to_vector<int32_t>(), (Ints{7, 8}));
  EXPECT_EQ(from_span.to_vector<float>(), (Floats{5, 6}));
  EXPECT_EQ(from_array.spec(), (TensorSpec{{2}, DType::float64}));
  EXPECT_EQ(flags.dtype(), DType::bool_);
  EXPECT_EQ(Tensor::from<float>({}, {0, 3}).shape(), (Shape{0, 3}));
}

TEST(Tensor, FromRefusesOtherCounts) {
  const std::string message = message_of<ShapeError>([] { Tensor::from<float>({1, 2}, {3}); });
  EXPECT_EQ(message, "Tensor::from: expected 3 values for the shape [3], got 2. Check the sizes.");
  EXPECT_THROW(Tensor::from<float>({1, 2}, {}), ShapeError);
  // The counts are compared before memory for the shape is taken.
  EXPECT_THROW(Tensor::from<float>({1, 2}, {int64_t{1} << 58}), ShapeError);
}

TEST(Tensor, ViewsShareTheCallersMemory) {
  auto owner = std::make_shared<Floats>(Floats{1, 2, 3, 4});
  const std::weak_ptr<Floats> watch = owner;
  Tensor view = Tensor::view(std::span<const float>(*owner), {2, 2}, owner);
  EXPECT_EQ(view.array().raw(), owner->data());
  owner.reset();
  EXPECT_EQ(view.to_vector<float>(), (Floats{1, 2, 3, 4}));
  EXPECT_FALSE(watch.expired());
  view = Tensor();
  EXPECT_TRUE(watch.expired());
  const Floats values{1, 2};
  EXPECT_THROW(Tensor::view(std::span<const float>(values), {3}), ShapeError);
}

TEST(Tensor, ZerosAndOnesHaveEveryDtype) {
  for (int i = 0; i < dtype_count; ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(Tensor::zeros({2, 2}, dtype).dtype(), dtype);
    EXPECT_EQ(Tensor::zeros({2, 2}, dtype).to_vector<float>(), Floats(4, 0.0f));
    EXPECT_EQ(Tensor::ones({2, 2}, dtype).to_vector<float>(), Floats(4, 1.0f));
  }
}

TEST(Tensor, PlainNumbersAreWeak) {
  EXPECT_TRUE(Tensor(1).is_weak());
  EXPECT_EQ(Tensor(1).dtype(), DType::int32);
  EXPECT_EQ(Tensor(int64_t{1} << 40).dtype(), DType::int64);
  EXPECT_EQ(Tensor(0.5f).dtype(), DType::float64);
  EXPECT_EQ(Tensor(true).dtype(), DType::bool_);
  EXPECT_EQ(Tensor(1).shape(), Shape{});
  EXPECT_FALSE(floats({1}).is_weak());
  EXPECT_FALSE(Tensor(1).cast(DType::int32).is_weak());
}

// ---- Reading ------------------------------------------------------------------------------------

TEST(Tensor, ReadsItsElementsConverted) {
  const Tensor x = floats({1.75f, -2.5f});
  EXPECT_EQ(x.to_vector<int32_t>(), (Ints{1, -2}));
  EXPECT_EQ(x.to_vector<double>(), (std::vector<double>{1.75, -2.5}));
  EXPECT_EQ(floats({1.75f}).item<double>(), 1.75);
  EXPECT_EQ(Tensor(3).item<int64_t>(), 3);
  EXPECT_THROW(x.item<float>(), ShapeError);
  EXPECT_EQ(ops::transpose(count({2, 3})).to_vector<int32_t>(), (Ints{0, 3, 1, 4, 2, 5}));
}

TEST(Tensor, AnEmptyHandleSaysSo) {
  const Tensor none;
  EXPECT_FALSE(none.defined());
  EXPECT_EQ(message_of<ValueError>([&] { none.shape(); }),
            "tensor: expected a tensor, got an empty handle. Assign a tensor to it first.");
  EXPECT_THROW(none + 1, ValueError);
  EXPECT_EQ(to_string(none), "<empty tensor>");
}

TEST(Tensor, ASymbolicTensorHasNoData) {
  const Tensor x = keras_tensor({{None, 3}, DType::float32});
  EXPECT_FALSE(x.is_concrete());
  EXPECT_EQ(message_of<ValueError>([&] { x.array(); }),
            "tensor: expected data, got a symbolic tensor of shape [None, 3]. Read it where the "
            "model runs, not where it is defined.");
  EXPECT_THROW(x.item<float>(), ValueError);
  EXPECT_THROW(x.to_vector<float>(), ValueError);
}

TEST(Tensor, CopiesShareTheData) {
  const Tensor x = count({6});
  const Tensor same = x;
  EXPECT_TRUE(same.is(x));
  EXPECT_FALSE(count({6}).is(x));
  EXPECT_EQ(x.reshape({2, 3}).array().raw(), x.array().raw());
  EXPECT_EQ(x.cast(DType::int32).array().raw(), x.array().raw());
}

TEST(Tensor, MasksTravelOnCopies) {
  const Tensor x = count({2});
  const Tensor mask = Tensor::from({true, false}, {2});
  const Tensor masked = x.with_mask(mask);
  EXPECT_FALSE(x.mask().defined());
  EXPECT_TRUE(masked.mask().is(mask));
  EXPECT_EQ(masked.array().raw(), x.array().raw());
}

// ---- Operators ----------------------------------------------------------------------------------

TEST(Tensor, OperatorsWorkElementByElement) {
  const Tensor a = floats({7, -7, 2});
  const Tensor b = floats({2, 2, 2});
  EXPECT_EQ((a + b).to_vector<float>(), (Floats{9, -5, 4}));
  EXPECT_EQ((a - b).to_vector<float>(), (Floats{5, -9, 0}));
  EXPECT_EQ((a * b).to_vector<float>(), (Floats{14, -14, 4}));
  EXPECT_EQ((a / b).to_vector<float>(), (Floats{3.5f, -3.5f, 1}));
  EXPECT_EQ((a % b).to_vector<float>(), (Floats{1, 1, 0}));
  EXPECT_EQ((-a).to_vector<float>(), (Floats{-7, 7, -2}));
  EXPECT_EQ((a == b).to_vector<bool>(), (Bools{false, false, true}));
  EXPECT_EQ((a != b).to_vector<bool>(), (Bools{true, true, false}));
  EXPECT_EQ((a < b).to_vector<bool>(), (Bools{false, true, false}));
  EXPECT_EQ((a <= b).to_vector<bool>(), (Bools{false, true, true}));
  EXPECT_EQ((a > b).to_vector<bool>(), (Bools{true, false, false}));
  EXPECT_EQ((a >= b).to_vector<bool>(), (Bools{true, false, true}));
  const Tensor yes = a > 0;
  const Tensor small = a < 5;
  EXPECT_EQ((yes & small).to_vector<bool>(), (Bools{false, false, true}));
  EXPECT_EQ((yes | small).to_vector<bool>(), (Bools{true, true, true}));
  EXPECT_EQ((~yes).to_vector<bool>(), (Bools{false, true, false}));
}

TEST(Tensor, NumbersStandOnEitherSide) {
  const Tensor a = floats({1, 2});
  EXPECT_EQ((10 - a).to_vector<float>(), (Floats{9, 8}));
  EXPECT_EQ((a - 10).to_vector<float>(), (Floats{-9, -8}));
  EXPECT_EQ((1.0 / a).to_vector<float>(), (Floats{1, 0.5f}));
  EXPECT_EQ((2 == a).to_vector<bool>(), (Bools{false, true}));
}

TEST(Tensor, CompoundOperatorsMakeANewTensor) {
  Tensor a = floats({6, 8});
  const Tensor before = a;
  a += 2;
  a *= floats({1, 2});
  a -= 4.0;
  a /= 2;
  EXPECT_EQ(a.to_vector<float>(), (Floats{2, 8}));
  EXPECT_EQ(before.to_vector<float>(), (Floats{6, 8}));
}

TEST(Tensor, OperandsBroadcast) {
  const Tensor column = count({2, 1});
  const Tensor row = count({3});
  EXPECT_EQ((column * 10 + row).to_vector<int32_t>(), (Ints{0, 1, 2, 10, 11, 12}));
}

// ---- Parts --------------------------------------------------------------------------------------

TEST(Tensor, IntegersDropAnAxis) {
  const Tensor x = count({2, 3});
  EXPECT_EQ(x[1].to_vector<int32_t>(), (Ints{3, 4, 5}));
  EXPECT_EQ(x[-1].shape(), (Shape{3}));
  EXPECT_EQ((x[{1, 2}].item<int32_t>()), 5);
  EXPECT_EQ((x[{All, -3}].to_vector<int32_t>()), (Ints{0, 3}));
  EXPECT_THROW(x[2], Error);
  EXPECT_THROW((x[{0, -4}]), Error);
  EXPECT_THROW((x[{0, 0, 0}]), Error);
}

TEST(Tensor, SlicesCutAnAxis) {
  const Tensor x = count({6});
  const auto part = [&](const Slice& slice) { return x[slice].to_vector<int32_t>(); };
  EXPECT_EQ(part(Slice(1, 4)), (Ints{1, 2, 3}));
  EXPECT_EQ(part(Slice(open, 2)), (Ints{0, 1}));
  EXPECT_EQ(part(Slice(4, open)), (Ints{4, 5}));
  EXPECT_EQ(part(Slice(-2, open)), (Ints{4, 5}));
  EXPECT_EQ(part(Slice(1, -1)), (Ints{1, 2, 3, 4}));
  EXPECT_EQ(part(Slice(open, open, 2)), (Ints{0, 2, 4}));
  EXPECT_EQ(part(Slice(open, open, -1)), (Ints{5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(part(Slice(4, 0, -2)), (Ints{4, 2}));
  EXPECT_EQ(part(Slice(3, 3)), Ints{});
  EXPECT_EQ(part(Slice(-100, 100)), (Ints{0, 1, 2, 3, 4, 5}));
  EXPECT_THROW(part(Slice(0, 6, 0)), Error);
}

TEST(Tensor, ItemsNameAxesInTheirOrder) {
  const Tensor x = count({2, 3, 4});
  EXPECT_EQ((x[{All, Slice(1, 3), 0}].to_vector<int32_t>()), (Ints{4, 8, 16, 20}));
  EXPECT_EQ((x[{Ellipsis, -1}].to_vector<int32_t>()), (Ints{3, 7, 11, 15, 19, 23}));
  EXPECT_EQ((x[{0, Ellipsis, Slice(0, 1)}].shape()), (Shape{3, 1}));
  EXPECT_EQ((x[{All, NewAxis, 1}].shape()), (Shape{2, 1, 4}));
  EXPECT_EQ(x[Ellipsis].shape(), (Shape{2, 3, 4}));
  EXPECT_EQ((x[{1, 2, 3}].shape()), Shape{});
}

TEST(Tensor, ReshapeFindsOneAxis) {
  const Tensor x = count({2, 6});
  EXPECT_EQ(x.reshape({3, -1}).shape(), (Shape{3, 4}));
  EXPECT_EQ(x.reshape({-1}).to_vector<int32_t>(), count({12}).to_vector<int32_t>());
  EXPECT_THROW(x.reshape({5, -1}), ShapeError);
  EXPECT_THROW(x.reshape({-1, -1}), ShapeError);
  EXPECT_THROW(x.reshape({13}), ShapeError);
}

TEST(Tensor, PartsOfTemporariesAreSafe) {
  int64_t product = 1;
  for (int64_t dim : (count({2, 3}) + 1).shape()) product *= dim;
  EXPECT_EQ(product, 6);
  const Array& data = (count({2}) + 1).array();
  EXPECT_EQ(Tensor(data).to_vector<int32_t>(), (Ints{1, 2}));
}

}  // namespace
}  // namespace keratin::testing_support
