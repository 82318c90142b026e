// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/nn.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/ops/rules.h"

namespace keratin::ops {

namespace {

// keras.config.epsilon(), by which probabilities are kept from 0 and 1.
constexpr double smallest = 1e-7;

std::vector<Tensor> relu_gradient(const GradientCall& call) {
  const Tensor& g = call.gradient();
  return {where(greater(call.inputs[0], 0), g, zeros_like(g))};
}

std::vector<Tensor> sigmoid_gradient(const GradientCall& call) {
  const Tensor& y = call.outputs[0];
  return {call.gradient() * (y * (1 - y))};
}

std::vector<Tensor> softplus_gradient(const GradientCall& call) {
  return {call.gradient() * sigmoid(call.inputs[0])};
}

int64_t softmax_axis(const Tensor& x, const Attrs& attrs) {
  return normalize_axis(attrs.as<SoftmaxAttrs>().axis, x.rank(), "softmax");
}

std::vector<TensorSpec> infer_softmax(const InferCall& call) {
  normalize_axis(call.attrs.as<SoftmaxAttrs>().axis, call.inputs[0].shape.rank(), call.op.name);
  return infer_same(call);
}

// Nothing has no largest element; there is nothing to compute either.
bool has_no_classes(const Tensor& x, int64_t axis) {
  return x.shape()[static_cast<int>(axis)] == 0;
}

std::vector<Tensor> expand_softmax(std::span<const Tensor> in, const Attrs& attrs) {
  const int64_t axis = softmax_axis(in[0], attrs);
  if (has_no_classes(in[0], axis)) return {in[0]};
  const Tensor shifted = exp(in[0] - max(in[0], axis, true));
  return {shifted / sum(shifted, axis, true)};
}

std::vector<Tensor> softmax_gradient(const GradientCall& call) {
  const int64_t axis = softmax_axis(call.inputs[0], call.attrs);
  const Tensor& y = call.outputs[0];
  const Tensor& g = call.gradient();
  return {y * (g - sum(g * y, axis, true))};
}

std::vector<Tensor> expand_log_softmax(std::span<const Tensor> in, const Attrs& attrs) {
  const int64_t axis = softmax_axis(in[0], attrs);
  if (has_no_classes(in[0], axis)) return {in[0]};
  const Tensor shifted = in[0] - max(in[0], axis, true);
  return {shifted - log(sum(exp(shifted), axis, true))};
}

std::vector<Tensor> log_softmax_gradient(const GradientCall& call) {
  const int64_t axis = softmax_axis(call.inputs[0], call.attrs);
  const Tensor& g = call.gradient();
  return {g - exp(call.outputs[0]) * sum(g, axis, true)};
}

std::vector<Tensor> expand_log_sigmoid(std::span<const Tensor> in, const Attrs&) {
  return {-softplus(-in[0])};
}

// In Keras' form: for the Euclidean norm the reciprocal is bounded, not the norm.
std::vector<Tensor> expand_normalize(std::span<const Tensor> in, const Attrs& attrs) {
  const auto& options = attrs.as<NormalizeAttrs>();
  const Tensor& x = in[0];
  const Axes axes(options.axis);
  if (options.order == 2) {
    return {x * minimum(rsqrt(sum(square(x), axes, true)), 1.0 / options.epsilon)};
  }
  Tensor norm = absolute(x);
  if (options.order != 1) norm = power(norm, options.order);
  norm = sum(norm, axes, true);
  if (options.order != 1) norm = power(norm, 1.0 / static_cast<double>(options.order));
  return {x / maximum(norm, options.epsilon)};
}

void check_same_shape(std::string_view name, const Tensor& target, const Tensor& output) {
  require<ShapeError>(is_compatible(target.shape(), output.shape()), name,
                      "expected a target of the output's shape {}, got {}. Check the labels (one "
                      "column for each class) or use the sparse form for integer classes.",
                      to_string(output.shape()), to_string(target.shape()));
}

// As Keras on JAX: probabilities are normalised and clipped, so that a gradient of exactly zero
// flows where one is clipped.
Tensor log_probabilities(const Tensor& output, const CrossentropyAttrs& attrs) {
  if (attrs.from_logits) return log_softmax(output, attrs.axis);
  const Tensor normalised = output / sum(output, attrs.axis, true);
  return log(clip(normalised, smallest, 1.0 - smallest));
}

std::vector<Tensor> expand_categorical(std::span<const Tensor> in, const Attrs& attrs) {
  const auto& options = attrs.as<CrossentropyAttrs>();
  check_same_shape("categorical_crossentropy", in[0], in[1]);
  return {-sum(in[0] * log_probabilities(in[1], options), options.axis)};
}

std::vector<Tensor> expand_sparse(std::span<const Tensor> in, const Attrs& attrs) {
  const auto& options = attrs.as<CrossentropyAttrs>();
  Tensor target = cast(in[0], DType::int32);
  const Tensor& output = in[1];
  require<ShapeError>(output.rank() >= 1, "sparse_categorical_crossentropy",
                      "expected an output of rank 1 or more, got a scalar. Check the model.");
  if (target.rank() == output.rank() && target.shape()[-1] == 1) target = squeeze(target, -1);
  require<ShapeError>(
      is_compatible(target.shape(), output.shape().slice(0, output.rank() - 1)),
      "sparse_categorical_crossentropy",
      "expected integer classes of shape {} for the output {}, got {}. Check the labels.",
      to_string(output.shape().slice(0, output.rank() - 1)), to_string(output.shape()),
      to_string(target.shape()));
  const int axis = normalize_axis(options.axis, output.rank(), "sparse_categorical_crossentropy");
  const Tensor labels = one_hot(target, output.shape()[axis], axis, output.dtype());
  return {-sum(labels * log_probabilities(output, options), axis)};
}

std::vector<Tensor> expand_binary(std::span<const Tensor> in, const Attrs& attrs) {
  const Tensor& target = in[0];
  const Tensor& output = in[1];
  check_same_shape("binary_crossentropy", target, output);
  if (attrs.as<CrossentropyAttrs>().from_logits) {
    return {-1.0 * target * log_sigmoid(output) - (1.0 - target) * log_sigmoid(-output)};
  }
  const Tensor kept = clip(output, smallest, 1.0 - smallest);
  return {-(target * log(kept) + (1.0 - target) * log(1.0 - kept))};
}

constexpr OpDef activation(std::string_view name, std::string_view doc, GradientRule gradient,
                           Promotion promotion) {
  return {.name = name,
          .doc = doc,
          .promotion = promotion,
          .infer = infer_same,
          .gradient = gradient,
          .traits = {.elementwise = true},
          .partition = Partition::elements};
}

constexpr OpDef along_axis(std::string_view name, std::string_view doc, Expand expand,
                           GradientRule gradient) {
  return {.name = name,
          .doc = doc,
          .attrs = &Attrs::type_of<SoftmaxAttrs>,
          .promotion = Promotion::floating,
          .infer = infer_softmax,
          .gradient = gradient,
          .expand = expand,
          .partition = Partition::rows};
}

constexpr OpDef crossentropy(std::string_view name, std::string_view doc, Expand expand,
                             Promotion promotion) {
  return {.name = name,
          .doc = doc,
          .min_inputs = 2,
          .max_inputs = 2,
          .attrs = &Attrs::type_of<CrossentropyAttrs>,
          .promotion = promotion,
          .expand = expand,
          .partition = Partition::rows};
}

}  // namespace

const OpDef relu_op = activation("relu", "Returns max(x, 0).", relu_gradient, Promotion::common);
const OpDef sigmoid_op =
    activation("sigmoid", "Returns 1 / (1 + exp(-x)).", sigmoid_gradient, Promotion::floating);
const OpDef softplus_op =
    activation("softplus", "Returns log(1 + exp(x)).", softplus_gradient, Promotion::floating);
const OpDef log_sigmoid_op = {.name = "log_sigmoid",
                              .doc = "Returns log(sigmoid(x)).",
                              .promotion = Promotion::floating,
                              .expand = expand_log_sigmoid,
                              .traits = {.elementwise = true},
                              .partition = Partition::elements};
const OpDef softmax_op = along_axis("softmax", "Returns exp(x) divided by its sum along an axis.",
                                    expand_softmax, softmax_gradient);
const OpDef log_softmax_op =
    along_axis("log_softmax", "Returns log(softmax(x)).", expand_log_softmax, log_softmax_gradient);
const OpDef normalize_op = {.name = "normalize",
                            .doc = "Divides by a norm along axes.",
                            .attrs = &Attrs::type_of<NormalizeAttrs>,
                            .promotion = Promotion::floating,
                            .expand = expand_normalize,
                            .partition = Partition::rows};
const OpDef categorical_crossentropy_op =
    crossentropy("categorical_crossentropy", "Returns -sum(target * log(output)).",
                 expand_categorical, Promotion::floating);
const OpDef sparse_categorical_crossentropy_op = crossentropy(
    "sparse_categorical_crossentropy", "Returns -log(output) at the classes that the target names.",
    expand_sparse, Promotion::none);
const OpDef binary_crossentropy_op =
    crossentropy("binary_crossentropy", "Returns the cross-entropy of two classes, per element.",
                 expand_binary, Promotion::floating);

Tensor relu(const Tensor& x) { return apply_one(relu_op, {x}); }
Tensor sigmoid(const Tensor& x) { return apply_one(sigmoid_op, {x}); }
Tensor softplus(const Tensor& x) { return apply_one(softplus_op, {x}); }
Tensor log_sigmoid(const Tensor& x) { return apply_one(log_sigmoid_op, {x}); }

Tensor softmax(const Tensor& x, int64_t axis) {
  return apply_one(softmax_op, {x}, SoftmaxAttrs{.axis = axis});
}

Tensor log_softmax(const Tensor& x, int64_t axis) {
  return apply_one(log_softmax_op, {x}, SoftmaxAttrs{.axis = axis});
}

Tensor normalize(const Tensor& x, const Axes& axis, int64_t order, double epsilon) {
  require<ValueError>(order >= 1, "normalize", "expected `order` of 1 or more, got {}. Use 2.",
                      order);
  const Tensor given = x.rank() == 0 ? expand_dims(x, 0) : x;
  NormalizeAttrs attrs{.order = order, .epsilon = epsilon};
  for (int i = 0; axis.all && i < given.rank(); ++i) attrs.axis.push_back(i);
  for (int64_t one : axis.list) {
    attrs.axis.push_back(normalize_axis(one, given.rank(), "normalize"));
  }
  return apply_one(normalize_op, {given}, std::move(attrs));
}

Tensor categorical_crossentropy(const Tensor& target, const Tensor& output, bool from_logits,
                                int64_t axis) {
  return apply_one(categorical_crossentropy_op, {target, output},
                   CrossentropyAttrs{.from_logits = from_logits, .axis = axis});
}

Tensor sparse_categorical_crossentropy(const Tensor& target, const Tensor& output, bool from_logits,
                                       int64_t axis) {
  return apply_one(sparse_categorical_crossentropy_op, {target, output},
                   CrossentropyAttrs{.from_logits = from_logits, .axis = axis});
}

Tensor binary_crossentropy(const Tensor& target, const Tensor& output, bool from_logits) {
  return apply_one(binary_crossentropy_op, {target, output},
                   CrossentropyAttrs{.from_logits = from_logits, .axis = -1});
}

std::span<const OpDef* const> nn_ops() {
  static constexpr const OpDef* ops[] = {&relu_op,
                                         &sigmoid_op,
                                         &softplus_op,
                                         &log_sigmoid_op,
                                         &softmax_op,
                                         &log_softmax_op,
                                         &normalize_op,
                                         &categorical_crossentropy_op,
                                         &sparse_categorical_crossentropy_op,
                                         &binary_crossentropy_op};
  return ops;
}

}  // namespace keratin::ops
