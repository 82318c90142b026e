// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "keratin/model/saving/options.h"
#include "keratin/model/train/options.h"
#include "keratin/model/train/plan_report.h"
#include "keratin/nn/layer.h"

namespace keratin {

class ModelBody;

/// Are the arguments of a functional model.
struct ModelOptions {
  Nest inputs = {};
  Nest outputs = {};
  std::string name = {};
  bool trainable = true;
};

/// Are the arguments of `summary`.
struct SummaryPrintOptions {
  std::optional<int> line_length = {};
  std::vector<double> positions = {};
  /// Takes each line; standard output when empty.
  std::function<void(const std::string&)> print_fn = {};
  bool expand_nested = false;
  bool show_trainable = false;
};

/// Is a layer that can be trained: `compile`, `fit`, `evaluate`, `predict`
/// (keras.io/api/models/model). Copies mean the same model.
class Model : public Layer {
 public:
  Model() = default;
  /// Makes a model of what lies between inputs and outputs. Throws ValueError when an output does
  /// not follow from the inputs.
  explicit Model(ModelOptions options);
  Model(const Nest& inputs, const Nest& outputs, const std::string& name = {});
  explicit Model(std::shared_ptr<ModelBody> body);

  /// Sets the optimizer, loss and metrics; throws ValueError for unknown names.
  void compile(CompileOptions options) const;
  /// Trains. Throws ShapeError, ValueError when the data does not fit; nothing is changed then.
  History fit(const Nest& x, const Nest& y, FitOptions options = {}) const;
  History fit(const BatchSource& batches, FitOptions options = {}) const;
  /// Returns the loss and metrics of data, in Keras' order.
  Logs evaluate(const Nest& x, const Nest& y, EvaluateOptions options = {}) const;
  Logs evaluate(const BatchSource& batches, EvaluateOptions options = {}) const;
  /// Returns the outputs for all data, in the structure of the model's outputs.
  Nest predict(const Nest& x, PredictOptions options = {}) const;
  Nest predict(const BatchSource& batches, PredictOptions options = {}) const;

  Logs train_on_batch(const Nest& x, const Nest& y = {}, const BatchOptions& options = {}) const;
  Logs test_on_batch(const Nest& x, const Nest& y = {}, const BatchOptions& options = {}) const;
  Nest predict_on_batch(const Nest& x) const;

  /// Returns what one step takes, memory and about how much time, without running it; makes weights
  /// and slots of the optimizer that are not there yet. Throws ValueError for a model that is not
  /// compiled and a step that needs it.
  PlanReport plan(const PlanOptions& options = {}) const;
  /// Prints the table of layers, as Keras does for this terminal.
  void summary(const SummaryPrintOptions& options = {}) const;
  std::vector<Layer> layers() const;
  /// Returns the layer of that name or place; throws ValueError that lists the names.
  Layer get_layer(const std::string& name) const;
  Layer get_layer(int index) const;
  /// Returns the Keras tensors of a functional or built sequential model.
  Nest inputs() const;
  Nest outputs() const;
  const Optimizer& optimizer() const;
  /// Returns the names of loss and metrics, in the order of `evaluate`.
  std::vector<std::string> metrics_names() const;
  void reset_metrics() const;
  /// Returns the metrics that are reset in each epoch: that of the loss, those of compile, and what
  /// a user's model and layers track. Those of compile are there once it is built. As in Keras, a
  /// metric of a layer comes once more for each layer around that one.
  std::vector<Metric> metrics() const;
  /// Returns what the layers have added to the loss in the last call, and the losses of
  /// regularizers: for steps that are written by hand.
  std::vector<Tensor> losses() const;
  /// Tells `fit` to end after this epoch; callbacks set it.
  void set_stop_training(bool stop) const;
  bool stop_training() const;
  /// Writes the whole model to a `.keras` or, legacy, `.h5` file: layers, weights, the arguments of
  /// compile and the state of the optimizer. The file appears only when it is complete. Throws
  /// FileError, and ValueError for other endings (keras.io/api/models/model_saving_apis).
  void save(const std::string& path, const SaveOptions& options = {}) const;
  /// Writes the weights and the optimizer's state to a `.weights.h5` file. Throws FileError, and
  /// ValueError for other endings and for a model that is not built.
  void save_weights(const std::string& path, const SaveWeightsOptions& options = {}) const;
  /// Sets the weights and the optimizer's state to those of a `.weights.h5` or `.keras` file, or
  /// the weights to those of a legacy `.h5` file, layer by layer in their order or `by_name`.
  /// Throws FileError, and ValueError when they are not those of this model; nothing is changed
  /// then.
  void load_weights(const std::string& path, const LoadWeightsOptions& options = {}) const;
  /// Returns the layers and the arguments of compile as JSON text; `models::model_from_json` makes
  /// a model of it.
  std::string to_json() const;
  /// Makes a model of what `get_config` gave.
  static Model from_config(const Config& config);

  ModelBody& model_body() const;
};

/// Is a stack of layers (keras.io/api/models/sequential).
class Sequential : public Model {
 public:
  explicit Sequential(const std::string& name = {});
  Sequential(std::initializer_list<Layer> layers, const std::string& name = {});
  explicit Sequential(const std::vector<Layer>& layers, const std::string& name = {});
  explicit Sequential(std::shared_ptr<ModelBody> body) : Model(std::move(body)) {}
  /// Puts a layer on top; throws ValueError when the name is taken.
  void add(const Layer& layer) const;
  /// Takes the last layer off.
  void pop() const;
};

namespace models {
using keratin::Model;
using keratin::Sequential;

/// Makes a model from the JSON text of a Keras model's `to_json`.
Model model_from_json(const std::string& json);

/// Returns the model of a `.keras` file of Keras or of Keratin (a zip archive, or a folder with the
/// same members) or of a legacy `.h5` file of Keras 1 to 3. A file is data: nothing in it runs code
/// or opens another file. Throws FileError for damaged files, ConfigError for unknown classes and
/// arguments, and UnsupportedError for layers that hold Python code
/// (keras.io/api/models/model_saving_apis).
Model load_model(const std::string& path, const LoadOptions& options = {});
}  // namespace models

}  // namespace keratin
