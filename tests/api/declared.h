// SPDX-License-Identifier: Apache-2.0
// What the book's programs use and later issues bring: its form is frozen here, and there are no
// definitions. This header adds the members that Model and Sequential will have; they stand in
// classes of their own until then, whose names a program takes in by `using declared::...`.
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

class Model : public keratin::Model {
 public:
  using keratin::Model::Model;
  Model(const keratin::Model& model);
};

class Sequential : public keratin::Sequential {
 public:
  using keratin::Sequential::Sequential;
  // Inherited constructors whose braces must still be deduced as such.
  Sequential(std::initializer_list<Layer> layers, const std::string& name = {});
  using keratin::Sequential::add;
  /// Takes the tensor that `Input` gives as the first layer: `model.add(layers::Input({784}))`.
  void add(const Tensor& input) const;
};

Model load_model(const std::string& path, const LoadOptions& options = {});

/// Is what `keratin::models` will be.
namespace models {
using declared::load_model;
using declared::Model;
using declared::Sequential;
}  // namespace models

}  // namespace keratin::declared
