// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/loss.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "keratin/base/check.h"
#include "keratin/base/naming.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/loss_internal.h"

namespace keratin {

namespace {

// Returns the number of elements of `x` as a scalar of its dtype; a constant where it is known.
Tensor count_of(const Tensor& x, DType dtype) {
  std::vector<int64_t> axes(static_cast<size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return ops::axis_size(x, axes, dtype);
}

Tensor converted(const Tensor& x, DType dtype) {
  return x.dtype() == dtype && !x.is_weak() ? x : ops::cast(x, dtype);
}

Tensor reduced(const Tensor& values, const Tensor& sample_weight, Reduction::Kind reduction) {
  const bool is_done = values.rank() == 0 || values.shape() == Shape{0};
  if (reduction == Reduction::Kind::none || is_done) return values;
  const Tensor sum = ops::sum(values);
  if (reduction == Reduction::Kind::sum) return sum;
  const bool by_weight =
      reduction == Reduction::Kind::mean_with_sample_weight && sample_weight.defined();
  if (by_weight) {
    return ops::divide_no_nan(sum, ops::cast(ops::sum(sample_weight), sum.dtype()));
  }
  if (values.shape().is_static() && values.shape().element_count() > 0) {
    return sum / static_cast<double>(values.shape().element_count());
  }
  return ops::divide_no_nan(sum, count_of(values, sum.dtype()));
}

Tensor merge_masks(const Tensor& a, const Tensor& b) {
  if (!a.defined()) return b;
  return b.defined() ? ops::logical_and(a, b) : a;
}

}  // namespace

Reduction::Reduction(const std::string& name) : name_(name) {
  const std::vector<std::string> known{"sum_over_batch_size", "sum", "mean",
                                       "mean_with_sample_weight", "none"};
  if (name == "sum_over_batch_size" || name == "mean") {
    kind_ = Kind::mean;
  } else if (name == "sum") {
    kind_ = Kind::sum;
  } else if (name == "mean_with_sample_weight") {
    kind_ = Kind::mean_with_sample_weight;
  } else if (name == "none") {
    kind_ = Kind::none;
  } else {
    unknown_object("reduction", "a reduction", name, known);
  }
}

Config LossBody::get_config() const {
  return Config::dict({{"name", options_.name}, {"reduction", options_.reduction.to_config()}});
}

Loss::Loss(const char* name) : Loss(std::string(name)) {}
Loss::Loss(const std::string& name) : Loss(detail::loss_named(name)) {}

Loss::Loss(std::string name, Function function) {
  require<ValueError>(function != nullptr, "loss",
                      "expected a function for the loss '{}', got none. Pass one.", name);
  Config written = detail::is_nameless(name) ? Config() : function_envelope(name);
  const auto call = [function = std::move(function)](const Tensor& y_true, const Tensor& y_pred) {
    const auto [labels, predictions] = detail::squeeze_or_expand(y_true, y_pred);
    return function(labels, predictions);
  };
  *this = detail::function_loss({.name = std::move(name)}, call, std::move(written));
}

Loss Loss::from_config(const Config& config) {
  const std::optional<ObjectSpec> spec = read_object(config, "loss");
  return spec ? detail::loss_from(*spec, config) : Loss();
}

const LossBody& Loss::body() const {
  require<ValueError>(defined(), "loss",
                      "expected a loss, got none. Pass one to compile, such as 'mse'.");
  return *body_;
}

const std::string& Loss::name() const { return body().options().name; }
Config Loss::get_config() const { return body().get_config(); }
Config Loss::to_config() const { return body_ ? body_->to_config() : Config(); }

Tensor Loss::call(const Tensor& y_true, const Tensor& y_pred) const {
  return body().call(converted(y_true, body().dtype()), converted(y_pred, body().dtype()));
}

Tensor Loss::operator()(const Tensor& y_true, const Tensor& y_pred,
                        const Tensor& sample_weight) const {
  const DType dtype = body().dtype();
  const Reduction::Kind reduction = body().options().reduction.kind();
  const Tensor in_mask = y_pred.mask();
  Tensor values = call(y_true, y_pred);
  require<ValueError>(values.defined(), "loss",
                      "expected a tensor from the loss '{}', got an empty handle. Return one value "
                      "for each sample.",
                      name());
  Tensor mask = merge_masks(in_mask, values.mask());
  values = converted(values, dtype);
  Tensor weight = sample_weight.defined() ? converted(sample_weight, dtype) : Tensor();
  weight = detail::apply_mask(weight, mask, dtype, reduction);
  if (weight.defined()) {
    std::tie(values, weight) = detail::squeeze_or_expand(values, weight);
    require<ShapeError>(detail::broadcasts(values.shape(), weight.shape()), "loss",
                        "expected sample_weight for losses of shape {}, got {}. Pass one number "
                        "for each sample.",
                        to_string(values.shape()), to_string(weight.shape()));
    values = values * weight;
  }
  return reduced(values, weight, reduction);
}

namespace detail {

bool broadcasts(const Shape& a, const Shape& b) {
  for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i) {
    const int64_t x = a[-i];
    const int64_t y = b[-i];
    if (x != y && x != 1 && y != 1 && x != None && y != None) return false;
  }
  return true;
}

std::pair<Tensor, Tensor> squeeze_or_expand(const Tensor& x1, const Tensor& x2) {
  const int difference = x1.rank() - x2.rank();
  if (difference == 1 && x1.shape()[-1] == 1) {
    if (x2.rank() == 1) return {x1, ops::expand_dims(x2, -1)};
    return {ops::squeeze(x1, -1), x2};
  }
  if (difference == -1 && x2.shape()[-1] == 1) {
    if (x1.rank() == 1) return {ops::expand_dims(x1, -1), x2};
    return {x1, ops::squeeze(x2, -1)};
  }
  return {x1, x2};
}

Tensor apply_mask(const Tensor& sample_weight, const Tensor& mask, DType dtype,
                  Reduction::Kind reduction) {
  if (!mask.defined()) return sample_weight;
  Tensor weight = ops::cast(mask, dtype);
  if (reduction == Reduction::Kind::mean) {
    // Valid entries weigh total / valid, so that dividing by the total later averages over them.
    const Tensor scale = ops::divide_no_nan(count_of(mask, dtype), ops::sum(weight));
    weight = ops::where(ops::cast(mask, DType::bool_), scale, 0);
  }
  if (!sample_weight.defined()) return weight;
  const auto [of_mask, of_sample] = squeeze_or_expand(weight, ops::cast(sample_weight, dtype));
  return of_sample * of_mask;
}

LabelKind label_kind(const Shape& y_true, const Shape& y_pred) {
  LabelKind kind;
  kind.is_binary = y_pred.back() == 1;
  kind.is_sparse = y_true.rank() < y_pred.rank() || (y_true.back() == 1 && y_pred.back() > 1);
  return kind;
}

LossOptions custom_loss_options(LossOptions options, const std::string& class_name) {
  if (options.name.empty()) options.name = auto_name(class_name);
  return options;
}

}  // namespace detail

}  // namespace keratin
