// SPDX-License-Identifier: Apache-2.0
// What stands behind a Model: its structure and its trainer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "keratin/model/functional.h"
#include "keratin/model/model.h"
#include "keratin/model/train/step_hooks.h"
#include "keratin/nn/layer_body.h"

namespace keratin {

class Trainer;
class ModelBody;

/// Are the arguments that models have as layers.
struct ModelSettings {
  KERATIN_OPTIONS(ModelSettings);
  KERATIN_LAYER_FIELDS;
};

/// Is how a model is made of layers: functional, sequential or written by the user.
class Structure {
 public:
  virtual ~Structure() = default;
  virtual std::string class_name() const = 0;
  virtual Nest call(const Nest& inputs, const CallArgs& args) = 0;
  virtual void build(ModelBody& /*model*/, const Nest& /*inputs*/) {}
  /// Forgets what a build that failed has made.
  virtual void discard_build() {}
  /// Returns the graph between Keras tensors, or null while there is none.
  virtual const FunctionalGraph* graph() const { return nullptr; }
  /// Returns the layers that a user sees; by default the tracked ones.
  virtual std::vector<Layer> layers(const ModelBody& model) const;
  virtual Config get_config(const ModelBody& model) const = 0;
  /// Returns what the model does in a step itself; null where all is as Keras has it.
  virtual StepHooks* hooks() { return nullptr; }
};

class ModelBody final : public LayerBody {
 public:
  ModelBody(std::unique_ptr<Structure> structure, const ModelSettings& settings);
  ~ModelBody() override;

  Structure& structure() const { return *structure_; }
  Trainer& trainer() { return *trainer_; }
  std::vector<Layer> layers() const { return structure_->layers(*this); }
  /// Returns the names of the outputs that the loss and metrics go by; empty while unknown.
  std::vector<std::string> output_names() const;
  /// Returns what layers have added to the loss in the last call, and the regularizers' losses of
  /// the weights that train.
  std::vector<Tensor> losses();

  Nest call(const Nest& inputs, const CallArgs& args) override;
  void build(const Nest& inputs) override;
  std::string label() const override { return "model `" + operation_name() + "`"; }
  void discard_build(size_t weights) override;
  bool autocasts() const override { return structure_->graph() == nullptr; }
  bool takes_empty_places() const override { return true; }
  bool supports_masking() const override { return true; }
  bool takes_mask() const override { return true; }
  Tensor compute_mask(const Nest&, const Nest&) const override { return {}; }
  Config get_config() const override { return structure_->get_config(*this); }

 private:
  std::unique_ptr<Structure> structure_;
  std::unique_ptr<Trainer> trainer_;
};

/// Makes the structures; each in a source file of its own.
std::shared_ptr<ModelBody> make_functional(const ModelOptions& options);
std::shared_ptr<ModelBody> make_sequential(const std::string& name);
void add_to_sequential(ModelBody& body, const Layer& layer);
/// Adds layers of which the model is made when all are there.
void add_to_sequential(ModelBody& body, const std::vector<Layer>& layers);
void pop_from_sequential(ModelBody& body);

/// Returns how Keras writes a layer or model: envelope with module, config and build_config.
Config serialize_layer(const Layer& layer);
/// Makes a layer or model of such a dict; throws ConfigError, UnsupportedError.
Layer deserialize_layer(const Config& config);
/// Makes the model that a file holds, named by `where`; throws ConfigError and UnsupportedError.
/// What compiles it and the models in it is put into `compiles`, to be called once there are
/// weights.
Model model_from_file(const Config& config, const std::string& where,
                      std::vector<std::function<void()>>& compiles);
Config functional_config(const ModelBody& model);
std::shared_ptr<ModelBody> functional_from_config(const Config& config);
std::shared_ptr<ModelBody> sequential_from_config(const Config& config);

}  // namespace keratin
