// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/function.h"

#include <algorithm>
#include <list>
#include <mutex>

#include "keratin/base/check.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/tape_internal.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/executor.h"

namespace keratin::detail {

namespace {

constexpr size_t largest_cache = 64;

// Writes a structure with the specs in it, so that different forms have different texts.
void describe(const Nest& nest, std::string& text) {
  switch (nest.kind()) {
    case Nest::Kind::none:
      text += "-;";
      return;
    case Nest::Kind::leaf:
      text += to_string(nest.tensor().spec());
      text += nest.tensor().mask().defined()
                  ? " masked " + to_string(nest.tensor().mask().spec()) + ";"
                  : ";";
      return;
    case Nest::Kind::list:
    case Nest::Kind::dict:
      text += nest.is_list() ? "[" : "{";
      for (const auto& [name, item] : nest.items()) {
        // With its length, so that no name looks like structure.
        if (nest.is_dict()) text += std::to_string(name.size()) + ":" + name + "=";
        describe(item, text);
      }
      text += nest.is_list() ? "]" : "}";
  }
}

// Numbers become ordinary scalars: in a plan they are data like any other.
Tensor settled(const Tensor& tensor) {
  if (!tensor.is_weak()) return tensor;
  if (is_float(tensor.dtype())) return tensor.cast(DType::float32);
  return tensor.cast(tensor.dtype());
}

void check_argument(const Tensor& tensor) {
  require<ValueError>(tensor.defined(), "function",
                      "expected tensors as arguments, got an empty handle. Assign a tensor to it "
                      "first.");
}

// Is a variable of a trace, and whether it trained then: tapes watch those that do.
struct Reader {
  Variable variable;
  bool trainable;
};

struct Plan {
  std::string form;
  std::vector<Reader> readers;
  std::unique_ptr<runtime::Executor> executor;
  Nest outputs;

  bool serves(const std::string& wanted) const {
    return form == wanted && std::all_of(readers.begin(), readers.end(), [](const Reader& reader) {
             return reader.variable.trainable() == reader.trainable;
           });
  }
};

std::vector<Array> arrays_of(const std::vector<Nest>& arguments) {
  std::vector<Array> arrays;
  for (const Nest& argument : arguments) {
    for (const Tensor& tensor : argument.flatten()) {
      arrays.push_back(tensor.array().contiguous());
      if (tensor.mask().defined()) arrays.push_back(tensor.mask().array().contiguous());
    }
  }
  return arrays;
}

Plan traced(const std::vector<Nest>& arguments, const FunctionPlans::Body& body) {
  Trace trace;
  int inputs = 0;
  const auto input = [&](const Tensor& tensor) {
    return trace.input(tensor.spec(), "input_" + std::to_string(inputs++));
  };
  std::vector<Nest> symbols;
  for (const Nest& argument : arguments) {
    symbols.push_back(argument.map([&](const Tensor& tensor) {
      const Tensor symbol = input(tensor);
      return tensor.mask().defined() ? symbol.with_mask(input(tensor.mask())) : symbol;
    }));
  }
  Plan plan;
  const Nest result = body(symbols);
  for (const Tensor& tensor : result.flatten()) {
    require<ValueError>(tensor.defined(), "function",
                        "expected tensors as results, got an empty handle. Return what the "
                        "function computes.");
  }
  plan.outputs = result.map([](const Tensor& tensor) { return keras_tensor(tensor.spec()); });
  const std::shared_ptr<Graph> graph = trace.finish(result.flatten());
  for (const Value& value : graph->values()) {
    if (value.kind != ValueKind::variable) continue;
    plan.readers.push_back({value.variable, value.variable.trainable()});
  }
  plan.executor = runtime::compile(*graph);
  return plan;
}

}  // namespace

struct FunctionPlans::Cache {
  std::mutex mutex;  // calls from several threads run one after the other
  std::list<Plan> plans;
};

FunctionPlans::FunctionPlans() : cache_(std::make_unique<Cache>()) {}
FunctionPlans::~FunctionPlans() = default;

std::string FunctionArgument<Variable>::state(const Variable& value) {
  return fmt::format("variable {};", fmt::ptr(&value.body()));
}

bool FunctionPlans::runs_inline(const std::vector<Nest>& arguments) {
  if (Trace::current() != nullptr || taping::recording()) return true;
  for (const Nest& argument : arguments) {
    for (const Tensor& tensor : argument.flatten()) {
      check_argument(tensor);
      if (!tensor.is_concrete()) return true;
    }
  }
  return false;
}

Nest FunctionPlans::run(const std::vector<Nest>& arguments, const std::string& state,
                        const Body& body) const {
  std::vector<Nest> data;
  std::string form = state;
  for (const Nest& argument : arguments) {
    data.push_back(argument.map(settled));
    describe(data.back(), form);
  }
  const std::lock_guard<std::mutex> lock(cache_->mutex);
  std::list<Plan>& plans = cache_->plans;
  const auto at =
      std::find_if(plans.begin(), plans.end(), [&](const Plan& plan) { return plan.serves(form); });
  if (at != plans.end()) {
    plans.splice(plans.begin(), plans, at);
  } else {
    Plan plan = traced(data, body);
    plan.form = form;
    plans.push_front(std::move(plan));
    if (plans.size() > largest_cache) plans.pop_back();
  }
  Plan& plan = plans.front();
  plan.executor->run(arrays_of(data));
  std::vector<Tensor> results;
  for (const Array& array : plan.executor->outputs()) results.emplace_back(array.copy());
  return plan.outputs.pack(results);
}

}  // namespace keratin::detail
