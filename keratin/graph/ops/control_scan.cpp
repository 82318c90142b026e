// SPDX-License-Identifier: Apache-2.0
// Loops over data: scan, and the maps that are made of it.
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
      return step(detail::join(carries, detail::placeholders(row_specs())));
    });
  }

  std::pair<Nest, Nest> run(bool unrolls) {
    const Way way = detail::way_of(detail::join(carries_, rows_));
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
    const auto [carry, y] = f_(init_.pack(detail::part(inputs, 0, count)),
                               xs_.pack(detail::part(inputs, count, inputs.size())));
    detail::check_structure(carry, init_, "scan", "a carry");
    if (has_y_) detail::check_structure(y, y_, "scan", "a y");
    y_ = y;
    has_y_ = true;
    return detail::join(carry.flatten(), y.flatten());
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
        detail::join(detail::placeholders(specs_of(carries_)), detail::placeholders(row_specs())));
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
      carries = detail::part(results, 0, carries_.size());
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
        detail::record(specs_of(detail::join(carries_, detail::placeholders(row_specs()))),
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
    Tensors operands = detail::join(carries_, states, rows_, captured);
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
    detail::assign(assigned, results, carries_.size());
    return packed(detail::part(results, 0, carries_.size()),
                  detail::part(results, count, results.size()));
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

}  // namespace

std::pair<Nest, Nest> scan(const ScanFunction& f, const Nest& init, const Nest& xs,
                           std::optional<int64_t> length, bool reverse, const Unroll& unroll) {
  require<ValueError>(unroll.steps >= 1, "scan",
                      "expected an unroll of 1 or more, or a bool, got {}. Leave it out.",
                      unroll.steps);
  return Scan(f, init, xs, length, reverse).run(unroll.all);
}

Nest map(const std::function<Nest(const Nest&)>& f, const Nest& xs) {
  const auto step = [&](const Nest&, const Nest& x) { return std::pair(Nest(), f(x)); };
  return scan(step, nullptr, xs).second;
}

Nest vectorized_map(const std::function<Nest(const Nest&)>& function, const Nest& elements) {
  return map(function, elements);
}

}  // namespace keratin::ops
