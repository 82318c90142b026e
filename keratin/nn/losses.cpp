// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/losses.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/described.h"
#include "keratin/nn/loss_internal.h"

namespace keratin {

namespace {

constexpr std::string_view module_name = "keras.losses";

class BuiltInBody final : public LossBody {
 public:
  BuiltInBody(LossOptions options, Loss::Function function, std::string_view class_name, Config own,
              Config written)
      : LossBody(std::move(options)),
        function_(std::move(function)),
        class_name_(class_name),
        own_(std::move(own)),
        written_(std::move(written)) {}

  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return function_(y_true, y_pred);
  }
  Config get_config() const override {
    Config config = LossBody::get_config();
    for (const auto& [key, value] : own_.as_dict()) config.set(key, value);
    return config;
  }
  Config to_config() const override {
    if (!class_name_.empty()) return envelope(module_name, class_name_, get_config());
    if (written_.is_null()) nameless_function("loss");
    return written_;
  }
  bool takes_class_numbers() const override {
    if (class_name_.empty()) return options().name == "sparse_categorical_crossentropy";
    return class_name_ == "SparseCategoricalCrossentropy" && own_.get("ignore_class").is_null();
  }

 private:
  Loss::Function function_;
  std::string_view class_name_;  // empty for a function
  Config own_;
  Config written_;  // of a function
};

using detail::squeezed;

Tensor crossentropy_by_shape(const Tensor& y_true, const Tensor& y_pred) {
  const detail::LabelKind kind = detail::label_kind(y_true.shape(), y_pred.shape());
  if (kind.is_binary) return squeezed(losses::binary_crossentropy)(y_true, y_pred);
  if (kind.is_sparse) return squeezed(losses::sparse_categorical_crossentropy)(y_true, y_pred);
  return squeezed(losses::categorical_crossentropy)(y_true, y_pred);
}

struct FunctionEntry {
  std::string_view name;
  Loss::Function (*make)();
};

constexpr FunctionEntry functions[] = {
    {"mean_squared_error", [] { return squeezed(losses::mean_squared_error); }},
    {"mse", [] { return squeezed(losses::mean_squared_error); }},
    {"MSE", [] { return squeezed(losses::mean_squared_error); }},
    {"mean_absolute_error", [] { return squeezed(losses::mean_absolute_error); }},
    {"mae", [] { return squeezed(losses::mean_absolute_error); }},
    {"MAE", [] { return squeezed(losses::mean_absolute_error); }},
    {"binary_crossentropy", [] { return squeezed(losses::binary_crossentropy); }},
    {"bce", [] { return squeezed(losses::binary_crossentropy); }},
    {"BCE", [] { return squeezed(losses::binary_crossentropy); }},
    {"categorical_crossentropy", [] { return squeezed(losses::categorical_crossentropy); }},
    {"sparse_categorical_crossentropy",
     [] { return squeezed(losses::sparse_categorical_crossentropy); }},
    {"mean_absolute_percentage_error",
     [] { return squeezed(losses::mean_absolute_percentage_error); }},
    {"mape", [] { return squeezed(losses::mean_absolute_percentage_error); }},
    {"MAPE", [] { return squeezed(losses::mean_absolute_percentage_error); }},
    {"mean_squared_logarithmic_error",
     [] { return squeezed(losses::mean_squared_logarithmic_error); }},
    {"msle", [] { return squeezed(losses::mean_squared_logarithmic_error); }},
    {"MSLE", [] { return squeezed(losses::mean_squared_logarithmic_error); }},
    {"huber", [] { return squeezed(losses::huber); }},
    {"log_cosh", [] { return squeezed(losses::log_cosh); }},
    {"cosine_similarity", [] { return squeezed(losses::cosine_similarity); }},
    {"hinge", [] { return squeezed(losses::hinge); }},
    {"squared_hinge", [] { return squeezed(losses::squared_hinge); }},
    {"categorical_hinge", [] { return squeezed(losses::categorical_hinge); }},
    {"kl_divergence", [] { return squeezed(losses::kl_divergence); }},
    {"kld", [] { return squeezed(losses::kl_divergence); }},
    {"KLD", [] { return squeezed(losses::kl_divergence); }},
    {"poisson", [] { return squeezed(losses::poisson); }},
    {"binary_focal_crossentropy", [] { return squeezed(losses::binary_focal_crossentropy); }},
    {"categorical_focal_crossentropy",
     [] { return squeezed(losses::categorical_focal_crossentropy); }},
    {"categorical_generalized_cross_entropy",
     [] { return squeezed(losses::categorical_generalized_cross_entropy); }},
    {"dice", [] { return squeezed(losses::dice); }},
    {"tversky", [] { return squeezed(losses::tversky); }},
    {"circle", [] { return squeezed(losses::circle); }},
    {"ctc", [] { return squeezed(losses::ctc); }},
};

template <class Options, Loss (*Make)(Options)>
constexpr auto from_arguments = detail::maker_of<Loss, Options, Make>();

struct ClassEntry {
  std::string_view name;
  detail::ClassMaker<Loss> make;
};

constexpr ClassEntry classes[] = {
    {"MeanSquaredError", from_arguments<losses::MeanSquaredErrorOptions, losses::MeanSquaredError>},
    {"MeanAbsoluteError",
     from_arguments<losses::MeanAbsoluteErrorOptions, losses::MeanAbsoluteError>},
    {"BinaryCrossentropy",
     from_arguments<losses::BinaryCrossentropyOptions, losses::BinaryCrossentropy>},
    {"CategoricalCrossentropy",
     from_arguments<losses::CategoricalCrossentropyOptions, losses::CategoricalCrossentropy>},
    {"SparseCategoricalCrossentropy", from_arguments<losses::SparseCategoricalCrossentropyOptions,
                                                     losses::SparseCategoricalCrossentropy>},
    {"MeanAbsolutePercentageError", from_arguments<losses::MeanAbsolutePercentageErrorOptions,
                                                   losses::MeanAbsolutePercentageError>},
    {"MeanSquaredLogarithmicError", from_arguments<losses::MeanSquaredLogarithmicErrorOptions,
                                                   losses::MeanSquaredLogarithmicError>},
    {"LogCosh", from_arguments<losses::LogCoshOptions, losses::LogCosh>},
    {"Hinge", from_arguments<losses::HingeOptions, losses::Hinge>},
    {"SquaredHinge", from_arguments<losses::SquaredHingeOptions, losses::SquaredHinge>},
    {"CategoricalHinge", from_arguments<losses::CategoricalHingeOptions, losses::CategoricalHinge>},
    {"KLDivergence", from_arguments<losses::KLDivergenceOptions, losses::KLDivergence>},
    {"Poisson", from_arguments<losses::PoissonOptions, losses::Poisson>},
    {"CTC", from_arguments<losses::CTCOptions, losses::CTC>},
    {"Huber", from_arguments<losses::HuberOptions, losses::Huber>},
    {"CosineSimilarity", from_arguments<losses::CosineSimilarityOptions, losses::CosineSimilarity>},
    {"BinaryFocalCrossentropy",
     from_arguments<losses::BinaryFocalCrossentropyOptions, losses::BinaryFocalCrossentropy>},
    {"CategoricalFocalCrossentropy", from_arguments<losses::CategoricalFocalCrossentropyOptions,
                                                    losses::CategoricalFocalCrossentropy>},
    {"CategoricalGeneralizedCrossEntropy",
     from_arguments<losses::CategoricalGeneralizedCrossEntropyOptions,
                    losses::CategoricalGeneralizedCrossEntropy>},
    {"Dice", from_arguments<losses::DiceOptions, losses::Dice>},
    {"Tversky", from_arguments<losses::TverskyOptions, losses::Tversky>},
    {"Circle", from_arguments<losses::CircleOptions, losses::Circle>},
};

[[noreturn]] void unknown_loss(const std::string& name) {
  std::vector<std::string> known;
  for (const FunctionEntry& entry : functions) known.emplace_back(entry.name);
  for (const ClassEntry& entry : classes) known.emplace_back(entry.name);
  known.emplace_back("crossentropy");
  unknown_object("loss", "a loss", name, known);
}

std::optional<Loss::Function> function_named(const std::string& name) {
  for (const FunctionEntry& entry : functions) {
    if (entry.name == name) return entry.make();
  }
  const std::string lower = text::lower(name);
  if (lower == "crossentropy" || lower == "ce") return crossentropy_by_shape;
  return std::nullopt;
}

}  // namespace

