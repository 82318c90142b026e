// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/plan.h"

#include <algorithm>
#include <numeric>

#include "keratin/base/check.h"
#include "keratin/graph/ops/elementwise.h"

namespace keratin::compiler {

namespace {

constexpr size_t alignment = 64;

size_t bytes_of(const TensorSpec& spec) {
  const size_t bytes = static_cast<size_t>(spec.shape.element_count()) * size_of(spec.dtype);
  return (std::max<size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
}

// Reads and writes of one piece of memory: from the node that makes it to the last that uses it.
struct Lifetime {
  ValueId root = -1;
  size_t bytes = 0;
  int first = 0;
  int last = 0;
};

class Planner {
 public:
  explicit Planner(Graph graph) { plan_.graph = std::move(graph); }

  Plan run() {
    copy_exchanged_variables();
    plan_.placements.resize(graph().values().size());
    plan_.copied.assign(graph().updates.size(), true);
    find_roots();
    find_last_uses();
    write_variables_in_place();
    place();
    return std::move(plan_);
  }

 private:
  Graph& graph() { return plan_.graph; }
  Placement& placement(ValueId id) { return plan_.placements[static_cast<size_t>(id)]; }
  ValueId root(ValueId id) { return placement(id).root; }
  int end() { return static_cast<int>(graph().nodes().size()); }

  // Updates are copied one after the other: a variable that takes another variable's old value
  // gets it through a copy, so that the order of updates does not matter.
  void copy_exchanged_variables() {
    for (Update& update : graph().updates) {
      const Value& value = graph().value(update.value);
      if (value.kind != ValueKind::variable || value.variable.is(update.variable)) continue;
      update.value = graph().add_node(ops::cast_op, ops::CastAttrs{.dtype = value.spec.dtype},
                                      {update.value}, {value.spec})[0];
    }
  }

  void find_roots() {
    for (size_t i = 0; i < graph().values().size(); ++i) {
      const Value& value = graph().values()[i];
      require<ShapeError>(value.spec.shape.is_static(), "plan",
                          "expected known sizes, got {}. Give data of a concrete shape.",
                          to_string(value.spec.shape));
      Placement& place = plan_.placements[i];
      place.root = static_cast<ValueId>(i);
      if (value.kind == ValueKind::input) place.kind = Placement::Kind::input;
      if (value.kind == ValueKind::variable) place.kind = Placement::Kind::variable;
      if (value.kind == ValueKind::constant) place.kind = Placement::Kind::constant;
      if (value.kind == ValueKind::node) place.kind = Placement::Kind::arena;
    }
    for (const Node& node : graph().nodes()) {
      require<InternalError>(node.op->expand == nullptr, node.op->name,
                             "expected primitives only, got a composite. Report this.");
      if (node.op->traits.view) placement(node.outputs[0]).root = root(node.inputs[0]);
    }
  }

  void find_last_uses() {
    last_use_.assign(graph().values().size(), -1);
    const auto use = [&](ValueId id, int when) {
      int& last = last_use_[static_cast<size_t>(root(id))];
      last = std::max(last, when);
    };
    for (int i = 0; i < end(); ++i) {
      const Node& node = graph().nodes()[static_cast<size_t>(i)];
      for (ValueId id : node.inputs) use(id, i);
      for (ValueId id : node.outputs) use(id, i);
    }
    for (ValueId id : graph().outputs) use(id, end());
    for (const Update& update : graph().updates) use(update.value, end());
  }

  // A new value is written straight into its variable when the node that makes it is element-wise
  // and nobody reads the old value later.
  void write_variables_in_place() {
    for (size_t u = 0; u < graph().updates.size(); ++u) {
      const Update& update = graph().updates[u];
      const Value& value = graph().value(update.value);
      if (value.kind != ValueKind::node || root(update.value) != update.value) continue;
      const Placement& place = placement(update.value);
      if (place.kind != Placement::Kind::arena) continue;
      const Node& node = graph().nodes()[static_cast<size_t>(value.producer)];
      const ValueId old = variable_value(update.variable);
      if (old >= 0 && !may_overwrite(old, node, value.producer, update.value)) continue;
      placement(update.value).kind = Placement::Kind::variable;
      placement(update.value).variable = static_cast<int>(u);
      plan_.copied[u] = false;
    }
  }

  ValueId variable_value(const Variable& variable) {
    for (size_t i = 0; i < graph().values().size(); ++i) {
      const Value& value = graph().values()[i];
      if (value.kind == ValueKind::variable && value.variable.is(variable)) {
        return static_cast<ValueId>(i);
      }
    }
    return -1;
  }

  // Whether `node` may write its output over the memory of `old`: nobody reads that later, and the
  // node itself reads element i before it writes element i.
  bool may_overwrite(ValueId old, const Node& node, int index, ValueId output) {
    const int last = last_use_[static_cast<size_t>(old)];
    if (last > index) return false;
    if (last < index) return true;
    if (!node.op->traits.elementwise) return false;
    for (ValueId id : node.inputs) {
      if (root(id) == old && !(graph().value(id).spec.shape == graph().value(output).spec.shape &&
                               size_of(graph().value(id).spec.dtype) ==
                                   size_of(graph().value(output).spec.dtype))) {
        return false;
      }
    }
    return true;
  }

  void place() {
    std::vector<Lifetime> lifetimes;
    for (size_t i = 0; i < graph().values().size(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (placement(id).kind != Placement::Kind::arena || root(id) != id) continue;
      const Value& value = graph().values()[i];
      lifetimes.push_back({id, bytes_of(value.spec), value.producer, last_use_[i]});
    }
    // Large pieces first, each at the lowest place that is free while it lives.
    std::stable_sort(lifetimes.begin(), lifetimes.end(),
                     [](const Lifetime& a, const Lifetime& b) { return a.bytes > b.bytes; });
    std::vector<const Lifetime*> placed;
    for (const Lifetime& lifetime : lifetimes) {
      std::vector<const Lifetime*> alive;
      for (const Lifetime* other : placed) {
        if (other->first <= lifetime.last && lifetime.first <= other->last) alive.push_back(other);
      }
      std::sort(alive.begin(), alive.end(), [&](const Lifetime* a, const Lifetime* b) {
        return placement(a->root).offset < placement(b->root).offset;
      });
      size_t offset = 0;
      for (const Lifetime* other : alive) {
        const size_t start = placement(other->root).offset;
        if (start >= offset + lifetime.bytes) break;
        offset = std::max(offset, start + other->bytes);
      }
      placement(lifetime.root).offset = offset;
      plan_.arena_bytes = std::max(plan_.arena_bytes, offset + lifetime.bytes);
      placed.push_back(&lifetime);
    }
    // A view is where its root is.
    for (size_t i = 0; i < graph().values().size(); ++i) {
      Placement& view = plan_.placements[i];
      const Placement& source = placement(view.root);
      view.kind = source.kind;
      view.offset = source.offset;
      view.variable = source.variable;
    }
  }

  Plan plan_;
  std::vector<int> last_use_;
};

}  // namespace

Plan make_plan(Graph graph) { return Planner(std::move(graph)).run(); }

std::string to_string(const Plan& plan) {
  std::string text = fmt::format("plan: {} nodes, arena of {} bytes\n", plan.graph.nodes().size(),
                                 plan.arena_bytes);
  for (const Node& node : plan.graph.nodes()) {
    for (ValueId id : node.outputs) {
      const Placement& place = plan.placements[static_cast<size_t>(id)];
      const std::string where = place.kind == Placement::Kind::variable
                                    ? "in place"
                                    : fmt::format("at {}", place.offset);
      text += fmt::format("  {:24} {:28} {}\n", node.op->name,
                          to_string(plan.graph.value(id).spec), where);
    }
  }
  return text;
}

}  // namespace keratin::compiler
