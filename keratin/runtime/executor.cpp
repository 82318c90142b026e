// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/executor.h"

#include <algorithm>
#include <cstring>

#include "keratin/base/check.h"
#include "keratin/compiler/pipeline.h"
#include "keratin/graph/ops/fused.h"
#include "keratin/runtime/fast.h"
#include "keratin/runtime/host_guard.h"

namespace keratin::runtime {

using compiler::Placement;

Executor::Executor(compiler::Plan plan, int threads)
    : plan_(std::move(plan)),
      arena_(plan_.arena_bytes),
      input_ids_(plan_.graph.inputs()),
      threads_(threads) {
  const Graph& graph = plan_.graph;
  memory_.resize(graph.values().size());
  for (size_t i = 0; i < graph.values().size(); ++i) {
    const Value& value = graph.values()[i];
    const Placement& place = plan_.placements[i];
    const bool is_root = place.root == static_cast<ValueId>(i);
    if (value.kind == ValueKind::constant) memory_[i] = value.constant.contiguous();
    if (is_root && place.kind == Placement::Kind::output) {
      memory_[i] = Array(value.spec.dtype, value.spec.shape);
    }
  }
  for (const Node& node : graph.nodes()) bind(node);
  share();
  if (profile_ != nullptr) infos_ = std::make_shared<const std::vector<StepInfo>>(describe());
  for (ValueId id : graph.outputs) bind_output(id);
  for (size_t u = 0; u < graph.updates.size(); ++u) {
    if (plan_.copied[u]) add_copy(graph.updates[u].value, graph.updates[u].variable.body().data);
  }
}

void* Executor::address(ValueId id) const {
  const Placement& place = plan_.placements[static_cast<size_t>(id)];
  switch (place.kind) {
    case Placement::Kind::input:
      return nullptr;  // bound at each run
    case Placement::Kind::constant:
    case Placement::Kind::output:
      return memory_[static_cast<size_t>(place.root)].raw();
    case Placement::Kind::arena:
      return arena_.data() + place.offset;
    case Placement::Kind::variable:
      break;
  }
  const Variable& variable = place.update >= 0
                                 ? plan_.graph.updates[static_cast<size_t>(place.update)].variable
                                 : plan_.graph.value(place.root).variable;
  return variable.body().data.raw();
}

// Returns which of the inputs a value is, or is a view of; -1 when it is none.
int Executor::input_index(ValueId id) const {
  const ValueId root = plan_.placements[static_cast<size_t>(id)].root;
  for (size_t i = 0; i < input_ids_.size(); ++i) {
    if (input_ids_[i] == root) return static_cast<int>(i);
  }
  return -1;
}

void Executor::bind(const Node& node) {
  if (node.op->traits.view) return;
  const Graph& graph = plan_.graph;
  KernelCall call;
  call.attrs = node.attrs;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  int64_t elements = 0;
  for (ValueId id : node.outputs) {
    outputs.push_back(graph.value(id).spec);
    elements += outputs.back().shape.element_count();
    call.outputs.emplace_back(outputs.back().dtype, outputs.back().shape,
                              row_major_strides(outputs.back().shape));
    call.outputs.back().data = address(id);
  }
  if (elements == 0) return;  // nothing to compute
  for (size_t k = 0; k < node.inputs.size(); ++k) {
    const ValueId id = node.inputs[k];
    inputs.push_back(graph.value(id).spec);
    call.inputs.push_back(input_operand(*node.op, inputs.back(),
                                        row_major_strides(inputs.back().shape), outputs[0].shape));
    call.inputs.back().data = address(id);
    const int input = input_index(id);
    if (input >= 0) bindings_.push_back({static_cast<size_t>(input), steps_.size(), k});
  }
  Kernel kernel = prepare_fast(*node.op, call, false);
  if (kernel == nullptr) kernel = find_kernel(*node.op, inputs, outputs);
  Step step{.kernel = kernel, .calls = {}};
  step.calls.push_back(std::move(call));
  steps_.push_back(std::move(step));
  ops_.push_back(node.op);
}

namespace {

// Below this many operations the threads would cost more than they save.
constexpr double smallest_shared_plan = 5e6;
constexpr double smallest_shared_step = 1024;
constexpr int64_t fewest_rows = 4;  // of each thread

void set_part(KernelCall& call, const Split& split, int thread, int threads) {
  if (split.by == Access::By::rows) {
    constexpr int64_t multiple = 4;
    call.first_row = first_part_of(split.parts, thread, threads, multiple);
    call.last_row = first_part_of(split.parts, thread + 1, threads, multiple);
  } else {
    constexpr int64_t multiple = 32;  // two vectors of the widest kind
    call.first_column = first_part_of(split.parts, thread, threads, multiple);
    call.last_column = first_part_of(split.parts, thread + 1, threads, multiple);
  }
}

}  // namespace

std::vector<Access> Executor::accesses(const Step& step, const Split& split, bool shared) const {
  const KernelCall& call = step.calls[0];
  std::vector<Access> result;
  const auto add = [&](const Operand& operand, bool writes, Access::By by) {
    // Inputs have no address yet, and nobody writes them.
    if (operand.data == nullptr) return;
    result.push_back({.begin = static_cast<const char*>(operand.data),
                      .bytes = static_cast<size_t>(operand.size) * size_of(operand.dtype),
                      .writes = writes,
                      .by = by,
                      .parts = split.parts});
  };
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    const Access::By by = split.own.size() > i && split.own[i] ? split.by : Access::By::all;
    add(call.inputs[i], false, shared ? by : Access::By::first);
  }
  for (const Operand& output : call.outputs) {
    add(output, true, shared ? split.by : Access::By::first);
  }
  return result;
}

