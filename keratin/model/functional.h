// SPDX-License-Identifier: Apache-2.0
// The graph of layers and ops between Keras tensors: what a functional model runs.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keratin/graph/call.h"
#include "keratin/nn/layer_body.h"

namespace keratin {

/// Tells Keras tensors apart: the call that made one, and its place among the outputs.
struct TensorKey {
  const CallNode* node = nullptr;
  int index = 0;
  bool operator==(const TensorKey&) const = default;
  bool operator<(const TensorKey& other) const {
    return std::pair(node, index) < std::pair(other.node, other.index);
  }
};

/// Is the calls that lie between inputs and outputs, in an order in which they can run.
class FunctionalGraph {
 public:
  /// Walks back from the outputs. Throws ValueError when an input is missing ("graph
  /// disconnected"), when a tensor is no Keras tensor, or when two layers share a name.
  FunctionalGraph(const Nest& inputs, const Nest& outputs, const std::string& model_name);

  /// Runs the calls on tensors given in the structure of the inputs, or flat.
  Nest run(const Nest& inputs, const CallArgs& args) const;

  const Nest& inputs() const { return inputs_; }
  const Nest& outputs() const { return outputs_; }
  /// Returns the layers (ops are none) in Keras' order: by depth, then by traversal.
  const std::vector<Layer>& layers() const { return layers_; }
  const std::vector<std::shared_ptr<Operation>>& operations() const { return operations_; }
  /// Returns the calls from the inputs on.
  const std::vector<std::shared_ptr<CallNode>>& nodes() const { return nodes_; }
  /// Returns the calls of an operation on inputs, in the order in which they were made.
  std::vector<const CallNode*> calls_of(const Operation& operation) const;
  /// Returns the names of the operations that give the outputs, in the order of `flatten`.
  std::vector<std::string> output_names() const;
  /// Returns the names of the inputs, in the order of `flatten`.
  std::vector<std::string> input_names() const;
  bool contains(const CallNode* node) const;

 private:
  void replace_inner_inputs();
  void walk();
  void order();
  std::vector<Nest> standardize(const Nest& inputs) const;
  Nest nothing_for(const Tensor& wanted, const std::string& name) const;
  Tensor fit_input(const Tensor& given, const Tensor& wanted, const std::string& name) const;

  std::string model_name_;
  Nest inputs_;
  Nest outputs_;
  std::vector<TensorKey> stops_;                  // the tensors at which the walk back ends
  std::vector<std::shared_ptr<CallNode>> found_;  // in the order in which the walk leaves them
  std::vector<std::pair<const Operation*, int>> traversal_;
  std::vector<std::shared_ptr<CallNode>> nodes_;
  std::vector<std::shared_ptr<Operation>> operations_;
  std::vector<Layer> layers_;
};

/// Returns the key of a Keras tensor.
TensorKey key_of(const Tensor& tensor);

}  // namespace keratin
