// SPDX-License-Identifier: Apache-2.0
// Loops with a condition: while_loop, and fori_loop, which is a scan where it can be.
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

class While {
 public:
  using Function = std::function<Nest(const Nest&)>;
  While(const Function& condition, const Function& body, const Nest& loop_vars,
        std::optional<int64_t> maximum)
      : condition_(condition), body_(body), loop_vars_(loop_vars), maximum_(maximum) {
    values_ = detail::settled(loop_vars.flatten(), [&](const Tensors& values) {
      return body_(loop_vars_.pack(values)).flatten();
    });
  }

  Nest run() {
    const Way way = detail::way_of(values_);
    if (way == Way::record) return record();
    if (way == Way::specs) {
      const Trace specs(Trace::Mode::specs);
      const Tensors inputs = detail::placeholders(specs_of(values_));
      test(inputs);
      step(inputs);
      return loop_vars_.pack(inputs);
    }
    for (int64_t i = 0; i < maximum_.value_or(INT64_MAX); ++i) {
      if (!test(values_).item<bool>()) break;
      values_ = step(values_);
    }
    return loop_vars_.pack(values_);
  }

 private:
  Tensor test(const Tensors& values) {
    const Tensor result = condition_(loop_vars_.pack(values)).tensor();
    detail::check_scalar(result, "while_loop", "the condition");
    require<DTypeError>(result.dtype() == DType::bool_, "while_loop",
                        "expected a condition of dtype bool, got {}. Compare it with something.",
                        name_of(result.dtype()));
    return result;
  }

  Tensors step(const Tensors& values) {
    const Nest after = body_(loop_vars_.pack(values));
    detail::check_structure(after, loop_vars_, "while_loop", "loop variables");
    Tensors results = after.flatten();
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i].is_weak()) results[i] = results[i].cast(values_[i].dtype());
      detail::check_same_spec(results[i].spec(), values_[i].spec(), "while_loop");
    }
    return results;
  }

  Nest record() {
    Recording test_recording = detail::record(
        specs_of(values_), [&](const Tensors& values) { return Tensors{test(values)}; });
    Recording step_recording =
        detail::record(specs_of(values_), [&](const Tensors& values) { return step(values); });
    if (!test_recording.assigned.empty()) {
      fail<ValueError>("while_loop",
                       "expected a condition that assigns no variable, got one that assigns '{}'. "
                       "Assign it in the body.",
                       test_recording.assigned[0].variable.path());
    }
    std::vector<Trace::Assigned> assigned;
    Tensors captured;
    detail::add_assigned(step_recording, assigned);
    Tensors states;
    for (const Trace::Assigned& variable : assigned) states.push_back(variable.outer);
    for (const Recording* recording : {&test_recording, &step_recording}) {
      detail::add_captured(*recording, assigned, captured);
    }
    std::vector<SubGraph> graphs;
    for (Recording* recording : {&test_recording, &step_recording}) {
      std::vector<ValueId> inputs = recording->inputs;
      for (const Tensor& tensor : detail::join(states, captured)) {
        inputs.push_back(recording->input_for(tensor));
      }
      std::vector<ValueId> outputs = recording->results;
      const bool is_body = recording == &step_recording;
      for (size_t i = 0; is_body && i < assigned.size(); ++i) {
        outputs.push_back(recording->value_after(assigned[i]));
      }
      graphs.push_back({extract(*recording->graph, inputs, outputs)});
    }
    const WhileAttrs attrs{.carries = static_cast<int64_t>(values_.size() + states.size()),
                           .maximum_iterations = maximum_,
                           .condition = graphs[0],
                           .body = graphs[1]};
    const Tensors results = apply(while_loop_op, detail::join(values_, states, captured), attrs);
    detail::assign(assigned, results, values_.size());
    return loop_vars_.pack(detail::part(results, 0, values_.size()));
  }

  const Function& condition_;
  const Function& body_;
  const Nest& loop_vars_;
  const std::optional<int64_t> maximum_;
  Tensors values_;
};

}  // namespace

Nest while_loop(const std::function<Nest(const Nest&)>& cond,
                const std::function<Nest(const Nest&)>& body, const Nest& loop_vars,
                std::optional<int64_t> maximum_iterations) {
  return While(cond, body, loop_vars, maximum_iterations).run();
}

Nest fori_loop(const Tensor& lower, const Tensor& upper,
               const std::function<Nest(const Tensor& i, const Nest& state)>& body_fun,
               const Nest& init_val) {
  detail::check_scalar(lower, "fori_loop", "lower");
  detail::check_scalar(upper, "fori_loop", "upper");
  // JAX counts in floats where the bounds are traced and in whole numbers where they are not.
  for (const Tensor& bound : {lower, upper}) {
    const DType type = bound.dtype();
    require<DTypeError>(!is_float(type) && type != DType::bool_, "fori_loop",
                        "expected bounds of an integer dtype, got {}. Cast them.", name_of(type));
  }
  const DType dtype =
      lower.is_weak() ? (upper.is_weak() ? DType::int32 : upper.dtype()) : lower.dtype();
  const Nest state = Nest::list({Nest(lower.cast(dtype)), init_val});
  const auto next = [&](const Nest& now) {
    const Tensor i = now[0].tensor();
    return Nest::list({Nest(i + Tensor(1).cast(dtype)), body_fun(i, now.items()[1].second)});
  };
  if (lower.is_concrete() && upper.is_concrete()) {
    const int64_t length = std::max<int64_t>(0, upper.item<int64_t>() - lower.item<int64_t>());
    const auto step = [&](const Nest& carry, const Nest&) {
      return std::pair(next(carry), Nest());
    };
    return scan(step, state, nullptr, length).first.items()[1].second;
  }
  const Tensor last = upper.cast(dtype);
  const auto goes_on = [&](const Nest& now) { return Nest(less(now[0].tensor(), last)); };
  return while_loop(goes_on, next, state).items()[1].second;
}

}  // namespace keratin::ops