bool Executor::can_share(const Step& step, const Split& split) const {
  if (split.parts < fewest_rows * threads_ || split.work < smallest_shared_step) return false;
  // What one thread writes over must not be what another still reads.
  const std::vector<Access> all = accesses(step, split, true);
  return std::none_of(all.begin(), all.end(), [&](const Access& access) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Access& other) { return conflict(access, other); });
  });
}

// Gives each thread its part of the steps that can be cut, and finds where threads must wait.
void Executor::share() {
  std::vector<Split> splits;
  double work = 0.0;
  for (size_t i = 0; i < steps_.size(); ++i) {
    splits.push_back(split_of(*ops_[i], steps_[i].calls[0]));
    work += splits.back().work;
  }
  if (threads_ == 0) threads_ = work < smallest_shared_plan ? 1 : ThreadPool::size();
  if (threads_ == 1) return;
  const int threads = threads_;
  barrier_ = std::make_unique<Barrier>(threads);
  Barriers barriers;
  for (size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    const bool is_shared = can_share(step, splits[i]);
    if (is_shared) {
      step.calls.resize(static_cast<size_t>(threads), step.calls[0]);
      for (int thread = 0; thread < threads; ++thread) {
        KernelCall& call = step.calls[static_cast<size_t>(thread)];
        step.kernel = prepare_fast(*ops_[i], call, true);
        set_part(call, splits[i], thread, threads);
      }
    }
    step.waits = barriers.add(accesses(step, splits[i], is_shared));
  }
}

std::vector<StepInfo> Executor::describe() const {
  std::vector<StepInfo> result;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const KernelCall& call = steps_[i].calls[0];
    StepInfo info;
    info.name = ops_[i]->name;
    // Without a better word: one operation for each element.
    info.flop = std::max(split_of(*ops_[i], call).work, static_cast<double>(call.outputs[0].size));
    info.shared = steps_[i].calls.size() > 1;
    const auto add = [&](const Operand& operand) {
      info.operands += ' ' + to_string(TensorSpec{operand.shape, operand.dtype});
      info.bytes += static_cast<double>(operand.size) * static_cast<double>(size_of(operand.dtype));
    };
    for (const Operand& input : call.inputs) add(input);
    info.operands += " ->";
    for (const Operand& output : call.outputs) add(output);
    if (ops_[i] == &ops::fused_op) {
      for (const Node& node : call.attrs.as<ops::FusedAttrs>().body.graph->nodes()) {
        info.name += ' ' + std::string(node.op->name);
      }
    }
    result.push_back(std::move(info));
  }
  return result;
}

void Executor::run_thread(int thread) {
  if (profile_ != nullptr) return run_profiled(thread);
  const HostGuard guard;
  const auto index = static_cast<size_t>(thread);
  for (const Step& step : steps_) {
    if (step.waits) barrier_->wait();
    if (index < step.calls.size()) step.kernel(step.calls[index]);
  }
}

