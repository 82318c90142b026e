// SPDX-License-Identifier: Apache-2.0
// Nodes are taken in order; each joins the groups that make its inputs where all of them go through
// the same tiles and nothing outside of the group lies on a path between its members.
#include <algorithm>
#include <map>
#include <queue>
#include <set>

#include "keratin/base/check.h"
#include "keratin/compiler/backend.h"
#include "keratin/compiler/passes/passes.h"
#include "keratin/compiler/rewrite.h"
#include "keratin/compiler/tiles.h"
#include "keratin/graph/ops/fused.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::compiler {

namespace {

constexpr size_t largest_group = 200;  // nodes
// A tile holds whole rows; longer ones would leave the caches.
constexpr int64_t widest_row = 16384;
// One node alone is worth a tile where it is of more than a number. How many elements it has must
// not matter: the tile may round differently, and a sample's bits do not depend on how many others
// there are.
bool is_worth_a_tile(const Shape& result) { return result.rank() > 0; }

// Is what runs as one: a group of nodes that fuse, or one node that does not.
struct Unit {
  std::vector<int> nodes;  // in the order of the graph
  TileSpace space;
  bool fuses = false;
};

class Grouping {
 public:
  explicit Grouping(const Graph& graph)
      : graph_(graph), unit_of_(graph.nodes().size(), -1), users_(graph.nodes().size()) {
    for (size_t i = 0; i < graph.nodes().size(); ++i) add(static_cast<int>(i));
    find_users();
  }

  const Unit& unit(int index) const { return units_[static_cast<size_t>(index)]; }
  int unit_of(int node) const { return unit_of_[static_cast<size_t>(node)]; }

  // Returns the node behind a value, or -1.
  int producer(ValueId id) const {
    const Value& value = graph_.value(id);
    return value.kind == ValueKind::node ? value.producer : -1;
  }

  // Tells whether a value that a unit makes is used outside of it.
  bool is_exported(ValueId id) const { return exported_.contains(id); }

  // Returns the nodes in an order in which the members of a unit stand together.
  std::vector<int> order() const {
    std::vector<std::set<int>> users(units_.size());
    std::vector<int> waits(units_.size(), 0);
    for (size_t u = 0; u < units_.size(); ++u) {
      for (int source : sources(static_cast<int>(u))) {
        if (users[static_cast<size_t>(source)].insert(static_cast<int>(u)).second) ++waits[u];
      }
    }
    using Ready = std::pair<int, int>;  // the last node, the unit
    std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
    const auto push = [&](size_t u) {
      if (!units_[u].nodes.empty()) ready.emplace(units_[u].nodes.back(), static_cast<int>(u));
    };
    for (size_t u = 0; u < units_.size(); ++u) {
      if (waits[u] == 0) push(u);
    }
    std::vector<int> result;
    result.reserve(graph_.nodes().size());
    while (!ready.empty()) {
      const auto u = static_cast<size_t>(ready.top().second);
      ready.pop();
      result.insert(result.end(), units_[u].nodes.begin(), units_[u].nodes.end());
      for (int user : users[u]) {
        if (--waits[static_cast<size_t>(user)] == 0) push(static_cast<size_t>(user));
      }
    }
    require<InternalError>(result.size() == graph_.nodes().size(), "fuse",
                           "expected an order of {} nodes, got one of {}. Report this with "
                           "KERATIN_DUMP=1.",
                           graph_.nodes().size(), result.size());
    return result;
  }

 private:
  const Node& node(int index) const { return graph_.nodes()[static_cast<size_t>(index)]; }
  const Shape& shape_of(ValueId id) const { return graph_.value(id).spec.shape; }

  bool can_fuse(int index) const {
    const Node& candidate = node(index);
    bool has_input = false;  // besides constants, which may become numbers in the body
    for (ValueId id : candidate.inputs) {
      if (!shape_of(id).is_static()) return false;
      has_input = has_input || graph_.value(id).kind != ValueKind::constant;
    }
    if (!has_input) return false;
    if (!shape_of(candidate.outputs[0]).is_static()) return false;
    if (shape_of(candidate.outputs[0]).element_count() == 0) return false;
    return backend().fuses(graph_, candidate) && fits(own_space(candidate), index);
  }

  TileSpace own_space(const Node& candidate) const {
    return {shape_of(is_row_reduction(*candidate.op) ? candidate.inputs[0] : candidate.outputs[0])};
  }

  // Tells whether a node goes through the tiles of a space.
  bool fits(const TileSpace& space, int index) const {
    const Node& candidate = node(index);
    const Extent out = space.of_result(shape_of(candidate.outputs[0]));
    bool in_rows = out == Extent::column || is_row_reduction(*candidate.op);
    // One element for all tiles would be computed in each, unless all there is is one row.
    const bool is_whole = space.rows() == 1 && is_row_reduction(*candidate.op);
    if (out == Extent::other || (out == Extent::one && !is_whole)) return false;
    for (size_t i = 0; i < candidate.inputs.size(); ++i) {
      const Extent in = space.of_operand(graph_, candidate, i);
      if (in == Extent::other) return false;
      in_rows = in_rows || in == Extent::column || in == Extent::row;
    }
    return !in_rows || space.columns() <= widest_row;
  }

