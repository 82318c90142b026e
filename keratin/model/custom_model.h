// SPDX-License-Identifier: Apache-2.0
// Models that users write.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/model/model_body.h"
#include "keratin/nn/added_losses.h"
#include "keratin/nn/custom_layer.h"

namespace keratin {

namespace detail {

/// Is a user's model without the `build` that it has from its base, which would build it again.
template <class User, class Base>
concept HasOwnBuild = !requires {
  { &User::build } -> std::same_as<void (Base::*)(const Shape&) const>;
};

/// Tell which of Keras' steps, and of the parts of one, a user's model has itself: those whose name
/// means another member than that of its base.
template <class User, class Base>
struct Overrides {
#define KERATIN_OVERRIDES(member)                               \
  static constexpr bool member = !requires {                    \
    { &User::member } -> std::same_as<decltype(&Base::member)>; \
  }
  KERATIN_OVERRIDES(train_step);
  KERATIN_OVERRIDES(test_step);
  KERATIN_OVERRIDES(predict_step);
  KERATIN_OVERRIDES(compute_loss);
  KERATIN_OVERRIDES(compute_metrics);
  KERATIN_OVERRIDES(metrics);
#undef KERATIN_OVERRIDES
};

template <class User>
concept HasSteps = requires(User& user, const Data& data) {
  { user.train_step(data) } -> std::convertible_to<Nest>;
  { user.test_step(data) } -> std::convertible_to<Nest>;
  { user.predict_step(data) } -> std::convertible_to<Nest>;
};

template <class User>
Tensor call_compute_loss(User& user, const Nest& x, const Nest& y, const Nest& y_pred,
                         const Nest& weight, bool training) {
  if constexpr (requires { user.compute_loss(x, y, y_pred, weight, training); }) {
    return user.compute_loss(x, y, y_pred, weight, training);
  } else {
    static_assert(
        requires { user.compute_loss(x, y, y_pred, weight); },
        "`compute_loss` takes `const Nest& x`, `y`, `y_pred` and `sample_weight`, and then `bool "
        "training` or nothing; it returns a Tensor");
    return user.compute_loss(x, y, y_pred, weight);
  }
}

template <class User, class Base>
class CustomStructure final : public Structure, public StepHooks {
  using Own = Overrides<User, Base>;

 public:
  std::string class_name() const override { return type_name<User>(); }
  Nest call(const Nest& inputs, const CallArgs& args) override {
    return call_user(*user, inputs, args);
  }
  void build(ModelBody&, const Nest& inputs) override {
    if constexpr (HasOwnBuild<User, Base>) build_user(*user, inputs);
  }
  Config get_config(const ModelBody& model) const override {
    return Config::dict({{"name", model.operation_name()}, {"trainable", model.trainable()}});
  }

  StepHooks* hooks() override { return user == nullptr ? nullptr : this; }
  bool has_step(StepKind kind) const override {
    if (kind == StepKind::train) return Own::train_step;
    return kind == StepKind::test ? Own::test_step : Own::predict_step;
  }
  Nest step(StepKind kind, const Data& data) override {
    static_assert(HasSteps<User>,
                  "`train_step`, `test_step` and `predict_step` take a `const Data&` and return a "
                  "Nest");
    if (kind == StepKind::train) return Nest(user->train_step(data));
    return Nest(kind == StepKind::test ? user->test_step(data) : user->predict_step(data));
  }
  bool has_compute_loss() const override { return Own::compute_loss; }
  Tensor compute_loss(const Nest& x, const Nest& y, const Nest& y_pred, const Nest& sample_weight,
                      bool training) override {
    return call_compute_loss(*user, x, y, y_pred, sample_weight, training);
  }
  bool has_compute_metrics() const override { return Own::compute_metrics; }
  Nest compute_metrics(const Nest& x, const Nest& y, const Nest& y_pred,
                       const Nest& sample_weight) override {
    return user->compute_metrics(x, y, y_pred, sample_weight);
  }
  std::optional<std::vector<Metric>> metrics() override {
    if constexpr (Own::metrics) return user->metrics();
    return std::nullopt;
  }