void Executor::run_profiled(int thread) {
  const HostGuard guard;
  const auto index = static_cast<size_t>(thread);
  Profile::Clock::time_point now = Profile::Clock::now();
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const auto note = [&](Profile::What what) {
      const Profile::Clock::time_point begin = std::exchange(now, Profile::Clock::now());
      profile_->record(infos_, i, what, thread, begin, now);
    };
    if (step.waits) {
      barrier_->wait();
      note(Profile::What::waits);
    }
    if (index < step.calls.size()) {
      step.kernel(step.calls[index]);
      note(Profile::What::runs);
    }
  }
}

void Executor::run_steps() {
  const auto job = [](void* self, int thread) { static_cast<Executor*>(self)->run_thread(thread); };
  if (threads_ > 1 && ThreadPool::run(threads_, job, this)) return;
  // The pool has another job, or one thread is enough.
  if (threads_ == 1) return run_thread(0);
  const HostGuard guard;
  for (const Step& step : steps_) {
    for (const KernelCall& call : step.calls) step.kernel(call);
  }
}

// Values that were computed for the caller are there already, those of inputs and variables are
// copied after each run.
void Executor::bind_output(ValueId id) {
  const TensorSpec& spec = plan_.graph.value(id).spec;
  const Placement& place = plan_.placements[static_cast<size_t>(id)];
  const bool in_memory =
      place.kind == Placement::Kind::output || place.kind == Placement::Kind::constant;
  if (in_memory) {
    const Array shown = memory_[static_cast<size_t>(place.root)].reshape(spec.shape);
    outputs_.push_back(place.kind == Placement::Kind::constant ? shown.copy() : shown);
    return;
  }
  outputs_.emplace_back(spec.dtype, spec.shape);
  add_copy(id, outputs_.back());
}

void Executor::add_copy(ValueId from, const Array& to) {
  const int input = input_index(from);
  const void* source = input < 0 ? address(from) : nullptr;
  if (source != to.raw()) copies_.push_back({input, source, to.raw(), to.bytes()});
}

void Executor::check(std::span<const Array> inputs) const {
  // The texts are made only for an error: this runs in every step of a training.
  if (inputs.size() != input_ids_.size()) {
    fail<ValueError>("plan", "expected {} inputs, got {}. Pass what the function was traced with.",
                     input_ids_.size(), inputs.size());
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const TensorSpec& spec = plan_.graph.value(input_ids_[i]).spec;
    if (!inputs[i].defined()) {
      fail<ValueError>("plan", "expected data in input {}, got an empty handle. Pass an array.", i);
    }
    if (inputs[i].shape() != spec.shape) {
      fail<ShapeError>("plan",
                       "expected input {} of shape {}, got {}. Pass what it was traced with.", i,
                       to_string(spec.shape), to_string(inputs[i].shape()));
    }
    if (inputs[i].dtype() != spec.dtype) {
      fail<DTypeError>("plan", "expected input {} of {}, got {}. Pass what it was traced with.", i,
                       name_of(spec.dtype), name_of(inputs[i].dtype()));
    }
    if (!inputs[i].is_contiguous()) {
      fail<ShapeError>("plan",
                       "expected contiguous elements in input {}, got a view. Copy it first.", i);
    }
  }
}

void Executor::run(std::span<const Array> inputs) {
  check(inputs);
  for (const Binding& binding : bindings_) {
    for (KernelCall& call : steps_[binding.step].calls) {
      call.inputs[binding.operand].data = inputs[binding.input].raw();
    }
  }
  run_steps();
  for (const Copy& copy : copies_) {
    const void* from = copy.input < 0 ? copy.from : inputs[static_cast<size_t>(copy.input)].raw();
    std::memcpy(copy.to, from, copy.bytes);
  }
  for (const Update& update : plan_.graph.updates) ++update.variable.body().version;
}

std::unique_ptr<Executor> compile(const Graph& graph, int threads) {
  Graph optimized = graph;
  compiler::optimize(optimized);
  return std::make_unique<Executor>(compiler::make_plan(std::move(optimized)), threads);
}

}  // namespace keratin::runtime
