// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/deferred_weights.h"

#include <limits>

#include "keratin/base/check.h"

namespace keratin {

namespace {

DeferredWeights*& current() {
  static thread_local DeferredWeights* scope = nullptr;
  return scope;
}

// All weights without memory are views of this one element: all strides are 0.
const std::shared_ptr<Buffer>& placeholder() {
  static const std::shared_ptr<Buffer> buffer = [] {
    auto zero = std::make_shared<Buffer>(16);
    std::fill_n(zero->data(), zero->bytes(), std::byte{0});
    return zero;
  }();
  return buffer;
}

bool has_memory(const Variable& variable) { return variable.body().data.buffer() != placeholder(); }

void check_size(const TensorSpec& spec, const std::string& name) {
  require<ShapeError>(spec.shape.rank() <= max_rank, name,
                      "expected at most {} axes, got {}. Merge some.", max_rank, spec.shape.rank());
  int64_t left = std::numeric_limits<int64_t>::max() / 16;
  for (const int64_t dim : spec.shape) {
    require<ShapeError>(dim <= left, name,
                        "expected a weight that fits into memory, got the shape {}. Use smaller "
                        "axes.",
                        to_string(spec.shape));
    if (dim > 0) left /= dim;
  }
}

}  // namespace

DeferredWeights::DeferredWeights() : outer_(current()) {
  if (outer_ == nullptr) current() = this;
}

DeferredWeights::~DeferredWeights() { current() = outer_; }

bool DeferredWeights::active() { return current() != nullptr; }

void DeferredWeights::defer(const Variable& variable, const TensorSpec& spec,
                            const Initializer& initializer, VariableOptions options) {
  check_size(spec, variable.name());
  variable.initialize(Tensor(Array::zeros(spec.dtype, {})), std::move(options));
  VariableBody& body = variable.body();
  body.spec = spec;
  body.data =
      Array(placeholder(), spec.dtype, spec.shape, std::vector<int64_t>(spec.shape.size(), 0), 0);
  current()->pending_.emplace_back(variable, initializer);
}

void DeferredWeights::finish() {
  for (const auto& [variable, initializer] : pending_) {
    // A weight that was thrown away has neither data nor a placeholder.
    if (!variable.initialized() || has_memory(variable)) continue;
    const Array values = initializer(variable.shape(), variable.dtype()).array();
    ensure_memory(variable);
    variable.body().data.assign(values);
  }
  pending_.clear();
}

void ensure_memory(const Variable& variable) {
  if (has_memory(variable)) return;
  VariableBody& body = variable.body();
  body.data = Array(body.spec.dtype, body.spec.shape);
}

}  // namespace keratin
