// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/plan.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/compiler/bodies.h"
#include "keratin/compiler/tiles.h"
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/elementwise.h"
#include "keratin/graph/ops/fused.h"

namespace keratin::compiler {

namespace {

constexpr size_t alignment = 64;
constexpr int64_t largest_value = int64_t{1} << 56;  // elements
constexpr size_t largest_arena = size_t{1} << 60;    // bytes; a value more does not overflow

size_t bytes_of(const TensorSpec& spec) {
  const size_t bytes = static_cast<size_t>(spec.shape.element_count()) * size_of(spec.dtype);
  return (std::max<size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
}

// Reads and writes of one piece of memory: from the node that makes it to the last that uses it.
struct Lifetime {
  size_t* offset = nullptr;  // where it is said to lie
  size_t bytes = 0;
  int first = 0;
  int last = 0;
};

// Makes the plans of the graphs that a node runs, and lays out what they need.
InnerPlan plan_bodies(const Graph& graph, int index) {
  const Node& node = graph.nodes()[static_cast<size_t>(index)];
  InnerPlan inner{.node = index, .bodies = {}, .buffers = {}};
  const auto take = [&](size_t bytes) { return std::exchange(inner.bytes, inner.bytes + bytes); };
  int64_t carries = 0;
  if (node.op == &ops::scan_op) carries = node.attrs.as<ops::ScanAttrs>().carries;
  if (node.op == &ops::while_loop_op) carries = node.attrs.as<ops::WhileAttrs>().carries;
  for (int64_t i = 0; i < 2 * carries; ++i) {
    const ValueId id = node.inputs[static_cast<size_t>(i / 2)];
    inner.buffers.push_back(take(bytes_of(graph.value(id).spec)));
  }
  if (node.op == &ops::while_loop_op) inner.test = take(alignment);
  inner.arena = inner.bytes;
  for (const SubGraph& body : ops::bodies_of(*node.op, node.attrs)) {
    Graph copy = *body.graph;
    separate_outputs(copy);
    inner.bodies.push_back(make_plan(std::move(copy)));
    inner.bytes = std::max(inner.bytes, inner.arena + inner.bodies.back().arena_bytes);
  }
  inner.bytes = std::max<size_t>(inner.bytes, alignment);
  return inner;
}

class Planner {
 public:
  explicit Planner(Graph graph) { plan_.graph = std::move(graph); }

  Plan run() {
    check();
    keep_old_values();
    plan_.placements.resize(graph().values().size());
    plan_.copied.assign(graph().updates.size(), true);
    find_roots();
    find_last_uses();
    place_outputs();
    plan_inner();
    write_variables_in_place();
    place_in_arena();
    place_views();
    return std::move(plan_);
  }

 private:
  Graph& graph() { return plan_.graph; }
  Placement& placement(ValueId id) { return plan_.placements[static_cast<size_t>(id)]; }
  ValueId root(ValueId id) { return placement(id).root; }
  int end() { return static_cast<int>(graph().nodes().size()); }

  void check() {
    // Texts are made only for an error: this runs for each value of each plan.
    for (const Value& value : graph().values()) {
      const Shape& shape = value.spec.shape;
      if (!shape.is_static()) {
        fail<ShapeError>("plan", "expected known sizes, got {}. Give data of a concrete shape.",
                         to_string(shape));
      }
      if (shape.element_count() > largest_value) {
        fail<ShapeError>("plan", "expected at most 2^56 elements, got {}. Use smaller axes.",
                         to_string(shape));
      }
    }
    for (const Node& node : graph().nodes()) {
      const bool runs_graphs = node.op->traits.tiled || ops::has_bodies(*node.op);
      require<InternalError>(node.op->expand == nullptr || runs_graphs, node.op->name,
                             "expected primitives only, got a composite. Report this.");
    }
    for (const Update& update : graph().updates) {
      const TensorSpec& spec = graph().value(update.value).spec;
      if (spec == update.variable.spec()) continue;
      fail<InternalError>(
          "plan", "expected a value of {} for the update of '{}', got {}. Report this.",
          to_string(update.variable.spec()), update.variable.path(), to_string(spec));
    }
  }

  // Returns the value that a chain of views shows.
  ValueId source_of(ValueId id) {
    for (;;) {
      const Value& value = graph().value(id);
      if (value.kind != ValueKind::node) return id;
      const Node& node = graph().nodes()[static_cast<size_t>(value.producer)];
      if (!node.op->traits.view) return id;
      id = node.inputs[0];
    }
  }

  // Updates are copied one after the other. One that takes the old value of a variable which is
  // updated too gets it through a copy that is made before, so that their order does not matter.
  void keep_old_values() {
    std::unordered_set<const VariableBody*> updated;
    for (const Update& update : graph().updates) updated.insert(&update.variable.body());
    for (Update& update : graph().updates) {
      const Value& source = graph().value(source_of(update.value));
      if (source.kind != ValueKind::variable || source.variable.is(update.variable) ||
          !updated.contains(&source.variable.body())) {
        continue;
      }
      const TensorSpec& spec = update.variable.spec();
      update.value = graph().add_node(ops::cast_op, ops::CastAttrs{.dtype = spec.dtype},
                                      {update.value}, {spec})[0];
    }
  }

  void find_roots() {
    for (size_t i = 0; i < graph().values().size(); ++i) {
      const ValueKind kind = graph().values()[i].kind;
      Placement& place = plan_.placements[i];
      place.root = static_cast<ValueId>(i);
      if (kind == ValueKind::input) place.kind = Placement::Kind::input;
      if (kind == ValueKind::variable) place.kind = Placement::Kind::variable;
      if (kind == ValueKind::constant) place.kind = Placement::Kind::constant;
    }
    for (const Node& node : graph().nodes()) {
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

  void place_outputs() {
    for (ValueId id : graph().outputs) {
      Placement& place = placement(root(id));
      if (place.kind == Placement::Kind::arena) place.kind = Placement::Kind::output;
    }
  }

  void plan_inner() {
    for (int i = 0; i < end(); ++i) {
      const Node& node = graph().nodes()[static_cast<size_t>(i)];
      if (ops::has_bodies(*node.op)) plan_.inner.push_back(plan_bodies(graph(), i));
    }
  }

  // A new value is written straight into its variable when nobody reads the old value later.
  void write_variables_in_place() {
    for (size_t u = 0; u < graph().updates.size(); ++u) {
      const Update& update = graph().updates[u];
      Placement& place = placement(update.value);
      if (place.kind != Placement::Kind::arena || place.root != update.value) continue;
      const int producer = graph().value(update.value).producer;
      const ValueId old = variable_value(update.variable);
      if (old >= 0 && !may_overwrite(old, producer)) continue;
      place.kind = Placement::Kind::variable;
      place.update = static_cast<int>(u);
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

  // Tells whether the node at `index` may write its output over the memory of the variable `old`,
  // whose spec is the same: nobody reads that later, and the node itself reads element i before it
  // writes element i.
  bool may_overwrite(ValueId old, int index) {
    const int last = last_use_[static_cast<size_t>(old)];
    if (last != index) return last < index;
    const Node& node = graph().nodes()[static_cast<size_t>(index)];
    if (!node.op->traits.elementwise && !node.op->traits.tiled) return false;
    const bool has_product = node.op == &ops::fused_op &&
                             begins_with_product(*node.attrs.as<ops::FusedAttrs>().body.graph);
    const size_t operands = has_product ? 2 : 0;  // of which every element is read for each row
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (root(node.inputs[i]) != old) continue;
      if (i < operands || graph().value(node.inputs[i]).spec != graph().value(old).spec)
        return false;
    }
    return true;
  }

  std::vector<Lifetime> arena_lifetimes() {
    std::vector<Lifetime> lifetimes;
    for (size_t i = 0; i < graph().values().size(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (placement(id).kind != Placement::Kind::arena || root(id) != id) continue;
      const Value& value = graph().values()[i];
      lifetimes.push_back(
          {&placement(id).offset, bytes_of(value.spec), value.producer, last_use_[i]});
    }
    for (InnerPlan& inner : plan_.inner) {
      lifetimes.push_back({&inner.offset, inner.bytes, inner.node, inner.node});
    }
    return lifetimes;
  }

  // Large pieces first, each at the lowest place that is free while it lives.
  void place_in_arena() {
    std::vector<Lifetime> lifetimes = arena_lifetimes();
    std::stable_sort(lifetimes.begin(), lifetimes.end(),
                     [](const Lifetime& a, const Lifetime& b) { return a.bytes > b.bytes; });
    std::vector<const Lifetime*> placed;
    for (const Lifetime& lifetime : lifetimes) {
      std::vector<const Lifetime*> alive;
      for (const Lifetime* other : placed) {
        if (other->first <= lifetime.last && lifetime.first <= other->last) alive.push_back(other);
      }
      std::sort(alive.begin(), alive.end(),
                [&](const Lifetime* a, const Lifetime* b) { return *a->offset < *b->offset; });
      size_t offset = 0;
      for (const Lifetime* other : alive) {
        const size_t start = *other->offset;
        if (start >= offset + lifetime.bytes) break;
        offset = std::max(offset, start + other->bytes);
      }
      *lifetime.offset = offset;
      plan_.arena_bytes = std::max(plan_.arena_bytes, offset + lifetime.bytes);
      require<ShapeError>(plan_.arena_bytes <= largest_arena, "plan",
                          "expected values of at most 2^60 bytes in all, got more. Use smaller "
                          "axes.");
      placed.push_back(&lifetime);
    }
  }

  // A view is where its root is.
  void place_views() {
    for (Placement& view : plan_.placements) {
      const Placement& source = placement(view.root);
      view.kind = source.kind;
      view.offset = source.offset;
      view.update = source.update;
    }
  }

  Plan plan_;
  std::vector<int> last_use_;
};

std::string place_text(const Plan& plan, const Placement& place) {
  switch (place.kind) {
    case Placement::Kind::input:
      return "in an input";
    case Placement::Kind::constant:
      return "in a constant";
    case Placement::Kind::output:
      return "output";
    case Placement::Kind::arena:
      return fmt::format("at {}", place.offset);
    case Placement::Kind::variable:
      break;
  }
  if (place.update < 0) {
    return "in " + plan.graph.value(place.root).variable.path();
  }
  return "writes " + plan.graph.updates[static_cast<size_t>(place.update)].variable.path();
}

}  // namespace

Plan make_plan(Graph graph) { return Planner(std::move(graph)).run(); }

std::string to_string(const Plan& plan) {
  std::string text = fmt::format("plan: {} nodes, arena of {} bytes\n", plan.graph.nodes().size(),
                                 plan.arena_bytes);
  size_t next = 0;
  for (const Node& node : plan.graph.nodes()) {
    for (ValueId id : node.outputs) {
      const Placement& place = plan.placements[static_cast<size_t>(id)];
      text += fmt::format("  {:24} {:28} {}\n", node.op->name, to_string(plan.graph.value(id).spec),
                          place_text(plan, place));
    }
    if (!ops::has_bodies(*node.op)) continue;
    for (const Plan& body : plan.inner[next++].bodies) {
      for (const std::string_view line : text::split(to_string(body), '\n')) {
        if (!line.empty()) text += fmt::format("    {}\n", line);
      }
    }
  }
  return text;
}

}  // namespace keratin::compiler
