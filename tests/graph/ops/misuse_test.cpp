// SPDX-License-Identifier: Apache-2.0
// What ops refuse, at the borders of what they take.
#include <gtest/gtest.h>

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using testing_support::message_of;

const char* const fine = "nothing was thrown";

template <class E = ValueError>
std::string refused(const std::function<void()>& call) {
  return message_of<E>(call);
}

// Returns what an op says of attributes that only a graph in text can give it.
template <class E = ValueError>
std::string inferred(const OpDef& op, const std::vector<TensorSpec>& inputs, const Attrs& attrs) {
  return message_of<E>([&] { infer(op, inputs, attrs); });
}

TEST(MisuseOfOps, Sizes) {
  const Tensor x = Tensor::ones({2, 3});
  EXPECT_EQ(refused([&] {
              ops::tile(x, {1, -1});
            }),
            "tile: expected `repeats` of 0 or more, got [1, -1]. Check the argument.");
  EXPECT_EQ(ops::tile(x, {0, 2}).shape(), (Shape{0, 6}));
  EXPECT_EQ(refused([&] { ops::repeat(x, -1, 0); }),
            "repeat: expected `repeats` of 0 or more, got -1. Check the argument.");
  EXPECT_EQ(ops::repeat(x, 0, 0).shape(), (Shape{0, 3}));
  EXPECT_EQ(refused([&] {
              ops::pad(x, {{0, 0}, {1, -1}});
            }),
            "pad: expected `pad_width` of 0 or more, got (1, -1). Slice to cut elements.");
  EXPECT_EQ(refused([&] {
              ops::pad(x, {{-1, 0}, {0, 0}});
            }),
            "pad: expected `pad_width` of 0 or more, got (-1, 0). Slice to cut elements.");
  EXPECT_EQ(refused([&] { ops::arange(0.0, 1e300, 1.0); }),
            "arange: expected fewer than 2^53 elements, got 1e+300. Check the arguments.");
  EXPECT_EQ(refused([&] { ops::normalize(x, -1, 0); }),
            "normalize: expected `order` of 1 or more, got 0. Use 2.");
  EXPECT_EQ(ops::normalize(x, -1, 1).to_vector<float>()[0], 1.0f / 3.0f);
  EXPECT_EQ(refused<ShapeError>([&] { ops::matmul(Tensor(2.0f), x); }),
            "matmul: expected tensors of rank 1 or more, got shapes [] and [2, 3]. Use multiply "
            "for scalars.");
  EXPECT_EQ(refused<ShapeError>([&] { ops::matmul(x, Tensor(2.0f)); }),
            "matmul: expected tensors of rank 1 or more, got shapes [2, 3] and []. Use multiply "
            "for scalars.");
  EXPECT_EQ(
      refused<ShapeError>([&] { ops::sparse_categorical_crossentropy(Tensor(1), Tensor(1.0f)); }),
      "sparse_categorical_crossentropy: expected an output of rank 1 or more, got a scalar. "
      "Check the model.");
}

