// SPDX-License-Identifier: Apache-2.0
// The built-in losses, as objects and as functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/graph/ops/reduction.h"
#include "keratin/nn/constraint.h"
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

struct MeanAbsolutePercentageErrorOptions {
  KERATIN_OPTIONS(MeanAbsolutePercentageErrorOptions);
  KERATIN_LOSS_FIELDS("mean_absolute_percentage_error");
};

struct MeanSquaredLogarithmicErrorOptions {
  KERATIN_OPTIONS(MeanSquaredLogarithmicErrorOptions);
  KERATIN_LOSS_FIELDS("mean_squared_logarithmic_error");
};

struct LogCoshOptions {
  KERATIN_OPTIONS(LogCoshOptions);
  KERATIN_LOSS_FIELDS("log_cosh");
};

struct HingeOptions {
  KERATIN_OPTIONS(HingeOptions);
  KERATIN_LOSS_FIELDS("hinge");
};

struct SquaredHingeOptions {
  KERATIN_OPTIONS(SquaredHingeOptions);
  KERATIN_LOSS_FIELDS("squared_hinge");
};

struct CategoricalHingeOptions {
  KERATIN_OPTIONS(CategoricalHingeOptions);
  KERATIN_LOSS_FIELDS("categorical_hinge");
};

struct KLDivergenceOptions {
  KERATIN_OPTIONS(KLDivergenceOptions);
  KERATIN_LOSS_FIELDS("kl_divergence");
};

struct PoissonOptions {
  KERATIN_OPTIONS(PoissonOptions);
  KERATIN_LOSS_FIELDS("poisson");
};

struct CTCOptions {
  KERATIN_OPTIONS(CTCOptions);
  KERATIN_LOSS_FIELDS("ctc");
};

struct HuberOptions {
  KERATIN_OPTIONS(HuberOptions);
  KERATIN_FIELD(Number, delta, "Where squares become straight lines.") = 1.0;
  KERATIN_LOSS_FIELDS("huber_loss");
};

struct CosineSimilarityOptions {
  KERATIN_OPTIONS(CosineSimilarityOptions);
  KERATIN_FIELD(int64_t, axis, "The axis of the vectors.") = -1;
  KERATIN_LOSS_FIELDS("cosine_similarity");
};

// In the order of Keras' arguments; the numbers are the order in which Keras writes them.
struct BinaryFocalCrossentropyOptions {
  KERATIN_OPTIONS(BinaryFocalCrossentropyOptions);
  KERATIN_FIELD_AT(4, bool, apply_class_balancing, "Whether classes weigh by alpha.") = false;
  KERATIN_FIELD_AT(5, Number, alpha, "Weight of class 1; that of class 0 is 1 - alpha.") = 0.25;
  KERATIN_FIELD_AT(6, Number, gamma, "How much less easy samples count.") = 2.0;
  KERATIN_FIELD_AT(1, bool, from_logits, "Whether y_pred is logits.") = false;
  KERATIN_FIELD_AT(2, Number, label_smoothing, "Draws labels towards 0.5, 0 to 1.") = 0.0;
  KERATIN_FIELD_AT(3, int64_t, axis, "The axis over which the mean is taken.") = -1;
  KERATIN_LOSS_FIELDS("binary_focal_crossentropy");
};

struct CategoricalFocalCrossentropyOptions {
  KERATIN_OPTIONS(CategoricalFocalCrossentropyOptions);
  KERATIN_FIELD_AT(4, Number, alpha, "Weight of all classes.") = 0.25;
  KERATIN_FIELD_AT(5, Number, gamma, "How much less easy samples count.") = 2.0;
  KERATIN_FIELD_AT(1, bool, from_logits, "Whether y_pred is logits.") = false;
  KERATIN_FIELD_AT(2, Number, label_smoothing, "Draws labels towards even shares.") = 0.0;
  KERATIN_FIELD_AT(3, int64_t, axis, "The axis of the classes.") = -1;
  KERATIN_LOSS_FIELDS("categorical_focal_crossentropy");
};

struct CategoricalGeneralizedCrossEntropyOptions {
  KERATIN_OPTIONS(CategoricalGeneralizedCrossEntropyOptions);
  KERATIN_FIELD(Number, q, "Between cross-entropy (near 0) and absolute error (near 1).") = 0.5;
  KERATIN_LOSS_FIELDS("categorical_generalized_cross_entropy");
};

