// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/plan.h"

#include <gtest/gtest.h>

#include <map>

#include "keratin/base/error.h"
#include "keratin/compiler/pipeline.h"
#include "tests/support/message.h"
#include "tests/support/random_graph.h"

namespace keratin::testing_support {
namespace {

using compiler::Placement;
using compiler::Plan;

// Walks a plan and keeps for each piece of memory which value is in it now. It knows the rules of
// graphs, but nothing of how places were chosen.
class ShadowMemory {
 public:
  explicit ShadowMemory(const Plan& plan) : plan_(plan), graph_(plan.graph) {
    for (size_t i = 0; i < graph_.values().size(); ++i) {
      const Value& value = graph_.values()[i];
      const auto id = static_cast<ValueId>(i);
      if (value.kind == ValueKind::variable) variables_[&value.variable.body()] = id;
      if (value.kind == ValueKind::input || value.kind == ValueKind::constant) fixed_[id] = id;
    }
  }

  void run() {
    for (const Node& node : graph_.nodes()) {
      for (ValueId id : node.inputs) expect_holds(id, node.op->name);
      if (node.op->traits.view) continue;
      for (ValueId id : node.outputs) {
        for (ValueId input : node.inputs) expect_may_write(node, id, input);
        for (ValueId other : node.outputs) {
          EXPECT_TRUE(other == id || !overlap(id, other)) << node.op->name;
        }
      }
      for (ValueId id : node.outputs) write(id);
    }
    for (ValueId id : graph_.outputs) expect_holds(id, "output");
    for (size_t u = 0; u < graph_.updates.size(); ++u) {
      if (!plan_.copied[u]) continue;
      const Update& update = graph_.updates[u];
      expect_holds(update.value, "update of " + update.variable.path());
      variables_[&update.variable.body()] = root(update.value);
    }
    for (const Update& update : graph_.updates) {
      EXPECT_EQ(variables_.at(&update.variable.body()), root(update.value))
          << update.variable.path();
    }
    for (ValueId id : graph_.outputs) {
      const Placement::Kind kind = place(id).kind;
      if (kind == Placement::Kind::output || kind == Placement::Kind::arena) {
        EXPECT_EQ(kind, Placement::Kind::output) << "the caller cannot see the arena";
        expect_holds(id, "output at the end");
      }
    }
  }

 private:
  static constexpr size_t cell = 64;

  const Placement& place(ValueId id) const { return plan_.placements[static_cast<size_t>(id)]; }

  ValueId root(ValueId id) const {
    for (;;) {
      const Value& value = graph_.value(id);
      if (value.kind != ValueKind::node) return id;
      const Node& node = graph_.nodes()[static_cast<size_t>(value.producer)];
      if (!node.op->traits.view) return id;
      id = node.inputs[0];
    }
  }

  size_t bytes(ValueId id) const {
    const TensorSpec& spec = graph_.value(id).spec;
    return static_cast<size_t>(spec.shape.element_count()) * size_of(spec.dtype);
  }

  const VariableBody* variable_of(ValueId id) const {
    const Placement& at = place(id);
    if (at.kind != Placement::Kind::variable) return nullptr;
    return at.update >= 0 ? &graph_.updates[static_cast<size_t>(at.update)].variable.body()
                          : &graph_.value(at.root).variable.body();
  }

  bool overlap(ValueId a, ValueId b) const {
    if (place(a).kind != place(b).kind || bytes(a) == 0 || bytes(b) == 0) return false;
    if (variable_of(a) != nullptr) return variable_of(a) == variable_of(b);
    if (place(a).kind != Placement::Kind::arena) return root(a) == root(b);
    return place(a).offset < place(b).offset + bytes(b) &&
           place(b).offset < place(a).offset + bytes(a);
  }

  void expect_holds(ValueId id, std::string_view where) {
    const ValueId wanted = root(id);
    if (bytes(id) == 0) return;
    if (const VariableBody* variable = variable_of(id)) {
      EXPECT_EQ(variables_.at(variable), wanted) << where << " reads a variable";
    } else if (place(id).kind == Placement::Kind::arena) {
      ASSERT_LE(place(id).offset + bytes(id), plan_.arena_bytes);
      EXPECT_EQ(place(id).offset % cell, 0u);
      for (size_t at = place(id).offset / cell * cell; at < place(id).offset + bytes(id);
           at += cell) {
        ASSERT_TRUE(arena_.contains(at)) << where;
        ASSERT_EQ(arena_.at(at), wanted) << where << " reads the arena at " << at;
      }
    } else {
      ASSERT_TRUE(fixed_.contains(wanted)) << where;
    }
  }

