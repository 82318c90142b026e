// SPDX-License-Identifier: Apache-2.0
// The call history of Keras tensors: which layer or op made them, from what.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keratin/graph/nest.h"
#include "keratin/graph/op.h"

namespace keratin {

/// Is what a Keras tensor can come from: a layer, or an op called on Keras tensors.
class Operation {
 public:
  virtual ~Operation() = default;
  virtual const std::string& operation_name() const = 0;
};

/// Is an op with its attributes as it was called on Keras tensors.
class OpOperation final : public Operation {
 public:
  OpOperation(const OpDef& op, Attrs attrs, const std::vector<Tensor>& inputs);
  const std::string& operation_name() const override { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }
  const OpDef& op() const { return op_; }
  /// Returns what Keras calls the op: `zeros_like` where it is `full_like` of 0.
  const std::string& kind() const { return kind_; }
  const Attrs& attrs() const { return attrs_; }

 private:
  const OpDef& op_;
  Attrs attrs_;
  std::string kind_;
  std::string name_;
};

/// Is one call of an operation on Keras tensors. A Keras tensor is told from others by the call
/// that made it and its place among the call's outputs.
struct CallNode : std::enable_shared_from_this<CallNode> {
  std::shared_ptr<Operation> operation;
  /// Is what the operation was called with, in the structure of the call; empty for an input.
  Nest inputs;
  /// Are the masks that the call of a layer takes besides, in the structure of `inputs`, with empty
  /// handles where an input has none; nothing where the call takes none.
  Nest masks;
  /// Is what else the layer's call was given; null for ops. Owned by whoever wrote it.
  std::shared_ptr<const void> arguments;
  /// Counts the calls of one operation, from 0.
  int index = 0;
  /// Gives the structure of the outputs; its tensors have the specs and no history.
  Nest output_template;
  /// Are the masks of the outputs, in the order of `flatten`; empty handles where there is none.
  std::vector<Tensor> output_masks;

  bool has_masks() const;
  /// Returns the Keras tensors that the call depends on: of its inputs, then of its masks.
  std::vector<Tensor> parents() const;
  /// Returns Keras tensors that stand for the outputs.
  Nest outputs();
};

/// Returns a Keras tensor of that spec with no history, a placeholder for inference.
Tensor keras_tensor(TensorSpec spec);

}  // namespace keratin
