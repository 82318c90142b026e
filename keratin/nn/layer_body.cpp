// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layer_body.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/base/naming.h"
#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/nn/added_losses.h"
#include "keratin/nn/custom_layer.h"
#include "keratin/nn/deferred_weights.h"
#include "keratin/nn/error_context.h"

namespace keratin {

namespace {

// What is known of the layers that are being called on this thread, outermost first.
struct CallStack {
  std::vector<std::string> names;
  std::vector<bool> training;
};

CallStack& call_stack() {
  static thread_local CallStack stack;
  return stack;
}

// Holds the training flag that layers called inside take over.
class TrainingScope {
 public:
  explicit TrainingScope(bool training) { call_stack().training.push_back(training); }
  ~TrainingScope() { call_stack().training.pop_back(); }
  TrainingScope(const TrainingScope&) = delete;
  TrainingScope& operator=(const TrainingScope&) = delete;
};

bool resolve_training(const CallArgs& args) {
  if (args.training) return *args.training;
  return !call_stack().training.empty() && call_stack().training.back();
}

Nest placeholders(const Nest& inputs) {
  return inputs.map([](const Tensor& tensor) { return keras_tensor(tensor.spec()); });
}

}  // namespace

NameScope::NameScope(const std::string& name) { call_stack().names.push_back(name); }
NameScope::~NameScope() { call_stack().names.pop_back(); }
std::string NameScope::current() { return text::join(call_stack().names, "/"); }

LayerBody::LayerBody(std::string class_name, LayerSettings settings, Attrs options)
    : class_name_(std::move(class_name)),
      settings_(std::move(settings)),
      options_(std::move(options)),
      trainable_(settings_.trainable) {
  name_ = settings_.name.empty() ? auto_name(class_name_) : settings_.name;
  require<ValueError>(name_.find('/') == std::string::npos, class_name_,
                      "expected a name without '/', got '{}'. Choose another name.", name_);
  settings_.dtype = settings_.dtype.resolved();
}

std::string LayerBody::label() const { return class_name_ + " `" + name_ + "`"; }

Tensor LayerBody::compute_mask(const Nest& /*inputs*/, const Nest& mask) const {
  const std::vector<Tensor> masks = mask.flatten();
  return masks.empty() ? Tensor() : masks[0];
}

Config LayerBody::get_config() const {
  Config::Dict items{{"name", name_},
                     {"trainable", trainable_},
                     {"dtype", Codec<DTypePolicy>::write(settings_.dtype)}};
  const Config options = options_.to_config();
  for (const auto& [key, value] : options.as_dict()) {
    if (key == "name" || key == "trainable" || key == "dtype") continue;
    if (key == "activity_regularizer" && value.is_null()) continue;
    items.emplace_back(key, value);
  }
  return Config::dict(std::move(items));
}

void LayerBody::enter_path() {
  if (path_known_) return;
  const std::string parent = NameScope::current();
  path_ = parent.empty() ? name_ : parent + "/" + name_;
  path_known_ = true;
}

void LayerBody::build_once(const Nest& inputs) {
  if (built_) return;
  std::vector<std::pair<Layer, size_t>> unbuilt;
  for (const Layer& layer : flatten_layers()) {
    if (!layer.built()) unbuilt.emplace_back(layer, layer.body().weights_.size());
  }
  const auto discard = [&] {
    for (const auto& [layer, weights] : unbuilt) layer.body().discard_build(weights);
  };
  try {
    enter_path();
    const NameScope scope(name_);
    build_inputs_ = placeholders(inputs);
    build(build_inputs_);
    built_ = true;
  } catch (const Error&) {
    discard();
    rethrow_in(label());
  } catch (...) {
    discard();
    throw;
  }
}

void LayerBody::discard_build(size_t weights) {
  for (size_t i = weights; i < weights_.size(); ++i) {
    VariableBody& variable = weights_[i].variable.body();
    variable = VariableBody{.name = variable.name, .path = variable.name};
  }
  weights_.resize(std::min(weights, weights_.size()));
  build_inputs_ = Nest();
  built_ = false;
  if (weights == 0) path_known_ = false;
}

void LayerBody::name_attribute(LayerAttribute attribute) {
  const std::string& name = attribute.name;
  const bool taken = std::any_of(attributes_.begin(), attributes_.end(),
                                 [&](const LayerAttribute& other) { return other.name == name; });
  const bool fits = !name.empty() && name.find('/') == std::string::npos && name != "layers" &&
                    name != "optimizer" && name != "vars";
  require<ValueError>(fits && !taken, label(),
                      "expected the name of an attribute that is not taken, got '{}'. Use the name "
                      "that the layer has in Python.",
                      name);
  attributes_.push_back(std::move(attribute));
}

void LayerBody::add_weight(const Variable& declared, const WeightOptions& options) {
  enter_path();
  require<ShapeError>(options.shape.is_static(), label(),
                      "expected known sizes for the weight '{}', got {}. Give the input a known "
                      "last axis.",
                      declared.name(), to_string(options.shape));
  const DType dtype = options.dtype.value_or(settings_.dtype.variable_dtype());
  VariableOptions about{.name = declared.name(),
                        .path = path_ + "/" + declared.name(),
                        .trainable = options.trainable && trainable_};
  if (DeferredWeights::active()) {
    DeferredWeights::defer(declared, {options.shape, dtype}, options.initializer, std::move(about));
  } else {
    declared.initialize(options.initializer(options.shape, dtype), std::move(about));
  }
  weights_.push_back({declared, options.regularizer, options.constraint, options.trainable});
}

Variable LayerBody::add_weight(const std::string& name, const WeightOptions& options) {
  const Variable variable = Variable::declare(name);
  add_weight(variable, options);
  return variable;
}

void LayerBody::set_trainable(bool trainable) {
  trainable_ = trainable;
  for (const Weight& weight : weights_) {
    if (weight.trains) weight.variable.set_trainable(trainable);
  }
  for (const Layer& layer : layers_) layer.set_trainable(trainable);
}

void LayerBody::collect(std::vector<Weight>& weights) const {
  for (bool wanted : {true, false}) {
    for (const Weight& weight : weights_) {
      if (weight.trains == wanted) weights.push_back(weight);
    }
  }
  for (const Layer& layer : layers_) layer.body().collect(weights);
}

std::vector<Weight> LayerBody::all_weights() const {
  std::vector<Weight> found;
  collect(found);
  std::vector<Weight> unique;
  for (const Weight& weight : found) {
    const bool known = std::any_of(unique.begin(), unique.end(), [&](const Weight& other) {
      return other.variable.is(weight.variable);
    });
    if (!known) unique.push_back(weight);
  }
  return unique;
}

std::vector<Variable> LayerBody::weights() const {
  std::vector<Variable> result;
  for (const Weight& weight : all_weights()) result.push_back(weight.variable);
  return result;
}

std::vector<Variable> LayerBody::trainable_weights() const {
  if (!trainable_) return {};
  std::vector<Variable> result;
  for (const Weight& weight : all_weights()) {
    if (weight.variable.trainable()) result.push_back(weight.variable);
  }
  return result;
}

std::vector<Variable> LayerBody::variables() const {
  std::vector<Variable> result = weights();
  for (const SeedGenerator& generator : generators_) result.push_back(generator.state());
  for (const Layer& layer : layers_) {
    for (const Variable& variable : layer.variables()) {
      const bool known = std::any_of(result.begin(), result.end(),
                                     [&](const Variable& other) { return other.is(variable); });
      if (!known) result.push_back(variable);
    }
  }
  return result;
}

std::vector<Metric> LayerBody::metrics() const {
  std::vector<Metric> result = metrics_;
  for (const Layer& layer : layers_) {
    for (const Metric& metric : layer.body().metrics()) result.push_back(metric);
  }
  return result;
}

std::vector<Layer> LayerBody::flatten_layers() {
  std::vector<Layer> result{Layer(shared_from_this())};
  // Depth first; asked before every step, so that no list is made for each layer.
  const auto add_inner = [&](const auto& self, const LayerBody& body) -> void {
    for (const Layer& layer : body.layers_) {
      const bool known = std::any_of(result.begin(), result.end(),
                                     [&](const Layer& other) { return other.is(layer); });
      if (known) continue;
      result.push_back(layer);
      self(self, layer.body());
    }
  };
  add_inner(add_inner, *this);
  return result;
}

namespace {

// Returns the masks of the inputs in their structure, with empty handles where there is none.
Nest masks_of(const Nest& inputs) {
  std::vector<Tensor> masks;
  for (const Tensor& tensor : inputs.flatten()) masks.push_back(tensor.mask());
  return inputs.pack(masks);
}

bool is_any_defined(const Nest& nest) {
  const std::vector<Tensor> tensors = nest.flatten();
  return std::any_of(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.defined(); });
}

Tensor placeholder_of(const Tensor& tensor) {
  return tensor.defined() ? keras_tensor(tensor.spec()) : tensor;
}

}  // namespace

