// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/functional.h"

#include <algorithm>
#include <map>
#include <set>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/error_context.h"
#include "keratin/nn/layers/input_body.h"

namespace keratin {

TensorKey key_of(const Tensor& tensor) { return {tensor.origin().get(), tensor.origin_index()}; }

namespace {

bool is_input(const CallNode& node) { return node.inputs.empty(); }

void check_keras_tensors(const Nest& nest, std::string_view model, std::string_view what) {
  require<ValueError>(!nest.empty() && !nest.flatten().empty(), model,
                      "expected `{}`, got none. Pass tensors that Input and layers gave.", what);
  for (const Tensor& tensor : nest.flatten()) {
    require<ValueError>(tensor.defined() && tensor.is_keras_tensor() && tensor.origin(), model,
                        "expected `{}` made by Input and layers, got {}. Start the model with "
                        "layers::Input.",
                        what,
                        tensor.defined() ? "data of shape " + to_string(tensor.shape())
                                         : std::string("an empty handle"));
  }
}

}  // namespace

FunctionalGraph::FunctionalGraph(const Nest& inputs, const Nest& outputs,
                                 const std::string& model_name)
    : model_name_(model_name), inputs_(inputs), outputs_(outputs) {
  const std::string label = "model `" + model_name_ + "`";
  check_keras_tensors(inputs_, label, "inputs");
  check_keras_tensors(outputs_, label, "outputs");
  for (const Tensor& tensor : inputs_.flatten()) stops_.push_back(key_of(tensor));
  walk();
  order();
}

// A depth-first walk from the outputs, without recursion so that depth is no limit. The order in
// which operations are met first decides ties, as in Keras.
void FunctionalGraph::walk() {
  struct Frame {
    std::shared_ptr<CallNode> node;
    std::vector<Tensor> parents;
    size_t next = 0;
  };
  std::set<const CallNode*> finished;
  const auto enter = [&](const Tensor& tensor, std::vector<Frame>& stack) {
    const std::shared_ptr<CallNode>& node = tensor.origin();
    if (finished.contains(node.get())) return;
    const Operation* operation = node->operation.get();
    const bool known = std::any_of(traversal_.begin(), traversal_.end(),
                                   [&](const auto& entry) { return entry.first == operation; });
    if (!known) traversal_.emplace_back(operation, static_cast<int>(traversal_.size()));
    const bool stops = std::find(stops_.begin(), stops_.end(), key_of(tensor)) != stops_.end();
    Frame frame{node, {}, 0};
    if (!stops && !is_input(*node)) {
      frame.parents = node->parents();
    }
    stack.push_back(std::move(frame));
  };
  for (const Tensor& output : outputs_.flatten()) {
    std::vector<Frame> stack;
    enter(output, stack);
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next < top.parents.size()) {
        const Tensor parent = top.parents[top.next++];
        enter(parent, stack);
        continue;
      }
      if (finished.insert(top.node.get()).second) found_.push_back(top.node);
      stack.pop_back();
    }
  }
}

