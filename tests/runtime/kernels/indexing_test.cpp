// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "keratin/graph/ops/ops.h"

namespace keratin {
namespace {

TEST(IndexingKernels, OutOfRangeStandsWhatJaxPutsThere) {
  const Tensor indices = Tensor::from<int32_t>({3, -4, -1}, {3});
  const auto taken = [&](DType dtype) {
    return ops::take(Tensor::from<float>({1, 0, 1}, {3}).cast(dtype), indices, 0);
  };
  for (DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    const std::vector<double> values = taken(dtype).to_vector<double>();
    EXPECT_TRUE(std::isnan(values[0]));
    EXPECT_TRUE(std::isnan(values[1]));
    EXPECT_EQ(values[2], 1.0);
  }
  EXPECT_EQ(taken(DType::int8).to_vector<int>(), (std::vector<int>{-128, -128, 1}));
  EXPECT_EQ(taken(DType::uint8).to_vector<int>(), (std::vector<int>{255, 255, 1}));
  EXPECT_EQ(taken(DType::int32).to_vector<int>(), (std::vector<int>{INT32_MIN, INT32_MIN, 1}));
  EXPECT_EQ(taken(DType::bool_).to_vector<int>(), (std::vector<int>{1, 1, 1}));
}

TEST(IndexingKernels, LargeUnsignedIndicesAreOutOfRange) {
  const Tensor x = Tensor::from<int32_t>({5, 6}, {2});
  const Tensor indices = Tensor::from<uint64_t>({1, UINT64_MAX}, {2});
  EXPECT_EQ(ops::take(x, indices, 0).to_vector<int>(), (std::vector<int>{6, INT32_MIN}));
}

TEST(IndexingKernels, IndicesAlongAnAxisBroadcast) {
  const Tensor x = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  const Tensor indices = Tensor::from<int32_t>({2, 0}, {1, 2});
  const Tensor taken = ops::take_along_axis(x, indices, 1);
  EXPECT_EQ(taken.shape(), (Shape{2, 2}));
  EXPECT_EQ(taken.to_vector<float>(), (std::vector<float>{3, 1, 6, 4}));
}

TEST(IndexingKernels, SlicesAreThoseOfPython) {
  const Tensor x = ops::arange(10);
  const auto cut = [&](Slice range) { return x[{range}].to_vector<int>(); };
  using Ints = std::vector<int>;
  EXPECT_EQ(cut({2, 8, 3}), (Ints{2, 5}));
  EXPECT_EQ(cut({8, 2, -3}), (Ints{8, 5}));
  EXPECT_EQ(cut({open, open, -4}), (Ints{9, 5, 1}));
  EXPECT_EQ(cut({-3, open}), (Ints{7, 8, 9}));
  EXPECT_EQ(cut({open, -8}), (Ints{0, 1}));
  EXPECT_EQ(cut({-100, 2}), (Ints{0, 1}));
  EXPECT_EQ(cut({8, 100}), (Ints{8, 9}));
  EXPECT_EQ(cut({100, open}), Ints{});
  EXPECT_EQ(cut({5, 5}), Ints{});
  EXPECT_EQ(cut({5, 2}), Ints{});
  EXPECT_EQ(cut({3, open, INT64_MAX}), Ints{3});
  EXPECT_EQ(cut({3, open, INT64_MIN}), Ints{3});
}

TEST(IndexingKernels, LabelsOutsideTheClassesAreZeros) {
  const Tensor labels = Tensor::from<int64_t>({-1, 1, 3}, {3});
  EXPECT_EQ(ops::one_hot(labels, 3, -1, DType::int32).to_vector<int>(),
            (std::vector<int>{0, 0, 0, 0, 1, 0, 0, 0, 0}));
}

TEST(IndexingKernels, IndicesMayBeOfAnyIntegerDtype) {
  const Tensor x = Tensor::from<float>({5, 6, 7}, {3});
  for (DType dtype : {DType::int8, DType::int16, DType::int32, DType::int64}) {
    const Tensor indices = Tensor::from<int32_t>({2, -3, 1}, {3}).cast(dtype);
    EXPECT_EQ(ops::take(x, indices, 0).to_vector<float>(), (std::vector<float>{7, 5, 6}))
        << name_of(dtype);
  }
  for (DType dtype : {DType::uint8, DType::uint16, DType::uint32, DType::uint64}) {
    const Tensor indices = Tensor::from<int32_t>({2, 0, 3}, {3}).cast(dtype);
    const auto taken = ops::take(x, indices, 0).to_vector<float>();
    EXPECT_EQ(taken[0], 7.0f) << name_of(dtype);
    EXPECT_EQ(taken[1], 5.0f);
    EXPECT_TRUE(std::isnan(taken[2]));
  }
}

}  // namespace
}  // namespace keratin
