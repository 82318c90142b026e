// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/op.h"

#include <algorithm>
#include <optional>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/call.h"
#include "keratin/graph/evaluate.h"
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/tape_internal.h"
#include "keratin/graph/trace.h"

namespace keratin {

namespace {

Weak weak_kind(const Tensor& tensor) {
  if (tensor.dtype() == DType::bool_) return Weak::bool_;
  return is_float(tensor.dtype()) ? Weak::floating : Weak::integer;
}

// Returns the dtype in which the inputs from `first` on meet.
DType common_dtype(const std::vector<Tensor>& inputs, size_t first) {
  std::optional<DType> strong;
  for (size_t i = first; i < inputs.size(); ++i) {
    if (inputs[i].is_weak()) continue;
    strong = strong ? promote(*strong, inputs[i].dtype()) : inputs[i].dtype();
  }
  if (strong) {
    for (size_t i = first; i < inputs.size(); ++i) {
      if (inputs[i].is_weak()) strong = promote(*strong, weak_kind(inputs[i]));
    }
    return *strong;
  }
  // Plain numbers only: an integer is int32 and any other number float32, as Keras has it.
  DType dtype = DType::bool_;
  for (size_t i = first; i < inputs.size(); ++i) dtype = promote(dtype, weak_kind(inputs[i]));
  return dtype;
}

void promote_inputs(const OpDef& op, std::vector<Tensor>& inputs) {
  if (op.promotion == Promotion::none) return;
  const auto first = static_cast<size_t>(op.promotes_from);
  if (first >= inputs.size()) return;
  DType dtype = common_dtype(inputs, first);
  if (op.promotion == Promotion::floating && !is_float(dtype)) dtype = DType::float32;
  for (size_t i = first; i < inputs.size(); ++i) {
    if (inputs[i].dtype() == dtype && !inputs[i].is_weak()) continue;
    const Tensor given = inputs[i];
    inputs[i] = given.cast(dtype);
    if (given.is_weak()) taping::alias(given, inputs[i]);
  }
}

// Plain numbers that took no part in promotion become ordinary scalars.
void settle_weak(std::vector<Tensor>& inputs) {
  for (Tensor& input : inputs) {
    if (!input.is_weak()) continue;
    const Tensor settled(input.array().cast(common_dtype({input}, 0)));
    taping::alias(input, settled);
    input = settled;
  }
}

std::vector<Tensor> run_now(const OpDef& op, const std::vector<Tensor>& inputs,
                            const Attrs& attrs) {
  if (op.expand != nullptr) return op.expand(inputs, attrs);
  const std::vector<TensorSpec> specs = infer(op, specs_of(inputs), attrs);
  std::vector<Array> arrays;
  for (const Tensor& input : inputs) arrays.push_back(input.array());
  std::vector<Tensor> outputs;
  for (Array& array : evaluator().run(op, attrs, arrays, specs)) {
    outputs.emplace_back(std::move(array));
  }
  return outputs;
}

// Tells whether a trace records what an op stands for in its place. What runs graphs stays.
bool is_expanded(Trace::Mode mode, const OpDef& op) {
  if (op.expand == nullptr || ops::has_bodies(op)) return false;
  return mode == Trace::Mode::primitives ||
         (mode == Trace::Mode::rules && op.gradient == nullptr && !op.traits.not_differentiable);
}

std::vector<Tensor> add_to_trace(Trace& trace, const OpDef& op, const std::vector<Tensor>& inputs,
                                 Attrs attrs) {
  if (is_expanded(trace.mode(), op)) return op.expand(inputs, attrs);
  if (trace.mode() == Trace::Mode::primitives && ops::has_bodies(op)) {
    attrs = ops::traced_again(op, attrs, specs_of(inputs), trace.mode());
  }
  const std::vector<TensorSpec> specs = infer(op, specs_of(inputs), attrs);
  std::vector<ValueId> ids;
  for (const Tensor& input : inputs) ids.push_back(trace.import(input).body().value);
  std::vector<Tensor> outputs;
  for (ValueId id : trace.graph()->add_node(op, std::move(attrs), std::move(ids), specs)) {
    outputs.push_back(traced_tensor(trace.graph(), id));
  }
  return outputs;
}

// A call on Keras tensors keeps its inputs as they were given: promotion is part of the call and
// happens again when the model runs.
std::vector<Tensor> record_call(const OpDef& op, const std::vector<Tensor>& inputs,
                                const Attrs& attrs) {
  std::vector<Tensor> promoted = inputs;
  for (Tensor& input : promoted) {
    if (input.is_traced()) {
      fail<ValueError>(op.name,
                       "expected Keras tensors and data, got a tensor of a function that is being "
                       "traced, of shape {}. Call a layer or model on it instead.",
                       to_string(input.shape()));
    }
    if (!input.is_concrete()) input = keras_tensor(input.spec());
  }
  promote_inputs(op, promoted);
  settle_weak(promoted);
  auto node = std::make_shared<CallNode>();
  node->operation = std::make_shared<OpOperation>(op, attrs, inputs);
  std::vector<Nest> leaves(inputs.begin(), inputs.end());
  node->inputs = Nest::list(std::move(leaves));
  std::vector<Nest> templates;
  for (const TensorSpec& spec : infer(op, specs_of(promoted), attrs)) {
    templates.emplace_back(keras_tensor(spec));
  }
  node->output_masks.resize(templates.size());
  node->output_template = Nest::list(std::move(templates));
  return node->outputs().flatten();
}

// Runs a call, or adds it to the trace, and tells the tapes of it: a composite with a gradient of
// its own as a whole, any other by what it stands for.
std::vector<Tensor> compute(const OpDef& op, const std::vector<Tensor>& inputs, Attrs attrs,
                            Trace* trace) {
  const auto run = [&] {
    return trace == nullptr ? run_now(op, inputs, attrs) : add_to_trace(*trace, op, inputs, attrs);
  };
  if (op.traits.not_differentiable || !taping::recording()) return run();
  // Loops and branches on data are the ops that they run.
  if (trace == nullptr && ops::has_bodies(op)) return run();
  const bool expands = trace == nullptr ? op.expand != nullptr : is_expanded(trace->mode(), op);
  if (expands && op.gradient == nullptr) return run();
  std::vector<Tensor> outputs;
  {
    std::optional<taping::Pause> pause;
    if (expands) pause.emplace();
    outputs = run();
  }
  taping::record(op, attrs, inputs, outputs);
  return outputs;
}

bool has_history(const Tensor& tensor) {
  return tensor.is_keras_tensor() && tensor.origin() != nullptr;
}

}  // namespace

std::vector<TensorSpec> specs_of(std::span<const Tensor> tensors) {
  std::vector<TensorSpec> specs;
  for (const Tensor& tensor : tensors) specs.push_back(tensor.spec());
  return specs;
}

std::vector<Tensor> apply(const OpDef& op, std::vector<Tensor> inputs, Attrs attrs) {
  const auto count = static_cast<int>(inputs.size());
  require<ValueError>(count >= op.min_inputs && (op.max_inputs < 0 || count <= op.max_inputs),
                      op.name, "expected {} inputs, got {}. Check the call.",
                      op.max_inputs == op.min_inputs ? fmt::format("{}", op.min_inputs)
                                                     : fmt::format("at least {}", op.min_inputs),
                      count);
  for (const Tensor& input : inputs) {
    require<ValueError>(input.defined(), op.name,
                        "expected tensors, got an empty handle. Assign a tensor to it first.");
  }
  Trace* trace = Trace::current();
  if (trace != nullptr && trace->is_body()) {
    for (Tensor& input : inputs) {
      if (has_history(input)) input = trace->import(input);
    }
  }
  if (std::any_of(inputs.begin(), inputs.end(), has_history)) {
    return record_call(op, inputs, attrs);
  }
  promote_inputs(op, inputs);
  settle_weak(inputs);
  if (std::any_of(inputs.begin(), inputs.end(),
                  [](const Tensor& t) { return t.is_keras_tensor(); })) {
    // A placeholder without history: only its spec is wanted.
    std::vector<Tensor> outputs;
    for (TensorSpec& spec : infer(op, specs_of(inputs), attrs)) {
      outputs.push_back(keras_tensor(std::move(spec)));
    }
    return outputs;
  }
  const bool concrete =
      std::all_of(inputs.begin(), inputs.end(), [](const Tensor& t) { return t.is_concrete(); });
  if (concrete) trace = nullptr;
  require<ValueError>(concrete || trace != nullptr, op.name,
                      "expected a function that is being traced, got a tensor of one that has "
                      "ended. Use it inside the function.");
  return compute(op, inputs, std::move(attrs), trace);
}

Tensor apply_one(const OpDef& op, std::vector<Tensor> inputs, Attrs attrs) {
  return apply(op, std::move(inputs), std::move(attrs))[0];
}

std::vector<TensorSpec> infer(const OpDef& op, std::span<const TensorSpec> inputs,
                              const Attrs& attrs) {
  if (op.infer != nullptr) {
    std::vector<TensorSpec> specs = op.infer({op, inputs, attrs});
    for (const TensorSpec& spec : specs) check_size(spec.shape, op.name);
    return specs;
  }
  std::vector<Tensor> placeholders;
  for (const TensorSpec& spec : inputs) placeholders.push_back(keras_tensor(spec));
  return specs_of(op.expand(placeholders, attrs));
}

const OpDef& find_op(std::string_view name) {
  std::vector<std::string> names;
  for (const OpDef* op : all_ops()) {
    if (op->name == name) return *op;
    names.emplace_back(op->name);
  }
  fail<ValueError>("ops", "expected the name of an op, got '{}'.{}", name,
                   text::did_you_mean(name, names));
}

}  // namespace keratin
