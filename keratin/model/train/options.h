// SPDX-License-Identifier: Apache-2.0
// The arguments of compile, fit, evaluate and predict.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/data/batch_source.h"
#include "keratin/graph/nest.h"
#include "keratin/model/callbacks/callback.h"
#include "keratin/nn/loss.h"
#include "keratin/nn/metric.h"
#include "keratin/nn/optimizer.h"

namespace keratin {

namespace detail {

/// Is one item of a list in braces. It takes one value and never two, so that `{"age", loss}` is an
/// item of a dict and not a loss with a name.
template <class T>
class One {
 public:
  template <std::convertible_to<T> V>
  One(V&& value) : value_(std::forward<V>(value)) {}
  const T& value() const { return value_; }

 private:
  T value_;
};

template <class T>
concept Null = std::same_as<T, std::nullptr_t>;

}  // namespace detail

/// Is a loss for all outputs, a list with one for each, or a dict by the outputs' names:
/// `"mse"`, `{"mse", "mae"}`, `{{"age", "mse"}, {"income", my_loss}}`.
class Losses {
 public:
  using Item = std::pair<std::string, Loss>;
  Losses() = default;
  template <detail::Null T>
  Losses(T) {}
  template <class T>
  requires(std::constructible_from<Loss, T> && !std::same_as<std::remove_cvref_t<T>, Losses> &&
           !detail::Null<std::remove_cvref_t<T>>) Losses(T&& loss)
      : items_{{"", Loss(std::forward<T>(loss))}}, kind_(Kind::one) {}
  template <std::same_as<std::vector<Loss>> T>
  Losses(const T& losses) : Losses(list(losses)) {}
  Losses(std::initializer_list<detail::One<Loss>> list);
  Losses(std::initializer_list<std::pair<Key, Loss>> dict);
  static Losses list(const std::vector<Loss>& list);
  static Losses dict(std::vector<Item> items);

  enum class Kind : uint8_t { none, one, list, dict };
  Kind kind() const { return kind_; }
  const std::vector<Item>& items() const { return items_; }

 private:
  std::vector<Item> items_;
  Kind kind_ = Kind::none;
};

/// Is a metric, a list of them, or a dict by the outputs' names: `{"accuracy"}`,
/// `{{"age", {"mae", "mse"}}, {"income", "mse"}}`. `{{"mae"}, {"accuracy"}}` gives each output one;
/// where an output has more, `Metrics::list({{"mae", "mse"}, {"accuracy"}})` does, since a pair of
/// texts in braces is an item of a dict.
class Metrics {
 public:
  using Item = std::pair<std::string, Metrics>;
  Metrics() = default;
  template <detail::Null T>
  Metrics(T) {}
  template <class T>
  requires(std::constructible_from<Metric, T> && !std::same_as<std::remove_cvref_t<T>, Metrics> &&
           !detail::Null<std::remove_cvref_t<T>>) Metrics(T&& metric)
      : metric_(std::forward<T>(metric)), kind_(Kind::one) {}
  template <std::same_as<std::vector<Metric>> T>
  Metrics(const T& metrics) : Metrics(list({metrics.begin(), metrics.end()})) {}
  Metrics(std::initializer_list<detail::One<Metric>> list);
  Metrics(std::initializer_list<std::pair<Key, Metrics>> dict);
  /// Makes a list with the metrics of each output.
  static Metrics list(std::vector<Metrics> list);
  static Metrics dict(std::vector<Item> items);

  enum class Kind : uint8_t { none, one, list, dict };
  Kind kind() const { return kind_; }
  const Metric& metric() const { return metric_; }
  const std::vector<Item>& items() const { return items_; }

 private:
  Metric metric_;
  std::vector<Item> items_;
  Kind kind_ = Kind::none;
};

/// Is a number for each output: `{1.0, 10.0}` or `{{"age", 0.25}}`.
class LossWeights {
 public:
  LossWeights() = default;
  template <detail::Null T>
  LossWeights(T) {}
  LossWeights(double weight) : items_{{"", weight}}, given_(true), is_one_(true) {}
  LossWeights(std::initializer_list<double> list);
  LossWeights(std::initializer_list<std::pair<Key, double>> dict);
  static LossWeights of(std::vector<std::pair<std::string, double>> items, bool is_dict);
  bool given() const { return given_; }
  bool is_dict() const { return is_dict_; }
  bool is_one() const { return is_one_; }
  const std::vector<std::pair<std::string, double>>& items() const { return items_; }

