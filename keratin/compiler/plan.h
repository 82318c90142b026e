// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/compiler/row_bound.h"

namespace keratin::compiler {

/// Says where a value of a plan lives.
struct Placement {
  enum class Kind : uint8_t {
    input,     ///< where the caller has it
    variable,  ///< in a variable: its old value, or a new one that is written in place
    constant,
    output,  ///< in memory of its own, which the caller reads
    arena,
  };
  Kind kind = Kind::arena;
  ValueId root = -1;  ///< the value whose memory this is (itself, unless it is a view)
  size_t offset = 0;  ///< in bytes, of an arena value
  int update = -1;    ///< which update's variable holds it, when it is written in place
};

struct InnerPlan;

/// Is a graph of primitives made runnable: nodes in order, and a place for each value. Values of
/// the arena share memory where their lifetimes allow; nobody sees them after a run.
///
/// When the nodes have run, outputs that live in inputs or variables are copied out, and after
/// that the variables take the values that are not there yet: so an output shows a variable as it
/// was before its update, and the order of the updates does not matter.
struct Plan {
  Graph graph;
  std::vector<Placement> placements;  ///< one for each value
  /// Says for each update whether its value must be copied into the variable at the end; false
  /// where the last node has written it there.
  std::vector<bool> copied;
  size_t arena_bytes = 0;
  std::vector<InnerPlan> inner;  ///< of the nodes that run graphs, in their order
  /// Where it is there, the plan also serves fewer samples than its graph says.
  std::optional<RowBound> bound = {};
};

/// Is what a scan, cond or while_loop runs: a plan for each of its graphs, each of whose outputs
/// has a node of its own that makes it. They share a part of the arena around them, which is theirs
/// while the node runs.
struct InnerPlan {
  int node = -1;
  std::vector<Plan> bodies;
  size_t offset = 0;  ///< of all in the arena; from there on
  size_t bytes = 0;
  std::vector<size_t> buffers;  ///< are two places for each carry, for the steps in turn,
  size_t test = 0;              ///< that for the result of a condition,
  size_t arena = 0;             ///< and the arena of the plans
};

/// Places the values of an optimized graph with static shapes. Throws InternalError for composites
/// that are left and for updates that do not fit their variables, ShapeError for None axes and for
/// more than 2^60 bytes.
Plan make_plan(Graph graph);

/// Returns a table of the nodes, their places and the arena's size.
std::string to_string(const Plan& plan);

}  // namespace keratin::compiler
