// SPDX-License-Identifier: Apache-2.0
// The gradient of a scan is a scan in the other direction. What its steps need of the forward steps
// becomes further ys of the forward scan, which is changed for that. The gradient of a cond is a
// cond whose branches compute their values once more.
#include <algorithm>
#include <unordered_map>

#include "keratin/base/check.h"
#include "keratin/graph/autodiff_internal.h"
#include "keratin/graph/ops/control_gradient_internal.h"
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::ops {

namespace {

ValueId id_of(const Tensor& tensor) { return tensor.body().value; }

bool is_float(const Tensor& tensor) { return keratin::is_float(tensor.dtype()); }

// A zero that depends on no value where the shape is known.
Tensor zero_like(Trace& trace, const Tensor& x) {
  if (!x.shape().is_static()) return zeros_like(x);
  return broadcast_to(trace.import(zeros({}, x.dtype())), x.shape());
}

// One step and its gradient in one graph, in which it is decided what goes forward and what back.
class StepGradient {
 public:
  StepGradient(const Graph& body, std::span<const TensorSpec> inputs) {
    for (const TensorSpec& spec : inputs) inputs_.push_back(trace_.input(spec, "x"));
    for (const Tensor& result : replay(body, inputs_)) results_.push_back(trace_.import(result));
    forward_nodes_ = static_cast<int>(graph().nodes().size());
  }

  Trace& trace() { return trace_; }
  const Graph& graph() const { return *trace_.graph(); }
  const std::vector<Tensor>& inputs() const { return inputs_; }
  const std::vector<Tensor>& results() const { return results_; }

  /// Takes the gradients of some results as further inputs, in which the others have empty handles,
  /// and returns the gradients of all inputs.
  std::vector<Tensor> pull_back(const std::vector<Tensor>& result_gradients) {
    std::vector<Tensor> sources;
    for (const Tensor& input : inputs_) {
      if (is_float(input)) sources.push_back(input);
    }
    const auto found = keratin::detail::pull_back(results_, sources, result_gradients);
    std::vector<Tensor> gradients;
    size_t next = 0;
    for (const Tensor& input : inputs_) {
      gradients.push_back(is_float(input) ? found[next++] : Tensor());
    }
    return gradients;
  }

  /// Returns the values of the step, inputs and others, that its gradients `outputs` need. What
  /// depends on none of the first `varying` inputs, and views, is computed again there.
  std::vector<ValueId> needed_for(const std::vector<ValueId>& outputs, size_t varying) const {
    const std::vector<bool> varies = varying_values(varying);
    const auto enters = [&](ValueId id) {
      const int producer = graph().value(id).producer;
      return producer >= forward_nodes_ || !varies[static_cast<size_t>(id)] ||
             graph().nodes()[static_cast<size_t>(producer)].op->traits.view;
    };
    const std::vector<bool> seen = values_behind(graph(), outputs, enters);
    std::vector<ValueId> needed;
    for (size_t i = 0; i < seen.size(); ++i) {
      const auto id = static_cast<ValueId>(i);
      const ValueKind kind = graph().value(id).kind;
      const bool is_end = kind == ValueKind::input || (kind == ValueKind::node && !enters(id));
      if (seen[i] && is_end) needed.push_back(id);
    }
    return needed;
  }

 private:
  std::vector<bool> varying_values(size_t inputs) const {
    std::vector<bool> varies(graph().values().size(), false);
    for (size_t i = 0; i < inputs; ++i) varies[static_cast<size_t>(id_of(inputs_[i]))] = true;
    for (const Node& node : graph().nodes()) {
      const bool any = std::any_of(node.inputs.begin(), node.inputs.end(),
                                   [&](ValueId id) { return varies[static_cast<size_t>(id)]; });
      for (ValueId id : node.outputs) varies[static_cast<size_t>(id)] = any;
    }
    return varies;
  }

  Trace trace_{Trace::Mode::rules};
  std::vector<Tensor> inputs_;
  std::vector<Tensor> results_;
  int forward_nodes_ = 0;
};

// Is the operands of the scan that goes back, and the values of the step that stand for them.
struct Operands {
  std::vector<Tensor> outer;
  std::vector<ValueId> inner;
  void add(const Tensor& tensor, ValueId id) {
    outer.push_back(tensor);
    inner.push_back(id);
  }
  void append(const Operands& other) {
    outer.insert(outer.end(), other.outer.begin(), other.outer.end());
    inner.insert(inner.end(), other.inner.begin(), other.inner.end());
  }
};

class ScanGradient {
 public:
  explicit ScanGradient(const GradientCall& call)
      : call_(call),
        attrs_(call.attrs.as<ScanAttrs>()),
        carries_(static_cast<size_t>(attrs_.carries)),
        rows_(carries_ + static_cast<size_t>(attrs_.xs)),
        specs_(specs_of(call.inputs)),
        length_(scan_length(attrs_, specs_)) {}

  std::vector<Tensor> run() {
    result_.resize(call_.inputs.size());
    make_step();
    if (outputs_.empty()) return result_;
    extend_forward();
    run_back();
    return result_;
  }

 private:
  bool is_carry(size_t input) const { return input < carries_; }
  bool is_row(size_t input) const { return input >= carries_ && input < rows_; }

  // Makes the graph of a step with its gradients, and splits it in two.
  void make_step() {
    StepGradient step(*attrs_.body.graph, body_inputs(call_.op, call_.attrs, specs_));
    std::vector<Tensor> given;
    for (size_t i = 0; i < step.results().size(); ++i) {
      const bool flows =
          is_float(step.results()[i]) && (is_carry(i) || call_.output_gradients[i].defined());
      given.push_back(flows ? step.trace().input(step.results()[i].spec(), "g") : Tensor());
    }
    choose_outputs(step, step.pull_back(given));
    if (outputs_.empty()) return;
    for (size_t i = carries_; i < given.size(); ++i) {
      if (given[i].defined()) back_rows_.add(call_.output_gradients[i], id_of(given[i]));
    }
    for (size_t i = 0; i < carries_; ++i) {
      if (given[i].defined()) given_carries_[i] = id_of(given[i]);
    }
    choose_operands(step);
  }

  // The gradients of carries travel; those of captured values are summed up, those of rows stacked.
  void choose_outputs(StepGradient& step, const std::vector<Tensor>& gradients) {
    std::vector<ValueId> stacked;
    for (size_t i = 0; i < gradients.size(); ++i) {
      const Tensor& input = step.inputs()[i];
      if (is_row(i)) {
        if (!gradients[i].defined()) continue;
        stacked.push_back(id_of(step.trace().import(gradients[i])));
        stacked_places_.push_back(i);
      } else if (is_carry(i) ? is_float(input) : gradients[i].defined()) {
        Tensor out = gradients[i].defined() ? gradients[i] : zero_like(step.trace(), input);
        if (!is_carry(i)) {
          const Tensor sum = step.trace().input(input.spec(), "sum");
          sums_[i] = id_of(sum);
          out = sum + out;
        }
        outputs_.push_back(id_of(step.trace().import(out)));
        carried_places_.push_back(i);
      }
    }
    outputs_.insert(outputs_.end(), stacked.begin(), stacked.end());
  }

  void choose_operands(const StepGradient& step) {
    std::unordered_map<ValueId, size_t> inputs;
    for (size_t i = 0; i < step.inputs().size(); ++i) inputs[id_of(step.inputs()[i])] = i;
    std::unordered_map<ValueId, size_t> known;  // rows that the scan gives already
    std::vector<ValueId> forward;
    for (const Tensor& result : step.results()) {
      if (forward.size() >= carries_) known.try_emplace(id_of(result), forward.size());
      forward.push_back(id_of(result));
    }
    for (ValueId id : step.needed_for(outputs_, rows_)) {
      const auto input = inputs.find(id);
      const bool is_own = input != inputs.end();
      if (!is_own && step.graph().value(id).kind == ValueKind::input) continue;  // a gradient
      if (is_own && !is_carry(input->second)) {
        (is_row(input->second) ? back_rows_ : captured_).add(call_.inputs[input->second], id);
      } else if (const auto row = known.find(id); row != known.end()) {
        back_rows_.add(call_.outputs[row->second], id);
      } else {
        kept_.push_back(id);
        kept_specs_.push_back(step.graph().value(id).spec);
        forward.push_back(id);
      }
    }
    std::vector<ValueId> own;
    for (const Tensor& input : step.inputs()) own.push_back(id_of(input));
    if (!kept_.empty()) forward_ = extract(step.graph(), own, forward);
    if (length_ == None && kept_.empty() && back_rows_.outer.empty() && carries_ < rows_) {
      back_rows_.add(call_.inputs[carries_], own[carries_]);  // says how many steps there are
    }
    std::vector<ValueId> back;
    for (size_t i : carried_places_) back.push_back(is_carry(i) ? given_carries_[i] : sums_[i]);
    back.insert(back.end(), kept_.begin(), kept_.end());
    for (const Operands* operands : {&back_rows_, &captured_}) {
      back.insert(back.end(), operands->inner.begin(), operands->inner.end());
    }
    backward_ = extract(step.graph(), back, outputs_);
  }

  void extend_forward() {
    if (kept_.empty()) return;
    ScanAttrs attrs = attrs_;
    attrs.body = {forward_};
    for (TensorSpec& spec : kept_specs_) spec.shape = spec.shape.with_front(length_);
    const TensorBody& output = call_.outputs[0].body();
    const int node = output.graph->value(output.value).producer;
    kept_rows_ = extend_node(output.graph, node, attrs, kept_specs_);
  }

  void run_back() {
    std::vector<Tensor> operands;
    for (size_t i : carried_places_) {
      const bool flows = is_carry(i) && call_.output_gradients[i].defined();
      operands.push_back(flows ? call_.output_gradients[i] : zeros_like(call_.inputs[i]));
    }
    const size_t carried = operands.size();
    for (const auto* more : {&kept_rows_, &back_rows_.outer, &captured_.outer}) {
      operands.insert(operands.end(), more->begin(), more->end());
    }
    ScanAttrs attrs{.carries = static_cast<int64_t>(carried),
                    .xs = static_cast<int64_t>(kept_rows_.size() + back_rows_.outer.size()),
                    .reverse = !attrs_.reverse,
                    .body = {backward_}};
    if (length_ != None) attrs.length = length_;
    const std::vector<Tensor> results = apply(scan_op, std::move(operands), attrs);
    for (size_t i = 0; i < carried; ++i) result_[carried_places_[i]] = results[i];
    for (size_t i = 0; i < stacked_places_.size(); ++i) {
      result_[stacked_places_[i]] = results[carried + i];
    }
    lift_constants(*Trace::current()->graph());
  }

  const GradientCall& call_;
  const ScanAttrs attrs_;
  const size_t carries_, rows_;  // where the xs and the captured values begin
  const std::vector<TensorSpec> specs_;
  const int64_t length_;
  std::vector<ValueId> outputs_;        // of the step back
  std::vector<size_t> carried_places_;  // of which inputs they are the gradients,
  std::vector<size_t> stacked_places_;  // first these, then those
  std::unordered_map<size_t, ValueId> given_carries_, sums_;  // by input
  Operands back_rows_, captured_;
  std::vector<ValueId> kept_;  // what the forward scan must give besides
  std::vector<TensorSpec> kept_specs_;
  std::vector<Tensor> kept_rows_;
  std::shared_ptr<Graph> forward_, backward_;
  std::vector<Tensor> result_;
};

}  // namespace

std::vector<Tensor> scan_gradient(const GradientCall& call) { return ScanGradient(call).run(); }

std::vector<Tensor> cond_gradient(const GradientCall& call) {
  struct Branch {
    std::shared_ptr<Graph> graph;
    std::vector<ValueId> inputs;
    std::vector<ValueId> gradients;
  };
  const std::vector<TensorSpec> specs = specs_of(call.inputs.subspan(1));
  std::vector<Tensor> operands(call.inputs.begin(), call.inputs.end());
  for (const Tensor& gradient : call.output_gradients) {
    if (gradient.defined() && is_float(gradient)) operands.push_back(gradient);
  }
  std::vector<bool> flows(specs.size(), false);
  std::vector<Branch> branches;
  for (const SubGraph& body : call.attrs.as<CondAttrs>().branches) {
    StepGradient step(*body.graph, specs);
    Branch branch{step.trace().graph(), {}, {}};
    for (const Tensor& input : step.inputs()) branch.inputs.push_back(id_of(input));
    std::vector<Tensor> given;
    for (size_t i = 0; i < step.results().size(); ++i) {
      const Tensor& gradient = call.output_gradients[i];
      const bool is_given = gradient.defined() && is_float(gradient);
      given.push_back(is_given ? step.trace().input(step.results()[i].spec(), "g") : Tensor());
      if (is_given) branch.inputs.push_back(id_of(given.back()));
    }
    const std::vector<Tensor> gradients = step.pull_back(given);
    for (size_t i = 0; i < gradients.size(); ++i) {
      flows[i] = flows[i] || gradients[i].defined();
      const Tensor& input = step.inputs()[i];
      const Tensor value = gradients[i].defined() ? gradients[i] : zero_like(step.trace(), input);
      branch.gradients.push_back(id_of(step.trace().import(value)));
    }
    branches.push_back(std::move(branch));
  }
  std::vector<Tensor> result(call.inputs.size());
  if (std::none_of(flows.begin(), flows.end(), [](bool flow) { return flow; })) return result;
  CondAttrs attrs;
  for (const Branch& branch : branches) {
    std::vector<ValueId> outputs;
    for (size_t i = 0; i < flows.size(); ++i) {
      if (flows[i]) outputs.push_back(branch.gradients[i]);
    }
    attrs.branches.push_back({extract(*branch.graph, branch.inputs, outputs)});
  }
  const std::vector<Tensor> gradients = apply(cond_op, std::move(operands), attrs);
  size_t next = 0;
  for (size_t i = 0; i < flows.size(); ++i) {
    if (flows[i]) result[i + 1] = gradients[next++];
  }
  lift_constants(*Trace::current()->graph());
  return result;
}

std::vector<Tensor> while_gradient(const GradientCall&) {
  fail<ValueError>("gradients",
                   "expected ops that have a gradient, got a while_loop, which has none in reverse "
                   "mode. Use scan, or fori_loop with numbers as bounds.");
}

}  // namespace keratin::ops
