// SPDX-License-Identifier: Apache-2.0
// The built-in losses, as objects and as functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/nn/loss.h"

namespace keratin::losses {

struct MeanSquaredErrorOptions {
  KERATIN_OPTIONS(MeanSquaredErrorOptions);
  KERATIN_LOSS_FIELDS("mean_squared_error");
};

struct MeanAbsoluteErrorOptions {
  KERATIN_OPTIONS(MeanAbsoluteErrorOptions);
  KERATIN_LOSS_FIELDS("mean_absolute_error");
};

struct BinaryCrossentropyOptions {
  KERATIN_OPTIONS(BinaryCrossentropyOptions);
  KERATIN_FIELD(bool, from_logits, "Whether y_pred is logits, not probabilities.") = false;
  KERATIN_FIELD(Number, label_smoothing, "Draws labels towards 0.5, 0 to 1.") = 0.0;
  KERATIN_FIELD(int64_t, axis, "The axis over which the mean is taken.") = -1;
  KERATIN_LOSS_FIELDS("binary_crossentropy");
};

struct CategoricalCrossentropyOptions {
  KERATIN_OPTIONS(CategoricalCrossentropyOptions);
  KERATIN_FIELD(bool, from_logits, "Whether y_pred is logits, not probabilities.") = false;
  KERATIN_FIELD(Number, label_smoothing, "Draws labels towards even shares, 0 to 1.") = 0.0;
  KERATIN_FIELD(int64_t, axis, "The axis of the classes.") = -1;
  KERATIN_LOSS_FIELDS("categorical_crossentropy");
};

struct SparseCategoricalCrossentropyOptions {
  KERATIN_OPTIONS(SparseCategoricalCrossentropyOptions);
  KERATIN_FIELD(bool, from_logits, "Whether y_pred is logits, not probabilities.") = false;
  KERATIN_FIELD(std::optional<int64_t>, ignore_class, "A class that does not count.") = {};
  // Keras takes the axis and does not write it.
  KERATIN_FIELD_AT(58, int64_t, axis, "The axis of the classes.") = -1;
  KERATIN_LOSS_FIELDS("sparse_categorical_crossentropy");
};

/// Is the mean of squared differences over the last axis (keras.io/api/losses/regression_losses).
Loss MeanSquaredError(MeanSquaredErrorOptions options = {});
/// Is the mean of absolute differences over the last axis.
Loss MeanAbsoluteError(MeanAbsoluteErrorOptions options = {});
/// Is for labels 0 and 1 (keras.io/api/losses/probabilistic_losses); probabilities are clipped to
/// [1e-7, 1 - 1e-7].
Loss BinaryCrossentropy(BinaryCrossentropyOptions options = {});
/// Is for one-hot labels; probabilities are divided by their sum, then clipped.
Loss CategoricalCrossentropy(CategoricalCrossentropyOptions options = {});
/// Is for integer labels of shape [batch, ...] or [batch, ..., 1].
Loss SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});

/// Returns the mean of squared differences over the last axis: [batch, d0, ..., dN] to [batch, d0,
/// ..., dN-1]. Each of these functions may be given to `compile`.
struct MeanSquaredErrorFunction {
  static constexpr std::string_view keras_name = "mean_squared_error";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr MeanSquaredErrorFunction mean_squared_error{};

/// Returns the mean of absolute differences over the last axis.
struct MeanAbsoluteErrorFunction {
  static constexpr std::string_view keras_name = "mean_absolute_error";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr MeanAbsoluteErrorFunction mean_absolute_error{};

/// Returns the mean of binary cross-entropies over `axis`.
struct BinaryCrossentropyFunction {
  static constexpr std::string_view keras_name = "binary_crossentropy";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, bool from_logits = false,
                    double label_smoothing = 0.0, int64_t axis = -1) const;
};
inline constexpr BinaryCrossentropyFunction binary_crossentropy{};

/// Returns the cross-entropy of one-hot labels along `axis`.
struct CategoricalCrossentropyFunction {
  static constexpr std::string_view keras_name = "categorical_crossentropy";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, bool from_logits = false,
                    double label_smoothing = 0.0, int64_t axis = -1) const;
};
inline constexpr CategoricalCrossentropyFunction categorical_crossentropy{};

/// Returns the cross-entropy of integer labels. Where a label is `ignore_class` the result is 0,
/// and the mask that travels with it is false.
struct SparseCategoricalCrossentropyFunction {
  static constexpr std::string_view keras_name = "sparse_categorical_crossentropy";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, bool from_logits = false,
                    std::optional<int64_t> ignore_class = std::nullopt, int64_t axis = -1) const;
};
inline constexpr SparseCategoricalCrossentropyFunction sparse_categorical_crossentropy{};

}  // namespace keratin::losses