namespace detail {

Loss function_loss(LossOptions options, Loss::Function function, Config written) {
  return Loss(std::make_shared<BuiltInBody>(std::move(options), std::move(function), "",
                                            Config::dict(), std::move(written)));
}

Loss class_loss(std::string_view class_name, LossOptions options, Loss::Function function,
                Config own) {
  return Loss(std::make_shared<BuiltInBody>(std::move(options), std::move(function), class_name,
                                            std::move(own), Config()));
}

void check_targets(std::string_view where, const Tensor& labels, const Tensor& predictions) {
  require<ShapeError>(detail::broadcasts(labels.shape(), predictions.shape()), where,
                      "expected targets of the output's shape {}, got {}. Check the labels or the "
                      "size of the last layer.",
                      to_string(predictions.shape()), to_string(labels.shape()));
}

void check_smoothing(std::string_view where, double label_smoothing) {
  require<ValueError>(label_smoothing >= 0.0 && label_smoothing <= 1.0, where,
                      "expected label_smoothing from 0 to 1, got {}. Pass such a share.",
                      label_smoothing);
}

Loss loss_named(const std::string& name) {
  if (std::optional<Loss::Function> function = function_named(name)) {
    return function_loss({.name = name}, *std::move(function), name);
  }
  for (const ClassEntry& entry : classes) {
    if (entry.name != name) continue;
    const Loss made = entry.make(Config::dict(), name);
    const auto call = [made](const Tensor& y_true, const Tensor& y_pred) {
      return made.call(y_true, y_pred);
    };
    return function_loss({.name = made.name()}, call, name);
  }
  unknown_loss(name);
}

Loss loss_from(const ObjectSpec& spec, const Config& written) {
  if (written.is_string()) return loss_named(spec.class_name);
  if (spec.is_function()) {
    const std::string& name = spec.config.as_string();
    std::optional<Loss::Function> function = function_named(name);
    if (!function) unknown_loss(name);
    return function_loss({.name = name}, *std::move(function), function_envelope(name));
  }
  for (const ClassEntry& entry : classes) {
    if (entry.name == spec.class_name) return entry.make(spec.config, entry.name);
  }
  unknown_loss(spec.class_name);
}

}  // namespace detail

