// SPDX-License-Identifier: Apache-2.0
// The three ways in which optimizers bound gradients.
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/optimizer.h"

namespace keratin {

namespace {

bool is_on(const std::optional<double>& limit) { return limit && *limit > 0.0; }

// The norm of zeros is taken without a root, whose slope there is infinite.
Tensor clip_by_norm(const Tensor& gradient, double limit) {
  const Tensor squares = ops::sum(ops::square(gradient), {}, true);
  const Tensor positive = ops::greater(squares, 0);
  const Tensor safe = ops::where(positive, squares, ops::ones_like(squares));
  const Tensor norm = ops::where(positive, ops::sqrt(safe), squares);
  return gradient * limit / ops::maximum(norm, limit);
}

std::vector<Tensor> clip_by_global_norm(std::vector<Tensor> gradients, double limit) {
  std::vector<Tensor> squares;
  for (const Tensor& gradient : gradients) squares.push_back(ops::sum(ops::square(gradient)));
  const Tensor norm = ops::sqrt(ops::sum(ops::stack(squares)));
  // An infinite norm makes every gradient NaN, as in Keras: norm - norm is 0 for finite ones only.
  const Tensor scale = limit * ops::minimum(1.0 / norm, 1.0 / limit) + (norm - norm);
  for (Tensor& gradient : gradients) gradient = gradient * scale;
  return gradients;
}

}  // namespace

std::vector<Tensor> OptimizerBody::clipped(std::vector<Tensor> gradients) const {
  if (is_on(options_.clipnorm)) {
    for (Tensor& gradient : gradients) gradient = clip_by_norm(gradient, *options_.clipnorm);
  } else if (is_on(options_.global_clipnorm)) {
    return clip_by_global_norm(std::move(gradients), *options_.global_clipnorm);
  } else if (is_on(options_.clipvalue)) {
    const double limit = *options_.clipvalue;
    for (Tensor& gradient : gradients) gradient = ops::clip(gradient, -limit, limit);
  }
  return gradients;
}

}  // namespace keratin