  // Returns the units that make the inputs of a unit.
  std::set<int> sources(int index) const {
    std::set<int> result;
    for (int member : unit(index).nodes) {
      for (ValueId id : node(member).inputs) {
        const int from = producer(id);
        if (from >= 0 && unit_of(from) != index) result.insert(unit_of(from));
      }
    }
    return result;
  }

  void add(int index) {
    const int own = static_cast<int>(units_.size());
    units_.push_back({{index}, own_space_or_none(index), can_fuse(index)});
    unit_of_[static_cast<size_t>(index)] = own;
    latest_.push_back(index);
    for (ValueId id : node(index).inputs) {
      const int from = producer(id);
      if (from < 0) continue;
      users_[static_cast<size_t>(from)].push_back(index);
      latest_.back() = std::max(latest_.back(), latest(unit_of(from)));
    }
    if (!units_.back().fuses) return;
    for (ValueId id : node(index).inputs) {
      const int from = producer(id);
      if (from >= 0) try_join(unit_of(from), unit_of(index));
    }
  }

  TileSpace own_space_or_none(int index) const {
    return node(index).inputs.empty() ? TileSpace{} : own_space(node(index));
  }

  // Puts unit b into unit a where they fit together.
  void try_join(int a, int b) {
    if (a == b || !unit(a).fuses) return;
    Unit& target = units_[static_cast<size_t>(a)];
    Unit& source = units_[static_cast<size_t>(b)];
    if (target.nodes.size() + source.nodes.size() > largest_group) return;
    const TileSpace space{larger_space(target.space.shape, source.space.shape)};
    std::vector<int> members = target.nodes;
    members.insert(members.end(), source.nodes.begin(), source.nodes.end());
    if (!fit_together(space, members) || has_path_outside(a, b)) return;
    for (int member : source.nodes) unit_of_[static_cast<size_t>(member)] = a;
    std::sort(members.begin(), members.end());
    target.nodes = std::move(members);
    target.space = space;
    source.nodes.clear();
    source.fuses = false;
    const int last = std::max(latest(a), latest(b));
    latest_[static_cast<size_t>(a)] = -1;
    spread(a, last);
  }

  // Returns the last node among those of a unit and of all units that it depends on.
  int latest(int unit) const { return latest_[static_cast<size_t>(unit)]; }

  // Says so of a unit, and of those that depend on it.
  void spread(int index, int last) {
    std::vector<int> open{index};
    while (!open.empty()) {
      const int current = open.back();
      open.pop_back();
      if (latest(current) >= last) continue;
      latest_[static_cast<size_t>(current)] = last;
      for (int member : unit(current).nodes) {
        for (int user : users_[static_cast<size_t>(member)]) open.push_back(unit_of(user));
      }
    }
  }

  // Tells whether nodes go through the same tiles, and take from each other what they make.
  bool fit_together(const TileSpace& space, const std::vector<int>& members) const {
    return std::all_of(members.begin(), members.end(), [&](int member) {
      if (!fits(space, member)) return false;
      const Node& user = node(member);
      for (size_t i = 0; i < user.inputs.size(); ++i) {
        const ValueId id = user.inputs[i];
        const bool is_inside =
            std::find(members.begin(), members.end(), producer(id)) != members.end();
        if (is_inside && space.of_operand(graph_, user, i) != space.of_result(shape_of(id))) {
          return false;
        }
      }
      return true;
    });
  }

  // Tells whether some other unit depends on one of the two and makes an input of one of them.
  bool has_path_outside(int a, int b) const {
    const int first = std::min(unit(a).nodes.front(), unit(b).nodes.front());
    std::set<int> seen;
    std::vector<int> open;
    const auto visit = [&](int from) {
      // What depends on nodes before the first member alone does not depend on a member.
      const bool matters = from != a && from != b && latest(from) >= first;
      if (matters && seen.insert(from).second) open.push_back(from);
    };
    for (int end : {a, b}) {
      for (int from : sources(end)) visit(from);
    }
    while (!open.empty()) {
      const int current = open.back();
      open.pop_back();
      for (int from : sources(current)) {
        if (from == a || from == b) return true;
        visit(from);
      }
    }
    return false;
  }

  void find_users() {
    for (size_t i = 0; i < graph_.nodes().size(); ++i) {
      for (ValueId id : graph_.nodes()[i].inputs) {
        const int from = producer(id);
        if (from >= 0 && unit_of(from) != unit_of(static_cast<int>(i))) exported_.insert(id);
      }
    }
    for (ValueId id : graph_.outputs) exported_.insert(id);
    for (const Update& update : graph_.updates) exported_.insert(update.value);
  }

