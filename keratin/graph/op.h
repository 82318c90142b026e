// SPDX-License-Identifier: Apache-2.0
// Everything that is known of an operation, in one value.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/graph/attrs.h"
#include "keratin/graph/tensor.h"

namespace keratin {

struct OpDef;

/// Is what shape and dtype inference sees: specs after promotion.
struct InferCall {
  const OpDef& op;
  std::span<const TensorSpec> inputs;
  const Attrs& attrs;
};

/// Is what a gradient rule sees. Its result has one tensor for each input; an empty handle means
/// that nothing flows there.
struct GradientCall {
  const OpDef& op;
  const Attrs& attrs;
  std::span<const Tensor> inputs;
  std::span<const Tensor> outputs;
  /// One for each output; an empty handle where the result does not depend on it.
  std::span<const Tensor> output_gradients;
  const Tensor& gradient() const { return output_gradients[0]; }
};

using Infer = std::vector<TensorSpec> (*)(const InferCall&);
using GradientRule = std::vector<Tensor> (*)(const GradientCall&);
using Expand = std::vector<Tensor> (*)(std::span<const Tensor> inputs, const Attrs& attrs);

/// Says to which common dtype an op's inputs are cast before it runs.
enum class Promotion : uint8_t {
  none,      ///< inputs stay as they are
  common,    ///< all meet in one dtype
  floating,  ///< all meet in one dtype; integers and bool become float32
};

/// Says how threads may share a primitive; what they need is in runtime/partition_rules.cpp.
enum class Partition : uint8_t {
  elements,  ///< any part of the output by itself (element-wise)
  rows,      ///< rows of the output, or columns where the op works on the first axis
  columns,   ///< rows or columns of the output, as in a matrix product
  reduce,    ///< rows or columns of what is kept, each reduced by one thread
  whole,     ///< one thread only, or nothing to do, as for views
};

/// Are facts that passes ask for instead of names.
struct OpTraits {
  bool elementwise = false;  ///< output element i depends on element i of broadcast inputs
  bool commutative = false;  ///< two inputs may change places
  bool idempotent = false;   ///< f(f(x)) == f(x)
  bool view = false;         ///< the output is the first input's data, in the same order
  bool tiled = false;        ///< reads all that has an output's spec before it writes there
  bool not_differentiable = false;
};

/// Is one constant value with all that is known of an operation. A **primitive** has inference, a
/// gradient rule and a kernel in `runtime/`; a **composite** has `expand`, a few lines over other
/// ops, from which its inference, gradient and execution follow.
struct OpDef {
  std::string_view name;  ///< the Keras name, unique
  std::string_view doc;
  int min_inputs = 1;
  int max_inputs = 1;                     ///< -1 for any number
  const AttrsType& (*attrs)() = nullptr;  ///< the type of its attributes; null when it has none
  Promotion promotion = Promotion::none;
  int promotes_from = 0;  ///< the first input that takes part in promotion
  Infer infer = nullptr;
  GradientRule gradient = nullptr;
  Expand expand = nullptr;
  OpTraits traits = {};
  Partition partition = Partition::whole;
};

/// Runs `op` on concrete inputs, adds it to the graph of traced inputs, or records a call on
/// Keras tensors. Promotes the inputs first. Throws ShapeError, DTypeError, ValueError.
std::vector<Tensor> apply(const OpDef& op, std::vector<Tensor> inputs, Attrs attrs = {});

/// Is `apply` for an op with one output.
Tensor apply_one(const OpDef& op, std::vector<Tensor> inputs, Attrs attrs = {});

/// Returns all ops, in the order of their families.
const std::vector<const OpDef*>& all_ops();

/// Returns the op of that name; throws ValueError with a suggestion.
const OpDef& find_op(std::string_view name);

/// Returns the spec of each tensor.
std::vector<TensorSpec> specs_of(std::span<const Tensor> tensors);

/// Returns the output specs of an op; composites are traced for it.
std::vector<TensorSpec> infer(const OpDef& op, std::span<const TensorSpec> inputs,
                              const Attrs& attrs);

}  // namespace keratin