  // Element-wise nodes read an element before they write it, others must not see their output.
  void expect_may_write(const Node& node, ValueId output, ValueId input) {
    if (!overlap(output, input)) return;
    EXPECT_TRUE(node.op->traits.elementwise || node.op->traits.tiled) << node.op->name;
    EXPECT_EQ(graph_.value(output).spec, graph_.value(input).spec) << node.op->name;
  }

  void write(ValueId id) {
    const Placement& at = place(id);
    EXPECT_NE(at.kind, Placement::Kind::input);
    EXPECT_NE(at.kind, Placement::Kind::constant);
    if (const VariableBody* variable = variable_of(id)) {
      EXPECT_GE(at.update, 0) << "an old value is written";
      variables_[variable] = id;
    } else if (at.kind == Placement::Kind::arena) {
      for (size_t byte = at.offset; byte < at.offset + bytes(id); byte += cell) arena_[byte] = id;
    } else {
      fixed_[id] = id;
    }
  }

  const Plan& plan_;
  const Graph& graph_;
  std::map<size_t, ValueId> arena_;
  std::map<const VariableBody*, ValueId> variables_;
  std::map<ValueId, ValueId> fixed_;  // inputs, constants and what outputs hold
};

Plan plan_of(const std::string& lines) {
  const auto graph = parse_graph("graph {\n" + lines + "}\n");
  verify(*graph, "test");
  return compiler::make_plan(*graph);
}

// Returns for each update whether it is copied, after checking the plan.
std::vector<bool> copied(const std::string& lines) {
  const Plan plan = plan_of(lines);
  ShadowMemory(plan).run();
  return plan.copied;
}

// With fused ops there are few values left, without them many.
void optimize(Graph& graph, bool fuses) {
  setenv("KERATIN_SKIP", fuses ? "" : "fuse", 1);
  compiler::optimize(graph);
  unsetenv("KERATIN_SKIP");
}

using Copied = std::vector<bool>;

TEST(Plan, RandomPlansNeverOverlap) {
  int in_place = 0;
  int copies = 0;
  for (uint32_t seed = 0; seed < 800; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Graph graph = *random_graph(seed / 2).graph;
    optimize(graph, seed % 2 == 0);
    const Plan plan = compiler::make_plan(graph);
    ShadowMemory(plan).run();
    for (bool copy : plan.copied) ++(copy ? copies : in_place);
    if (HasFailure()) break;
  }
  EXPECT_GT(in_place, 50);
  EXPECT_GT(copies, 50);
}

TEST(Plan, TheArenaIsSmallerThanTheSumOfItsValues) {
  size_t arena = 0;
  size_t sum = 0;
  for (uint32_t seed = 0; seed < 100; ++seed) {
    Graph graph = *random_graph(seed, 60).graph;
    optimize(graph, false);
    const Plan plan = compiler::make_plan(graph);
    arena += plan.arena_bytes;
    for (size_t i = 0; i < plan.placements.size(); ++i) {
      const Placement& place = plan.placements[i];
      if (place.kind != Placement::Kind::arena || place.root != static_cast<ValueId>(i)) continue;
      const TensorSpec& spec = plan.graph.values()[i].spec;
      sum += static_cast<size_t>(spec.shape.element_count()) * size_of(spec.dtype);
    }
  }
  EXPECT_LT(arena, sum);
}

TEST(Plan, AChainNeedsTwoPlaces) {
  std::string lines = "  %0 = input \"x\" : float32[1000]\n";
  for (int i = 1; i <= 20; ++i) {
    lines +=
        "  %" + std::to_string(i) + " = tanh(%" + std::to_string(i - 1) + ") : float32[1000]\n";
  }
  const Plan plan = plan_of(lines + "  return %20\n");
  ShadowMemory(plan).run();
  EXPECT_EQ(plan.arena_bytes, 2 * 4032u);  // 4000 rounded up to 64
}

TEST(Plan, AViewLivesAsLongAsItsLastReader) {
  const Plan plan = plan_of(R"(
    %0 = input "x" : float32[16]
    %1 = tanh(%0) : float32[16]
    %2 = reshape(%1) {shape = [4, 4]} : float32[4, 4]
    %3 = exp(%0) : float32[16]
    %4 = sin(%3) : float32[16]
    %5 = sum(%2) {axis = [0, 1]} : float32[]
    %6 = add(%4, %5) : float32[16]
    return %6
)");
  ShadowMemory(plan).run();
  EXPECT_EQ(plan.placements[2].root, 1);
  EXPECT_EQ(plan.placements[2].offset, plan.placements[1].offset);
}

TEST(Plan, ANewValueIsWrittenIntoItsVariable) {
  // The same elements are read first; or the old value is not read at all, or not any more.
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[3]
    %1 = tanh(%0) : float32[3]
    update "a" = %1
    return
)"),
            Copied{false});
  EXPECT_EQ(copied(R"(
    %0 = input "x" : float32[2, 3]
    %1 = sum(%0) {axis = [0]} : float32[3]
    update "a" = %1
    return
)"),
            Copied{false});
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[3]
    %1 = input "x" : float32[3, 3]
    %2 = multiply(%1, %0) : float32[3, 3]
    %3 = sum(%2) {axis = [0]} : float32[3]
    update "a" = %3
    return
)"),
            Copied{false});
}

