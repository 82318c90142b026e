// SPDX-License-Identifier: Apache-2.0
// Losses: objects, names and functions that `compile` takes, and the rules by which per-sample
// values, masks and sample weights become one number.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "keratin/graph/tensor.h"
#include "keratin/nn/dtype_policy.h"
#include "keratin/nn/object.h"

namespace keratin {

class Loss;

/// Says how per-sample losses become one value: "sum_over_batch_size" (their mean), "mean" (the
/// same), "mean_with_sample_weight" (divided by the sum of the weights), "sum", "none" or nullptr.
class Reduction {
 public:
  enum class Kind : uint8_t { none, sum, mean, mean_with_sample_weight };

  Reduction(std::nullptr_t) : kind_(Kind::none) {}
  /// Throws ValueError for other names, with a suggestion.
  Reduction(const char* name) : Reduction(std::string(name)) {}
  Reduction(const std::string& name);

  Kind kind() const { return kind_; }
  /// Returns the name as it was given; null for nullptr.
  Config to_config() const { return name_.empty() ? Config() : Config(name_); }

 private:
  Kind kind_;
  std::string name_;
};

template <>
struct Codec<Reduction> {
  static Config write(const Reduction& value) { return value.to_config(); }
  static Reduction read(const Config& config) {
    return config.is_null() ? Reduction(nullptr) : Reduction(config.as_string());
  }
  static std::string type_name() { return "reduction"; }
};

/// Declares the arguments that all losses have; stands last in an options struct.
#define KERATIN_LOSS_FIELDS(default_name)                                                      \
  KERATIN_FIELD_AT(-3, ::keratin::Reduction, reduction, "How per-sample losses become one.") = \
      "sum_over_batch_size";                                                                   \
  KERATIN_FIELD_AT(-4, std::string, name, "Name of the loss.") = default_name;                 \
  KERATIN_FIELD_AT(59, ::keratin::DTypePolicy, dtype, "Computes in it; float32 when empty.") = {}

/// Is the arguments that all losses have.
struct LossOptions {
  KERATIN_OPTIONS(LossOptions);
  KERATIN_LOSS_FIELDS("");
};

/// Is what stands behind a Loss.
class LossBody {
 public:
  explicit LossBody(LossOptions options) : options_(std::move(options)) {}
  virtual ~LossBody() = default;

  const LossOptions& options() const { return options_; }
  DType dtype() const { return options_.dtype.compute_dtype(); }
  /// Returns one value per sample, of inputs that have the loss' dtype.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;
  /// Returns what `compile` writes: an envelope, or a name where one was given.
  virtual Config to_config() const = 0;
  /// Returns the arguments as Keras' `get_config` does.
  virtual Config get_config() const;
  /// Tells whether targets are class numbers, each below the number of predictions.
  virtual bool takes_class_numbers() const { return false; }

 private:
  LossOptions options_;
};

namespace detail {

template <class F>
concept LossFunction = std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&> &&
    !std::is_same_v<F, Loss>;

}  // namespace detail

/// Is the base of a user's loss: `struct MyLoss : CustomLoss<MyLoss>` with the member
/// `Tensor call(const Tensor& y_true, const Tensor& y_pred) const` that returns one value per
/// sample. A member `Config get_config() const` adds arguments to what is written.
template <class Derived>
struct CustomLoss {
  CustomLoss() = default;
  explicit CustomLoss(LossOptions common) : loss_options(std::move(common)) {}
  LossOptions loss_options;
};

/// Is what `compile` takes as a loss: nothing, a name, an object or function of namespace losses, a
/// user's class, or any function of (y_true, y_pred) that returns one value per sample.
class Loss {
 public:
  using Function = std::function<Tensor(const Tensor&, const Tensor&)>;

  Loss() = default;
  Loss(std::nullptr_t) {}
  /// Takes the name of a built-in loss, or "crossentropy" ("ce"), which is chosen by the shapes.
  /// Throws ValueError for others, with a suggestion.
  Loss(const char* name);
  Loss(const std::string& name);
  /// Takes a function of the user and its name.
  Loss(std::string name, Function function);
  template <class F>
  requires detail::LossFunction<F> Loss(F function)
      : Loss(detail::function_name<F>(), Function(std::move(function))) {}
  template <class T>
  requires std::is_base_of_v<CustomLoss<T>, T> Loss(T custom);
  explicit Loss(std::shared_ptr<const LossBody> body) : body_(std::move(body)) {}

  /// Tells whether there is one at all.
  bool defined() const { return body_ != nullptr; }
  /// Returns the loss: casts both to the loss' dtype, applies the mask that travels with `y_pred`
  /// and the sample weights, and reduces (keras.io/api/losses). Throws ShapeError.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight = {}) const;
  /// Returns one value per sample, without masks and weights.
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const;

  const std::string& name() const;
  bool takes_class_numbers() const { return body().takes_class_numbers(); }
  /// Returns the arguments as Keras' `get_config` does.
  Config get_config() const;
  /// Returns what `compile` writes: an envelope, the name where one was given, or null.
  Config to_config() const;
  static Loss from_config(const Config& config);

 private:
  const LossBody& body() const;
  std::shared_ptr<const LossBody> body_;
};

template <>
struct Codec<Loss> {
  static Config write(const Loss& value) { return value.to_config(); }
  static Loss read(const Config& config) { return Loss::from_config(config); }
  static std::string type_name() { return "loss"; }
};

namespace detail {

/// Returns the two with ranks made equal where they differ by a last axis of 1: a vector gets that
/// axis, anything else makes the other lose it.
std::pair<Tensor, Tensor> squeeze_or_expand(const Tensor& x1, const Tensor& x2);

/// Tells whether values of these shapes can be combined; None fits any size.
bool broadcasts(const Shape& a, const Shape& b);

/// Returns sample weights with a mask merged into them; an empty handle when there is neither.
Tensor apply_mask(const Tensor& sample_weight, const Tensor& mask, DType dtype,
                  Reduction::Kind reduction);

/// Says whether the last axes of labels and predictions mean two classes, or integer classes.
struct LabelKind {
  bool is_binary = false;
  bool is_sparse = false;
};
LabelKind label_kind(const Shape& y_true, const Shape& y_pred);

LossOptions custom_loss_options(LossOptions options, const std::string& class_name);

template <class T>
class CustomLossBody final : public LossBody {
 public:
  explicit CustomLossBody(T custom)
      : LossBody(custom_loss_options(custom.loss_options, type_name<T>())),
        custom_(std::move(custom)) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return custom_.call(y_true, y_pred);
  }
  Config get_config() const override {
    Config config = LossBody::get_config();
    if constexpr (requires { custom_.get_config(); }) {
      const Config own = custom_.get_config();
      for (const auto& [key, value] : own.as_dict()) config.set(key, value);
    }
    return config;
  }
  Config to_config() const override { return custom_envelope(type_name<T>(), get_config()); }

 private:
  T custom_;
};

}  // namespace detail

template <class T>
requires std::is_base_of_v<CustomLoss<T>, T> Loss::Loss(T custom)
    : body_(std::make_shared<detail::CustomLossBody<T>>(std::move(custom))) {}

}  // namespace keratin