// Orders nodes and operations by their distance from the outputs, as Keras' map_graph does.
void FunctionalGraph::order() {
  std::map<const CallNode*, int> depth;
  std::map<const Operation*, int> operation_depth;
  std::vector<std::shared_ptr<CallNode>> met;
  std::set<const CallNode*> inside;
  for (const auto& node : found_) inside.insert(node.get());
  const auto meet = [&](const std::shared_ptr<CallNode>& node) {
    if (depth.emplace(node.get(), 0).second) met.push_back(node);
  };
  for (auto at = found_.rbegin(); at != found_.rend(); ++at) {
    const std::shared_ptr<CallNode>& node = *at;
    meet(node);
    int& own = depth[node.get()];
    int& shared = operation_depth.emplace(node->operation.get(), 0).first->second;
    own = shared = std::max(own, shared);
    for (const Tensor& parent : node->parents()) {
      if (!inside.contains(parent.origin().get())) continue;
      meet(parent.origin());
      int& above = depth[parent.origin().get()];
      above = std::max(above, own + 1);
    }
  }
  // Inputs that no output depends on are part of the model all the same.
  for (const Tensor& input : inputs_.flatten()) {
    const std::shared_ptr<CallNode>& node = input.origin();
    if (!is_input(*node) || operation_depth.contains(node->operation.get())) continue;
    operation_depth[node->operation.get()] = 0;
    traversal_.emplace_back(node->operation.get(), -1);
    meet(node);
  }
  std::stable_sort(met.begin(), met.end(),
                   [&](const auto& a, const auto& b) { return depth[a.get()] > depth[b.get()]; });
  nodes_ = met;

  std::vector<std::shared_ptr<Operation>> unique;
  for (const auto& node : nodes_) {
    if (std::find(unique.begin(), unique.end(), node->operation) == unique.end()) {
      unique.push_back(node->operation);
    }
  }
  std::map<const Operation*, int> place(traversal_.begin(), traversal_.end());
  std::stable_sort(unique.begin(), unique.end(), [&](const auto& a, const auto& b) {
    const int depth_a = operation_depth[a.get()];
    const int depth_b = operation_depth[b.get()];
    return depth_a != depth_b ? depth_a > depth_b : place[a.get()] < place[b.get()];
  });
  operations_ = unique;
  const std::string label = "model `" + model_name_ + "`";
  std::set<std::string> names;
  std::set<TensorKey> available(stops_.begin(), stops_.end());
  for (const auto& operation : operations_) {
    require<ValueError>(names.insert(operation->operation_name()).second, label,
                        "expected layers of different names, got '{}' twice. Rename one.",
                        operation->operation_name());
    if (auto layer = std::dynamic_pointer_cast<LayerBody>(operation)) {
      layers_.emplace_back(std::move(layer));
    }
  }
  for (const auto& node : nodes_) {
    for (const Tensor& parent : node->parents()) {
      const bool stop = std::find_if(stops_.begin(), stops_.end(), [&](const TensorKey& key) {
                          return key.node == node.get();
                        }) != stops_.end();
      if (stop) continue;
      if (available.contains(key_of(parent))) continue;
      fail<ValueError>(label,
                       "expected `inputs` from which all outputs follow, got outputs that also "
                       "need the input of '{}' (shape {}). Add it to the inputs.",
                       node->operation->operation_name(), to_string(parent.shape()));
    }
    if (is_input(*node) && !available.contains({node.get(), 0})) continue;
    const auto count = static_cast<int>(node->output_masks.size());
    for (int i = 0; i < count; ++i) available.insert({node.get(), i});
  }
  for (const Tensor& output : outputs_.flatten()) {
    require<ValueError>(available.contains(key_of(output)), label,
                        "expected `inputs` from which all outputs follow, got an output that "
                        "needs '{}'. Add it to the inputs.",
                        output.origin()->operation->operation_name());
  }
}

std::vector<std::string> FunctionalGraph::output_names() const {
  std::vector<std::string> names;
  for (const Tensor& output : outputs_.flatten()) {
    names.push_back(output.origin()->operation->operation_name());
  }
  return names;
}

std::vector<std::string> FunctionalGraph::input_names() const {
  std::vector<std::string> names;
  for (const Tensor& input : inputs_.flatten()) {
    names.push_back(input.origin()->operation->operation_name());
  }
  return names;
}

std::vector<const CallNode*> FunctionalGraph::calls_of(const Operation& operation) const {
  std::vector<const CallNode*> calls;
  for (const auto& node : nodes_) {
    if (node->operation.get() == &operation && !node->inputs.empty()) calls.push_back(node.get());
  }
  std::sort(calls.begin(), calls.end(),
            [](const CallNode* a, const CallNode* b) { return a->index < b->index; });
  return calls;
}

bool FunctionalGraph::contains(const CallNode* node) const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [&](const auto& other) { return other.get() == node; });
}

// Casts to the input's dtype, and adds or drops a last axis of size 1, as Keras does.
Tensor FunctionalGraph::fit_input(const Tensor& given, const Tensor& wanted,
                                  const std::string& name) const {
  Tensor x = given;
  const Shape& shape = wanted.shape();
  const bool one_more = x.rank() == shape.rank() + 1 && x.shape()[-1] == 1;
  const bool one_less = x.rank() + 1 == shape.rank() && shape[-1] == 1;
  if (one_more) x = ops::squeeze(x, -1);
  if (one_less) x = ops::expand_dims(x, -1);
  bool fits = x.rank() == shape.rank();
  // The batch axis is free, whatever size the model was defined with.
  for (int i = 1; fits && i < shape.rank(); ++i) {
    fits = shape[i] == None || x.shape()[i] == None || shape[i] == x.shape()[i];
  }
  require<ShapeError>(fits, "model `" + model_name_ + "`",
                      "expected the input `{}` of shape {}, got {}. Reshape the data.", name,
                      to_string(shape), to_string(given.shape()));
  if (x.dtype() == wanted.dtype()) return x;
  return ops::cast(x, wanted.dtype()).with_mask(given.mask());
}

