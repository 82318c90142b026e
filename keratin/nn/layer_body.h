// SPDX-License-Identifier: Apache-2.0
// What stands behind a Layer: for those who write layers inside the library.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keratin/graph/attrs.h"
#include "keratin/graph/call.h"
#include "keratin/nn/constraint.h"
#include "keratin/nn/initializer.h"
#include "keratin/nn/layer.h"
#include "keratin/nn/metric.h"
#include "keratin/nn/seed_generator.h"

namespace keratin {

/// Are the values of KERATIN_LAYER_FIELDS, taken from any options struct.
struct LayerSettings {
  std::string name;
  bool trainable = true;
  DTypePolicy dtype;
  Regularizer activity_regularizer;
  std::optional<Shape> input_shape;
  std::optional<int64_t> batch_size;

  template <class Options>
  static LayerSettings of(const Options& options) {
    return {options.name,        options.trainable, options.dtype, options.activity_regularizer,
            options.input_shape, options.batch_size};
  }
};

/// Says what a weight is and how it starts.
struct WeightOptions {
  Shape shape = {};
  Initializer initializer = "glorot_uniform";
  bool trainable = true;
  std::optional<DType> dtype = std::nullopt;
  Regularizer regularizer = {};
  Constraint constraint = {};
};

/// Is a weight with what training does to it besides the optimizer's step.
struct Weight {
  Variable variable;
  Regularizer regularizer;
  Constraint constraint;
  bool trains = true;  ///< false for statistics, which freezing and thawing leave alone
};

/// Is an attribute of a user's class in Python: a layer, or a list of them.
struct LayerAttribute {
  std::string name;
  std::vector<Layer> layers;
  bool is_list = false;
};

/// Holds the state and behaviour of a layer. A built-in layer overrides `call`, and what it needs
/// of the rest.
class LayerBody : public Operation, public std::enable_shared_from_this<LayerBody> {
 public:
  template <class Options>
  LayerBody(std::string class_name, const Options& options)
      : LayerBody(std::move(class_name), LayerSettings::of(options), Attrs(options)) {}
  LayerBody(std::string class_name, LayerSettings settings, Attrs options);

  const std::string& operation_name() const override { return name_; }
  const std::string& class_name() const { return class_name_; }
  const LayerSettings& settings() const { return settings_; }
  const DTypePolicy& dtype_policy() const { return settings_.dtype; }
  void set_name(std::string name) { name_ = std::move(name); }

  /// Computes the outputs. `args.training` is always set.
  virtual Nest call(const Nest& inputs, const CallArgs& args) = 0;
  /// Makes the weights; the inputs give shapes and dtypes only.
  virtual void build(const Nest& /*inputs*/) {}
  /// Throws unless the inputs fit the layer, built or not.
  virtual void check(const Nest& /*inputs*/) const {}
  /// Returns the mask of the outputs; by default the first input's.
  virtual Tensor compute_mask(const Nest& inputs, const Nest& mask) const;
  virtual Config get_config() const;
  /// Tells whether masks pass through the layer.
  virtual bool supports_masking() const { return false; }
  /// Tells whether the outputs have a mask even where the inputs have none.
  virtual bool makes_mask() const { return false; }
  /// Tells whether `call` uses the masks of its inputs, in Keras too: then files and summaries have
  /// them among what it depends on.
  virtual bool takes_mask() const { return false; }
  /// Tells whether a call may be given a mask; user's classes decide for themselves.
  virtual bool accepts_mask() const { return takes_mask(); }
  /// Tells whether Python's `call` takes so many inputs one by one, and not as a list.
  virtual bool takes_apart(size_t /*inputs*/) const { return false; }
  /// Tells whether float inputs are cast to the layer's dtype before `call`.
  virtual bool autocasts() const { return true; }
  /// Says whether `call` handles empty places among its inputs.
  virtual bool takes_empty_places() const { return false; }
  /// Returns the name under which errors speak of this layer: ``Dense `head` ``.
  virtual std::string label() const;

