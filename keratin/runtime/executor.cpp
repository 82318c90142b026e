// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/executor.h"

#include <cstring>

#include "keratin/base/check.h"
#include "keratin/compiler/pipeline.h"
#include "keratin/runtime/host_guard.h"
#include "keratin/runtime/onednn/onednn.h"

namespace keratin::runtime {

using compiler::Placement;

Executor::Executor(compiler::Plan plan)
    : plan_(std::move(plan)),
      arena_(std::make_shared<Buffer>(plan_.arena_bytes)),
      input_ids_(plan_.graph.inputs()) {
  const Graph& graph = plan_.graph;
  constants_.resize(graph.values().size());
  for (size_t i = 0; i < graph.values().size(); ++i) {
    if (graph.values()[i].kind == ValueKind::constant) {
      constants_[i] = graph.values()[i].constant.contiguous();
    }
  }
  for (const Node& node : graph.nodes()) bind(node);
  for (ValueId id : graph.outputs) {
    const Placement& place = plan_.placements[static_cast<size_t>(id)];
    if (place.kind == Placement::Kind::input) {
      const TensorSpec& spec = graph.value(id).spec;
      outputs_.emplace_back(spec.dtype, spec.shape);
      for (size_t k = 0; k < input_ids_.size(); ++k) {
        if (input_ids_[k] == place.root) input_outputs_.emplace_back(k, outputs_.back());
      }
    } else {
      outputs_.push_back(array_of(id));
    }
  }
  for (size_t u = 0; u < graph.updates.size(); ++u) {
    const Update& update = graph.updates[u];
    if (!plan_.copied[u]) continue;
    const Placement& place = plan_.placements[static_cast<size_t>(update.value)];
    if (place.kind == Placement::Kind::input) {
      for (size_t k = 0; k < input_ids_.size(); ++k) {
        if (input_ids_[k] == place.root) input_updates_.emplace_back(k, update.variable);
      }
    } else {
      copies_.push_back({array_of(update.value), update.variable.body().data});
    }
  }
}

void* Executor::address(ValueId id) {
  const Placement& place = plan_.placements[static_cast<size_t>(id)];
  const Value& root = plan_.graph.value(place.root);
  switch (place.kind) {
    case Placement::Kind::input:
    case Placement::Kind::unused:
      return nullptr;  // bound at each run
    case Placement::Kind::constant:
      return constants_[static_cast<size_t>(place.root)].raw();
    case Placement::Kind::arena:
      return arena_->data() + place.offset;
    case Placement::Kind::variable:
      if (place.variable >= 0) {
        return plan_.graph.updates[static_cast<size_t>(place.variable)].variable.body().data.raw();
      }
      return root.variable.body().data.raw();
  }
  return nullptr;
}

Array Executor::array_of(ValueId id) {
  const TensorSpec& spec = plan_.graph.value(id).spec;
  auto buffer = std::make_shared<Buffer>(
      address(id), static_cast<size_t>(spec.shape.element_count()) * size_of(spec.dtype), arena_);
  return Array(std::move(buffer), spec.dtype, spec.shape, row_major_strides(spec.shape), 0);
}

void Executor::bind(const Node& node) {
  if (node.op->traits.view) return;
  const Graph& graph = plan_.graph;
  Step step{};
  step.call.attrs = node.attrs;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  int64_t elements = 0;
  for (ValueId id : node.outputs) {
    outputs.push_back(graph.value(id).spec);
    elements += outputs.back().shape.element_count();
    step.call.outputs.emplace_back(outputs.back().dtype, outputs.back().shape,
                                   row_major_strides(outputs.back().shape));
    step.call.outputs.back().data = address(id);
  }
  if (elements == 0) return;  // nothing to compute
  for (size_t k = 0; k < node.inputs.size(); ++k) {
    const ValueId id = node.inputs[k];
    inputs.push_back(graph.value(id).spec);
    step.call.inputs.push_back(input_operand(*node.op, inputs.back(),
                                             row_major_strides(inputs.back().shape),
                                             outputs[0].shape));
    step.call.inputs.back().data = address(id);
    const Placement& place = plan_.placements[static_cast<size_t>(id)];
    if (place.kind != Placement::Kind::input) continue;
    for (size_t i = 0; i < input_ids_.size(); ++i) {
      if (input_ids_[i] == place.root) bindings_.push_back({i, steps_.size(), k});
    }
  }
  step.kernel = onednn::prepare(*node.op, step.call);
  if (step.kernel == nullptr) step.kernel = find_kernel(*node.op, inputs, outputs);
  steps_.push_back(std::move(step));
}

void Executor::check(std::span<const Array> inputs) const {
  require<ValueError>(inputs.size() == input_ids_.size(), "plan",
                      "expected {} inputs, got {}. Pass what the function was traced with.",
                      input_ids_.size(), inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const TensorSpec& spec = plan_.graph.value(input_ids_[i]).spec;
    require<ShapeError>(inputs[i].shape() == spec.shape, "plan",
                        "expected input {} of shape {}, got {}. Pass what it was traced with.", i,
                        to_string(spec.shape), to_string(inputs[i].shape()));
    require<DTypeError>(inputs[i].dtype() == spec.dtype, "plan",
                        "expected input {} of {}, got {}. Pass what it was traced with.", i,
                        name_of(spec.dtype), name_of(inputs[i].dtype()));
    require<ShapeError>(inputs[i].is_contiguous(), "plan",
                        "expected contiguous elements in input {}, got a view. Copy it first.", i);
  }
}

void Executor::run(std::span<const Array> inputs) {
  check(inputs);
  for (const Binding& binding : bindings_) {
    steps_[binding.step].call.inputs[binding.operand].data = inputs[binding.input].raw();
  }
  const HostGuard guard;
  for (const Step& step : steps_) step.kernel(step.call);
  // Both may be views of the input in another shape: the bytes are the same.
  for (const auto& [input, output] : input_outputs_) {
    std::memcpy(output.raw(), inputs[input].raw(), output.bytes());
  }
  for (const auto& [input, variable] : input_updates_) {
    const Array& data = variable.body().data;
    std::memcpy(data.raw(), inputs[input].raw(), data.bytes());
  }
  for (const Copy& copy : copies_) copy.to.assign(copy.from);
  for (const Update& update : plan_.graph.updates) ++update.variable.body().version;
}

std::unique_ptr<Executor> compile(const Graph& graph) {
  Graph optimized = graph;
  compiler::optimize(optimized);
  return std::make_unique<Executor>(compiler::make_plan(std::move(optimized)));
}

}  // namespace keratin::runtime
