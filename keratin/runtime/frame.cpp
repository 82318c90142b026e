// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/frame.h"

#include <algorithm>

#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/linalg.h"
#include "keratin/runtime/depth_product.h"
#include "keratin/runtime/fast.h"

namespace keratin::runtime {

using compiler::Placement;

namespace {

constexpr double smallest_shared_step = 4096;
constexpr int64_t fewest_rows = 4;  // of each thread
constexpr int64_t fewest_columns = 32;

// A thread may have no rows.
void run_kernel(const Step& step, const KernelCall& call) {
  const bool has_any = std::any_of(call.outputs.begin(), call.outputs.end(),
                                   [](const Operand& output) { return output.size > 0; });
  if (has_any) step.kernel(call);
}

// Returns how much memory an operand lies in: a broadcast one has fewer elements than its shape.
size_t extent_of(const Operand& operand) {
  if (operand.size == 0) return 0;
  int64_t last = 0;
  for (int i = 0; i < operand.shape.rank(); ++i) {
    last += (operand.shape[i] - 1) * operand.strides[static_cast<size_t>(i)];
  }
  return static_cast<size_t>(last + 1) * size_of(operand.dtype);
}

Split split_of(const Step& step) {
  return step.control ? step.control->split() : split_of(*step.op, step.call());
}

}  // namespace

Frame::Frame(const compiler::Plan& plan, std::byte* arena, std::vector<void*> places)
    : plan_(plan), arena_(arena), places_(std::move(places)) {
  const std::vector<Value>& values = plan_.graph.values();
  constants_.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].kind == ValueKind::constant) constants_[i] = values[i].constant.contiguous();
  }
  for (size_t i = 0; i < plan_.graph.nodes().size(); ++i) bind(i);
}

const Array& Frame::constant(ValueId id) const {
  return constants_[static_cast<size_t>(plan_.placements[static_cast<size_t>(id)].root)];
}

void* Frame::address(ValueId id) const {
  const Placement& place = plan_.placements[static_cast<size_t>(id)];
  switch (place.kind) {
    case Placement::Kind::input:
      return nullptr;  // set at each run
    case Placement::Kind::constant:
      return constant(id).raw();
    case Placement::Kind::output:
      return places_[static_cast<size_t>(place.root)];
    case Placement::Kind::arena:
      return arena_ + place.offset;
    case Placement::Kind::variable:
      break;
  }
  const Variable& variable = place.update >= 0
                                 ? plan_.graph.updates[static_cast<size_t>(place.update)].variable
                                 : plan_.graph.value(place.root).variable;
  return variable.body().data.raw();
}

void Frame::bind(size_t index) {
  const Node& node = plan_.graph.nodes()[index];
  if (node.op->traits.view) return;
  const Graph& graph = plan_.graph;
  Step step;
  step.op = node.op;
  KernelCall call;
  call.attrs = node.attrs;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::vector<std::pair<ValueId, Target>> bound;
  const auto note = [&](ValueId id, size_t operand, bool is_output) {
    const ValueId root = plan_.placements[static_cast<size_t>(id)].root;
    bound.emplace_back(root, Target{steps_.size(), operand, is_output});
    return address(id);
  };
  int64_t elements = 0;
  for (ValueId id : node.outputs) {
    outputs.push_back(graph.value(id).spec);
    elements += outputs.back().shape.element_count();
    call.outputs.emplace_back(outputs.back().dtype, outputs.back().shape,
                              row_major_strides(outputs.back().shape));
    call.outputs.back().data = note(id, call.outputs.size() - 1, true);
  }
  if (elements == 0) return;  // nothing to compute
  for (ValueId id : node.inputs) {
    inputs.push_back(graph.value(id).spec);
    call.inputs.push_back(input_operand(*node.op, inputs.back(),
                                        row_major_strides(inputs.back().shape), outputs[0].shape));
    call.inputs.back().data = note(id, call.inputs.size() - 1, false);
  }
  if (ops::has_bodies(*node.op)) {
    const auto inner = std::find_if(
        plan_.inner.begin(), plan_.inner.end(),
        [&](const compiler::InnerPlan& own) { return own.node == static_cast<int>(index); });
    const auto bytes = static_cast<int64_t>(inner->bytes);
    step.workspace = Operand(DType::uint8, Shape{bytes}, {1});
    step.workspace.data = arena_ + inner->offset;
    step.control = make_control(node, *inner, arena_ + inner->offset, call);
  } else {
    step.weights_change = node.op == &ops::batch_matmul_op && is_updated(node.inputs[1]);
    step.kernel = prepare_fast(*node.op, call, false);
    if (step.kernel == nullptr) step.kernel = find_kernel(*node.op, inputs, outputs);
  }
  step.calls.push_back(std::move(call));
  if (plan_.bound) full_.push_back(full_of(step, node));
  bound_.insert(bound_.end(), bound.begin(), bound.end());
  steps_.push_back(std::move(step));
}

