// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/executor.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "keratin/base/check.h"
#include "keratin/compiler/pipeline.h"
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/fused.h"
#include "keratin/runtime/host_guard.h"

namespace keratin::runtime {

using compiler::Placement;

Executor::Executor(compiler::Plan plan, int threads)
    : plan_(std::move(plan)),
      arena_(plan_.arena_bytes),
      input_ids_(plan_.graph.inputs()),
      frame_(plan_, arena_.data(), make_outputs()),
      wanted_threads_(threads),
      adapts_(threads == 0 && profile_ == nullptr) {
  const Graph& graph = plan_.graph;
  for (size_t i = 0; i < input_ids_.size(); ++i) {
    bindings_.push_back({i, frame_.targets(input_ids_[i])});
  }
  share();
  if (profile_ != nullptr) infos_ = std::make_shared<const std::vector<StepInfo>>(describe());
  for (ValueId id : graph.outputs) bind_output(id);
  for (size_t u = 0; u < graph.updates.size(); ++u) {
    if (plan_.copied[u]) add_copy(graph.updates[u].value, graph.updates[u].variable.body().data);
  }
}

// Returns the addresses of what is made for the caller.
std::vector<void*> Executor::make_outputs() {
  const std::vector<Value>& values = plan_.graph.values();
  std::vector<void*> places(values.size(), nullptr);
  memory_.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const Placement& place = plan_.placements[i];
    const bool is_root = place.root == static_cast<ValueId>(i);
    if (!is_root || place.kind != Placement::Kind::output) continue;
    memory_[i] = Array(values[i].spec.dtype, values[i].spec.shape);
    places[i] = memory_[i].raw();
  }
  return places;
}

// Returns which of the inputs a value is, or is a view of; -1 when it is none.
int Executor::input_index(ValueId id) const {
  const ValueId root = plan_.placements[static_cast<size_t>(id)].root;
  for (size_t i = 0; i < input_ids_.size(); ++i) {
    if (input_ids_[i] == root) return static_cast<int>(i);
  }
  return -1;
}

void Executor::share() {
  // Below this many operations the threads would cost more than they save.
  constexpr double smallest_shared_plan = 1.5e6;
  threads_ = wanted_threads_;
  if (threads_ == 0) {
    threads_ = frame_.work() < smallest_shared_plan ? 1 : ThreadPool::size();
  }
  if (threads_ == 1) return;
  barrier_ = std::make_unique<Barrier>(threads_);
  frame_.share(threads_, *barrier_);
}

namespace {

// Returns the name of an op with those in its graphs.
std::string full_name(const OpDef& op, const Attrs& attrs) {
  std::string name(op.name);
  const auto add = [&](const Graph& graph) {
    for (const Node& node : graph.nodes()) name += ' ' + full_name(*node.op, node.attrs);
  };
  if (&op == &ops::fused_op) add(*attrs.as<ops::FusedAttrs>().body.graph);
  if (ops::has_bodies(op)) {
    for (const SubGraph& body : ops::bodies_of(op, attrs)) add(*body.graph);
  }
  return name;
}

}  // namespace

std::vector<StepInfo> Executor::describe() const {
  std::vector<StepInfo> result;
  for (const Step& step : frame_.steps()) {
    const KernelCall& call = step.call();
    StepInfo info;
    info.name = full_name(*step.op, call.attrs);
    // Without a better word: one operation for each element.
    info.flop = std::max(Frame::work_of(step), static_cast<double>(call.outputs[0].size));
    info.shared = step.calls.size() > 1;
    const auto add = [&](const Operand& operand) {
      info.operands += ' ' + to_string(TensorSpec{operand.shape, operand.dtype});
      info.bytes += static_cast<double>(operand.size) * static_cast<double>(size_of(operand.dtype));
    };
    for (const Operand& input : call.inputs) add(input);
    info.operands += " ->";
    for (const Operand& output : call.outputs) add(output);
    result.push_back(std::move(info));
  }
  return result;
}

void Executor::run_thread(int thread) {
  if (profile_ != nullptr) return run_profiled(thread);
  const HostGuard guard;
  frame_.run(thread);
}

void Executor::run_profiled(int thread) {
  const HostGuard guard;
  Profile::Clock::time_point now = Profile::Clock::now();
  for (size_t i = 0; i < frame_.steps().size(); ++i) {
    const Step& step = frame_.steps()[i];
    const auto note = [&](Profile::What what) {
      const Profile::Clock::time_point begin = std::exchange(now, Profile::Clock::now());
      profile_->record(infos_, i, what, thread, begin, now);
    };
    if (step.waits) {
      frame_.wait(step, thread);
      note(Profile::What::waits);
    }
    if (static_cast<size_t>(thread) < step.calls.size()) {
      Frame::run(step, thread);
      note(Profile::What::runs);
    }
  }
}