struct DiceOptions {
  KERATIN_OPTIONS(DiceOptions);
  KERATIN_FIELD(ops::Axes, axis, "The axes that are added up; all by default.") = {};
  KERATIN_LOSS_FIELDS("dice");
};

struct TverskyOptions {
  KERATIN_OPTIONS(TverskyOptions);
  KERATIN_FIELD(Number, alpha, "Weight of what is missed.") = 0.5;
  KERATIN_FIELD(Number, beta, "Weight of what is found in vain.") = 0.5;
  KERATIN_FIELD(ops::Axes, axis, "The axes that are added up; all by default.") = {};
  KERATIN_LOSS_FIELDS("tversky");
};

struct CircleOptions {
  KERATIN_OPTIONS(CircleOptions);
  KERATIN_FIELD(Number, gamma, "Scale of the distances.") = 80.0;
  KERATIN_FIELD(Number, margin, "By how much classes are kept apart.") = 0.4;
  KERATIN_FIELD(bool, remove_diagonal, "Whether a sample is no pair with itself.") = true;
  KERATIN_LOSS_FIELDS("circle");
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

/// Is 100 times the mean of |y_true - y_pred| / |y_true|.
Loss MeanAbsolutePercentageError(MeanAbsolutePercentageErrorOptions options = {});
/// Is the mean of squared differences of log(y + 1).
Loss MeanSquaredLogarithmicError(MeanSquaredLogarithmicErrorOptions options = {});
/// Is the mean of log(cosh(y_pred - y_true)).
Loss LogCosh(LogCoshOptions options = {});
/// Is the mean of squares up to `delta` and of straight lines beyond it.
Loss Huber(HuberOptions options = {});
/// Is the negative cosine of the two vectors along `axis`.
Loss CosineSimilarity(CosineSimilarityOptions options = {});
/// Is the mean of max(1 - y_true * y_pred, 0) for labels -1 and 1; where all are 0 or 1, 0 means -1
/// (keras.io/api/losses/hinge_losses).
Loss Hinge(HingeOptions options = {});
/// Is the mean of squares of what Hinge averages.
Loss SquaredHinge(SquaredHingeOptions options = {});
/// Is max(neg - pos + 1, 0) of one-hot labels.
Loss CategoricalHinge(CategoricalHingeOptions options = {});
/// Is sum(y_true * log(y_true / y_pred)), both clipped to [1e-7, 1].
Loss KLDivergence(KLDivergenceOptions options = {});
/// Is the mean of y_pred - y_true * log(y_pred).
Loss Poisson(PoissonOptions options = {});
/// Is BinaryCrossentropy in which easy samples count less. Throws ValueError for a
/// label_smoothing outside 0 to 1.
Loss BinaryFocalCrossentropy(BinaryFocalCrossentropyOptions options = {});
/// Is CategoricalCrossentropy in which easy samples count less.
Loss CategoricalFocalCrossentropy(CategoricalFocalCrossentropyOptions options = {});
/// Is (1 - p^q) / q for the probability p of an integer label; it bears wrong labels. Throws
/// ValueError unless 0 < q < 1.
Loss CategoricalGeneralizedCrossEntropy(CategoricalGeneralizedCrossEntropyOptions options = {});
/// Is 1 - 2 * overlap / (sizes of both), over the whole batch by default.
Loss Dice(DiceOptions options = {});
/// Is 1 - overlap / (overlap + alpha * missed + beta * in vain).
Loss Tversky(TverskyOptions options = {});
/// Is for embeddings [batch, n] of norm 1 and integer labels [batch]: pairs of one class are drawn
/// together, others apart.
Loss Circle(CircleOptions options = {});
/// Is for sequences of integer labels [batch, m], 0 for none, and logits [batch, steps, classes].
Loss CTC(CTCOptions options = {});

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

/// Returns what the class of that name computes, for each sample.
struct MeanAbsolutePercentageErrorFunction {
  static constexpr std::string_view keras_name = "mean_absolute_percentage_error";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr MeanAbsolutePercentageErrorFunction mean_absolute_percentage_error{};

/// Returns what the class of that name computes, for each sample.
struct MeanSquaredLogarithmicErrorFunction {
  static constexpr std::string_view keras_name = "mean_squared_logarithmic_error";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr MeanSquaredLogarithmicErrorFunction mean_squared_logarithmic_error{};

/// Returns what the class of that name computes, for each sample.
struct LogCoshFunction {
  static constexpr std::string_view keras_name = "log_cosh";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr LogCoshFunction log_cosh{};

/// Returns what the class of that name computes, for each sample.
struct HingeFunction {
  static constexpr std::string_view keras_name = "hinge";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr HingeFunction hinge{};

/// Returns what the class of that name computes, for each sample.
struct SquaredHingeFunction {
  static constexpr std::string_view keras_name = "squared_hinge";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr SquaredHingeFunction squared_hinge{};

/// Returns what the class of that name computes, for each sample.
struct CategoricalHingeFunction {
  static constexpr std::string_view keras_name = "categorical_hinge";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr CategoricalHingeFunction categorical_hinge{};

/// Returns what the class of that name computes, for each sample.
struct KLDivergenceFunction {
  static constexpr std::string_view keras_name = "kl_divergence";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr KLDivergenceFunction kl_divergence{};

/// Returns what the class of that name computes, for each sample.
struct PoissonFunction {
  static constexpr std::string_view keras_name = "poisson";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr PoissonFunction poisson{};

/// Returns what the class of that name computes, for each sample.
struct CTCFunction {
  static constexpr std::string_view keras_name = "ctc";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const;
};
inline constexpr CTCFunction ctc{};

/// Returns the Huber loss of each sample.
struct HuberFunction {
  static constexpr std::string_view keras_name = "huber";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, double delta = 1.0) const;
};
inline constexpr HuberFunction huber{};

/// Returns the negative cosine along `axis`.
struct CosineSimilarityFunction {
  static constexpr std::string_view keras_name = "cosine_similarity";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, int64_t axis = -1) const;
};
inline constexpr CosineSimilarityFunction cosine_similarity{};

/// Returns the focal form of binary_crossentropy.
struct BinaryFocalCrossentropyFunction {
  static constexpr std::string_view keras_name = "binary_focal_crossentropy";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, bool apply_class_balancing = false,
                    double alpha = 0.25, double gamma = 2.0, bool from_logits = false,
                    double label_smoothing = 0.0, int64_t axis = -1) const;
};
inline constexpr BinaryFocalCrossentropyFunction binary_focal_crossentropy{};

/// Returns the focal form of categorical_crossentropy.
struct CategoricalFocalCrossentropyFunction {
  static constexpr std::string_view keras_name = "categorical_focal_crossentropy";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, double alpha = 0.25,
                    double gamma = 2.0, bool from_logits = false, double label_smoothing = 0.0,
                    int64_t axis = -1) const;
};
inline constexpr CategoricalFocalCrossentropyFunction categorical_focal_crossentropy{};

/// Returns (1 - p^q) / q for the probability p of each integer label.
struct CategoricalGeneralizedCrossEntropyFunction {
  static constexpr std::string_view keras_name = "categorical_generalized_cross_entropy";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, double q = 0.5) const;
};
inline constexpr CategoricalGeneralizedCrossEntropyFunction categorical_generalized_cross_entropy{};

/// Returns 1 minus the Dice coefficient over the axes.
struct DiceFunction {
  static constexpr std::string_view keras_name = "dice";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const ops::Axes& axis = {}) const;
};
inline constexpr DiceFunction dice{};

/// Returns 1 minus the Tversky index over the axes.
struct TverskyFunction {
  static constexpr std::string_view keras_name = "tversky";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, double alpha = 0.5,
                    double beta = 0.5, const ops::Axes& axis = {}) const;
};
inline constexpr TverskyFunction tversky{};

/// Returns the circle loss of each sample against all others, or against reference embeddings
/// [count, n] with labels [count].
struct CircleFunction {
  static constexpr std::string_view keras_name = "circle";
  static constexpr bool is_loss = true;
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& ref_labels = {},
                    const Tensor& ref_embeddings = {}, bool remove_diagonal = true,
                    double gamma = 80.0, double margin = 0.4) const;
};
inline constexpr CircleFunction circle{};

}  // namespace keratin::losses
