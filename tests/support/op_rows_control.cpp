// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/op_table.h"

namespace keratin::testing_support {

namespace {

using namespace ops;
using Tensors = std::vector<Tensor>;

template <class F>
SubGraph graph_of(const std::vector<TensorSpec>& specs, const F& f) {
  Trace trace;
  Tensors inputs;
  for (const TensorSpec& spec : specs) inputs.push_back(trace.input(spec, "x"));
  return {trace.finish(f(inputs))};
}

// h = tanh(x w + h i / 10), and h x as y, along with i, which counts.
std::function<Attrs(DType)> cell(bool reverse) {
  return [reverse](DType dtype) {
    const auto step = [](const Tensors& in) -> Tensors {
      const Tensor i = cast(in[1], in[0].dtype()) * 0.1;
      const Tensor h = tanh(matmul(in[2], in[3]) + in[0] * i);
      return {h, in[1] + 1, h * in[2]};
    };
    const std::vector<TensorSpec> specs{
        {{2, 2}, dtype}, {{}, DType::int32}, {{2, 2}, dtype}, {{2, 2}, dtype}};
    return Attrs(
        ScanAttrs{.carries = 2, .xs = 1, .reverse = reverse, .body = graph_of(specs, step)});
  };
}

// A scan in a scan: each row is gone through with the carry, and both carries are captured.
Attrs nested(DType dtype) {
  const auto inner = [](const Tensors& in) -> Tensors { return {sin(in[0] * in[2] + in[1])}; };
  const TensorSpec vector{{2}, dtype};
  const ScanAttrs attrs{.carries = 1, .xs = 1, .body = graph_of({vector, vector, vector}, inner)};
  const auto outer = [&](const Tensors& in) -> Tensors {
    const Tensor last = apply_one(scan_op, {in[0], in[1], in[0]}, attrs);
    return {last * 0.5, last};
  };
  return ScanAttrs{.carries = 1, .xs = 1, .body = graph_of({vector, {{2, 2}, dtype}}, outer)};
}

Attrs without_rows(DType dtype) {
  const auto step = [](const Tensors& in) -> Tensors { return {sin(in[0]) * in[1], in[0]}; };
  const TensorSpec spec{{3}, dtype};
  return ScanAttrs{.carries = 1, .length = 4, .body = graph_of({spec, spec}, step)};
}

Attrs choice(DType dtype) {
  const TensorSpec spec{{2, 3}, dtype};
  return CondAttrs{
      .branches = {
          graph_of({spec, spec}, [](const Tensors& in) -> Tensors { return {in[0] * in[1]}; }),
          graph_of({spec, spec}, [](const Tensors& in) -> Tensors { return {sin(in[0])}; }),
          graph_of({spec, spec}, [](const Tensors& in) -> Tensors { return {in[1]}; })}};
}

Attrs doubling(DType dtype) {
  const std::vector<TensorSpec> specs{{{2, 3}, dtype}, {{2, 3}, dtype}};
  return WhileAttrs{
      .carries = 1,
      .condition = graph_of(specs, [](const Tensors& in) -> Tensors { return {sum(in[0]) < 50}; }),
      .body = graph_of(specs, [](const Tensors& in) -> Tensors { return {in[0] * 2 + in[1]}; })};
}

}  // namespace

std::vector<OpRow> control_rows() {
  std::vector<OpRow> rows;
  for (bool reverse : {false, true}) {
    rows.push_back(
        {.op = &scan_op,
         .inputs = {real({2, 2}), given({}, {2}, DType::int32), real({3, 2, 2}), real({2, 2})},
         .attrs = cell(reverse),
         .batch = {},
         .empty_batch = false});
  }
  rows.push_back(
      {.op = &scan_op, .inputs = {real({2}), real({3, 2, 2})}, .attrs = nested, .batch = {1}});
  rows.push_back(
      {.op = &scan_op, .inputs = {real({3}), real({3})}, .attrs = without_rows, .batch = {}});
  for (double index : {-1.0, 1.0, 5.0}) {
    rows.push_back({.op = &cond_op,
                    .inputs = {given({}, {index}, DType::int32), real({2, 3}), real({2, 3})},
                    .attrs = choice,
                    .batch = {1, 2}});
  }
  rows.push_back({.op = &while_loop_op,
                  .inputs = {real({2, 3}, 0.5, 1.0), real({2, 3}, 0.0, 0.5)},
                  .attrs = doubling,
                  .batch = {0, 1},
                  .empty_batch = false});
  return rows;
}

}  // namespace keratin::testing_support