void Executor::run_steps() {
  if (threads_ == 1) return run_thread(0);
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = adapts_ ? Clock::now() : Clock::time_point();
  const auto job = [](void* self, int thread) { static_cast<Executor*>(self)->run_thread(thread); };
  const bool wanted = !adapts_ || choice_.shares();
  const bool shared = wanted && ThreadPool::run(threads_, job, this);
  if (!shared) {  // the pool has another job, or one thread is faster
    const HostGuard guard;
    frame_.run(alone);
  }
  if (adapts_) {
    choice_.took(shared, std::chrono::duration<double>(Clock::now() - start).count());
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
    const bool is_constant = place.kind == Placement::Kind::constant;
    const Array& memory =
        is_constant ? frame_.constant(id) : memory_[static_cast<size_t>(place.root)];
    const Array shown = memory.reshape(spec.shape);
    outputs_.push_back(is_constant ? shown.copy() : shown);
    return;
  }
  outputs_.emplace_back(spec.dtype, spec.shape);
  add_copy(id, outputs_.back());
}

void Executor::add_copy(ValueId from, const Array& to) {
  const int input = input_index(from);
  const void* source = input < 0 ? frame_.address(from) : nullptr;
  if (source != to.raw()) copies_.push_back({input, source, to.raw(), to.bytes()});
}

// Binds the plan anew for another number of samples, which is quick: nothing is traced or chosen.
void Executor::limit(int64_t samples) {
  samples_ = 0;  // until all of it is done: memory may be short on the way
  frame_.limit(samples);
  choice_ = ThreadChoice();  // what runs took before says nothing of this size
  share();
  if (profile_ != nullptr) infos_ = std::make_shared<const std::vector<StepInfo>>(describe());
  const std::vector<ValueId>& ids = plan_.graph.outputs;
  for (size_t i = 0; i < ids.size(); ++i) {
    const Placement& place = plan_.placements[static_cast<size_t>(ids[i])];
    const Array& memory = memory_[static_cast<size_t>(place.root)];
    outputs_[i] = memory.reshape(plan_.graph.value(ids[i]).spec.shape).rows(0, samples);
  }
  samples_ = samples;
}

// Returns how many samples the first input has, where there may be fewer than the plan was made
// for.
int64_t Executor::samples_of(std::span<const Array> inputs) const {
  if (!plan_.bound) return 0;
  const int64_t most = plan_.bound->samples;
  if (!inputs[0].defined() || inputs[0].rank() == 0) return most;
  const int64_t samples = inputs[0].shape()[0];
  return samples >= 1 && samples <= most ? samples : most;
}

// Tells whether an input has the shape, but for the number of samples.
bool Executor::fits(const Array& input, const Shape& shape, int64_t samples) const {
  if (!plan_.bound) return input.shape() == shape;
  if (input.rank() != shape.rank() || input.shape()[0] != samples) return false;
  const Sizes& own = input.shape().dims();
  return std::equal(own.begin() + 1, own.end(), shape.dims().begin() + 1);
}

void Executor::check(std::span<const Array> inputs) const {
  // The texts are made only for an error: this runs in every step of a training.
  if (inputs.size() != input_ids_.size()) {
    fail<ValueError>("plan", "expected {} inputs, got {}. Pass what the function was traced with.",
                     input_ids_.size(), inputs.size());
  }
  const int64_t samples = samples_of(inputs);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const TensorSpec& spec = plan_.graph.value(input_ids_[i]).spec;
    if (!inputs[i].defined()) {
      fail<ValueError>("plan", "expected data in input {}, got an empty handle. Pass an array.", i);
    }
    if (!fits(inputs[i], spec.shape, samples)) {
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
  if (plan_.bound && samples_of(inputs) != samples_) limit(samples_of(inputs));
  for (const Binding& binding : bindings_) {
    frame_.set(binding.targets, inputs[binding.input].raw(), alone);
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

std::unique_ptr<Executor> bind_rows(const Executor& executor, int64_t samples,
                                    const Executor& other, int64_t other_samples) {
  compiler::Plan plan = executor.plan();
  plan.bound = compiler::find_row_bound(plan.graph, samples, other.plan().graph, other_samples);
  if (!plan.bound) return nullptr;
  const bool are_computed =
      std::all_of(plan.graph.outputs.begin(), plan.graph.outputs.end(), [&](ValueId id) {
        return plan.placements[static_cast<size_t>(id)].kind == Placement::Kind::output;
      });
  if (!are_computed) return nullptr;
  auto bound = std::make_unique<Executor>(std::move(plan), executor.wanted_threads_);
  return bound->frame_.can_limit() ? std::move(bound) : nullptr;
}

}  // namespace keratin::runtime
