// SPDX-License-Identifier: Apache-2.0
// What the book's programs use and later issues bring: its form is frozen here, and there are no
// definitions. This header adds the members that Model, Sequential and CustomModel will have; they
// stand in classes of their own until then, whose names a program takes in by `using
// declared::...`.
//
// Left out for good, as C++ has another form for it:
//   stateless_call, stateless_apply, stateless_update_state   function() traces state as it is
//   optimizer.apply_gradients(zip(g, v)) of tf.keras          optimizer.apply(g, v)
//   get_config of own layers                                  the fields of their options
//   fit_generator, evaluate_generator                         fit, evaluate
//   ImageDataGenerator, flow, flow_from_directory             image_dataset_from_directory, layers
//   lr, decay, alpha, input_length, reset_states of Keras 2   learning_rate, schedules and so on
//   K.placeholder, K.function, set_learning_phase             layers::Input, function(), .training
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/api/declared_data.h"
#include "tests/api/declared_layers.h"
#include "tests/api/declared_training.h"

namespace keratin::declared {

/// Are the functions that a model will have besides those of keratin::Model.
template <class Base>
class Saved : public Base {
 public:
  using Base::Base;
  std::vector<Metric> metrics() const;
};

class Model : public Saved<keratin::Model> {
 public:
  using Saved::Saved;
  Model(const keratin::Model& model);
};

class Sequential : public Saved<keratin::Sequential> {
 public:
  using Saved::Saved;
  // Inherited constructors whose braces must still be deduced as such.
  Sequential(std::initializer_list<Layer> layers, const std::string& name = {});
  using keratin::Sequential::add;
  /// Takes the tensor that `Input` gives as the first layer: `model.add(layers::Input({784}))`.
  void add(const Tensor& input) const;
};

/// Is a user's model that may also have the members `Nest train_step(const Data&)`,
/// `Nest test_step(const Data&)` and `Tensor compute_loss(const Nest& x, const Nest& y,
/// const Nest& y_pred, const Nest& sample_weight, bool training)`; they are traced.
template <class User, class Options = CustomLayerOptions>
class CustomModel : public Saved<keratin::CustomModel<User, Options>> {
 public:
  using Saved<keratin::CustomModel<User, Options>>::Saved;
  operator Model() const;

 protected:
  /// Returns what `compile` was told to minimise, with the losses that layers add.
  Tensor compute_loss(const Nest& x, const Nest& y, const Nest& y_pred,
                      const Nest& sample_weight = {}, bool training = true) const;
  /// Updates the compiled metrics and returns the results of all, as a dict.
  Nest compute_metrics(const Nest& x, const Nest& y, const Nest& y_pred,
                       const Nest& sample_weight = {}) const;
  /// Returns the results of all metrics by name.
  Nest get_metrics_result() const;
  /// Declares a layer, metric or seed generator whose state is part of the model's.
  template <class T>
  T track(T inner);
};

Model load_model(const std::string& path, const LoadOptions& options = {});

/// Is what `keratin::models` will be.
namespace models {
using declared::load_model;
using declared::Model;
using declared::Sequential;
}  // namespace models

}  // namespace keratin::declared
