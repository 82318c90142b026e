// SPDX-License-Identifier: Apache-2.0
// Runs scan, cond and while_loop: the calls of their graphs get other addresses in each step, so
// that rows are read and written where they are. Carries go to two places in turn.
#include <algorithm>
#include <cstring>

#include "keratin/graph/ops/control_ops.h"
#include "keratin/runtime/frame.h"

namespace keratin::runtime {

namespace {

std::byte* bytes_at(void* data) { return static_cast<std::byte*>(data); }

size_t bytes_of(const Operand& operand) {
  return static_cast<size_t>(operand.size) * size_of(operand.dtype);
}

// The address of a row, of an operand whose address may not be known yet.
void* row_of(const Operand& operand, size_t bytes, int64_t row) {
  if (operand.data == nullptr) return nullptr;
  return bytes_at(operand.data) + bytes * static_cast<size_t>(row);
}

// Is one graph, and which operands its inputs and outputs are.
class Body {
 public:
  Body(const compiler::Plan& plan, std::byte* arena, const std::vector<void*>& outputs)
      : frame_(plan, arena, places_of(plan, outputs)) {
    for (ValueId id : plan.graph.inputs()) inputs_.push_back(frame_.targets(id));
    for (ValueId id : plan.graph.outputs) outputs_.push_back(frame_.targets(id));
  }

  void set_input(size_t i, void* data, int thread) { frame_.set(inputs_[i], data, thread); }
  void set_output(size_t i, void* data, int thread) { frame_.set(outputs_[i], data, thread); }
  Frame& frame() { return frame_; }
  const Frame& frame() const { return frame_; }

 private:
  static std::vector<void*> places_of(const compiler::Plan& plan,
                                      const std::vector<void*>& outputs) {
    std::vector<void*> places(plan.graph.values().size(), nullptr);
    for (size_t i = 0; i < outputs.size(); ++i) {
      const auto id = static_cast<size_t>(plan.graph.outputs[i]);
      places[static_cast<size_t>(plan.placements[id].root)] = outputs[i];
    }
    return places;
  }

  Frame frame_;
  std::vector<std::vector<Target>> inputs_;
  std::vector<std::vector<Target>> outputs_;
};

// What the three have in common.
class Runner : public Control {
 public:
  Runner(const compiler::InnerPlan& inner, std::byte* workspace)
      : inner_(inner), workspace_(workspace) {}

  bool share(int threads, Barrier& barrier) override {
    bool any = false;
    for (Body& body : bodies_) any = body.frame().share(threads, barrier) || any;
    if (any) barrier_ = &barrier;
    return any;
  }

 protected:
  void add_body(const std::vector<void*>& outputs) {
    bodies_.emplace_back(inner_.bodies[bodies_.size()], workspace_ + inner_.arena, outputs);
  }
  Body& body(size_t i) { return bodies_[i]; }
  double work_of(size_t i) const { return bodies_[i].frame().work(); }
  // Each thread may write anywhere.
  static Split all_of(double work) { return {.by = Access::By::all, .work = work}; }
  void* buffer(size_t carry, int64_t step) const {
    return workspace_ + inner_.buffers[2 * carry + static_cast<size_t>(step % 2)];
  }
  void* test_place() const { return workspace_ + inner_.test; }
  void wait(int thread) const {
    if (barrier_ != nullptr && thread != alone) barrier_->wait();
  }
  // What is left of a call with carries when its steps have run: the first thread does it.
  static void give(const KernelCall& call, size_t carry, const void* from, int thread) {
    const Operand& to = call.outputs[carry];
    if (thread <= 0 && to.size > 0) std::memcpy(to.data, from, bytes_of(to));
  }

  const compiler::InnerPlan& inner_;

 private:
  std::byte* workspace_;
  std::vector<Body> bodies_;
  Barrier* barrier_ = nullptr;
};

class ScanRunner final : public Runner {
 public:
  ScanRunner(const Node& node, const compiler::InnerPlan& inner, std::byte* workspace,
             const KernelCall& call)
      : Runner(inner, workspace) {
    const auto& attrs = node.attrs.as<ops::ScanAttrs>();
    carries_ = static_cast<size_t>(attrs.carries);
    xs_ = static_cast<size_t>(attrs.xs);
    reverse_ = attrs.reverse;
    std::vector<TensorSpec> specs;
    for (const Operand& input : call.inputs) specs.push_back({input.shape, input.dtype});
    length_ = ops::scan_length(attrs, specs);
    const auto each = [&](const Operand& operand) {
      return length_ == 0 ? 0 : bytes_of(operand) / static_cast<size_t>(length_);
    };
    for (size_t i = 0; i < xs_; ++i) x_bytes_.push_back(each(call.inputs[carries_ + i]));
    std::vector<void*> outputs;
    for (size_t i = 0; i < carries_; ++i) outputs.push_back(buffer(i, 0));
    for (size_t i = carries_; i < call.outputs.size(); ++i) {
      y_bytes_.push_back(each(call.outputs[i]));
      outputs.push_back(call.outputs[i].data);
    }
    add_body(outputs);
  }

  Split split() const override { return all_of(static_cast<double>(length_) * work_of(0)); }

