// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "keratin/core/mersenne.h"
#include "keratin/graph/ops/ops.h"

namespace keratin {
namespace {

Tensor positive_floats(const Shape& shape) {
  rng::NumpyRandom random(7);
  Array array(DType::float32, shape);
  for (int64_t i = 0; i < array.size(); ++i) {
    array.data<float>()[i] = static_cast<float>(random.uniform(0.0, 1.0));
  }
  return Tensor(std::move(array));
}

double exact_sum(const std::vector<float>& values, size_t first, size_t step, size_t count) {
  double total = 0.0;
  for (size_t i = 0; i < count; ++i) total += static_cast<double>(values[first + i * step]);
  return total;
}

TEST(ReductionKernels, SumsOfAMillionFloatsAreAccurate) {
  const int64_t rows = 1000;
  const int64_t columns = 1000;
  const Tensor x = positive_floats({rows, columns});
  const std::vector<float> values = x.to_vector<float>();
  const double total = exact_sum(values, 0, 1, values.size());
  EXPECT_NEAR(ops::sum(x).item<double>() / total, 1.0, 2e-7);
  EXPECT_NEAR(ops::sum(x.reshape({-1, 1}), 0).reshape({}).item<double>() / total, 1.0, 2e-7);
  const std::vector<double> by_row = ops::sum(x, 1).to_vector<double>();
  const std::vector<double> by_column = ops::sum(x, 0).to_vector<double>();
  for (size_t i = 0; i < 1000; ++i) {
    EXPECT_NEAR(by_row[i] / exact_sum(values, i * 1000, 1, 1000), 1.0, 2e-7);
    EXPECT_NEAR(by_column[i] / exact_sum(values, i, 1000, 1000), 1.0, 2e-7);
  }
}

TEST(ReductionKernels, AColumnOfAMillionRowsIsAccurate) {
  const Tensor x = positive_floats({500000, 2});
  const std::vector<float> values = x.to_vector<float>();
  const std::vector<double> sums = ops::sum(x, 0).to_vector<double>();
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(sums[i] / exact_sum(values, i, 2, 500000), 1.0, 2e-7);
  }
}

TEST(ReductionKernels, SumsOfHalfTypesAreMadeInFloat32) {
  // One at a time, float16 would stop at 2048 and bfloat16 at 256.
  EXPECT_EQ(ops::sum(Tensor::ones({5000}, DType::float16)).item<float>(), 5000.0f);
  EXPECT_EQ(ops::sum(Tensor::ones({5000, 1}, DType::float16), 0).to_vector<float>()[0], 5000.0f);
  EXPECT_EQ(ops::sum(Tensor::ones({4096}, DType::bfloat16)).item<float>(), 4096.0f);
  EXPECT_EQ(ops::mean(Tensor::ones({5000}, DType::float16) * 30000.0f).item<float>(), 30000.0f);
}

TEST(ReductionKernels, IntegerSumsWrapAround) {
  const Tensor largest = Tensor::from<int32_t>({INT32_MAX, 1}, {2});
  EXPECT_EQ(ops::sum(largest).item<int32_t>(), INT32_MIN);
  EXPECT_EQ(ops::prod(Tensor::from<uint8_t>({200, 200}, {2})).item<int32_t>(), 40000);
}

TEST(ReductionKernels, SeveralSeparateAxesAreReducedAtOnce) {
  const Tensor x = ops::arange(2 * 3 * 4 * 5).reshape({2, 3, 4, 5});
  const Tensor both = ops::sum(x, {0, 2});
  const Tensor one_by_one = ops::sum(ops::sum(x, 2), 0);
  EXPECT_EQ(both.to_vector<int>(), one_by_one.to_vector<int>());
  EXPECT_EQ(ops::max(x, {1, 3}).to_vector<int>(), ops::max(ops::max(x, 3), 1).to_vector<int>());
}

TEST(ReductionKernels, TheCumulativeSumOfManyFloatsIsAccurate) {
  const Tensor x = positive_floats({1000000});
  const std::vector<float> values = x.to_vector<float>();
  const Tensor sums = ops::cumsum(x, 0);
  EXPECT_NEAR(sums[-1].item<double>() / exact_sum(values, 0, 1, values.size()), 1.0, 1e-7);
}

TEST(ReductionKernels, ExtremesOfNaNAreNaN) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> values(40, 1.0f);
  for (size_t at : {0u, 17u, 39u}) {
    std::vector<float> with_nan = values;
    with_nan[at] = nan;
    EXPECT_TRUE(std::isnan(ops::max(Tensor::from(with_nan, {40})).item<float>()));
    EXPECT_TRUE(std::isnan(ops::min(Tensor::from(with_nan, {40})).item<float>()));
    EXPECT_EQ(ops::argmax(Tensor::from(with_nan, {40})).item<int>(), static_cast<int>(at));
    EXPECT_EQ(ops::argmin(Tensor::from(with_nan, {40})).item<int>(), static_cast<int>(at));
  }
}

