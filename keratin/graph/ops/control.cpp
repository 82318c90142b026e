// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/control.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/control_record_internal.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::ops {

namespace {

using detail::Recording;
using detail::Way;
using Tensors = std::vector<Tensor>;

std::vector<TensorSpec> specs_of(const Tensors& tensors) {
  std::vector<TensorSpec> specs;
  for (const Tensor& tensor : tensors) specs.push_back(tensor.spec());
  return specs;
}

Tensors part(const Tensors& tensors, size_t first, size_t last) {
  return {tensors.begin() + static_cast<std::ptrdiff_t>(first),
          tensors.begin() + static_cast<std::ptrdiff_t>(last)};
}

template <class... Lists>
Tensors join(const Lists&... lists) {
  Tensors all;
  (all.insert(all.end(), lists.begin(), lists.end()), ...);
  return all;
}

// Gives variables what they have after an op, whose outputs from `first` on those are.
void assign(const std::vector<Trace::Assigned>& assigned, const Tensors& outputs, size_t first) {
  for (size_t i = 0; i < assigned.size(); ++i) assigned[i].variable.assign(outputs[first + i]);
}

// ---- scan ---------------------------------------------------------------------------------------

class Scan {
 public:
  Scan(const ScanFunction& f, const Nest& init, const Nest& xs, std::optional<int64_t> length,
       bool reverse)
      : f_(f),
        init_(init),
        xs_(xs),
        carries_(init.flatten()),
        rows_(xs.flatten()),
        given_length_(length),
        reverse_(reverse) {
    length_ =
        scan_length({.xs = static_cast<int64_t>(rows_.size()), .length = length}, specs_of(rows_));
    carries_ = detail::settled(carries_, [&](const Tensors& carries) {
      return step(join(carries, detail::placeholders(row_specs())));
    });
  }

  std::pair<Nest, Nest> run(bool unrolls) {
    const Way way = detail::way_of(join(carries_, rows_));
    if (way == Way::specs) return infer();
    if (way == Way::record && !unrolls) return record();
    return length_ == 0 ? run_empty() : run_steps();
  }

 private:
  std::vector<TensorSpec> row_specs() const {
    std::vector<TensorSpec> specs = specs_of(rows_);
    for (TensorSpec& spec : specs) spec.shape = spec.shape.slice(1, spec.shape.rank());
    return specs;
  }

  // Calls the function and looks at what it gives: the carry, then the ys.
  Tensors step(const Tensors& inputs) {
    const size_t count = carries_.size();
    const auto [carry, y] =
        f_(init_.pack(part(inputs, 0, count)), xs_.pack(part(inputs, count, inputs.size())));
    detail::check_structure(carry, init_, "scan", "a carry");
    if (has_y_) detail::check_structure(y, y_, "scan", "a y");
    y_ = y;
    has_y_ = true;
    return join(carry.flatten(), y.flatten());
  }

  // The same, of values whose dtypes are settled.
  Tensors checked_step(const Tensors& inputs) {
    Tensors results = step(inputs);
    for (size_t i = 0; i < carries_.size(); ++i) {
      if (results[i].is_weak()) results[i] = results[i].cast(carries_[i].dtype());
      detail::check_same_spec(results[i].spec(), carries_[i].spec(), "scan");
    }
    return results;
  }

  std::pair<Nest, Nest> packed(const Tensors& carries, const Tensors& ys) const {
    return {init_.pack(carries), y_.pack(ys)};
  }

  std::pair<Nest, Nest> infer() {
    const Trace specs(Trace::Mode::specs);
    const Tensors results = checked_step(
        join(detail::placeholders(specs_of(carries_)), detail::placeholders(row_specs())));
    Tensors ys;
    for (size_t i = carries_.size(); i < results.size(); ++i) {
      TensorSpec spec = results[i].spec();
      spec.shape = spec.shape.with_front(length_);
      ys.push_back(keras_tensor(spec));
    }
    return packed(detail::placeholders(specs_of(carries_)), ys);
  }

  std::pair<Nest, Nest> run_empty() {
    const Tensors ys = infer().second.flatten();
    Tensors empty;
    for (const Tensor& y : ys) empty.push_back(zeros(y.shape(), y.dtype()));
    return packed(carries_, empty);
  }

  std::pair<Nest, Nest> run_steps() {
    require<ValueError>(length_ != None, "scan",
                        "expected a known length to unroll all steps, got None. Leave unroll out.");
    std::vector<Tensors> stacks;
    Tensors carries = carries_;
    for (int64_t i = 0; i < length_; ++i) {
      Tensors inputs = carries;
      for (const Tensor& row : rows_) inputs.push_back(row[reverse_ ? length_ - 1 - i : i]);
      const Tensors results = checked_step(inputs);
      carries = part(results, 0, carries_.size());
      stacks.resize(results.size() - carries.size());
      for (size_t k = 0; k < stacks.size(); ++k) {
        stacks[k].push_back(results[carries.size() + k]);
      }
    }
    Tensors ys;
    for (Tensors& rows : stacks) {
      if (reverse_) std::reverse(rows.begin(), rows.end());
      ys.push_back(stack(rows));
    }
    return packed(carries, ys);
  }