 private:
  std::vector<std::pair<std::string, double>> items_;
  bool given_ = false;
  bool is_dict_ = false;
  bool is_one_ = false;
};

/// Are the arguments of `compile` (keras.io/api/models/model_training_apis).
struct CompileOptions {
  Optimizer optimizer = "rmsprop";
  Losses loss = {};
  LossWeights loss_weights = {};
  Metrics metrics = {};
  Metrics weighted_metrics = {};
  /// Runs each step op by op on data, unplanned, so that a user's code can print what it computes.
  bool run_eagerly = false;
  /// Is how many batches callbacks and the progress bar see as one step.
  int64_t steps_per_execution = 1;
  /// Has no effect; files hold it.
  bool jit_compile = true;
  /// Wraps the optimizer of a model whose policy is "mixed_float16" in a LossScaleOptimizer.
  bool auto_scale_loss = true;
};

/// Is what `validation_data` takes: `{x, y}`, `{x, y, sample_weight}`, Data, a Dataset, a PyDataset
/// or a generator.
struct ValidationData : Data {
  using Data::Data;
  ValidationData() = default;
  ValidationData(Data data) : Data(std::move(data)) {}
  template <class T>
  requires(std::convertible_to<T, BatchSource> && !std::derived_from<std::remove_cvref_t<T>, Data>)
      ValidationData(T&& batches)
      : source(std::forward<T>(batches)) {}
  bool empty() const { return x.empty() && !source; }

  std::optional<BatchSource> source;
};

/// Says how much is printed: "auto" (1), 0 nothing, 1 a bar, 2 a line for each epoch.
class Verbose {
 public:
  Verbose(int level) : level_(level) {}
  Verbose(const char* text);
  int level() const { return level_; }

 private:
  int level_ = 1;
};

/// Says in which epochs validation runs: every n-th, or those listed (counted from 1).
class ValidationFreq {
 public:
  ValidationFreq(int64_t every);
  ValidationFreq(int every) : ValidationFreq(int64_t{every}) {}
  ValidationFreq(std::initializer_list<int64_t> epochs) : epochs_(epochs), every_(0) {}
  bool runs(int64_t epoch) const;

 private:
  std::vector<int64_t> epochs_;
  int64_t every_ = 1;
};

/// Says how the data is shuffled: not at all, all of it, or "batch": inside each batch.
class Shuffle {
 public:
  enum class Kind : uint8_t { none, all, batch };
  Shuffle(bool shuffled) : kind_(shuffled ? Kind::all : Kind::none) {}
  Shuffle(const char* text);
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

using ClassWeight = std::map<int64_t, double>;

/// Are the arguments of `fit` besides the data, in Keras' order but for `epochs`, which comes
/// first, and `callbacks`, which come after the validation, as most programs write them.
struct FitOptions {
  int64_t epochs = 1;
  std::optional<int64_t> batch_size = {};
  Verbose verbose = "auto";
  double validation_split = 0.0;
  ValidationData validation_data = {};
  Callbacks callbacks = {};
  Shuffle shuffle = true;
  ClassWeight class_weight = {};
  Nest sample_weight = {};
  int64_t initial_epoch = 0;
  std::optional<int64_t> steps_per_epoch = {};
  std::optional<int64_t> validation_steps = {};
  std::optional<int64_t> validation_batch_size = {};
  ValidationFreq validation_freq = 1;
};

/// Are the arguments of `evaluate` besides the data. The values come in the order of Keras' list,
/// in which a metric may stand twice; with `return_dict` sorted by name, as in Keras' dict.
struct EvaluateOptions {
  std::optional<int64_t> batch_size = {};
  Verbose verbose = "auto";
  Nest sample_weight = {};
  std::optional<int64_t> steps = {};
  Callbacks callbacks = {};
  bool return_dict = false;
};

/// Are the arguments of `predict` besides the data.
struct PredictOptions {
  std::optional<int64_t> batch_size = {};
  Verbose verbose = "auto";
  std::optional<int64_t> steps = {};
  Callbacks callbacks = {};
};

/// Are the arguments of `train_on_batch` and `test_on_batch` besides the data; for `return_dict`
/// see EvaluateOptions.
struct BatchOptions {
  Nest sample_weight = {};
  ClassWeight class_weight = {};
  bool return_dict = false;
};

}  // namespace keratin
