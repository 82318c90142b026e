// SPDX-License-Identifier: Apache-2.0
// How the functions of scan, cond and while_loop become graphs, and what nests they may give.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "keratin/graph/nest.h"
#include "keratin/graph/ops/control_ops.h"

namespace keratin::ops::detail {

/// Says what becomes of a call: the functions run at once, only specs are wanted, or they are
/// recorded.
enum class Way : uint8_t { at_once, specs, record };
Way way_of(const std::vector<Tensor>& tensors);

/// Throws ValueError unless two nests have one structure.
void check_structure(const Nest& given, const Nest& expected, std::string_view where,
                     std::string_view what);
/// Throws ShapeError, DTypeError unless a value that travels stays what it was.
void check_same_spec(const TensorSpec& given, const TensorSpec& expected, std::string_view where);

/// Returns the tensors with plain numbers made ordinary scalars of the dtype that `step` gives for
/// them, as in JAX; the step is called only where there are such numbers.
std::vector<Tensor> settled(
    const std::vector<Tensor>& values,
    const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& step);

/// Returns the tensors from `first` to before `last`.
std::vector<Tensor> part(const std::vector<Tensor>& tensors, size_t first, size_t last);

/// Returns the tensors of all lists, in order.
template <class... Lists>
std::vector<Tensor> join(const Lists&... lists) {
  std::vector<Tensor> all;
  (all.insert(all.end(), lists.begin(), lists.end()), ...);
  return all;
}

/// Throws ShapeError, which names `what`, for other tensors than scalars.
void check_scalar(const Tensor& tensor, std::string_view where, std::string_view what);

/// Gives variables what they have after an op, whose outputs from `first` on those are.
void assign(const std::vector<Trace::Assigned>& assigned, const std::vector<Tensor>& outputs,
            size_t first);

/// Returns placeholders of these specs.
std::vector<Tensor> placeholders(const std::vector<TensorSpec>& specs);

/// Is a function recorded as a graph.
struct Recording {
  std::shared_ptr<Graph> graph;
  std::vector<ValueId> inputs;
  std::vector<ValueId> results;
  std::vector<Trace::Capture> captures;
  std::vector<Trace::Assigned> assigned;

  /// Returns the input that stands for a tensor from around, a new one where there is none yet.
  ValueId input_for(const Tensor& outer);
  /// Returns the value that a variable has at the end.
  ValueId value_after(const Trace::Assigned& wanted);
};

using Function = std::function<std::vector<Tensor>(const std::vector<Tensor>& inputs)>;

/// Calls a function once on inputs of these specs and records what it does.
Recording record(const std::vector<TensorSpec>& specs, const Function& function);

/// Adds what a recording takes from around to `captured`, each tensor once; not the variables in
/// `assigned`.
void add_captured(const Recording& recording, const std::vector<Trace::Assigned>& assigned,
                  std::vector<Tensor>& captured);
/// Adds the variables that a recording assigns to `assigned`, each once.
void add_assigned(const Recording& recording, std::vector<Trace::Assigned>& assigned);

}  // namespace keratin::ops::detail
