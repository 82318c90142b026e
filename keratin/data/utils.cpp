// SPDX-License-Identifier: Apache-2.0
#include "keratin/data/utils.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "keratin/base/check.h"

namespace keratin::utils {

namespace {

/// Returns the class numbers in a row, cut to integers as NumPy cuts them.
Array class_numbers(const Array& labels) {
  if (is_float(labels.dtype())) {
    for (double value : Tensor(labels).to_vector<double>()) {
      require<ValueError>(std::isfinite(value), "to_categorical",
                          "expected class numbers, got {}. Remove such rows first.", value);
    }
  }
  return labels.cast(DType::int64).reshape(Shape{-1});
}

/// Returns the shape of the labels without a last axis of size 1.
Shape label_shape(const Shape& shape) {
  return shape.rank() > 1 && shape.back() == 1 ? shape.without(-1) : shape;
}

int64_t count_classes(std::span<const int64_t> labels, const Shape& shape) {
  require<ValueError>(!labels.empty(), "to_categorical",
                      "expected at least one class number, got shape {}. Give `num_classes`.",
                      to_string(shape));
  const int64_t largest = *std::max_element(labels.begin(), labels.end());
  require<ValueError>(largest >= 0 && largest < std::numeric_limits<int64_t>::max(),
                      "to_categorical",
                      "expected class numbers from 0 on, got {} as the largest. Give "
                      "`num_classes`.",
                      largest);
  return largest + 1;
}

/// Rounds the steps of a sum as NumPy does, so that half types overflow where they do there.
template <class T>
class Norm {
 public:
  explicit Norm(double order) : order_(order) {
    if (order_ == -std::numeric_limits<double>::infinity()) total_ = -order_;
  }

  void add(T value) {
    const double size = std::abs(static_cast<double>(value));
    if (std::isinf(order_)) {
      const bool better = order_ > 0 ? size > total_ : size < total_;
      if (better || std::isnan(size)) total_ = std::isnan(total_) ? total_ : size;
    } else if (order_ == 0) {
      total_ += size != 0 ? 1 : 0;
    } else if (order_ == 1) {
      total_ += size;
    } else if (order_ == 2) {
      total_ += static_cast<double>(static_cast<T>(size * size));
    } else {
      total_ += static_cast<double>(static_cast<T>(std::pow(size, order_)));
    }
  }

  /// Returns the norm, 1 in place of 0.
  T value() const {
    T total = static_cast<T>(total_);
    if (order_ == 2) {
      total = static_cast<T>(std::sqrt(static_cast<double>(total)));
    } else if (!std::isinf(order_) && order_ != 0 && order_ != 1) {
      total = static_cast<T>(std::pow(static_cast<double>(total), 1 / order_));
    }
    return static_cast<double>(total) == 0 ? static_cast<T>(1) : total;
  }

 private:
  double order_;
  double total_ = 0;
};

/// Divides the elements of `x`, seen as [outer, count, inner], by the norms of their columns.
template <class T>
void divide_by_norms(T* x, int64_t outer, int64_t count, int64_t inner, double order) {
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      T* column = x + o * count * inner + i;
      Norm<T> norm(order);
      for (int64_t k = 0; k < count; ++k) norm.add(column[k * inner]);
      const T divisor = norm.value();
      for (int64_t k = 0; k < count; ++k) {
        column[k * inner] = static_cast<T>(column[k * inner] / divisor);
      }
    }
  }
}

}  // namespace

Tensor to_categorical(const Tensor& x, std::optional<int64_t> num_classes) {
  const Array numbers = class_numbers(x.array());
  const std::span<const int64_t> labels = numbers.span<int64_t>();
  const bool is_given = num_classes.value_or(0) != 0;
  const int64_t classes = is_given ? *num_classes : count_classes(labels, x.shape());
  require<ValueError>(classes >= 0, "to_categorical",
                      "expected `num_classes` to be positive, got {}. Give the number of classes.",
                      classes);
  Array rows = Array::zeros(DType::float64, Shape{numbers.size(), classes});
  for (size_t i = 0; i < labels.size(); ++i) {
    const int64_t label = labels[i];
    require<ValueError>(label >= -classes && label < classes, "to_categorical",
                        "expected class numbers from 0 to {}, got {}. Give a larger "
                        "`num_classes`, or check the data.",
                        classes - 1, label);
    const int64_t at = label < 0 ? label + classes : label;  // as a Python index
    rows.data<double>()[static_cast<int64_t>(i) * classes + at] = 1.0;
  }
  Shape shape = label_shape(x.shape());
  shape.push_back(classes);
  return Tensor(rows.reshape(shape));
}

Tensor normalize(const Tensor& x, int64_t axis, double order) {
  require<ValueError>(!std::isnan(order), "normalize",
                      "expected `order` to be a number, got nan. Use 2 for the L2 norm.");
  const Shape& shape = x.shape();
  const int along = normalize_axis(axis, shape.rank(), "normalize");
  const DType dtype = is_float(x.dtype()) ? x.dtype() : DType::float64;
  const Array result = x.array().cast(dtype).copy();
  const int64_t outer = shape.slice(0, along).element_count();
  const int64_t inner = shape.slice(along + 1, shape.rank()).element_count();
  dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_integral_v<T>) {
      divide_by_norms(result.data<T>(), outer, shape[along], inner, order);
    }
  });
  return Tensor(shape.rank() == 1 ? result.reshape(shape.with_front(1)) : result);
}

}  // namespace keratin::utils