TEST(Plan, AnOldValueThatIsStillReadIsNotOverwritten) {
  // By a later node, as an output, by a view of it, by another update.
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[3]
    %1 = tanh(%0) : float32[3]
    %2 = exp(%0) : float32[3]
    update "a" = %1
    return %2
)"),
            Copied{true});
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[3]
    %1 = tanh(%0) : float32[3]
    update "a" = %1
    return %0
)"),
            Copied{true});
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[3]
    %1 = reshape(%0) {shape = [3, 1]} : float32[3, 1]
    %2 = tanh(%0) : float32[3]
    update "a" = %2
    return %1
)"),
            Copied{true});
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[3]
    %1 = variable "b" : float32[1, 3]
    %2 = reshape(%0) {shape = [1, 3]} : float32[1, 3]
    %3 = tanh(%0) : float32[3]
    update "a" = %3
    update "b" = %2
    return
)"),
            (Copied{true, false}));
}

TEST(Plan, ANodeThatReadsOtherElementsIsCopied) {
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[3, 3]
    %1 = transpose(%0) {axes = [1, 0]} : float32[3, 3]
    update "a" = %1
    return
)"),
            Copied{true});
  // Each reads the other through a view; the second may write when the first has run.
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[1, 3]
    %1 = variable "b" : float32[3, 1]
    %2 = reshape(%1) {shape = [1, 3]} : float32[1, 3]
    %3 = reshape(%0) {shape = [3, 1]} : float32[3, 1]
    %4 = add(%0, %2) : float32[1, 3]
    %5 = subtract(%1, %3) : float32[3, 1]
    update "a" = %4
    update "b" = %5
    return
)"),
            (Copied{true, false}));
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[2, 2]
    %1 = reshape(%0) {shape = [4]} : float32[4]
    %2 = batch_matmul(%0, %0) {transpose_a = false, transpose_b = false} : float32[2, 2]
    %3 = sum(%1) {axis = [0]} : float32[]
    update "a" = %2
    return %3
)"),
            Copied{true});
}

TEST(Plan, ExchangedVariablesKeepTheirOldValues) {
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[3]
    %1 = variable "b" : float32[3]
    update "a" = %1
    update "b" = %0
    return
)"),
            (Copied{true, false}));
  copied(R"(
    %0 = variable "a" : float32[2, 3]
    %1 = variable "b" : float32[3, 2]
    %2 = variable "c" : float32[6]
    %3 = reshape(%1) {shape = [2, 3]} : float32[2, 3]
    %4 = reshape(%2) {shape = [3, 2]} : float32[3, 2]
    %5 = reshape(%0) {shape = [6]} : float32[6]
    update "a" = %3
    update "b" = %4
    update "c" = %5
    return %0
)");
  // The first takes what the second had, which takes an input.
  copied(R"(
    %0 = input "x" : float32[3]
    %1 = variable "a" : float32[3]
    %2 = variable "b" : float32[3, 1]
    %3 = reshape(%2) {shape = [3]} : float32[3]
    %4 = reshape(%0) {shape = [3, 1]} : float32[3, 1]
    update "b" = %4
    update "a" = %3
    return
)");
}

