// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/graph.h"

namespace keratin {

ValueId Graph::add_input(TensorSpec spec, std::string name) {
  Value value;
  value.kind = ValueKind::input;
  value.spec = std::move(spec);
  value.name = std::move(name);
  values_.push_back(std::move(value));
  return static_cast<ValueId>(values_.size() - 1);
}

ValueId Graph::add_constant(Array array) {
  Value value;
  value.kind = ValueKind::constant;
  value.spec = {array.shape(), array.dtype()};
  value.constant = std::move(array);
  values_.push_back(std::move(value));
  return static_cast<ValueId>(values_.size() - 1);
}

ValueId Graph::add_variable(const Variable& variable) {
  for (size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].kind == ValueKind::variable && values_[i].variable.is(variable)) {
      return static_cast<ValueId>(i);
    }
  }
  Value value;
  value.kind = ValueKind::variable;
  value.spec = variable.spec();
  value.variable = variable;
  values_.push_back(std::move(value));
  return static_cast<ValueId>(values_.size() - 1);
}

std::vector<ValueId> Graph::add_node(const OpDef& op, Attrs attrs, std::vector<ValueId> inputs,
                                     const std::vector<TensorSpec>& specs) {
  const int index = static_cast<int>(nodes_.size());
  Node node{&op, std::move(attrs), std::move(inputs), {}};
  for (size_t i = 0; i < specs.size(); ++i) {
    Value value;
    value.spec = specs[i];
    value.producer = index;
    value.output = static_cast<int>(i);
    values_.push_back(std::move(value));
    node.outputs.push_back(static_cast<ValueId>(values_.size() - 1));
  }
  nodes_.push_back(std::move(node));
  return nodes_.back().outputs;
}

std::vector<ValueId> Graph::inputs() const {
  std::vector<ValueId> ids;
  for (size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].kind == ValueKind::input) ids.push_back(static_cast<ValueId>(i));
  }
  return ids;
}

}  // namespace keratin
