// SPDX-License-Identifier: Apache-2.0
// The ops that run graphs, which they hold as attributes. The graphs have no variables; what they
// need from around them are the last inputs, the same of all graphs of one op: the captured values.
#pragma once

#include <optional>

#include "keratin/graph/sub_graph.h"
#include "keratin/graph/trace.h"

namespace keratin::ops {

/// Inputs: carries, xs, captured values; outputs: last carries, stacked ys. The body takes carries,
/// a row of each of the xs, captured values, and gives carries and rows of the ys.
struct ScanAttrs {
  KERATIN_OPTIONS(ScanAttrs);
  KERATIN_FIELD(int64_t, carries, "How many values travel from step to step.") = 0;
  KERATIN_FIELD(int64_t, xs, "How many inputs are taken row by row.") = 0;
  KERATIN_FIELD(std::optional<int64_t>, length,
                "The number of steps; without it that of rows.") = {};
  KERATIN_FIELD(bool, reverse, "Whether the last row comes first.") = false;
  KERATIN_FIELD(SubGraph, body, "One step.") = {};
};

/// Inputs: an int32 scalar, then captured values, which each branch takes.
struct CondAttrs {
  KERATIN_OPTIONS(CondAttrs);
  KERATIN_FIELD(std::vector<SubGraph>, branches, "What the number chooses from.") = {};
};

/// Inputs: carries, captured values, which both graphs take; outputs: carries.
struct WhileAttrs {
  KERATIN_OPTIONS(WhileAttrs);
  KERATIN_FIELD(int64_t, carries, "How many values travel from step to step.") = 0;
  KERATIN_FIELD(std::optional<int64_t>, maximum_iterations, "The largest number of steps.") = {};
  KERATIN_FIELD(SubGraph, condition, "Gives a bool scalar: whether there is another step.") = {};
  KERATIN_FIELD(SubGraph, body, "One step.") = {};
};

extern const OpDef scan_op, cond_op, while_loop_op;

std::span<const OpDef* const> control_ops();

/// Tells whether an op is one of these.
bool has_bodies(const OpDef& op);

/// Returns the graphs of one of these ops.
std::vector<SubGraph> bodies_of(const OpDef& op, const Attrs& attrs);
/// Returns the attributes with other graphs.
Attrs with_bodies(const OpDef& op, const Attrs& attrs, std::vector<SubGraph> bodies);
/// Returns the specs of what each graph is given.
std::vector<TensorSpec> body_inputs(const OpDef& op, const Attrs& attrs,
                                    std::span<const TensorSpec> inputs);
/// Returns the attributes with graphs that are traced again, for inputs of these specs.
Attrs traced_again(const OpDef& op, const Attrs& attrs, std::span<const TensorSpec> inputs,
                   Trace::Mode mode);
/// Makes the constants of graphs that have no text inputs of them, which the nodes are given, also
/// in graphs of graphs. Returns whether there were some.
bool lift_constants(Graph& graph);
/// Returns the number of steps of a scan, None where it is not known.
int64_t scan_length(const ScanAttrs& attrs, std::span<const TensorSpec> inputs);

}  // namespace keratin::ops