TEST(Plan, AVariableThatNobodyUpdatesNeedsNoCopyOfItsOldValue) {
  const Plan plan = plan_of(R"(
    %0 = variable "a" : float32[3]
    %1 = variable "b" : float32[3]
    update "a" = %1
    return
)");
  ShadowMemory(plan).run();
  EXPECT_TRUE(plan.graph.nodes().empty());
  EXPECT_EQ(plan.copied, Copied{true});
}

TEST(Plan, TwoVariablesMayTakeOneValue) {
  EXPECT_EQ(copied(R"(
    %0 = variable "a" : float32[3]
    %1 = variable "b" : float32[3]
    %2 = add(%0, %1) : float32[3]
    update "a" = %2
    update "b" = %2
    return
)"),
            (Copied{false, true}));
}

TEST(Plan, AnUpdateThatIsAnOutputStaysWhereTheCallerReadsIt) {
  const Plan plan = plan_of(R"(
    %0 = variable "a" : float32[3]
    %1 = tanh(%0) : float32[3]
    update "a" = %1
    return %1
)");
  ShadowMemory(plan).run();
  EXPECT_EQ(plan.placements[1].kind, Placement::Kind::output);
  EXPECT_EQ(plan.copied, Copied{true});
  EXPECT_EQ(plan.arena_bytes, 0u);
}

TEST(Plan, UpdatesMayBeInputsConstantsAndTheVariableItself) {
  EXPECT_EQ(copied(R"(
    %0 = input "x" : float32[3]
    %1 = variable "c" : float32[3]
    %2 = constant [1.0, 2.0, 3.0] : float32[3]
    update "a" = %0
    update "b" = %2
    update "c" = %1
    return
)"),
            (Copied{true, true, true}));
}

TEST(Plan, PrintsNodesAndTheirPlaces) {
  EXPECT_EQ(to_string(plan_of(R"(
    %0 = input "x" : float32[2, 3]
    %1 = variable "a" : float32[3]
    %2 = reshape(%0) {shape = [3, 2]} : float32[3, 2]
    %3 = tanh(%0) : float32[2, 3]
    %4 = sum(%3) {axis = [0]} : float32[3]
    %5 = add(%1, %4) : float32[3]
    %6 = sum(%2) {axis = [0, 1]} : float32[]
    update "a" = %5
    return %6
)")),
            R"(plan: 5 nodes, arena of 128 bytes
  reshape                  float32[3, 2]                in an input
  tanh                     float32[2, 3]                at 0
  sum                      float32[3]                   at 64
  add                      float32[3]                   writes a
  sum                      float32[]                    output
)");
}

TEST(Plan, RefusesWhatCannotRun) {
  EXPECT_EQ(message_of<ShapeError>(
                [] { plan_of("  %0 = input \"x\" : float32[None, 3]\n  return %0\n"); }),
            "plan: expected known sizes, got [None, 3]. Give data of a concrete shape.");
  EXPECT_EQ(message_of<InternalError>([] {
              plan_of(
                  "  %0 = input \"x\" : float32[3]\n"
                  "  %1 = softmax(%0) {axis = -1} : float32[3]\n  return %1\n");
            }),
            "softmax: expected primitives only, got a composite. Report this.");
  EXPECT_EQ(message_of<ShapeError>([] {
              plan_of(
                  "  %0 = input \"x\" : float32[1, 1]\n"
                  "  %1 = broadcast_to(%0) {shape = [536870912, 268435456]} : "
                  "float32[536870912, 268435456]\n"
                  "  %2 = sum(%1) {axis = [0, 1]} : float32[]\n  return %2\n");
            }),
            "plan: expected at most 2^56 elements, got [536870912, 268435456]. Use smaller axes.");
  Graph graph = *parse_graph(
      "graph {\n  %0 = input \"x\" : float32[3]\n"
      "  %1 = variable \"a\" : float32[4]\n  update \"a\" = %0\n"
      "  return\n}\n");
  EXPECT_EQ(message_of<InternalError>([&] { compiler::make_plan(graph); }),
            "plan: expected a value of float32[4] for the update of 'a', got float32[3]. Report "
            "this.");
}

}  // namespace
}  // namespace keratin::testing_support
