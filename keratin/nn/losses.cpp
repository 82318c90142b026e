// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/losses.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
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

// Returns the function with ranks made equal first, as every built-in class has it.
template <class F>
Loss::Function squeezed(F function) {
  return [function](const Tensor& y_true, const Tensor& y_pred) {
    const auto [labels, predictions] = detail::squeeze_or_expand(y_true, y_pred);
    return function(labels, predictions);
  };
}

Tensor crossentropy_by_shape(const Tensor& y_true, const Tensor& y_pred) {
  const detail::LabelKind kind = detail::label_kind(y_true.shape(), y_pred.shape());
  if (kind.is_binary) return squeezed(losses::binary_crossentropy)(y_true, y_pred);
  if (kind.is_sparse) return squeezed(losses::sparse_categorical_crossentropy)(y_true, y_pred);
  return squeezed(losses::categorical_crossentropy)(y_true, y_pred);
}

template <class Options>
LossOptions common_of(const Options& options) {
  return {.reduction = options.reduction, .name = options.name, .dtype = options.dtype};
}

// Returns the arguments that other losses do not have, in the order in which Keras writes them.
template <class Options>
Config own_config(const Options& options) {
  Config own = Config::dict();
  for_each_field(options, [&](auto field, const auto& member) {
    constexpr std::string_view common[] = {"name", "reduction", "dtype"};
    const bool is_common = std::ranges::find(common, field.name) != std::end(common);
    // Keras writes the axis of all classes but this one.
    const bool unwritten = std::is_same_v<Options, losses::SparseCategoricalCrossentropyOptions> &&
                           field.name == "axis";
    if (is_common || unwritten) return;
    own.set(field.name, Codec<std::remove_cvref_t<decltype(member)>>::write(member));
  });
  return own;
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
};

template <class Options, Loss (*Make)(Options)>
Loss from_arguments(const Config& config, std::string_view where) {
  return Make(options_from<Options>(config, where));
}

struct ClassEntry {
  std::string_view name;
  Loss (*make)(const Config& config, std::string_view where);
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
};

// Names that Keras knows besides.
const std::vector<std::string>& missing_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{"kld", "KLD", "mape", "MAPE", "msle", "MSLE"};
    for (const char* name :
         {"KLDivergence", "Poisson", "BinaryFocalCrossentropy", "CategoricalFocalCrossentropy",
          "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "CosineSimilarity",
          "LogCosh", "Huber", "Hinge", "SquaredHinge", "CategoricalHinge", "Dice", "Tversky",
          "Circle", "CTC"}) {
      all.emplace_back(name);
      all.push_back(text::snake_case(name));
    }
    all.emplace_back("kl_divergence");
    return all;
  }();
  return names;
}

[[noreturn]] void unknown_loss(const std::string& name) {
  std::vector<std::string> known;
  for (const FunctionEntry& entry : functions) known.emplace_back(entry.name);
  for (const ClassEntry& entry : classes) known.emplace_back(entry.name);
  known.emplace_back("crossentropy");
  unknown_object("loss", "a loss", name, known, missing_names());
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

namespace {

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

}  // namespace

namespace losses {

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
  if (labels.rank() == y_pred.rank() && labels.shape()[static_cast<int>(axis)] == 1) {
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
  return detail::class_loss("MeanSquaredError", common_of(options), squeezed(mean_squared_error),
                            Config::dict());
}

Loss MeanAbsoluteError(MeanAbsoluteErrorOptions options) {
  return detail::class_loss("MeanAbsoluteError", common_of(options), squeezed(mean_absolute_error),
                            Config::dict());
}

Loss BinaryCrossentropy(BinaryCrossentropyOptions options) {
  check_smoothing("BinaryCrossentropy", options.label_smoothing);
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return binary_crossentropy(y_true, y_pred, o.from_logits, o.label_smoothing, o.axis);
  };
  return detail::class_loss("BinaryCrossentropy", common_of(options), squeezed(call),
                            own_config(options));
}

Loss CategoricalCrossentropy(CategoricalCrossentropyOptions options) {
  check_smoothing("CategoricalCrossentropy", options.label_smoothing);
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return categorical_crossentropy(y_true, y_pred, o.from_logits, o.label_smoothing, o.axis);
  };
  return detail::class_loss("CategoricalCrossentropy", common_of(options), squeezed(call),
                            own_config(options));
}

Loss SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options) {
  const auto call = [o = options](const Tensor& y_true, const Tensor& y_pred) {
    return sparse_categorical_crossentropy(y_true, y_pred, o.from_logits, o.ignore_class, o.axis);
  };
  return detail::class_loss("SparseCategoricalCrossentropy", common_of(options), squeezed(call),
                            own_config(options));
}

}  // namespace losses

}  // namespace keratin
