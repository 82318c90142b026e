// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/tape.h"

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/tape_internal.h"
#include "keratin/graph/trace.h"

namespace keratin {

namespace {

constexpr const char* where = "tape.gradient";

bool in_specs_trace() {
  const Trace* trace = Trace::current();
  return trace != nullptr && trace->mode() == Trace::Mode::specs;
}

void check_watchable(const taping::Recording& recording, DType dtype) {
  require<ValueError>(!recording.stopped(), "tape.watch",
                      "expected a tape that still records, got one whose gradient has been taken. "
                      "Make a new one, or a persistent one: GradientTape tape(true).");
  require<DTypeError>(is_float(dtype), "tape.watch",
                      "expected a tensor of a float dtype, got {}. Cast it, and watch the result.",
                      name_of(dtype));
}

void check_target(const Tensor& target) {
  require<ValueError>(target.defined(), where,
                      "expected a target, got an empty handle. Assign a tensor to it first.");
  require<ValueError>(!target.is_keras_tensor() || in_specs_trace(), where,
                      "expected a target computed from data, got the output of a functional model "
                      "that is being defined, of shape {}. Call the model on data.",
                      to_string(target.shape()));
  require<DTypeError>(is_float(target.dtype()), where,
                      "expected a target of a float dtype, got {}. Cast the target.",
                      name_of(target.dtype()));
}

void check_source(const taping::Recording& recording, const Tensor& source) {
  require<ValueError>(source.defined(), where,
                      "expected tensors as sources, got an empty handle. Assign a tensor to it "
                      "first.");
  require<DTypeError>(is_float(source.dtype()), where,
                      "expected sources of a float dtype, got {}. Cast the source.",
                      name_of(source.dtype()));
  require<ValueError>(recording.knows(source) || in_specs_trace(), where,
                      "expected a source that the tape has met, got a tensor of shape {}. Call "
                      "`watch` with it before it is used.",
                      to_string(source.shape()));
}

void check_call(const taping::Recording& recording, const GradientOptions& options) {
  require<ValueError>(recording.persistent() || !recording.stopped(), where,
                      "expected one call for a tape that is not persistent, got a second one. Ask "
                      "for all gradients at once, or make it persistent: GradientTape tape(true).");
  require<ValueError>(recording.trace() == Trace::current(), where,
                      "expected a tape of the function that runs, got one from outside of it. Make "
                      "the tape inside the function.");
  const std::string& unconnected = options.unconnected_gradients;
  require<ValueError>(unconnected == "none" || unconnected == "zero", where,
                      "expected \"none\" or \"zero\" as unconnected_gradients, got \"{}\".{}",
                      unconnected, text::choice(unconnected, {"none", "zero"}));
}

// Returns the gradient with which the walk starts.
Tensor first_gradient(const Tensor& target, const Tensor& given) {
  if (!given.defined()) return ops::ones_like(target);
  require<ShapeError>(is_compatible(target.shape(), given.shape()), where,
                      "expected output_gradients of the target's shape {}, got {}. Reshape them.",
                      to_string(target.shape()), to_string(given.shape()));
  return ops::cast(given, target.dtype());
}

// Returns one gradient for each source, an empty handle where there is none.
std::vector<Tensor> walk(taping::Recording& recording, const Tensor& target,
                         const std::vector<taping::Recording::Keys>& sources,
                         const GradientOptions& options) {
  const bool known = recording.knows(target);
  require<ValueError>(known || options.unconnected_gradients == "zero", where,
                      "expected a target computed from what the tape watches, got one of shape {} "
                      "that is not. Compute it after the tape is made, from trainable variables or "
                      "from tensors given to `watch`.",
                      to_string(target.shape()));
  if (!recording.persistent()) recording.stop();
  std::vector<Tensor> result(sources.size());
  if (known) {
    result =
        recording.backward({{target, first_gradient(target, options.output_gradients)}}, sources);
  }
  if (!recording.persistent()) recording.clear();
  return result;
}

}  // namespace

GradientTape::GradientTape(bool persistent)
    : recording_(std::make_unique<taping::Recording>(persistent)) {}
GradientTape::~GradientTape() = default;

void GradientTape::watch(const Tensor& tensor) {
  check_watchable(*recording_, tensor.dtype());
  recording_->watch(tensor);
}

void GradientTape::watch(const Variable& variable) {
  check_watchable(*recording_, variable.dtype());
  recording_->watch(variable);
}

void GradientTape::watch(const std::vector<Tensor>& tensors) {
  for (const Tensor& tensor : tensors) watch(tensor);
}

std::vector<Tensor> GradientTape::gradient(const Tensor& target, const std::vector<Tensor>& sources,
                                           const GradientOptions& options) {
  check_call(*recording_, options);
  check_target(target);
  for (const Tensor& source : sources) check_source(*recording_, source);
  std::vector<Tensor> result;
  if (in_specs_trace()) {
    for (const Tensor& source : sources) result.push_back(keras_tensor(source.spec()));
    return result;
  }
  std::vector<taping::Recording::Keys> keys;
  for (const Tensor& source : sources) keys.push_back(recording_->keys_of_source(source));
  result = walk(*recording_, target, keys, options);
  for (size_t i = 0; i < result.size() && options.unconnected_gradients == "zero"; ++i) {
    if (!result[i].defined()) result[i] = ops::zeros_like(sources[i]);
  }
  return result;
}

std::vector<Tensor> GradientTape::gradient_of_variables(const Tensor& target,
                                                        const std::vector<Variable>& sources,
                                                        const GradientOptions& options) {
  check_call(*recording_, options);
  check_target(target);
  std::vector<taping::Recording::Keys> keys;
  std::vector<Tensor> result;
  for (const Variable& source : sources) {
    require<DTypeError>(is_float(source.dtype()), where,
                        "expected sources of a float dtype, got {} of the variable '{}'. Leave it "
                        "out.",
                        name_of(source.dtype()), source.path());
    keys.push_back(recording_->keys_of_source(source));
    if (in_specs_trace()) result.push_back(keras_tensor(source.spec()));
  }
  if (in_specs_trace()) return result;
  result = walk(*recording_, target, keys, options);
  for (size_t i = 0; i < result.size() && options.unconnected_gradients == "zero"; ++i) {
    if (result[i].defined()) continue;
    result[i] = Tensor::zeros(sources[i].shape(), sources[i].dtype());
  }
  return result;
}

}  // namespace keratin
