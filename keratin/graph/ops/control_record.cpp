// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/control_record_internal.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::ops::detail {

namespace {

bool has_structure(const Nest& a, const Nest& b) {
  if (a.kind() != b.kind() || a.size() != b.size()) return false;
  for (const auto& [key, item] : a.items()) {
    const bool fits = a.is_dict() ? b.has(key) && has_structure(item, b[key]) : true;
    if (!fits) return false;
  }
  for (size_t i = 0; a.is_list() && i < a.size(); ++i) {
    if (!has_structure(a.items()[i].second, b.items()[i].second)) return false;
  }
  return true;
}

bool is_same(const Tensor& a, const Tensor& b) {
  if (a.is_traced() && b.is_traced()) {
    return a.body().graph == b.body().graph && a.body().value == b.body().value;
  }
  return a.is(b);
}

// A plain number becomes an ordinary scalar.
Tensor strong(const Tensor& tensor) {
  if (!tensor.is_weak()) return tensor;
  if (tensor.dtype() == DType::bool_) return Tensor(tensor.array());
  return tensor.cast(keratin::is_float(tensor.dtype()) ? DType::float32 : tensor.dtype());
}

}  // namespace

std::vector<Tensor> part(const std::vector<Tensor>& tensors, size_t first, size_t last) {
  return {tensors.begin() + static_cast<std::ptrdiff_t>(first),
          tensors.begin() + static_cast<std::ptrdiff_t>(last)};
}

void check_scalar(const Tensor& tensor, std::string_view where, std::string_view what) {
  require<ShapeError>(tensor.rank() == 0, where,
                      "expected a scalar as {}, got shape {}. Reduce it first.", what,
                      to_string(tensor.shape()));
}

void assign(const std::vector<Trace::Assigned>& assigned, const std::vector<Tensor>& outputs,
            size_t first) {
  for (size_t i = 0; i < assigned.size(); ++i) assigned[i].variable.assign(outputs[first + i]);
}

Way way_of(const std::vector<Tensor>& tensors) {
  const auto any = [&](auto is) { return std::any_of(tensors.begin(), tensors.end(), is); };
  const Trace* trace = Trace::current();
  const bool has_placeholder =
      any([](const Tensor& t) { return t.is_keras_tensor() && t.origin() == nullptr; });
  if (trace != nullptr && trace->mode() == Trace::Mode::specs) return Way::specs;
  if (trace == nullptr && any([](const Tensor& t) { return t.is_keras_tensor(); })) {
    return has_placeholder && !any([](const Tensor& t) {
             return t.is_keras_tensor() && t.origin() != nullptr;
           })
               ? Way::specs
               : Way::record;
  }
  if (has_placeholder) return Way::specs;
  return trace != nullptr ? Way::record : Way::at_once;
}

void check_structure(const Nest& given, const Nest& expected, std::string_view where,
                     std::string_view what) {
  require<ValueError>(has_structure(given, expected), where,
                      "expected {} of the structure {}, got {}. Return the same structure.", what,
                      to_string(expected), to_string(given));
}

void check_same_spec(const TensorSpec& given, const TensorSpec& expected, std::string_view where) {
  require<DTypeError>(given.dtype == expected.dtype, where,
                      "expected a carry that stays {}, got {}. Cast what the function returns.",
                      to_string(expected), to_string(given));
  require<ShapeError>(is_compatible(given.shape, expected.shape), where,
                      "expected a carry that stays {}, got {}. Return the shape that was given.",
                      to_string(expected), to_string(given));
}

std::vector<Tensor> placeholders(const std::vector<TensorSpec>& specs) {
  std::vector<Tensor> tensors;
  for (const TensorSpec& spec : specs) tensors.push_back(keras_tensor(spec));
  return tensors;
}

std::vector<Tensor> settled(const std::vector<Tensor>& values, const Function& step) {
  const auto is_weak = [](const Tensor& tensor) { return tensor.is_weak(); };
  if (std::none_of(values.begin(), values.end(), is_weak)) return values;
  std::vector<Tensor> inputs;
  for (const Tensor& value : values) {
    inputs.push_back(value.is_weak() ? value : keras_tensor(value.spec()));
  }
  const Trace specs(Trace::Mode::specs);
  const std::vector<Tensor> after = step(inputs);
  std::vector<Tensor> result = values;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].is_weak()) continue;
    result[i] = i < after.size() && !after[i].is_weak() ? values[i].cast(after[i].dtype())
                                                        : strong(values[i]);
  }
  return result;
}

ValueId Recording::input_for(const Tensor& outer) {
  for (const Trace::Capture& capture : captures) {
    if (is_same(capture.outer, outer)) return capture.input.body().value;
  }
  const ValueId id = graph->add_input(outer.spec(), "captured");
  captures.push_back({outer, traced_tensor(graph, id)});
  return id;
}

ValueId Recording::value_after(const Trace::Assigned& wanted) {
  for (const Trace::Assigned& own : assigned) {
    if (own.variable.is(wanted.variable)) return own.value.body().value;
  }
  return input_for(wanted.outer);
}

Recording record(const std::vector<TensorSpec>& specs, const Function& function) {
  Trace trace{Trace::Body{}};
  Recording recording;
  recording.graph = trace.graph();
  std::vector<Tensor> inputs;
  for (const TensorSpec& spec : specs) {
    inputs.push_back(trace.input(spec, "x" + std::to_string(inputs.size())));
    recording.inputs.push_back(inputs.back().body().value);
  }
  for (const Tensor& result : function(inputs)) {
    recording.results.push_back(trace.import(strong(result)).body().value);
  }
  recording.assigned = trace.assigned();
  recording.captures = trace.captures();
  return recording;
}

void add_captured(const Recording& recording, const std::vector<Trace::Assigned>& assigned,
                  std::vector<Tensor>& captured) {
  for (const Trace::Capture& capture : recording.captures) {
    const auto is_it = [&](const Tensor& other) { return is_same(other, capture.outer); };
    const bool is_carried =
        std::any_of(assigned.begin(), assigned.end(),
                    [&](const Trace::Assigned& variable) { return is_it(variable.outer); });
    if (!is_carried && std::none_of(captured.begin(), captured.end(), is_it)) {
      captured.push_back(capture.outer);
    }
  }
}

void add_assigned(const Recording& recording, std::vector<Trace::Assigned>& assigned) {
  for (const Trace::Assigned& own : recording.assigned) {
    const auto is_it = [&](const Trace::Assigned& other) {
      return other.variable.is(own.variable);
    };
    if (std::none_of(assigned.begin(), assigned.end(), is_it)) assigned.push_back(own);
  }
}

}  // namespace keratin::ops::detail