void LayerBody::record(const std::shared_ptr<CallNode>& node) {
  node->index = static_cast<int>(calls_.size());
  calls_.push_back(node);
}

Nest LayerBody::cast_inputs(const Nest& inputs) const {
  if (!autocasts()) return inputs;
  const DType compute = settings_.dtype.compute_dtype();
  return inputs.map([&](const Tensor& tensor) {
    if (!is_float(tensor.dtype()) || tensor.dtype() == compute) return tensor;
    return ops::cast(tensor, compute).with_mask(tensor.mask());
  });
}

Nest LayerBody::invoke(const Nest& inputs, const CallArgs& args) {
  try {
    return call_checked(inputs, args);
  } catch (const Error&) {
    rethrow_in(label());
  }
}

Nest LayerBody::call_checked(const Nest& inputs, const CallArgs& args) {
  const std::vector<Tensor> tensors = inputs.flatten();
  require<ValueError>(!tensors.empty(), label(), "expected inputs, got none. Pass a tensor.");
  if (!takes_empty_places() && inputs.places().size() != tensors.size()) {
    fail<ValueError>(label(),
                     "expected a tensor in each place of the inputs, got {}. Give data, or use a "
                     "CustomLayer that handles an empty Nest.",
                     to_string(inputs));
  }
  bool symbolic = false;
  for (const Tensor& tensor : tensors) {
    require<ValueError>(tensor.defined(), label(),
                        "expected tensors, got an empty handle. Assign a tensor to it first.");
    symbolic = symbolic || (tensor.is_keras_tensor() && tensor.origin());
  }
  const size_t masks = args.mask.flatten().size();
  require<ValueError>(masks == 0 || masks == tensors.size(), label(),
                      "expected a mask for each of {} inputs, got {}. Pass them in the structure "
                      "of the inputs.",
                      tensors.size(), masks);
  require<ValueError>(masks == 0 || !symbolic || accepts_mask(), label(),
                      "expected no mask, which its `call` does not take, got one. Give the inputs "
                      "masks with `with_mask`.");
  check(inputs);
  build_once(inputs);
  check(inputs);
  return symbolic ? call_on_keras_tensors(inputs, args) : call_with_masks(inputs, args);
}