  /// Runs a call with all that surrounds it: casts, build, training flag, masks, history.
  Nest invoke(const Nest& inputs, const CallArgs& args);
  bool built() const { return built_; }
  void set_built() { built_ = true; }
  /// Builds once, for inputs of these specs.
  void build_once(const Nest& inputs);
  /// Undoes a build that failed, so that the next one starts anew: what was made stays as far as
  /// it was there before, `weights` of the layer's own.
  virtual void discard_build(size_t weights);
  const Nest& build_inputs() const { return build_inputs_; }

  Variable add_weight(const std::string& name, const WeightOptions& options);
  /// Makes a weight in a variable that was declared before.
  void add_weight(const Variable& declared, const WeightOptions& options);
  /// Takes a weight of a layer in this one as its own too, where Keras keeps it as an attribute.
  void share_weight(const Weight& weight) { weights_.push_back(weight); }
  /// Adds a layer whose weights are part of this layer's.
  void track(const Layer& layer) { layers_.push_back(layer); }
  void track(const SeedGenerator& generator) { generators_.push_back(generator); }
  /// Says under which name Python's class holds layers that are tracked: files go by it. Throws
  /// ValueError when the name is empty, taken, has a '/', or is one of Keras' own.
  void name_attribute(LayerAttribute attribute);
  const std::vector<LayerAttribute>& attributes() const { return attributes_; }
  /// Adds a metric that the model around is to reset and report with its own; `call` updates it.
  void track_metric(const Metric& metric) { metrics_.push_back(metric); }
  const std::vector<Metric>& tracked_metrics() const { return metrics_; }
  /// Returns the metrics of this layer and those of all layers in it.
  std::vector<Metric> metrics() const;
  const std::vector<Layer>& tracked_layers() const { return layers_; }
  void set_tracked_layers(std::vector<Layer> layers) { layers_ = std::move(layers); }
  const std::vector<Weight>& own_weights() const { return weights_; }

  bool trainable() const { return trainable_; }
  void set_trainable(bool trainable);
  std::vector<Variable> weights() const;
  std::vector<Variable> trainable_weights() const;
  std::vector<Variable> variables() const;
  /// Returns the weights of this layer and all in it, with their regularizers and constraints.
  std::vector<Weight> all_weights() const;
  /// Returns this layer and all layers in it, outermost first.
  std::vector<Layer> flatten_layers();
  /// Returns the path that its variables' paths start with.
  const std::string& path() const { return path_; }

  const std::vector<std::weak_ptr<CallNode>>& calls() const { return calls_; }
  void record(const std::shared_ptr<CallNode>& node);

 private:
  Nest call_on_keras_tensors(const Nest& inputs, const CallArgs& args);
  Nest call_with_masks(const Nest& given, const CallArgs& args);
  /// Tells whether Keras remembers the masks that travel with the inputs of a call.
  bool remembers_masks(const Nest& inputs, const CallArgs& args) const;
  Nest call_checked(const Nest& inputs, const CallArgs& args);
  Nest cast_inputs(const Nest& inputs) const;
  void collect(std::vector<Weight>& weights) const;
  void enter_path();

  std::string class_name_;
  std::string name_;
  std::string path_;
  bool path_known_ = false;
  LayerSettings settings_;
  Attrs options_;
  bool built_ = false;
  bool trainable_ = true;
  Nest build_inputs_;
  std::vector<Weight> weights_;
  std::vector<Layer> layers_;
  std::vector<LayerAttribute> attributes_;
  std::vector<SeedGenerator> generators_;
  std::vector<Metric> metrics_;
  std::vector<std::weak_ptr<CallNode>> calls_;
};

/// Adds to the names in front of the paths of variables that are made while it lives.
class NameScope {
 public:
  explicit NameScope(const std::string& name);
  ~NameScope();
  NameScope(const NameScope&) = delete;
  NameScope& operator=(const NameScope&) = delete;
  /// Returns the open names with slashes between them.
  static std::string current();
};

}  // namespace keratin
