// SPDX-License-Identifier: Apache-2.0
// What the definitions of element-wise ops share.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "keratin/graph/op.h"
#include "keratin/graph/ops/rules.h"

namespace keratin::ops {

using Gradients = std::vector<Tensor>;

constexpr OpTraits elementwise{.elementwise = true};
constexpr OpTraits commutative{.elementwise = true, .commutative = true};
constexpr OpTraits flat{.elementwise = true, .not_differentiable = true};
constexpr OpTraits flat_commutative{
    .elementwise = true, .commutative = true, .not_differentiable = true};

inline std::vector<TensorSpec> infer_bool(const InferCall& call) {
  return {{call.inputs[0].shape, DType::bool_}};
}

constexpr OpDef unary(std::string_view name, std::string_view doc, GradientRule gradient,
                      Promotion promotion = Promotion::floating) {
  return {.name = name,
          .doc = doc,
          .promotion = promotion,
          .infer = infer_same,
          .gradient = gradient,
          .traits = gradient != nullptr ? elementwise : flat,
          .partition = Partition::elements};
}

constexpr OpDef test(std::string_view name, std::string_view doc) {
  OpDef op = unary(name, doc, nullptr, Promotion::none);
  op.infer = infer_bool;
  return op;
}

constexpr OpDef composite(std::string_view name, std::string_view doc, int inputs, Expand expand,
                          Promotion promotion, GradientRule gradient = nullptr) {
  return {.name = name,
          .doc = doc,
          .min_inputs = inputs,
          .max_inputs = inputs,
          .promotion = promotion,
          .gradient = gradient,
          .expand = expand,
          .traits = elementwise,
          .partition = Partition::elements};
}

template <Tensor (*F)(std::span<const Tensor>)>
std::vector<Tensor> one(std::span<const Tensor> inputs, const Attrs&) {
  return {F(inputs)};
}

}  // namespace keratin::ops