Nest LayerBody::call_with_masks(const Nest& given, const CallArgs& args) {
  const Nest inputs = cast_inputs(given);
  CallArgs full = args;
  full.training = resolve_training(args);
  if (full.mask.empty()) full.mask = masks_of(inputs);
  const bool masked = is_any_defined(full.mask);
  if (!masked) full.mask = Nest();
  const TrainingScope training(*full.training);
  const NameScope scope(name_);
  const LossScope losses(*this);
  Nest outputs = call(inputs, full);
  const std::vector<Tensor> results = outputs.flatten();
  const bool complete =
      !results.empty() &&
      std::all_of(results.begin(), results.end(), [](const Tensor& t) { return t.defined(); });
  require<ValueError>(complete, label(),
                      "expected tensors from `call`, got {}. Return what the layer computes.",
                      results.empty() ? "nothing" : "an empty handle");
  if (settings_.activity_regularizer.defined()) {
    for (const Tensor& output : results) {
      Tensor loss = settings_.activity_regularizer(output);
      if (output.rank() > 0) loss = loss / ops::axis_size(output, {0}, loss.dtype());
      add_loss(loss);
    }
  }
  const bool complete_masks = std::all_of(results.begin(), results.end(),
                                          [](const Tensor& t) { return t.mask().defined(); });
  if (!supports_masking() || complete_masks || (!masked && !makes_mask())) return outputs;
  const Tensor mask = compute_mask(inputs, full.mask);
  if (!mask.defined()) return outputs;
  return outputs.map([&](const Tensor& output) {
    return output.mask().defined() ? output : output.with_mask(mask);
  });
}

// Keras notes the masks of a call where it has no arguments to convert: not for lists of inputs,
// not for inputs of another dtype, and not where the call was given more than its inputs.
bool LayerBody::remembers_masks(const Nest& inputs, const CallArgs& args) const {
  if (!takes_mask()) return false;
  if (!autocasts()) return true;
  return !args.training && inputs.is_tensor() &&
         inputs.tensor().dtype() == settings_.dtype.compute_dtype();
}

// On Keras tensors a call only finds out what its outputs look like, and is remembered, so that a
// model can be made of it. What computes a mask is part of that model.
Nest LayerBody::call_on_keras_tensors(const Nest& inputs, const CallArgs& args) {
  auto node = std::make_shared<CallNode>();
  node->operation = shared_from_this();
  node->inputs = inputs;
  const Nest masks = args.mask.empty() ? masks_of(inputs) : args.mask;
  if (!args.mask.empty() || remembers_masks(inputs, args)) node->masks = masks;
  node->arguments = std::make_shared<CallArgs>(CallArgs{.training = args.training});
  {
    const Trace trace(Trace::Mode::specs);
    const Nest specs = inputs.map([](const Tensor& tensor) {
      return placeholder_of(tensor).with_mask(placeholder_of(tensor.mask()));
    });
    CallArgs plain{.training = args.training};
    if (!args.mask.empty()) plain.mask = args.mask.map(placeholder_of);
    node->output_template = placeholders(call_with_masks(specs, plain));
  }
  Tensor mask;
  if (supports_masking() && (makes_mask() || is_any_defined(masks))) {
    mask = compute_mask(cast_inputs(inputs), masks);
  }
  node->output_masks.assign(node->output_template.flatten().size(), mask);
  record(node);
  return node->outputs();
}

}  // namespace keratin