TEST(MisuseOfOps, Attributes) {
  const TensorSpec x{{2, 3}, DType::float32};
  EXPECT_EQ(inferred(ops::sum_op, {x}, ops::ReduceAttrs{.axis = {1, 0}}),
            "sum: expected `axis` sorted and between 0 and 1, got [1, 0]. Count axes from the "
            "front.");
  EXPECT_EQ(inferred(ops::sum_op, {x}, ops::ReduceAttrs{.axis = {2}}),
            "sum: expected `axis` sorted and between 0 and 1, got [2]. Count axes from the front.");
  EXPECT_EQ(inferred(ops::sum_op, {x}, ops::ReduceAttrs{.axis = {-1}}),
            "sum: expected `axis` sorted and between 0 and 1, got [-1]. Count axes from the "
            "front.");
  EXPECT_EQ(inferred(ops::sum_op, {x}, ops::ReduceAttrs{.axis = {0, 1}}), fine);
  const TensorSpec deep{{2, 3, 4}, DType::float32};
  EXPECT_EQ(inferred(ops::argmax_op, {deep}, ops::ReduceAttrs{.axis = {0, 1}}),
            "argmax: expected one axis or all of them, got [0, 1]. Call it in turn.");
  EXPECT_EQ(inferred(ops::argmax_op, {deep}, ops::ReduceAttrs{.axis = {0, 1, 2}}), fine);
  EXPECT_EQ(inferred(ops::cumsum_op, {x}, ops::AxisAttrs{.axis = 2}),
            "cumsum: expected an axis between 0 and 1, got 2. Count it from the front.");
  EXPECT_EQ(inferred(ops::cumsum_op, {x}, ops::AxisAttrs{.axis = -1}),
            "cumsum: expected an axis between 0 and 1, got -1. Count it from the front.");
  EXPECT_EQ(inferred(ops::expand_dims_op, {x}, ops::AxesAttrs{.axis = {1, 1}}),
            "expand_dims: expected each axis once, got axis 1 twice. Drop one.");
  EXPECT_EQ(
      inferred<ShapeError>(ops::batch_matmul_op, {{{3}, DType::float32}, x}, ops::MatmulAttrs{}),
      "batch_matmul: expected matrices, got shapes [3] and [2, 3]. Use matmul for vectors.");
  EXPECT_EQ(
      inferred<ShapeError>(ops::batch_matmul_op, {x, {{3}, DType::float32}}, ops::MatmulAttrs{}),
      "batch_matmul: expected matrices, got shapes [2, 3] and [3]. Use matmul for vectors.");
}

TEST(MisuseOfOps, RandomNumbers) {
  const TensorSpec key{{2}, DType::uint32};
  const auto uniform = [](const TensorSpec& given, DType dtype) {
    return inferred<Error>(ops::random_uniform_op, {given},
                           ops::RandomAttrs{.shape = {3}, .dtype = dtype});
  };
  EXPECT_EQ(uniform(key, DType::float16), fine);
  EXPECT_EQ(uniform({{2}, DType::int32}, DType::float32),
            "random_uniform: expected a key of two uint32, got int32 of shape [2]. Take it from a "
            "SeedGenerator.");
  EXPECT_EQ(uniform({{3}, DType::uint32}, DType::float32),
            "random_uniform: expected a key of two uint32, got uint32 of shape [3]. Take it from a "
            "SeedGenerator.");
  EXPECT_EQ(uniform(key, DType::int32),
            "random_uniform: expected a float dtype, got int32. Cast the result.");
  const Tensor seed = Tensor::from<uint32_t>({1, 2}, {2}), x = Tensor::from({1.0f, 2.0f}, {2});
  EXPECT_EQ(ops::dropout(x, seed, 0.0).to_vector<float>(), (std::vector<float>{1, 2}));
  EXPECT_EQ(ops::dropout(x, seed, 1.0).to_vector<float>(), (std::vector<float>{0, 0}));
  for (const double rate : {-0.1, 1.5}) {
    EXPECT_EQ(refused([&] { ops::dropout(x, seed, rate); }).substr(0, 45),
              "dropout: expected `rate` between 0 and 1, got");
  }
}