  std::pair<Nest, Nest> record() {
    Recording recording =
        detail::record(specs_of(join(carries_, detail::placeholders(row_specs()))),
                       [&](const Tensors& inputs) { return checked_step(inputs); });
    std::vector<Trace::Assigned> assigned;
    Tensors captured;
    detail::add_assigned(recording, assigned);
    detail::add_captured(recording, assigned, captured);
    const auto middle = static_cast<std::ptrdiff_t>(carries_.size());
    std::vector<ValueId> inputs = recording.inputs;
    std::vector<ValueId> outputs = recording.results;
    std::vector<ValueId> before, after;
    Tensors states;
    for (const Trace::Assigned& variable : assigned) {
      before.push_back(recording.input_for(variable.outer));
      after.push_back(recording.value_after(variable));
      states.push_back(variable.outer);
    }
    inputs.insert(inputs.begin() + middle, before.begin(), before.end());
    outputs.insert(outputs.begin() + middle, after.begin(), after.end());
    Tensors operands = join(carries_, states, rows_, captured);
    for (const Tensor& tensor : captured) inputs.push_back(recording.input_for(tensor));
    if (outputs.empty()) return packed({}, {});
    if (operands.empty()) {  // an op has inputs; nothing uses this one
      operands.emplace_back(Array::scalar<int32_t>(0));
      inputs.push_back(recording.input_for(operands[0]));
    }
    const size_t count = carries_.size() + assigned.size();
    const Tensors results = apply(scan_op, std::move(operands),
                                  ScanAttrs{.carries = static_cast<int64_t>(count),
                                            .xs = static_cast<int64_t>(rows_.size()),
                                            .length = given_length_,
                                            .reverse = reverse_,
                                            .body = {extract(*recording.graph, inputs, outputs)}});
    ops::assign(assigned, results, carries_.size());
    return packed(part(results, 0, carries_.size()), part(results, count, results.size()));
  }

  const ScanFunction& f_;
  const Nest& init_;
  const Nest& xs_;
  Tensors carries_, rows_;
  std::optional<int64_t> given_length_;
  int64_t length_ = None;
  bool reverse_;
  Nest y_;  // the structure of the ys
  bool has_y_ = false;
};

// ---- cond ---------------------------------------------------------------------------------------

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
  ops::assign(assigned, results, count);
  return first->pack(part(results, 0, count));
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

void check_scalar(const Tensor& tensor, std::string_view where, std::string_view what) {
  require<ShapeError>(tensor.rank() == 0, where,
                      "expected a scalar as {}, got shape {}. Reduce it first.", what,
                      to_string(tensor.shape()));
}

// ---- while_loop ---------------------------------------------------------------------------------

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
    check_scalar(result, "while_loop", "the condition");
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
      for (const Tensor& tensor : join(states, captured)) {
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
    const Tensors results = apply(while_loop_op, join(values_, states, captured), attrs);
    ops::assign(assigned, results, values_.size());
    return loop_vars_.pack(part(results, 0, values_.size()));
  }

  const Function& condition_;
  const Function& body_;
  const Nest& loop_vars_;
  const std::optional<int64_t> maximum_;
  Tensors values_;
};

}  // namespace

std::pair<Nest, Nest> scan(const ScanFunction& f, const Nest& init, const Nest& xs,
                           std::optional<int64_t> length, bool reverse, const Unroll& unroll) {
  require<ValueError>(unroll.steps >= 1, "scan",
                      "expected an unroll of 1 or more, or a bool, got {}. Leave it out.",
                      unroll.steps);
  return Scan(f, init, xs, length, reverse).run(unroll.all);
}

Nest cond(const Tensor& pred, const std::function<Nest()>& true_fn,
          const std::function<Nest()>& false_fn) {
  check_scalar(pred, "cond", "pred");
  const bool is_bool = pred.dtype() == DType::bool_;
  return choose((is_bool ? pred : not_equal(pred, 0)).cast(DType::int32), {false_fn, true_fn});
}

Nest switch_(const Tensor& index, const std::vector<std::function<Nest(const Nest&)>>& branches,
             const Nest& operands) {
  check_scalar(index, "switch", "index");
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

Nest while_loop(const std::function<Nest(const Nest&)>& cond,
                const std::function<Nest(const Nest&)>& body, const Nest& loop_vars,
                std::optional<int64_t> maximum_iterations) {
  return While(cond, body, loop_vars, maximum_iterations).run();
}

Nest fori_loop(const Tensor& lower, const Tensor& upper,
               const std::function<Nest(const Tensor& i, const Nest& state)>& body_fun,
               const Nest& init_val) {
  check_scalar(lower, "fori_loop", "lower");
  check_scalar(upper, "fori_loop", "upper");
  const DType dtype =
      lower.is_weak() ? (upper.is_weak() ? DType::int32 : upper.dtype()) : lower.dtype();
  require<DTypeError>(!is_float(dtype) && dtype != DType::bool_, "fori_loop",
                      "expected bounds of an integer dtype, got {}. Cast them.", name_of(dtype));
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

Nest map(const std::function<Nest(const Nest&)>& f, const Nest& xs) {
  const auto step = [&](const Nest&, const Nest& x) { return std::pair(Nest(), f(x)); };
  return scan(step, nullptr, xs).second;
}

Nest vectorized_map(const std::function<Nest(const Nest&)>& function, const Nest& elements) {
  return map(function, elements);
}

}  // namespace keratin::ops
