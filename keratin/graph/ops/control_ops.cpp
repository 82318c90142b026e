// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/control_ops.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/graph_text_internal.h"
#include "keratin/graph/ops/control_gradient_internal.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::ops {

namespace {

using Specs = std::vector<TensorSpec>;

Specs part(std::span<const TensorSpec> specs, size_t first, size_t count) {
  return {specs.begin() + static_cast<std::ptrdiff_t>(first),
          specs.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

std::string join(const Specs& specs) {
  std::vector<std::string> texts;
  for (const TensorSpec& spec : specs) texts.push_back(to_string(spec));
  return fmt::format("{}", fmt::join(texts, ", "));
}

size_t checked_count(int64_t count, size_t largest, std::string_view where, const char* what) {
  require<ValueError>(count >= 0 && static_cast<uint64_t>(count) <= largest, where,
                      "expected 0 to {} {}, got {}. Check the attributes.", largest, what, count);
  return static_cast<size_t>(count);
}

// The carries that come out must be like those that went in.
void check_carries(const Specs& before, const Specs& after, std::string_view where) {
  require<ValueError>(after.size() >= before.size(), where,
                      "expected a graph of at least {} outputs, got {}. Return the carries first.",
                      before.size(), after.size());
  for (size_t i = 0; i < before.size(); ++i) {
    const bool same =
        before[i].dtype == after[i].dtype && is_compatible(before[i].shape, after[i].shape);
    require<ValueError>(same, where,
                        "expected a carry that stays {}, got {}. Return what the step was given: "
                        "the same shapes and dtypes.",
                        to_string(before[i]), to_string(after[i]));
  }
}

// ---- scan ---------------------------------------------------------------------------------------

struct ScanParts {
  size_t carries = 0;
  size_t xs = 0;
};

ScanParts parts_of(const ScanAttrs& attrs, size_t inputs) {
  ScanParts parts;
  parts.carries = checked_count(attrs.carries, inputs, "scan", "carries");
  parts.xs = checked_count(attrs.xs, inputs - parts.carries, "scan", "xs");
  return parts;
}

Specs infer_scan(const InferCall& call) {
  const auto& attrs = call.attrs.as<ScanAttrs>();
  const ScanParts parts = parts_of(attrs, call.inputs.size());
  check_sub_graph(attrs.body, call.inputs.size(), "scan");
  const int64_t length = scan_length(attrs, call.inputs);
  Specs specs = output_specs(*attrs.body.graph, body_inputs(call.op, call.attrs, call.inputs));
  const Specs carries = part(call.inputs, 0, parts.carries);
  check_carries(carries, specs, "scan");
  std::copy(carries.begin(), carries.end(), specs.begin());
  for (size_t i = parts.carries; i < specs.size(); ++i) {
    specs[i].shape = specs[i].shape.with_front(length);
  }
  return specs;
}

std::vector<Tensor> expand_scan(std::span<const Tensor> in, const Attrs& given) {
  const auto& attrs = given.as<ScanAttrs>();
  const ScanParts parts = parts_of(attrs, in.size());
  const Specs inputs = specs_of(in);
  const Specs specs = infer_scan({scan_op, inputs, given});
  const int64_t length = scan_length(attrs, inputs);
  std::vector<Tensor> carries(in.begin(), in.begin() + attrs.carries);
  std::vector<std::vector<Tensor>> rows(specs.size() - parts.carries);
  for (int64_t step = 0; step < length; ++step) {
    const int64_t at = attrs.reverse ? length - 1 - step : step;
    std::vector<Tensor> operands = carries;
    for (size_t i = parts.carries; i < in.size(); ++i) {
      operands.push_back(i < parts.carries + parts.xs ? in[i][at] : in[i]);
    }
    const std::vector<Tensor> results = replay(*attrs.body.graph, operands);
    std::copy(results.begin(), results.begin() + attrs.carries, carries.begin());
    for (size_t i = 0; i < rows.size(); ++i) rows[i].push_back(results[parts.carries + i]);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (attrs.reverse) std::reverse(rows[i].begin(), rows[i].end());
    const TensorSpec& spec = specs[parts.carries + i];
    carries.push_back(length == 0 ? zeros(spec.shape, spec.dtype) : stack(rows[i]));
  }
  return carries;
}

// ---- cond ---------------------------------------------------------------------------------------

Specs infer_cond(const InferCall& call) {
  const auto& attrs = call.attrs.as<CondAttrs>();
  require<ValueError>(call.inputs[0] == TensorSpec{{}, DType::int32}, "cond",
                      "expected an int32 scalar that chooses, got {}. Cast it.",
                      to_string(call.inputs[0]));
  require<ValueError>(!attrs.branches.empty(), "cond",
                      "expected at least one branch, got none. Give one.");
  const Specs inputs = body_inputs(call.op, call.attrs, call.inputs);
  Specs result;
  for (const SubGraph& branch : attrs.branches) {
    check_sub_graph(branch, inputs.size(), "cond");
    Specs specs = output_specs(*branch.graph, inputs);
    if (&branch == &attrs.branches.front()) result = specs;
    const bool same = std::equal(specs.begin(), specs.end(), result.begin(), result.end(),
                                 [](const TensorSpec& a, const TensorSpec& b) {
                                   return a.dtype == b.dtype && is_compatible(a.shape, b.shape);
                                 });
    require<ValueError>(same, "cond",
                        "expected branches that give the same shapes and dtypes, got [{}] and "
                        "[{}]. Cast or reshape what they return.",
                        join(result), join(specs));
  }
  return result;
}

std::vector<Tensor> expand_cond(std::span<const Tensor> in, const Attrs& given) {
  const auto& branches = given.as<CondAttrs>().branches;
  const auto last = static_cast<int64_t>(branches.size()) - 1;
  const int64_t index = std::clamp<int64_t>(in[0].item<int64_t>(), 0, last);
  return replay(*branches[static_cast<size_t>(index)].graph, in.subspan(1));
}

// ---- while_loop ---------------------------------------------------------------------------------

Specs infer_while(const InferCall& call) {
  const auto& attrs = call.attrs.as<WhileAttrs>();
  const size_t count = checked_count(attrs.carries, call.inputs.size(), "while_loop", "carries");
  check_sub_graph(attrs.condition, call.inputs.size(), "while_loop");
  check_sub_graph(attrs.body, call.inputs.size(), "while_loop");
  const Specs test = output_specs(*attrs.condition.graph, call.inputs);
  require<ValueError>(test == Specs{{{}, DType::bool_}}, "while_loop",
                      "expected a condition that gives a bool scalar, got [{}]. Reduce it with "
                      "ops::any or ops::all.",
                      join(test));
  const Specs carries = part(call.inputs, 0, count);
  const Specs after = output_specs(*attrs.body.graph, call.inputs);
  check_carries(carries, after, "while_loop");
  require<ValueError>(after.size() == count, "while_loop",
                      "expected a body that gives {} tensors, got {}. Return the loop variables.",
                      count, after.size());
  return carries;
}

std::vector<Tensor> expand_while(std::span<const Tensor> in, const Attrs& given) {
  const auto& attrs = given.as<WhileAttrs>();
  std::vector<Tensor> values(in.begin(), in.end());
  for (int64_t step = 0; step < attrs.maximum_iterations.value_or(INT64_MAX); ++step) {
    if (!replay(*attrs.condition.graph, values)[0].item<bool>()) break;
    const std::vector<Tensor> results = replay(*attrs.body.graph, values);
    std::copy(results.begin(), results.end(), values.begin());
  }
  values.resize(static_cast<size_t>(attrs.carries));
  return values;
}

}  // namespace

int64_t scan_length(const ScanAttrs& attrs, std::span<const TensorSpec> inputs) {
  int64_t length = attrs.length.value_or(None);
  require<ValueError>(length >= 0 || !attrs.length, "scan",
                      "expected a length of 0 or more, got {}. Give the number of steps.", length);
  const ScanParts parts = parts_of(attrs, inputs.size());
  require<ValueError>(attrs.length || parts.xs > 0, "scan",
                      "expected xs or a length, got neither. Say how many steps there are.");
  for (size_t i = parts.carries; i < parts.carries + parts.xs; ++i) {
    const Shape& shape = inputs[i].shape;
    require<ShapeError>(shape.rank() > 0, "scan",
                        "expected xs with an axis to go along, got a scalar. Add an axis.");
    if (shape[0] == None) continue;
    require<ShapeError>(length == None || length == shape[0], "scan",
                        "expected xs of {} rows, got {}. Give all xs, and length, one size.",
                        length, shape[0]);
    length = shape[0];
  }
  return length;
}

bool has_bodies(const OpDef& op) {
  return &op == &scan_op || &op == &cond_op || &op == &while_loop_op;
}

std::vector<SubGraph> bodies_of(const OpDef& op, const Attrs& attrs) {
  if (&op == &scan_op) return {attrs.as<ScanAttrs>().body};
  if (&op == &cond_op) return attrs.as<CondAttrs>().branches;
  const auto& loop = attrs.as<WhileAttrs>();
  return {loop.condition, loop.body};
}

Attrs with_bodies(const OpDef& op, const Attrs& attrs, std::vector<SubGraph> bodies) {
  if (&op == &cond_op) return CondAttrs{.branches = std::move(bodies)};
  if (&op == &scan_op) {
    auto scan = attrs.as<ScanAttrs>();
    scan.body = std::move(bodies[0]);
    return scan;
  }
  auto loop = attrs.as<WhileAttrs>();
  loop.condition = std::move(bodies[0]);
  loop.body = std::move(bodies[1]);
  return loop;
}

Specs body_inputs(const OpDef& op, const Attrs& attrs, std::span<const TensorSpec> inputs) {
  if (&op == &cond_op) return part(inputs, 1, inputs.size() - 1);
  Specs specs = part(inputs, 0, inputs.size());
  if (&op == &while_loop_op) return specs;
  const ScanParts parts = parts_of(attrs.as<ScanAttrs>(), inputs.size());
  for (size_t i = parts.carries; i < parts.carries + parts.xs; ++i) {
    specs[i].shape = specs[i].shape.slice(1, specs[i].shape.rank());
  }
  return specs;
}

namespace {

// Tells whether there is nothing to expand in a graph.
bool is_primitive(const Graph& graph) {
  return std::all_of(graph.nodes().begin(), graph.nodes().end(), [](const Node& node) {
    if (!has_bodies(*node.op)) return node.op->expand == nullptr;
    const std::vector<SubGraph> bodies = bodies_of(*node.op, node.attrs);
    return std::all_of(bodies.begin(), bodies.end(),
                       [](const SubGraph& body) { return is_primitive(*body.graph); });
  });
}

bool takes(const Graph& graph, const Specs& specs) {
  const std::vector<ValueId> inputs = graph.inputs();
  return std::equal(
      inputs.begin(), inputs.end(), specs.begin(), specs.end(),
      [&](ValueId id, const TensorSpec& spec) { return graph.value(id).spec == spec; });
}

}  // namespace

Attrs traced_again(const OpDef& op, const Attrs& attrs, std::span<const TensorSpec> inputs,
                   Trace::Mode mode) {
  std::vector<SubGraph> bodies = bodies_of(op, attrs);
  const Specs specs = body_inputs(op, attrs, inputs);
  for (SubGraph& body : bodies) {
    check_sub_graph(body, specs.size(), op.name);
    if (is_primitive(*body.graph) && takes(*body.graph, specs)) continue;
    Trace trace(mode);
    std::vector<Tensor> operands;
    for (const TensorSpec& spec : specs) {
      operands.push_back(trace.input(spec, "x" + std::to_string(operands.size())));
    }
    body.graph = trace.finish(replay(*body.graph, operands));
  }
  return with_bodies(op, attrs, std::move(bodies));
}

namespace {

std::vector<Array> take_constants(Graph& body) {
  std::vector<Array> taken;
  for (size_t i = 0; i < body.values().size(); ++i) {
    const Value& value = body.values()[i];
    if (value.kind != ValueKind::constant || keratin::detail::has_text(value.constant)) continue;
    taken.push_back(value.constant);
    const ValueId input = body.add_input(value.spec, "x" + std::to_string(body.inputs().size()));
    const auto is_it = [i](ValueId id) { return static_cast<size_t>(id) == i; };
    for (Node& node : body.nodes()) {
      std::replace_if(node.inputs.begin(), node.inputs.end(), is_it, input);
    }
    std::replace_if(body.outputs.begin(), body.outputs.end(), is_it, input);
    // Nothing uses it any more; a number takes its place.
    body.values()[i].constant = Array::zeros(body.values()[i].spec.dtype, {});
    body.values()[i].spec.shape = {};
  }
  return taken;
}

// Gives a graph further inputs which it does not use.
void add_inputs(Graph& body, std::span<const Array> arrays) {
  for (const Array& array : arrays) {
    body.add_input({array.shape(), array.dtype()}, "x" + std::to_string(body.inputs().size()));
  }
}

}  // namespace

bool lift_constants(Graph& graph) {
  bool any = false;
  for (Node& node : graph.nodes()) {
    if (!has_bodies(*node.op)) continue;
    std::vector<Graph> bodies;
    for (const SubGraph& body : bodies_of(*node.op, node.attrs)) bodies.push_back(*body.graph);
    bool changed = false;
    for (size_t i = 0; i < bodies.size(); ++i) {
      changed = lift_constants(bodies[i]) || changed;
      const std::vector<Array> taken = take_constants(bodies[i]);
      changed = changed || !taken.empty();
      for (size_t k = 0; k < bodies.size(); ++k) {
        if (k != i) add_inputs(bodies[k], taken);
      }
      for (const Array& array : taken) node.inputs.push_back(graph.add_constant(array));
    }
    if (!changed) continue;
    std::vector<SubGraph> lifted;
    for (Graph& body : bodies) lifted.push_back({std::make_shared<Graph>(std::move(body))});
    node.attrs = with_bodies(*node.op, node.attrs, std::move(lifted));
    any = true;
  }
  return any;
}

const OpDef scan_op = {.name = "scan",
                       .doc = "Runs a graph for one row after the other, carrying values along.",
                       .max_inputs = -1,
                       .attrs = &Attrs::type_of<ScanAttrs>,
                       .infer = infer_scan,
                       .gradient = scan_gradient,
                       .expand = expand_scan};

const OpDef cond_op = {.name = "cond",
                       .doc = "Runs one of several graphs.",
                       .max_inputs = -1,
                       .attrs = &Attrs::type_of<CondAttrs>,
                       .infer = infer_cond,
                       .gradient = cond_gradient,
                       .expand = expand_cond};

const OpDef while_loop_op = {.name = "while_loop",
                             .doc = "Runs a graph as long as another one gives true.",
                             .max_inputs = -1,
                             .attrs = &Attrs::type_of<WhileAttrs>,
                             .infer = infer_while,
                             .gradient = while_gradient,
                             .expand = expand_while};

std::span<const OpDef* const> control_ops() {
  static const OpDef* const ops[] = {&scan_op, &cond_op, &while_loop_op};
  return ops;
}

}  // namespace keratin::ops