TEST(MisuseOfOps, Loops) {
  const Tensor x = Tensor::ones({4, 3});
  const auto sum = [](const Nest& a, const Nest& b) { return Nest(a.tensor() + b.tensor()); };
  EXPECT_EQ(refused<ShapeError>([&] { ops::associative_scan(sum, x, false, 2); }),
            "associative_scan: expected elems with an axis 2, got shape [4, 3]. Choose another "
            "axis.");
  EXPECT_EQ(refused<ShapeError>([&] { ops::associative_scan(sum, x, false, -3); }),
            "associative_scan: expected elems with an axis -1, got shape [4, 3]. Choose another "
            "axis.");
  EXPECT_EQ(ops::associative_scan(sum, x, false, -1).tensor().to_vector<float>(),
            (std::vector<float>{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}));
  EXPECT_TRUE(ops::associative_scan(sum, Nest()).empty());
  EXPECT_EQ(refused<ShapeError>([&] {
              ops::associative_scan(sum, Nest::list({Nest(x), Nest(Tensor::ones({3, 3}))}));
            }),
            "associative_scan: expected elems of one known size along the axis, got shapes [[4, "
            "3], [3, 3]]. Cut them.");
  EXPECT_EQ(
      refused([&] { ops::associative_scan([](const Nest&, const Nest&) { return Nest(); }, x); }),
      "associative_scan: expected a function that gives 1 tensors, got 0. Return the "
      "structure that was given.");
  EXPECT_EQ(refused<DTypeError>([&] { ops::switch_(Tensor(1.0f), {}); }).substr(0, 48),
            "switch: expected an index of an integer dtype, g");
  EXPECT_EQ(refused<DTypeError>([&] { ops::switch_(Tensor(true), {}); }),
            "switch: expected an index of an integer dtype, got bool. Cast it.");
  EXPECT_EQ(refused([&] { ops::switch_(Tensor(1), {}); }),
            "switch: expected at least one branch, got none. Give one.");
  // An index beyond the branches means the nearest one.
  const std::vector<std::function<Nest(const Nest&)>> branches{
      [](const Nest& v) { return Nest(v.tensor() + 1.0f); },
      [](const Nest& v) { return Nest(v.tensor() + 2.0f); }};
  for (const auto& [index, result] :
       {std::pair(-7, 1.0f), std::pair(1, 2.0f), std::pair(9, 2.0f)}) {
    EXPECT_EQ(ops::switch_(Tensor(index), branches, Tensor(0.0f)).tensor().item<float>(), result);
  }
  const auto next = [](const Tensor&, const Nest& v) { return Nest(v.tensor() * 2.0f); };
  const Tensor half = Tensor::from({0.5f}, {1}).reshape({});
  EXPECT_EQ(refused<DTypeError>([&] { ops::fori_loop(half, half, next, x); }),
            "fori_loop: expected bounds of an integer dtype, got float32. Cast them.");
  EXPECT_EQ(refused<DTypeError>([&] { ops::fori_loop(Tensor(0), half, next, x); }),
            "fori_loop: expected bounds of an integer dtype, got float32. Cast them.");
  // A number of C++ is a float64 before it meets others.
  for (const auto& bounds : {std::pair(Tensor(0.5), Tensor(3.5)), std::pair(Tensor(0), Tensor(3.5)),
                             std::pair(Tensor(0.0), Tensor(3))}) {
    EXPECT_EQ(refused<DTypeError>([&] { ops::fori_loop(bounds.first, bounds.second, next, x); }),
              "fori_loop: expected bounds of an integer dtype, got float64. Cast them.");
  }
  EXPECT_EQ(refused<DTypeError>([&] { ops::fori_loop(Tensor(false), Tensor(3), next, x); }),
            "fori_loop: expected bounds of an integer dtype, got bool. Cast them.");
  EXPECT_EQ(ops::fori_loop(Tensor(3), Tensor(5), next, Tensor(1.0f)).tensor().item<float>(), 4.0f);
  EXPECT_EQ(ops::fori_loop(Tensor(5), Tensor(3), next, Tensor(1.0f)).tensor().item<float>(), 1.0f);
  const auto step = [](const Nest& c, const Nest& row) -> std::pair<Nest, Nest> {
    return {c.tensor() + ops::sum(row.tensor()), nullptr};
  };
  EXPECT_EQ(refused([&] { ops::scan(step, Tensor(0.0f), x, std::nullopt, false, 0); }),
            "scan: expected an unroll of 1 or more, or a bool, got 0. Leave it out.");
  EXPECT_EQ(ops::scan(step, Tensor(0.0f), x, std::nullopt, true, true).first.tensor().item<float>(),
            12.0f);
}

}  // namespace
}  // namespace keratin
