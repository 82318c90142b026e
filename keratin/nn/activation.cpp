// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/activation.h"

#include <cmath>
#include <numbers>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"

namespace keratin {

namespace {

struct Entry {
  std::string_view name;
  Activation (*make)();
};

template <const auto& Object>
Activation made() {
  return Activation(Object);
}

constexpr Entry entries[] = {
    {"relu", made<activations::relu>},
    {"leaky_relu", made<activations::leaky_relu>},
    {"relu6", made<activations::relu6>},
    {"softmax", made<activations::softmax>},
    {"celu", made<activations::celu>},
    {"elu", made<activations::elu>},
    {"selu", made<activations::selu>},
    {"softplus", made<activations::softplus>},
    {"softsign", made<activations::softsign>},
    {"silu", made<activations::silu>},
    {"swish", made<activations::silu>},
    {"gelu", made<activations::gelu>},
    {"tanh", made<activations::tanh>},
    {"tanh_shrink", made<activations::tanh_shrink>},
    {"sigmoid", made<activations::sigmoid>},
    {"exponential", made<activations::exponential>},
    {"hard_sigmoid", made<activations::hard_sigmoid>},
    {"hard_silu", made<activations::hard_silu>},
    {"hard_swish", made<activations::hard_silu>},
    {"hard_tanh", made<activations::hard_tanh>},
    {"linear", made<activations::linear>},
    {"mish", made<activations::mish>},
    {"log_softmax", made<activations::log_softmax>},
    {"log_sigmoid", made<activations::log_sigmoid>},
    {"glu", made<activations::glu>},
    {"hard_shrink", made<activations::hard_shrink>},
    {"soft_shrink", made<activations::soft_shrink>},
    {"squareplus", made<activations::squareplus>},
    {"sparse_plus", made<activations::sparse_plus>},
    {"sparse_sigmoid", made<activations::sparse_sigmoid>},
    {"sparsemax", made<activations::sparsemax>},
};

Activation activation_named(const std::string& name) {
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry.make();
    known.emplace_back(entry.name);
  }
  require<ValueError>(name != "threshold", "activation",
                      "expected an activation of one tensor, got 'threshold', which takes two "
                      "numbers. Pass a function that calls activations::threshold.");
  unknown_object("activation", "an activation", name, known);
}

}  // namespace

Activation::Activation(const char* name) : Activation(std::string(name)) {}
Activation::Activation(const std::string& name) : Activation(activation_named(name)) {}
Activation::Activation(std::string name, Function function) {
  require<ValueError>(function != nullptr, "activation",
                      "expected a function for the activation '{}', got none. Pass one.", name);
  set(std::move(name), std::move(function));
}

void Activation::set(std::string name, Function function) {
  if (name == activations::linear.keras_name) return;  // the identity has no body
  body_ = std::make_shared<const Body>(Body{std::move(name), std::move(function)});
}

Tensor Activation::operator()(const Tensor& x) const { return body_ ? body_->function(x) : x; }

const std::string& Activation::name() const {
  static const std::string linear(activations::linear.keras_name);
  return body_ ? body_->name : linear;
}

Config Codec<Activation>::write(const Activation& value) {
  if (value.name().empty()) nameless_function("activation");
  for (const Entry& entry : entries) {
    if (entry.name == value.name()) return value.name();
  }
  return function_envelope(value.name());
}

Activation Codec<Activation>::read(const Config& config) {
  const std::optional<ObjectSpec> spec = read_object(config, "activation");
  if (!spec) return {};
  return Activation(spec->is_function() ? spec->config.as_string() : spec->class_name);
}