  const Graph& graph_;
  std::vector<int> unit_of_;             // by node
  std::vector<std::vector<int>> users_;  // by node, of those that have been added
  std::vector<Unit> units_;
  std::vector<int> latest_;  // by unit
  std::set<ValueId> exported_;
};

// Makes the graph of a group, and the node that stands for it.
class Body {
 public:
  Body(const Graph& graph, const Grouping& grouping, const Unit& unit, Rewriter& rewriter)
      : graph_(graph), grouping_(grouping), unit_(unit), rewriter_(rewriter) {}

  void emit() {
    for (int index : unit_.nodes) add(graph_.nodes()[static_cast<size_t>(index)]);
    std::vector<ValueId> exported;
    std::vector<TensorSpec> specs;
    for (int index : unit_.nodes) {
      for (ValueId id : graph_.nodes()[static_cast<size_t>(index)].outputs) {
        if (!grouping_.is_exported(id)) continue;
        exported.push_back(id);
        specs.push_back(graph_.value(id).spec);
        body_->outputs.push_back(map_.at(id));
      }
    }
    const std::vector<ValueId> results = rewriter_.graph()->add_node(
        ops::fused_op, ops::FusedAttrs{.body = {body_}}, inputs_, specs);
    for (size_t i = 0; i < results.size(); ++i) {
      rewriter_.set(exported[i], results[i]);
    }
  }

 private:
  void add(const Node& node) {
    std::vector<ValueId> inputs;
    for (size_t i = 0; i < node.inputs.size(); ++i) inputs.push_back(operand(node, i));
    std::vector<TensorSpec> specs;
    for (ValueId id : node.outputs) specs.push_back(graph_.value(id).spec);
    const std::vector<ValueId> outputs = body_->add_node(*node.op, node.attrs, inputs, specs);
    for (size_t i = 0; i < outputs.size(); ++i) map_[node.outputs[i]] = outputs[i];
  }

  ValueId operand(const Node& node, size_t input) {
    const ValueId id = node.inputs[input];
    const Value& value = graph_.value(id);
    if (value.kind == ValueKind::constant && value.constant.size() > 0) {
      // All elements equal, and the result's shape follows from another input: one number will do.
      const Shape& result = graph_.value(node.outputs[0]).spec.shape;
      const auto decides = [&](ValueId other) {
        return other != id && graph_.value(other).spec.shape == result;
      };
      const bool decided = std::any_of(node.inputs.begin(), node.inputs.end(), decides);
      if (value.constant.size() == 1) return number(id, value.constant);
      if (decided && is_uniform(value.constant)) {
        return number(-1, value.constant.contiguous().reshape({-1}).rows(0, 1).reshape(Shape{}));
      }
    }
    if (const auto found = map_.find(id); found != map_.end()) return found->second;
    // A vector that is a row here and a column there comes in twice.
    const auto role = std::pair(id, unit_.space.of_operand(graph_, node, input));
    if (const auto found = given_.find(role); found != given_.end()) return found->second;
    inputs_.push_back(rewriter_.id(id));
    return given_[role] = body_->add_input(value.spec, "x" + std::to_string(inputs_.size() - 1));
  }

  ValueId number(ValueId id, const Array& array) {
    if (const auto found = map_.find(id); id >= 0 && found != map_.end()) return found->second;
    const ValueId result = body_->add_constant(array);
    if (id >= 0) map_[id] = result;
    return result;
  }

  static bool is_uniform(const Array& array) {
    if (array.dtype() != DType::float32) return false;
    const Array flat = array.contiguous();
    const float* values = flat.data<const float>();
    return std::all_of(values, values + flat.size(), [&](float v) { return v == values[0]; });
  }

  const Graph& graph_;
  const Grouping& grouping_;
  const Unit& unit_;
  Rewriter& rewriter_;
  std::shared_ptr<Graph> body_ = std::make_shared<Graph>();
  std::map<ValueId, ValueId> map_;                       // what members make, and numbers
  std::map<std::pair<ValueId, Extent>, ValueId> given_;  // what comes in
  std::vector<ValueId> inputs_;
};

}  // namespace

bool fuse(Graph& graph) {
  const Graph& from = graph;  // until the new one takes its place
  const Grouping grouping(from);
  Rewriter rewriter(from);
  const auto index_of = [&](const Node& node) {
    return static_cast<int>(&node - from.nodes().data());
  };
  const auto is_left = [&](const Node& node, const Unit& unit) {
    const Shape& shape = from.value(node.outputs[0]).spec.shape;
    return !unit.fuses || (unit.nodes.size() == 1 && !is_worth_a_tile(shape));
  };
  const bool changed = rewriter.run(graph, grouping.order(), [&](const Node& node) {
    const Unit& unit = grouping.unit(grouping.unit_of(index_of(node)));
    if (is_left(node, unit)) return false;
    if (index_of(node) == unit.nodes.back()) Body(from, grouping, unit, rewriter).emit();
    return true;
  });
  if (changed) dead_code(graph);  // constants that have become numbers in bodies
  return changed;
}

}  // namespace keratin::compiler