  std::unique_ptr<User> user;
};

}  // namespace detail

/// Is the base of a user's model, written like a CustomLayer:
/// ```
/// struct Classifier : CustomModel<Classifier> {
///   layers::Dense hidden = track(layers::Dense(64, {.activation = "relu"}));
///   layers::Dense head = track(layers::Dense(10, {.activation = "softmax"}));
///   Tensor call(const Tensor& x) { return head(hidden(x)); }
/// };
/// ```
/// It has most of Model's functions; `model()` gives the handle that goes wherever a model goes.
/// Members that are no handles are copied at the first call or `fit`: `compile` is not one yet.
///
/// A model that declares one of these members again does that part of `fit`, `evaluate` and
/// `predict` itself, in the same compiled step: `Nest train_step(const Data&)`, `test_step` and
/// `predict_step`; `Tensor compute_loss(const Nest& x, const Nest& y, const Nest& y_pred, const
/// Nest& sample_weight, bool training)`; `Nest compute_metrics(x, y, y_pred, sample_weight)`;
/// `std::vector<Metric> metrics()`, those that are reset in each epoch. `CustomModel::train_step`
/// and so on are Keras' own. Training and test steps return a dict of scalars, which are reported
/// under their names, sorted as in Keras (keras.io/guides/custom_train_step_in_tensorflow).
template <class User, class Options = CustomLayerOptions>
class CustomModel {
 public:
  CustomModel() : CustomModel(Options{}) {}
  explicit CustomModel(Options given) : options(std::move(given)) {
    auto structure = std::make_unique<Structure>();
    structure_ = structure.get();
    ModelSettings settings;
    settings.name = options.name;
    settings.trainable = options.trainable;
    settings.dtype = options.dtype;
    shared_ = std::make_shared<ModelBody>(std::move(structure), settings);
    body_ = shared_.get();
  }

  Options options;

  /// Returns the model's handle.
  Model model() const {
    bind();
    return handle();
  }
  operator Model() const { return model(); }
  operator Layer() const { return model(); }
  /// Calls the model; gives a tensor when `call` does, else what it gives.
  auto operator()(const Nest& inputs, const CallArgs& args = {}) const {
    if constexpr (detail::GivesTensor<User>) {
      return model()(inputs, args).tensor();
    } else {
      return model()(inputs, args);
    }
  }

  void compile(CompileOptions given) const { handle().compile(std::move(given)); }
  History fit(const Nest& x, const Nest& y, FitOptions given = {}) const {
    return model().fit(x, y, std::move(given));
  }
  History fit(const BatchSource& batches, FitOptions given = {}) const {
    return model().fit(batches, std::move(given));
  }
  Logs evaluate(const Nest& x, const Nest& y, EvaluateOptions given = {}) const {
    return model().evaluate(x, y, std::move(given));
  }
  Logs evaluate(const BatchSource& batches, EvaluateOptions given = {}) const {
    return model().evaluate(batches, std::move(given));
  }
  Nest predict(const Nest& x, PredictOptions given = {}) const {
    return model().predict(x, std::move(given));
  }
  Nest predict(const BatchSource& batches, PredictOptions given = {}) const {
    return model().predict(batches, std::move(given));
  }
  Logs train_on_batch(const Nest& x, const Nest& y = {}, const BatchOptions& given = {}) const {
    return model().train_on_batch(x, y, given);
  }
  Logs test_on_batch(const Nest& x, const Nest& y = {}, const BatchOptions& given = {}) const {
    return model().test_on_batch(x, y, given);
  }
  Nest predict_on_batch(const Nest& x) const { return model().predict_on_batch(x); }
  void summary(const SummaryPrintOptions& given = {}) const { model().summary(given); }
  const std::string& name() const { return body_->operation_name(); }
  std::vector<Layer> layers() const { return handle().layers(); }
  Layer get_layer(const std::string& layer_name) const { return handle().get_layer(layer_name); }
  Layer get_layer(int index) const { return handle().get_layer(index); }
  const Optimizer& optimizer() const { return handle().optimizer(); }
  std::vector<std::string> metrics_names() const { return handle().metrics_names(); }
  void reset_metrics() const { handle().reset_metrics(); }
  /// See Model::losses.
  std::vector<Tensor> losses() const { return handle().losses(); }
  std::vector<Variable> weights() const { return handle().weights(); }
  std::vector<Variable> trainable_weights() const { return handle().trainable_weights(); }
  std::vector<Tensor> get_weights() const { return handle().get_weights(); }
  void set_weights(const std::vector<Tensor>& values) const { handle().set_weights(values); }
  void set_trainable(bool trainable) const { handle().set_trainable(trainable); }
  int64_t count_params() const { return handle().count_params(); }
  void save(const std::string& path, const SaveOptions& given = {}) const {
    model().save(path, given);
  }
  void save_weights(const std::string& path, const SaveWeightsOptions& given = {}) const {
    model().save_weights(path, given);
  }
  void load_weights(const std::string& path, const LoadWeightsOptions& given = {}) const {
    model().load_weights(path, given);
  }
  std::string to_json() const { return model().to_json(); }
  void build(const Shape& input_shape) const { model().build(input_shape); }