namespace activations {

Tensor Linear::operator()(const Tensor& x) const { return x; }
Tensor Sigmoid::operator()(const Tensor& x) const { return ops::sigmoid(x); }
Tensor Tanh::operator()(const Tensor& x) const { return ops::tanh(x); }
Tensor Softplus::operator()(const Tensor& x) const { return ops::softplus(x); }
Tensor Softsign::operator()(const Tensor& x) const { return x / (ops::abs(x) + 1); }
Tensor Silu::operator()(const Tensor& x) const { return x * ops::sigmoid(x); }
Tensor Exponential::operator()(const Tensor& x) const { return ops::exp(x); }
Tensor HardSigmoid::operator()(const Tensor& x) const { return relu6(x + 3.0) / 6.0; }
Tensor HardSilu::operator()(const Tensor& x) const { return x * hard_sigmoid(x); }
Tensor HardTanh::operator()(const Tensor& x) const { return ops::clip(x, -1.0, 1.0); }
Tensor Mish::operator()(const Tensor& x) const { return x * ops::tanh(ops::softplus(x)); }
Tensor LogSigmoid::operator()(const Tensor& x) const { return ops::log_sigmoid(x); }
Tensor TanhShrink::operator()(const Tensor& x) const { return x - ops::tanh(x); }

Tensor Relu6::operator()(const Tensor& x) const {
  // At 6 itself no gradient flows, as in JAX.
  return ops::where(ops::greater_equal(x, 6), 6, ops::relu(x));
}

Tensor Selu::operator()(const Tensor& x) const {
  constexpr double alpha = 1.6732632423543772848170429916717;
  constexpr double scale = 1.0507009873554804934193349852946;
  return elu(x, alpha) * scale;
}

Tensor Relu::operator()(const Tensor& x, double negative_slope, double max_value,
                        double start) const {
  const bool plain = max_value < 0.0 && start == 0.0;
  if (plain) return negative_slope == 0.0 ? ops::relu(x) : leaky_relu(x, negative_slope);
  const bool is_relu6 = max_value == 6.0 && start == 0.0;
  Tensor y = ops::relu(x);
  if (is_relu6) y = relu6(x);
  if (start != 0.0) y = ops::where(ops::greater(x, start), x, ops::zeros_like(x));
  if (max_value >= 0.0 && !is_relu6) y = ops::clip(y, 0.0, max_value);
  if (negative_slope == 0.0) return y;
  return y - ops::relu(start == 0.0 ? -x : start - x) * negative_slope;
}

Tensor LeakyRelu::operator()(const Tensor& x, double negative_slope) const {
  return ops::where(ops::greater_equal(x, 0), x, x * negative_slope);
}

Tensor Elu::operator()(const Tensor& x, double alpha) const {
  // The exponential of a large x is never taken: its infinity would spoil the gradient.
  const Tensor positive = ops::greater(x, 0);
  return ops::where(positive, x, ops::expm1(ops::where(positive, 0, x)) * alpha);
}

Tensor Celu::operator()(const Tensor& x, double alpha) const {
  return ops::maximum(x, 0) + ops::expm1(ops::minimum(x, 0) / alpha) * alpha;
}

Tensor Gelu::operator()(const Tensor& x, bool approximate) const {
  if (approximate) {
    const double scale = std::sqrt(2.0 / std::numbers::pi);
    return x * ((ops::tanh((x + x * x * x * 0.044715) * scale) + 1) * 0.5);
  }
  return x * 0.5 * (ops::erf(x / std::numbers::sqrt2) + 1);
}

Tensor Softmax::operator()(const Tensor& x, int64_t axis) const { return ops::softmax(x, axis); }
Tensor LogSoftmax::operator()(const Tensor& x, int64_t axis) const {
  return ops::log_softmax(x, axis);
}

Tensor SparsePlus::operator()(const Tensor& x) const {
  const Tensor curve = ops::square(x + 1) / 4;
  return ops::where(ops::less_equal(x, -1), 0.0, ops::where(ops::greater_equal(x, 1), x, curve));
}

Tensor SparseSigmoid::operator()(const Tensor& x) const { return 0.5 * ops::clip(x + 1, 0.0, 2.0); }

Tensor Glu::operator()(const Tensor& x, int64_t axis) const {
  const std::vector<Tensor> halves = ops::split(x, 2, axis);
  return halves[0] * ops::sigmoid(halves[1]);
}

Tensor HardShrink::operator()(const Tensor& x, double limit) const {
  return ops::where(ops::greater(ops::absolute(x), limit), x, 0.0);
}

Tensor SoftShrink::operator()(const Tensor& x, double limit) const {
  const Tensor negative = ops::where(ops::less(x, -limit), x + limit, 0.0);
  return ops::where(ops::greater(x, limit), x - limit, negative);
}

Tensor Squareplus::operator()(const Tensor& x, double b) const {
  return 0.5 * (x + ops::sqrt(ops::square(x) + b));
}

// Sorting is done by counting, for each element, those that come before it.
Tensor Sparsemax::operator()(const Tensor& x, int64_t axis) const {
  const int at = normalize_axis(axis, x.rank(), "sparsemax");
  const Tensor z = ops::swapaxes(x, at, -1);
  const Tensor own = ops::expand_dims(z, -1);
  const Tensor other = ops::expand_dims(z, -2);
  const Tensor place = ops::cumsum(ops::ones_like(z, DType::int32), -1);
  const Tensor is_earlier =
      ops::less_equal(ops::expand_dims(place, -2), ops::expand_dims(place, -1));
  const Tensor before =
      ops::cast(ops::logical_or(ops::greater(other, own),
                                ops::logical_and(ops::equal(other, own), is_earlier)),
                z.dtype());
  const Tensor count = ops::sum(before, -1);
  const Tensor sum = ops::sum(before * other, -1);
  const Tensor support = ops::greater(z - (sum - 1) / count, 0);
  const Tensor kept = ops::where(support, sum, 0.0);
  const Tensor width = ops::sum(ops::cast(support, z.dtype()), -1, true);
  const Tensor tau = (ops::sum(kept, -1, true) - 1) / width;
  return ops::swapaxes(ops::maximum(z - tau, 0.0), at, -1);
}

Tensor Threshold::operator()(const Tensor& x, double limit, double default_value) const {
  return ops::where(ops::greater(x, limit), x, default_value);
}

}  // namespace activations

}  // namespace keratin
