// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/bodies.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "keratin/compiler/passes/passes.h"
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/elementwise.h"

namespace keratin::compiler {

bool in_bodies(Graph& graph, bool (*pass)(Graph&)) {
  bool any = false;
  for (Node& node : graph.nodes()) {
    if (!ops::has_bodies(*node.op)) continue;
    bool changed = false;
    std::vector<SubGraph> bodies = ops::bodies_of(*node.op, node.attrs);
    for (SubGraph& body : bodies) {
      auto copy = std::make_shared<Graph>(*body.graph);
      if (!pass(*copy)) continue;
      body.graph = std::move(copy);
      changed = true;
    }
    if (changed) node.attrs = ops::with_bodies(*node.op, node.attrs, std::move(bodies));
    any = any || changed;
  }
  return any && (ops::lift_constants(graph), true);
}

namespace {

constexpr auto all = [](ValueId) { return true; };

// Keeps what is needed of one node.
class Shrinker {
 public:
  Shrinker(const Graph& graph, const Node& node, const std::vector<bool>& used)
      : node_(node), inputs_(node.inputs.size(), false), outputs_(used) {
    for (ValueId id : node.inputs) specs_.push_back(graph.value(id).spec);
    for (const SubGraph& body : ops::bodies_of(*node.op, node.attrs)) bodies_.push_back(body.graph);
  }

  Shrunk run() {
    if (node_.op == &ops::cond_op) {
      inputs_[0] = true;
      for (const auto& body : bodies_) need(*body, outputs_, 1);
      return finish(1, node_.attrs);
    }
    const bool is_scan = node_.op == &ops::scan_op;
    carries_ = static_cast<size_t>(is_scan ? node_.attrs.as<ops::ScanAttrs>().carries
                                           : node_.attrs.as<ops::WhileAttrs>().carries);
    if (!is_scan) need(*bodies_[0], {true}, 0);
    // A carry that another one needs is needed itself.
    for (bool grows = true; grows;) {
      need(*bodies_.back(), outputs_, 0);
      grows = false;
      for (size_t i = 0; i < carries_; ++i) {
        grows = grows || inputs_[i] != outputs_[i];
        inputs_[i] = outputs_[i] = inputs_[i] || outputs_[i];
      }
    }
    return is_scan ? finish_scan() : finish_while();
  }

 private:
  // Marks the inputs behind the outputs of a graph that are kept.
  void need(const Graph& body, const std::vector<bool>& outputs, size_t first_input) {
    std::vector<ValueId> kept;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i]) kept.push_back(body.outputs[i]);
    }
    const std::vector<bool> behind = values_behind(body, kept, all);
    const std::vector<ValueId> places = body.inputs();
    for (size_t i = 0; i < places.size(); ++i) {
      if (behind[static_cast<size_t>(places[i])]) inputs_[first_input + i] = true;
    }
  }

  int64_t count(size_t first, size_t last) const {
    return std::count(inputs_.begin() + static_cast<std::ptrdiff_t>(first),
                      inputs_.begin() + static_cast<std::ptrdiff_t>(last), true);
  }

  Shrunk finish_scan() {
    auto attrs = node_.attrs.as<ops::ScanAttrs>();
    const size_t rows = carries_ + static_cast<size_t>(attrs.xs);
    const int64_t length = ops::scan_length(attrs, specs_);
    if (length != None) {
      attrs.length = length;
    } else if (count(carries_, rows) == 0) {
      inputs_[carries_] = true;  // says how many steps there are
    }
    keep_one();
    attrs.carries = count(0, carries_);
    attrs.xs = count(carries_, rows);
    return finish(0, attrs);
  }

  Shrunk finish_while() {
    auto attrs = node_.attrs.as<ops::WhileAttrs>();
    keep_one();
    attrs.carries = count(0, carries_);
    return finish(0, attrs);
  }

  // An op has inputs: one that needs none stays as it is.
  void keep_one() {
    if (count(0, inputs_.size()) > 0) return;
    inputs_.assign(inputs_.size(), true);
    outputs_.assign(outputs_.size(), true);
  }

  Shrunk finish(size_t first_input, const Attrs& attrs) const {
    Shrunk result{attrs, {}, {}};
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (inputs_[i]) result.inputs.push_back(i);
    }
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (outputs_[i]) result.outputs.push_back(i);
    }
    std::vector<SubGraph> bodies;
    for (const auto& body : bodies_) {
      const std::vector<ValueId> places = body->inputs();
      std::vector<ValueId> inputs;
      std::vector<ValueId> outputs;
      for (size_t i : result.inputs) {
        if (i >= first_input) inputs.push_back(places[i - first_input]);
      }
      const bool is_condition = node_.op == &ops::while_loop_op && bodies.empty();
      for (size_t i : result.outputs) {
        if (!is_condition) outputs.push_back(body->outputs[i]);
      }
      if (is_condition) outputs = body->outputs;
      const std::shared_ptr<Graph> kept = extract(*body, inputs, outputs);
      everywhere<dead_code>(*kept);
      bodies.push_back({kept});
    }
    result.attrs = ops::with_bodies(*node_.op, attrs, std::move(bodies));
    return result;
  }

  const Node& node_;
  std::vector<TensorSpec> specs_;
  std::vector<std::shared_ptr<const Graph>> bodies_;
  std::vector<bool> inputs_;
  std::vector<bool> outputs_;
  size_t carries_ = 0;
};

}  // namespace

Shrunk shrink(const Graph& graph, const Node& node, const std::vector<bool>& used) {
  const auto needs_all = [](const std::vector<bool>& flags) {
    return std::find(flags.begin(), flags.end(), false) == flags.end();
  };
  Shrunk shrunk = Shrinker(graph, node, used).run();
  if (!needs_all(used) || shrunk.inputs.size() < node.inputs.size()) return shrunk;
  // Nothing goes: the node stays as it is written.
  shrunk.attrs = node.attrs;
  return shrunk;
}

void separate_outputs(Graph& graph) {
  const auto source_of = [&](ValueId id) {
    for (;;) {
      const Value& value = graph.value(id);
      if (value.kind != ValueKind::node) return id;
      const Node& node = graph.nodes()[static_cast<size_t>(value.producer)];
      if (!node.op->traits.view) return id;
      id = node.inputs[0];
    }
  };
  std::set<ValueId> taken;
  for (ValueId& output : graph.outputs) {
    const ValueId source = source_of(output);
    const bool is_made = graph.value(source).kind == ValueKind::node;
    if (is_made && taken.insert(source).second) continue;
    const TensorSpec spec = graph.value(output).spec;
    output = graph.add_node(ops::cast_op, ops::CastAttrs{.dtype = spec.dtype}, {output}, {spec})[0];
  }
}

}  // namespace keratin::compiler
