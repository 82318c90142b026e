// SPDX-License-Identifier: Apache-2.0
// Metrics that compare images.
#include <cmath>

#include "keratin/graph/ops/ops.h"
#include "keratin/nn/metrics_practice_internal.h"

namespace keratin {

namespace {

using namespace metrics;

void require_images(std::string_view where, const Tensor& y_true, const Tensor& y_pred,
                    bool with_axes) {
  const bool fits = y_pred.defined() && y_true.rank() == y_pred.rank() &&
                    (with_axes ? y_pred.rank() == 4 : y_pred.rank() >= 2);
  require<ShapeError>(fits, where,
                      "expected two batches of images of shape {}, got {} and {}. "
                      "Reshape them.",
                      with_axes ? "[batch, height, width, channels]" : "[batch, ...]",
                      to_string(y_true.shape()),
                      y_pred.defined() ? to_string(y_pred.shape()) : "none");
}

// Returns the mean over all axes but the first.
Tensor mean_of_images(const Tensor& x) {
  std::vector<int64_t> axes;
  for (int axis = 1; axis < x.rank(); ++axis) axes.push_back(axis);
  return ops::mean(x, ops::Axes(axes));
}

// Returns the matrix [size - width + 1, size] that slides a Gaussian window along an axis.
Tensor window(int64_t size, int64_t width, double sigma) {
  std::vector<double> weights;
  double total = 0.0;
  for (int64_t i = 0; i < width; ++i) {
    const double x = static_cast<double>(i) - static_cast<double>(width - 1) / 2.0;
    weights.push_back(std::exp(-x * x / (2.0 * sigma * sigma)));
    total += weights.back();
  }
  const int64_t rows = size - width + 1;
  std::vector<double> matrix(static_cast<size_t>(rows * size));
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < width; ++i) {
      matrix[static_cast<size_t>(row * size + row + i)] = weights[static_cast<size_t>(i)] / total;
    }
  }
  return Tensor::from(matrix, {rows, size});
}

class Blur {
 public:
  Blur(const Shape& shape, const SSIMOptions& options)
      : rows_(window(shape[1], options.filter_size, options.filter_sigma)),
        columns_(window(shape[2], options.filter_size, options.filter_sigma)) {}
  Tensor operator()(const Tensor& x) const {
    return ops::einsum("pw,bowc->bopc", {columns_, ops::einsum("oh,bhwc->bowc", {rows_, x})});
  }

 private:
  Tensor rows_, columns_;
};

Tensor similarity(const Tensor& y_true, const Tensor& y_pred, const SSIMOptions& options) {
  require_images("SSIM", y_true, y_pred, true);
  const Shape& shape = y_pred.shape();
  require<ShapeError>(shape[1] != None && shape[2] != None && shape[1] >= options.filter_size &&
                          shape[2] >= options.filter_size,
                      "SSIM",
                      "expected images of {} pixels or more each way, got shape {}. Lower "
                      "filter_size.",
                      options.filter_size, to_string(shape));
  // In float64, since variances are differences of squares.
  const Tensor x = ops::cast(y_true, DType::float64);
  const Tensor y = ops::cast(y_pred, DType::float64);
  const Blur blur(shape, options);
  const Tensor mean_x = blur(x), mean_y = blur(y);
  const Tensor spread_x = blur(x * x) - mean_x * mean_x;
  const Tensor spread_y = blur(y * y) - mean_y * mean_y;
  const Tensor together = blur(x * y) - mean_x * mean_y;
  const double range = options.max_value;
  const double c1 = std::pow(double{options.k1} * range, 2);
  const double c2 = std::pow(double{options.k2} * range, 2);
  const Tensor map = (2 * mean_x * mean_y + c1) * (2 * together + c2) /
                     ((mean_x * mean_x + mean_y * mean_y + c1) * (spread_x + spread_y + c2));
  return ops::cast(mean_of_images(map), options.dtype.compute_dtype());
}

void expect_range(std::string_view where, double max_value) {
  require<ValueError>(max_value > 0.0, where,
                      "expected a positive max_value, got {}. Use 1 or 255, as the pixels have it.",
                      max_value);
}

}  // namespace

namespace metrics {

Metric PSNR(PSNROptions options) {
  const double range = options.max_value;
  expect_range("PSNR", range);
  const auto call = [range, dtype = options.dtype.compute_dtype()](const Tensor& y_true,
                                                                   const Tensor& y_pred) {
    require_images("PSNR", y_true, y_pred, false);
    const Tensor errors = ops::cast(y_true, dtype) - ops::cast(y_pred, dtype);
    return 10.0 * ops::log10(range * range / mean_of_images(ops::square(errors)));
  };
  return detail::practice_mean("PSNR", options, call, Direction::max);
}

Metric SSIM(SSIMOptions options) {
  expect_range("SSIM", options.max_value);
  require<ValueError>(options.filter_size > 0 && options.filter_size % 2 == 1, "SSIM",
                      "expected an odd filter_size, got {}. Use 11.", options.filter_size);
  require<ValueError>(double{options.filter_sigma} > 0.0, "SSIM",
                      "expected a positive filter_sigma, got {}. Use 1.5.",
                      double{options.filter_sigma});
  const auto call = [options](const Tensor& y_true, const Tensor& y_pred) {
    return similarity(y_true, y_pred, options);
  };
  return detail::practice_mean("SSIM", options, call, Direction::max);
}

}  // namespace metrics

}  // namespace keratin
