// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/graph/op.h"
#include "keratin/graph/variable.h"

namespace keratin {

/// Says where a value of a graph comes from.
enum class ValueKind : uint8_t { input, variable, constant, node };

/// Is one value of a graph.
struct Value {
  ValueKind kind = ValueKind::node;
  TensorSpec spec;
  int producer = -1;  ///< index of the node that makes it
  int output = 0;     ///< which of the node's outputs it is
  std::string name;   ///< of an input
  Variable variable;  ///< of a variable read
  Array constant;     ///< of a constant
};

/// Is one operation over values.
struct Node {
  const OpDef* op = nullptr;
  Attrs attrs;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
};

/// Says that a variable takes a value when everything has been computed.
struct Update {
  Variable variable;
  ValueId value = -1;
};

/// Is operations over inputs, variables and constants, in an order in which they can run. State is
/// explicit: a variable is read as a value, and takes a new one as an update at the end.
class Graph {
 public:
  ValueId add_input(TensorSpec spec, std::string name);
  ValueId add_constant(Array array);
  /// Returns the one value that stands for the variable at the start.
  ValueId add_variable(const Variable& variable);
  /// Adds a node whose outputs have the given specs; returns its outputs.
  std::vector<ValueId> add_node(const OpDef& op, Attrs attrs, std::vector<ValueId> inputs,
                                const std::vector<TensorSpec>& specs);

  const std::vector<Value>& values() const { return values_; }
  std::vector<Value>& values() { return values_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  std::vector<Node>& nodes() { return nodes_; }
  const Value& value(ValueId id) const { return values_[static_cast<size_t>(id)]; }
  /// Returns the inputs in the order in which they were added.
  std::vector<ValueId> inputs() const;

  std::vector<ValueId> outputs;
  std::vector<Update> updates;

 private:
  std::vector<Value> values_;
  std::vector<Node> nodes_;
};

/// Checks that every value is made before it is used, that counts, attributes and specs are what
/// the ops infer, and that updates fit their variables. Throws InternalError that names `stage`.
void verify(const Graph& graph, std::string_view stage);

/// Returns the graph as text, one line a value, that `parse_graph` reads back:
/// `%3 = matmul(%1, %2) : float32[8, 4]`.
std::string to_string(const Graph& graph);

/// Reads the text form. Variables are made anew, zero, with the names in the text. Throws
/// ConfigError with the line.
std::shared_ptr<Graph> parse_graph(std::string_view text);

}  // namespace keratin