  /// Run Keras' steps, with the user's own `compute_loss` and `compute_metrics` where there are.
  Nest train_step(const Data& data) const {
    return detail::standard_step(*body_, StepKind::train, data);
  }
  Nest test_step(const Data& data) const {
    return detail::standard_step(*body_, StepKind::test, data);
  }
  Nest predict_step(const Data& data) const {
    return detail::standard_step(*body_, StepKind::predict, data);
  }
  /// Returns what `compile` was told to make smaller, with `losses()`; a scalar. Throws ValueError
  /// when there is neither.
  Tensor compute_loss(const Nest& /*x*/, const Nest& y, const Nest& y_pred,
                      const Nest& sample_weight = {}, bool /*training*/ = true) const {
    return detail::standard_loss(*body_, y, y_pred, sample_weight);
  }
  /// Updates the metrics of compile and returns the results of all `metrics()`, as a dict.
  Nest compute_metrics(const Nest& /*x*/, const Nest& y, const Nest& y_pred,
                       const Nest& sample_weight = {}) const {
    return detail::standard_metrics(*body_, y, y_pred, sample_weight);
  }
  /// Returns the results of all `metrics()` by their names.
  Nest get_metrics_result() const { return detail::metrics_result(*body_); }
  /// Returns the metric of the loss, those of compile, and the tracked ones, in Keras' order.
  std::vector<Metric> metrics() const { return detail::standard_metric_list(*body_); }

 protected:
  Variable weight(const std::string& name) { return Variable::declare(name); }
  void add_weight(const Variable& declared, const WeightOptions& given) {
    body_->add_weight(declared, given);
  }
  /// Makes the state of a layer, metric or seed generator part of the model's.
  template <class T>
  T track(T inner) {
    return detail::track_in(*body_, std::move(inner));
  }
  /// Does so for a layer, or a list of them, that has that name in Python: files go by it.
  template <class T>
  T track(T inner, const std::string& attribute) {
    return detail::track_as(*body_, attribute, std::move(inner));
  }
  /// Adds to the losses of the model, in `call` or in a step of its own.
  void add_loss(const Tensor& loss) { add_loss_of(*body_, loss); }

 private:
  using Structure = detail::CustomStructure<User, CustomModel>;
  Model handle() const {
    return Model(std::static_pointer_cast<ModelBody>(body_->shared_from_this()));
  }
  // The body keeps a copy of the user's object, whose handle on the body does not own it.
  void bind() const {
    if (structure_->user != nullptr) return;
    structure_->user = std::make_unique<User>(static_cast<const User&>(*this));
    static_cast<CustomModel&>(*structure_->user).shared_.reset();
  }

  std::shared_ptr<ModelBody> shared_;
  ModelBody* body_ = nullptr;
  Structure* structure_ = nullptr;
};

}  // namespace keratin