// Tells whether a value is a variable, or a view of one, that the plan writes over.
bool Frame::is_updated(ValueId id) const {
  const Value& root = plan_.graph.value(plan_.placements[static_cast<size_t>(id)].root);
  const std::vector<Update>& updates = plan_.graph.updates;
  return root.kind == ValueKind::variable &&
         std::any_of(updates.begin(), updates.end(), [&](const Update& update) {
           return &update.variable.body() == &root.variable.body();
         });
}

std::vector<Target> Frame::targets(ValueId id) const {
  const ValueId root = plan_.placements[static_cast<size_t>(id)].root;
  std::vector<Target> result;
  for (const auto& [value, target] : bound_) {
    if (value == root) result.push_back(target);
  }
  return result;
}

void Frame::set(const std::vector<Target>& targets, void* data, int thread) {
  for (const Target& target : targets) {
    std::vector<KernelCall>& calls = steps_[target.step].calls;
    const auto set_in = [&](KernelCall& call) {
      Operand& operand = (target.is_output ? call.outputs : call.inputs)[target.operand];
      operand.data = static_cast<char*>(data) + operand.offset;
    };
    if (thread == alone) {
      for (KernelCall& call : calls) set_in(call);
    } else if (static_cast<size_t>(thread) < calls.size()) {
      set_in(calls[static_cast<size_t>(thread)]);
    }
  }
}

double Frame::work_of(const Step& step) { return split_of(step).work; }

double Frame::work() const {
  double work = 0.0;
  for (const Step& step : steps_) work += work_of(step);
  return work;
}

std::vector<Access> Frame::accesses(const Step& step, const Split& split, bool shared) const {
  const KernelCall& call = step.calls[0];
  std::vector<Access> result;
  const auto add = [&](const Operand& operand, bool writes, Access::By by) {
    // Inputs have no address yet, and nobody writes them.
    if (operand.data == nullptr) return;
    result.push_back({.begin = static_cast<const char*>(operand.data),
                      .bytes = extent_of(operand),
                      .writes = writes,
                      .by = by,
                      .parts = split.parts,
                      .element_size = size_of(operand.dtype)});
  };
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    const Access::By by = split.own.size() > i && split.own[i] ? split.by : Access::By::all;
    add(call.inputs[i], false, shared ? by : Access::By::first);
  }
  for (const Operand& output : call.outputs) {
    add(output, true, shared ? split.by : Access::By::first);
  }
  if (step.control) add(step.workspace, true, shared ? split.by : Access::By::first);
  return result;
}

bool Frame::can_share(const Step& step, const Split& split, int threads) const {
  const int64_t fewest = split.by == Access::By::rows ? fewest_rows : fewest_columns;
  if (split.parts < fewest * threads || split.work < smallest_shared_step) return false;
  // What one thread writes over must not be what another still reads.
  const std::vector<Access> all = accesses(step, split, true);
  return std::none_of(all.begin(), all.end(), [&](const Access& access) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Access& other) { return conflict(access, other); });
  });
}

void Frame::give_parts(Step& step, const Split& split, int threads) {
  if (split.slices) {
    step.whole = step.calls[0];
    step.whole->state = nullptr;  // of kernels that are not run any more
  }
  step.calls.resize(static_cast<size_t>(threads), step.calls[0]);
  for (int thread = 0; thread < threads; ++thread) {
    KernelCall& call = step.calls[static_cast<size_t>(thread)];
    // A call that is sliced becomes one by itself, and is prepared for its own sizes.
    if (split.slices) take_part(call, split, thread, threads);
    if (const Kernel fast = prepare_fast(*step.op, call, true)) step.kernel = fast;
    if (!split.slices) take_part(call, split, thread, threads);
  }
}

bool Frame::share(int threads, Barrier& barrier) {
  Barriers barriers;
  bool any = false;
  barrier_ = &barrier;
  for (Step& step : steps_) {
    if (!step.control) step.control = cut_by_depth(step, threads);
    const Split split = split_of(step);
    const bool is_control = step.control != nullptr;
    const bool is_shared =
        is_control ? step.control->share(threads, barrier) : can_share(step, split, threads);
    step.waits = barriers.add(accesses(step, split, is_shared));
    if (is_shared && is_control) step.calls.resize(static_cast<size_t>(threads), step.calls[0]);
    if (is_shared && !is_control) give_parts(step, split, threads);
    any = any || is_shared;
  }
  return any;
}

void Frame::run(const Step& step, int thread) {
  if (step.control != nullptr) {
    const auto index = static_cast<size_t>(thread == alone ? 0 : thread);
    if (index < step.calls.size()) step.control->run(step.calls[index], thread);
  } else if (thread == alone) {
    for (const KernelCall& call : step.calls) run_kernel(step, call);
  } else if (static_cast<size_t>(thread) < step.calls.size()) {
    run_kernel(step, step.calls[static_cast<size_t>(thread)]);
  }
}

}  // namespace keratin::runtime
