// SPDX-License-Identifier: Apache-2.0
// How the steps of a plan compute fewer samples than it was made for.
#include <algorithm>

#include "keratin/graph/ops/fused.h"
#include "keratin/runtime/fast.h"
#include "keratin/runtime/frame.h"

namespace keratin::runtime {

// A step can be cut where each of its results has rows, all as many, and of each input with rows a
// part of them needs its own alone.
Frame::Full Frame::full_of(const Step& step, const Node& node) const {
  const auto each = [&](ValueId id) { return plan_.bound->each[static_cast<size_t>(id)]; };
  const auto has_rows = [&](ValueId id) { return each(id) > 0; };
  Full full{.call = step.calls[0], .kernel = step.kernel};
  full.is_free = step.control == nullptr &&
                 std::none_of(node.inputs.begin(), node.inputs.end(), has_rows) &&
                 std::none_of(node.outputs.begin(), node.outputs.end(), has_rows);
  if (full.is_free || step.control != nullptr) return full;
  full.rows = each(node.outputs[0]);
  full.split = split_by_rows(*step.op, full.call);
  const bool is_told = full.split.slices || step.op == &ops::fused_op;
  full.has_cut = is_told && full.rows > 0 && full.split.by == Access::By::rows &&
                 full.split.parts == full.rows * plan_.bound->samples &&
                 std::all_of(node.outputs.begin(), node.outputs.end(),
                             [&](ValueId id) { return each(id) == full.rows; });
  for (size_t i = 0; i < node.inputs.size() && full.has_cut; ++i) {
    full.has_cut = !has_rows(node.inputs[i]) || full.split.own[i];
  }
  return full;
}

bool Frame::can_limit() const {
  return plan_.bound && std::all_of(full_.begin(), full_.end(),
                                    [](const Full& full) { return full.is_free || full.has_cut; });
}

void Frame::limit(int64_t samples) {
  for (size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    const Full& full = full_[i];
    step.waits = false;
    step.whole.reset();
    step.calls.assign(1, full.call);
    step.kernel = full.kernel;
    if (full.is_free) continue;
    KernelCall& call = step.calls[0];
    const int64_t rows = full.rows * samples;
    take_rows(call, full.split, 0, rows);
    if (!full.split.slices) {
      call.last_row = rows;
    } else if (const Kernel fast = prepare_fast(*step.op, call, false)) {
      step.kernel = fast;
    }
  }
}

}  // namespace keratin::runtime
