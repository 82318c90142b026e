// SPDX-License-Identifier: Apache-2.0
// Branches: cond and switch.
#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/control.h"
#include "keratin/graph/ops/control_record_internal.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::ops {

namespace {

using detail::Recording;
using detail::Way;
using Tensors = std::vector<Tensor>;

using Branches = std::vector<std::function<Nest()>>;

// Calls one branch and compares what it gives with what the first one gave.
Tensors call_branch(const std::function<Nest()>& branch, std::optional<Nest>& first) {
  const Nest result = branch();
  if (first) detail::check_structure(result, *first, "cond", "branches");
  if (!first) first = result;
  return result.flatten();
}

Nest infer_branches(const Branches& branches) {
  const Trace specs(Trace::Mode::specs);
  std::optional<Nest> first;
  for (const auto& branch : branches) call_branch(branch, first);
  return first->map([](const Tensor& tensor) { return keras_tensor(tensor.spec()); });
}

Nest record_branches(const Tensor& index, const Branches& branches) {
  std::vector<Recording> recordings;
  std::vector<Trace::Assigned> assigned;
  std::optional<Nest> first;
  for (const auto& branch : branches) {
    recordings.push_back(
        detail::record({}, [&](const Tensors&) { return call_branch(branch, first); }));
    detail::add_assigned(recordings.back(), assigned);
  }
  Tensors captured{index};
  for (const Recording& recording : recordings) detail::add_captured(recording, {}, captured);
  for (const Trace::Assigned& variable : assigned) {
    for (Recording& recording : recordings) recording.value_after(variable);
  }
  for (const Recording& recording : recordings) detail::add_captured(recording, {}, captured);
  CondAttrs attrs;
  for (Recording& recording : recordings) {
    std::vector<ValueId> inputs;
    std::vector<ValueId> outputs = recording.results;
    for (const Trace::Assigned& variable : assigned) {
      outputs.push_back(recording.value_after(variable));
    }
    for (size_t i = 1; i < captured.size(); ++i) {
      inputs.push_back(recording.input_for(captured[i]));
    }
    attrs.branches.push_back({extract(*recording.graph, inputs, outputs)});
  }
  const size_t count = recordings[0].results.size();
  if (count + assigned.size() == 0) return *first;
  const Tensors results = apply(cond_op, std::move(captured), attrs);
  detail::assign(assigned, results, count);
  return first->pack(detail::part(results, 0, count));
}

Nest choose(const Tensor& index, const Branches& branches) {
  const Way way = detail::way_of({index});
  if (index.is_concrete() && way != Way::specs) {
    const auto last = static_cast<int64_t>(branches.size()) - 1;
    const int64_t at = std::clamp<int64_t>(index.item<int64_t>(), 0, last);
    return branches[static_cast<size_t>(at)]();
  }
  return way == Way::specs ? infer_branches(branches) : record_branches(index, branches);
}

}  // namespace

Nest cond(const Tensor& pred, const std::function<Nest()>& true_fn,
          const std::function<Nest()>& false_fn) {
  detail::check_scalar(pred, "cond", "pred");
  const bool is_bool = pred.dtype() == DType::bool_;
  return choose((is_bool ? pred : not_equal(pred, 0)).cast(DType::int32), {false_fn, true_fn});
}

Nest switch_(const Tensor& index, const std::vector<std::function<Nest(const Nest&)>>& branches,
             const Nest& operands) {
  detail::check_scalar(index, "switch", "index");
  require<DTypeError>(!is_float(index.dtype()) && index.dtype() != DType::bool_, "switch",
                      "expected an index of an integer dtype, got {}. Cast it.",
                      name_of(index.dtype()));
  require<ValueError>(!branches.empty(), "switch",
                      "expected at least one branch, got none. Give one.");
  Branches bound;
  for (const auto& branch : branches) {
    bound.emplace_back([&branch, &operands] { return branch(operands); });
  }
  return choose(index.cast(DType::int32), bound);
}

}  // namespace keratin::ops
