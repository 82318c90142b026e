// SPDX-License-Identifier: Apache-2.0
// Models that users write.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "keratin/model/model_body.h"
#include "keratin/nn/custom_layer.h"

namespace keratin {

namespace detail {

/// Is a user's model without the `build` that it has from its base, which would build it again.
template <class User, class Base>
concept HasOwnBuild = !requires {
  { &User::build } -> std::same_as<void (Base::*)(const Shape&) const>;
};

template <class User, class Base>
class CustomStructure final : public Structure {
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

 protected:
  Variable weight(const std::string& name) { return Variable::declare(name); }
  void add_weight(const Variable& declared, const WeightOptions& given) {
    body_->add_weight(declared, given);
  }
  template <class L>
  L track(L inner) {
    body_->track(inner);
    return inner;
  }
  void add_loss(const Tensor& loss) { keratin::add_loss(loss); }

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