  void run(const KernelCall& call, int thread) override {
    Body& step = body(0);
    for (size_t i = carries_ + xs_; i < call.inputs.size(); ++i) {
      step.set_input(i, call.inputs[i].data, thread);
    }
    for (int64_t t = 0; t < length_; ++t) {
      if (t > 0) wait(thread);
      for (size_t i = 0; i < carries_; ++i) {
        step.set_input(i, t == 0 ? call.inputs[i].data : buffer(i, t - 1), thread);
        step.set_output(i, t == length_ - 1 ? call.outputs[i].data : buffer(i, t), thread);
      }
      const int64_t row = reverse_ ? length_ - 1 - t : t;
      for (size_t i = 0; i < xs_; ++i) {
        step.set_input(carries_ + i, row_of(call.inputs[carries_ + i], x_bytes_[i], row), thread);
      }
      for (size_t i = 0; i < y_bytes_.size(); ++i) {
        step.set_output(carries_ + i, row_of(call.outputs[carries_ + i], y_bytes_[i], row), thread);
      }
      step.frame().run(thread);
    }
    for (size_t i = 0; length_ == 0 && i < carries_; ++i) {
      give(call, i, call.inputs[i].data, thread);
    }
  }

 private:
  size_t carries_ = 0;
  size_t xs_ = 0;
  bool reverse_ = false;
  int64_t length_ = 0;
  std::vector<size_t> x_bytes_, y_bytes_;  // of a row
};

class CondRunner final : public Runner {
 public:
  CondRunner(const Node&, const compiler::InnerPlan& inner, std::byte* workspace,
             const KernelCall& call)
      : Runner(inner, workspace), count_(inner.bodies.size()) {
    std::vector<void*> outputs;
    for (const Operand& output : call.outputs) outputs.push_back(output.data);
    for (size_t i = 0; i < count_; ++i) add_body(outputs);
  }

  Split split() const override {
    double most = 0.0;
    for (size_t i = 0; i < count_; ++i) most = std::max(most, work_of(i));
    return all_of(most);
  }

  void run(const KernelCall& call, int thread) override {
    const auto last = static_cast<int32_t>(count_) - 1;
    const int32_t index = std::clamp(*call.inputs[0].as<const int32_t>(), 0, last);
    Body& branch = body(static_cast<size_t>(index));
    for (size_t i = 1; i < call.inputs.size(); ++i) {
      branch.set_input(i - 1, call.inputs[i].data, thread);
    }
    for (size_t i = 0; i < call.outputs.size(); ++i) {
      branch.set_output(i, call.outputs[i].data, thread);
    }
    branch.frame().run(thread);
  }

 private:
  size_t count_;
};

class WhileRunner final : public Runner {
 public:
  WhileRunner(const Node& node, const compiler::InnerPlan& inner, std::byte* workspace,
              const KernelCall&)
      : Runner(inner, workspace) {
    const auto& attrs = node.attrs.as<ops::WhileAttrs>();
    carries_ = static_cast<size_t>(attrs.carries);
    most_ = attrs.maximum_iterations.value_or(INT64_MAX);
    add_body({test_place()});
    std::vector<void*> outputs;
    for (size_t i = 0; i < carries_; ++i) outputs.push_back(buffer(i, 0));
    add_body(outputs);
  }

  // Nobody knows how many steps there will be.
  Split split() const override {
    constexpr int64_t guess = 10;
    const auto steps = static_cast<double>(std::clamp<int64_t>(most_, 0, guess));
    return all_of(steps * (work_of(0) + work_of(1)));
  }

  void run(const KernelCall& call, int thread) override {
    Body& condition = body(0);
    Body& step = body(1);
    for (size_t i = carries_; i < call.inputs.size(); ++i) {
      condition.set_input(i, call.inputs[i].data, thread);
      step.set_input(i, call.inputs[i].data, thread);
    }
    const auto now = [&](size_t i, int64_t t) {
      return t == 0 ? call.inputs[i].data : buffer(i, t - 1);
    };
    int64_t t = 0;
    for (;; ++t) {
      wait(thread);
      if (t >= most_) break;
      for (size_t i = 0; i < carries_; ++i) condition.set_input(i, now(i, t), thread);
      condition.frame().run(thread);
      wait(thread);
      if (!*static_cast<const bool*>(test_place())) break;
      for (size_t i = 0; i < carries_; ++i) {
        step.set_input(i, now(i, t), thread);
        step.set_output(i, buffer(i, t), thread);
      }
      step.frame().run(thread);
    }
    for (size_t i = 0; i < carries_; ++i) give(call, i, now(i, t), thread);
  }

 private:
  size_t carries_ = 0;
  int64_t most_ = 0;
};

}  // namespace

std::unique_ptr<Control> make_control(const Node& node, const compiler::InnerPlan& inner,
                                      std::byte* workspace, const KernelCall& call) {
  if (node.op == &ops::scan_op) return std::make_unique<ScanRunner>(node, inner, workspace, call);
  if (node.op == &ops::cond_op) return std::make_unique<CondRunner>(node, inner, workspace, call);
  return std::make_unique<WhileRunner>(node, inner, workspace, call);
}

}  // namespace keratin::runtime
