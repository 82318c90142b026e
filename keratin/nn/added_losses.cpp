// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/added_losses.h"

#include <algorithm>
#include <memory>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/nn/custom_layer.h"

namespace keratin {

namespace {

// Is a call that runs: of which layer, in which trace.
struct Call {
  LayerBody* layer;
  const Trace* trace;
};

std::vector<Call>& calls() {
  static thread_local std::vector<Call> stack;
  return stack;
}

// Is a loss of a call on data; in a trace the trace has them.
struct AddedLoss {
  std::weak_ptr<const LayerBody> layer;
  Tensor loss;
};

std::vector<AddedLoss>& losses_of_data() {
  static thread_local std::vector<AddedLoss> losses;
  return losses;
}

std::vector<const void*> owners_in(LayerBody& layer) {
  std::vector<const void*> owners;
  for (const Layer& inner : layer.flatten_layers()) owners.push_back(&inner.body());
  return owners;
}

bool is_one_of(const void* owner, const std::vector<const void*>& owners) {
  return std::find(owners.begin(), owners.end(), owner) != owners.end();
}

void forget_losses(LayerBody& layer) {
  if (Trace* trace = Trace::current()) {
    if (!trace->losses().empty()) trace->drop_losses(owners_in(layer));
    return;
  }
  if (losses_of_data().empty()) return;
  const std::vector<const void*> owners = owners_in(layer);
  std::erase_if(losses_of_data(), [&](const AddedLoss& added) {
    const auto owner = added.layer.lock();
    return owner == nullptr || is_one_of(owner.get(), owners);
  });
}

Tensor as_scalar(const Tensor& loss) {
  const Tensor number = is_float(loss.dtype()) ? loss : ops::cast(loss, DType::float32);
  return number.rank() == 0 ? number : ops::sum(number);
}

void check_loss(const Tensor& loss) {
  require<ValueError>(loss.defined(), "add_loss",
                      "expected a tensor, got an empty handle. Add what `call` computes.");
}

}  // namespace

LossScope::LossScope(LayerBody& layer) {
  const Trace* trace = Trace::current();
  if (calls().empty() || calls().back().trace != trace) forget_losses(layer);
  calls().push_back({&layer, trace});
}

LossScope::~LossScope() { calls().pop_back(); }

void add_loss_of(LayerBody& layer, const Tensor& loss) {
  check_loss(loss);
  if (Trace* trace = Trace::current()) {
    trace->add_loss(loss, &layer);
  } else {
    losses_of_data().push_back({layer.weak_from_this(), loss});
  }
}

void add_loss(const Tensor& loss) {
  check_loss(loss);
  Trace* trace = Trace::current();
  if (!calls().empty() && calls().back().trace == trace) {
    add_loss_of(*calls().back().layer, loss);
  } else if (trace != nullptr) {
    trace->add_loss(loss);
  }
}

std::vector<Tensor> added_losses(LayerBody& layer) {
  const std::vector<const void*> owners = owners_in(layer);
  std::vector<Tensor> result;
  if (Trace* trace = Trace::current()) {
    for (size_t i = 0; i < trace->losses().size(); ++i) {
      const void* owner = trace->loss_owners()[i];
      if (owner != nullptr && !is_one_of(owner, owners)) continue;
      result.push_back(as_scalar(trace->losses()[i]));
    }
    return result;
  }
  for (const AddedLoss& added : losses_of_data()) {
    const auto owner = added.layer.lock();
    if (owner != nullptr && is_one_of(owner.get(), owners)) result.push_back(as_scalar(added.loss));
  }
  return result;
}

}  // namespace keratin