// JAX 0.10.2 gives 0 as the larger and -0 as the smaller of the two, in whatever order they come.
TEST(ReductionKernels, ZerosWithASignAreOrdered) {
  const auto is_minus = [](const Tensor& x) {
    return std::signbit(x.cast(DType::float64).reshape({-1}).to_vector<double>()[0]);
  };
  for (DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    SCOPED_TRACE(std::string(name_of(dtype)));
    for (int64_t count : {2, 3, 17, 64, 300}) {
      for (int64_t place : {int64_t{0}, count / 2, count - 1}) {
        std::vector<double> values(static_cast<size_t>(count), -0.0);
        values[static_cast<size_t>(place)] = 0.0;
        const Tensor x = Tensor::from<double>(values, {count}).cast(dtype);
        for (const Tensor& row : {x, ops::negative(x)}) {
          EXPECT_FALSE(is_minus(ops::max(row))) << count << ' ' << place;
          EXPECT_TRUE(is_minus(ops::min(row))) << count << ' ' << place;
          EXPECT_FALSE(is_minus(ops::max(row.reshape({count, 1}), 0)));
          EXPECT_TRUE(is_minus(ops::min(row.reshape({count, 1}), 0)));
        }
      }
    }
    const Tensor plus = Tensor::zeros({5}, dtype);
    const Tensor minus = ops::negative(plus);
    EXPECT_FALSE(is_minus(ops::maximum(plus, minus)) || is_minus(ops::maximum(minus, plus)));
    EXPECT_TRUE(is_minus(ops::minimum(plus, minus)) && is_minus(ops::minimum(minus, plus)));
    EXPECT_TRUE(is_minus(ops::maximum(minus, minus)) && is_minus(ops::max(minus)));
    EXPECT_FALSE(is_minus(ops::minimum(plus, plus)) || is_minus(ops::min(plus)));
  }
}

TEST(ReductionKernels, TheFirstOfEqualElementsIsFound) {
  const Tensor x = Tensor::from<float>({1, 3, 3, 2}, {4});
  EXPECT_EQ(ops::argmax(x).item<int>(), 1);
  // As in Keras on a CPU, -0 is less than 0.
  const Tensor zeros = Tensor::from<float>({-0.0f, 0.0f}, {2});
  EXPECT_EQ(ops::argmax(zeros).item<int>(), 1);
  EXPECT_EQ(ops::argmin(zeros).item<int>(), 0);
}

// One element that differs is found wherever it stands; -0 is nothing, NaN and tiny values are not.
TEST(ReductionKernels, AnyAndAllSeeEveryElementOfEveryType) {
  for (DType dtype : {DType::bool_, DType::uint8, DType::int16, DType::int32, DType::int64,
                      DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    SCOPED_TRACE(std::string(name_of(dtype)));
    const bool real = is_float(dtype);
    const double tiny = dtype == DType::float16 ? 6e-8 : 1e-30;
    const std::vector<double> true_values =
        real ? std::vector<double>{1.0, -2.0, tiny, std::nan("")} : std::vector<double>{1.0};
    for (int64_t count : {1, 15, 16, 17, 300, 1000}) {
      for (int64_t place : {int64_t{0}, count / 2, count - 1}) {
        for (double value : true_values) {
          std::vector<double> few(static_cast<size_t>(count), real ? -0.0 : 0.0);
          std::vector<double> most(static_cast<size_t>(count), value);
          few[static_cast<size_t>(place)] = value;
          most[static_cast<size_t>(place)] = few.size() == 1 ? 0.0 : few[place == 0 ? 1 : 0];
          const Tensor with_one = Tensor::from<double>(few, {count}).cast(dtype);
          const Tensor without_one = Tensor::from<double>(most, {count}).cast(dtype);
          EXPECT_TRUE(ops::any(with_one).item<bool>()) << value << " at " << place;
          EXPECT_FALSE(ops::all(without_one).item<bool>()) << value << " at " << place;
          EXPECT_TRUE(ops::any(with_one.reshape({count, 1}), 0).reshape({}).item<bool>());
          EXPECT_EQ(ops::all(with_one).item<bool>(), count == 1);
          EXPECT_EQ(ops::any(without_one).item<bool>(), count > 1);
        }
      }
    }
  }
}

TEST(ReductionKernels, NothingHasASumAProductAndNoExtreme) {
  const Tensor x = Tensor::zeros({0, 2});
  EXPECT_EQ(ops::sum(x, 0).to_vector<float>(), (std::vector<float>{0, 0}));
  EXPECT_EQ(ops::prod(x, 0).to_vector<float>(), (std::vector<float>{1, 1}));
  EXPECT_TRUE(ops::all(x).item<bool>());
  EXPECT_FALSE(ops::any(x).item<bool>());
  EXPECT_TRUE(std::isnan(ops::mean(x).item<float>()));
  EXPECT_EQ(ops::logsumexp(x, 0).to_vector<float>()[0], -INFINITY);
}

}  // namespace
}  // namespace keratin