Nest FunctionalGraph::nothing_for(const Tensor& wanted, const std::string& name) const {
  const auto input = std::dynamic_pointer_cast<layers::InputBody>(wanted.origin()->operation);
  require<ValueError>(input != nullptr && input->is_optional(), "model `" + model_name_ + "`",
                      "expected data for the input '{}', which is not optional, got none. Pass a "
                      "tensor.",
                      name);
  return {};
}

std::vector<Nest> FunctionalGraph::standardize(const Nest& inputs) const {
  const std::vector<std::string> names = input_names();
  const std::vector<Tensor> wanted = inputs_.flatten();
  std::vector<Nest> given;
  const auto pick = [&](const std::string& key) {
    if (inputs.has(key)) return inputs[key];
    std::vector<std::string> keys;
    for (const auto& [other, item] : inputs.items()) keys.push_back(other);
    fail<ValueError>("model `" + model_name_ + "`",
                     "expected data for the input '{}', got the keys [{}]. Name it so.", key,
                     fmt::join(keys, ", "));
  };
  if (inputs.is_dict() && !inputs_.is_list()) {
    // By key; keys that the model does not know are allowed.
    if (inputs_.is_dict()) {
      std::vector<std::pair<std::string, Nest>> picked;
      for (const auto& [key, item] : inputs_.items()) picked.emplace_back(key, pick(key));
      given = Nest::dict(std::move(picked)).places();
    } else {
      given.push_back(pick(names[0]));
    }
  } else if (inputs.is_dict()) {
    for (const std::string& name : names) given.push_back(pick(name));
  } else {
    given = inputs.places();
  }
  require<ValueError>(given.size() == wanted.size(), "model `" + model_name_ + "`",
                      "expected {} inputs ({}), got {}. Pass one for each Input.", wanted.size(),
                      fmt::join(names, ", "), given.size());
  for (size_t i = 0; i < given.size(); ++i) {
    given[i] = given[i].empty() ? nothing_for(wanted[i], names[i])
                                : Nest(fit_input(given[i].tensor(), wanted[i], names[i]));
  }
  return given;
}

namespace {

// Gives the inputs the masks that the call was given.
void set_masks(const Nest& masks, std::vector<Nest>& inputs) {
  const std::vector<Tensor> given = masks.flatten();
  for (size_t i = 0; i < inputs.size() && given.size() == inputs.size(); ++i) {
    if (given[i].defined() && !inputs[i].empty())
      inputs[i] = inputs[i].tensor().with_mask(given[i]);
  }
}

}  // namespace

Nest FunctionalGraph::run(const Nest& inputs, const CallArgs& args) const {
  std::map<TensorKey, Nest> values;
  std::vector<Nest> given = standardize(inputs);
  set_masks(args.mask, given);
  for (size_t i = 0; i < given.size(); ++i) values[stops_[i]] = given[i];
  const auto value_of = [&](const Tensor& tensor) {
    const bool known = tensor.defined() && tensor.is_keras_tensor();
    return known ? values.at(key_of(tensor)) : Nest(tensor);
  };
  for (const auto& node : nodes_) {
    bool known = is_input(*node);
    for (const TensorKey& stop : stops_) known = known || stop.node == node.get();
    if (known) continue;
    const Nest arguments = node->inputs.map(value_of);
    Nest result;
    if (const auto* op = dynamic_cast<const OpOperation*>(node->operation.get())) {
      std::vector<Nest> outputs;
      const std::vector<Tensor> operands = arguments.flatten();
      require<ValueError>(
          operands.size() == node->inputs.flatten().size(), "model `" + model_name_ + "`",
          "expected a tensor for each operand of `{}`, got nothing from an optional "
          "input. Use the input in a CustomLayer that handles an empty Nest.",
          op->op().name);
      for (Tensor& output : apply(op->op(), operands, op->attrs())) {
        outputs.emplace_back(std::move(output));
      }
      result = Nest::list(std::move(outputs));
    } else {
      CallArgs call = *static_cast<const CallArgs*>(node->arguments.get());
      // The model's flag rules over one that was given where the model was defined, as in Keras.
      if (args.training) call.training = args.training;
      if (node->has_masks()) call.mask = node->masks.map(value_of);
      const Layer layer(std::static_pointer_cast<LayerBody>(node->operation));
      result = with_context(model_name_, [&] { return layer(arguments, call); });
    }
    const std::vector<Tensor> outputs = result.flatten();
    for (size_t i = 0; i < outputs.size(); ++i) {
      values[{node.get(), static_cast<int>(i)}] = outputs[i];
    }
  }
  return outputs_.map(value_of);
}

}  // namespace keratin