std::vector<ClassInfo> detail::loss_classes() {
  std::vector<ClassInfo> all;
  for (const ClassEntry& entry : classes) {
    all.push_back({"loss", entry.name, entry.make.fields});
  }
  return all;
}

namespace losses {

using detail::built_in_loss;
using detail::check_smoothing;
using detail::check_targets;

Tensor MeanSquaredErrorFunction::operator()(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [labels, predictions] =
      detail::squeeze_or_expand(ops::cast(y_true, y_pred.dtype()), y_pred);
  check_targets("mean_squared_error", labels, predictions);
  return ops::mean(ops::square(labels - predictions), -1);
}

Tensor MeanAbsoluteErrorFunction::operator()(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [labels, predictions] =
      detail::squeeze_or_expand(ops::cast(y_true, y_pred.dtype()), y_pred);
  check_targets("mean_absolute_error", labels, predictions);
  return ops::mean(ops::absolute(labels - predictions), -1);
}

Tensor BinaryCrossentropyFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                              bool from_logits, double label_smoothing,
                                              int64_t axis) const {
  Tensor labels = ops::cast(y_true, y_pred.dtype());
  if (label_smoothing != 0.0) {
    labels = labels * (1.0 - label_smoothing) + 0.5 * label_smoothing;
  }
  return ops::mean(ops::binary_crossentropy(labels, y_pred, from_logits), axis);
}

Tensor CategoricalCrossentropyFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                                   bool from_logits, double label_smoothing,
                                                   int64_t axis) const {
  Tensor labels = ops::cast(y_true, y_pred.dtype());
  if (label_smoothing != 0.0) {
    const Tensor classes_count = ops::axis_size(labels, {labels.rank() - 1}, y_pred.dtype());
    labels = labels * (1.0 - label_smoothing) + label_smoothing / classes_count;
  }
  return ops::categorical_crossentropy(labels, y_pred, from_logits, axis);
}

Tensor SparseCategoricalCrossentropyFunction::operator()(const Tensor& y_true, const Tensor& y_pred,
                                                         bool from_logits,
                                                         std::optional<int64_t> ignore_class,
                                                         int64_t axis) const {
  Tensor labels = y_true;
  const int classes = normalize_axis(axis, y_pred.rank(), keras_name);
  if (labels.rank() == y_pred.rank() && labels.shape()[classes] == 1) {
    labels = ops::squeeze(labels, axis);
  }
  if (!ignore_class) {
    return ops::sparse_categorical_crossentropy(labels, y_pred, from_logits, axis);
  }
  const Tensor valid = ops::not_equal(labels, ops::cast(*ignore_class, y_pred.dtype()));
  labels = ops::where(valid, labels, 0);
  const Tensor kept = ops::where(ops::expand_dims(valid, axis), y_pred, 0);
  const Tensor values = ops::sparse_categorical_crossentropy(labels, kept, from_logits, axis);
  return ops::where(valid, values, 0.0).with_mask(valid);
}

Loss MeanSquaredError(MeanSquaredErrorOptions options) {
  return built_in_loss("MeanSquaredError", options, mean_squared_error);
}

Loss MeanAbsoluteError(MeanAbsoluteErrorOptions options) {
  return built_in_loss("MeanAbsoluteError", options, mean_absolute_error);
}

Loss BinaryCrossentropy(BinaryCrossentropyOptions options) {
  check_smoothing("BinaryCrossentropy", options.label_smoothing);
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return binary_crossentropy(y_true, y_pred, o.from_logits, o.label_smoothing, o.axis);
  };
  return built_in_loss("BinaryCrossentropy", options, call);
}

Loss CategoricalCrossentropy(CategoricalCrossentropyOptions options) {
  check_smoothing("CategoricalCrossentropy", options.label_smoothing);
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return categorical_crossentropy(y_true, y_pred, o.from_logits, o.label_smoothing, o.axis);
  };
  return built_in_loss("CategoricalCrossentropy", options, call);
}

Loss SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options) {
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return sparse_categorical_crossentropy(y_true, y_pred, o.from_logits, o.ignore_class, o.axis);
  };
  Config own = Config::dict();
  const Config all = detail::own_loss_config(options);
  // Keras writes the axis of all classes but this one.
  for (const auto& [key, value] : all.as_dict()) {
    if (key != "axis") own.set(key, value);
  }
  return detail::class_loss("SparseCategoricalCrossentropy", detail::loss_options_of(options),
                            squeezed(call), std::move(own));
}

}  // namespace losses

}  // namespace keratin
