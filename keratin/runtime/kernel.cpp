// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/kernel.h"

#include <unordered_map>

#include "keratin/base/check.h"

namespace keratin::runtime {

namespace {

const std::unordered_map<const OpDef*, const KernelRow*>& table() {
  static const auto rows = [] {
    std::unordered_map<const OpDef*, const KernelRow*> map;
    for (auto family :
         {elementwise_kernels(), reduction_kernels(), shaping_kernels(), indexing_kernels(),
          linalg_kernels(), creation_kernels(), random_kernels()}) {
      for (const KernelRow& row : family) map.emplace(row.op, &row);
    }
    return map;
  }();
  return rows;
}

std::string dtypes(std::span<const TensorSpec> specs) {
  std::vector<std::string_view> names;
  for (const TensorSpec& spec : specs) names.push_back(name_of(spec.dtype));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Operand::Operand(DType type, Shape sizes, Sizes steps)
    : dtype(type), shape(std::move(sizes)), strides(std::move(steps)) {
  size = shape.element_count();
  contiguous = size == 0 || strides == row_major_strides(shape);
}

Kernel find_kernel(const OpDef& op, std::span<const TensorSpec> inputs,
                   std::span<const TensorSpec> outputs) {
  const auto row = table().find(&op);
  require<InternalError>(row != table().end(), op.name,
                         "expected a kernel in runtime/kernels, got none. Report this.");
  const Kernel kernel = row->second->choose(inputs, outputs);
  require<DTypeError>(kernel != nullptr, op.name,
                      "expected dtypes that the op can compute with, got {}. Cast the inputs.",
                      dtypes(inputs));
  return kernel;
}

Operand input_operand(const OpDef& op, const TensorSpec& spec, const Sizes& strides,
                      const Shape& output) {
  if (!op.traits.elementwise || spec.shape == output) {
    return Operand(spec.dtype, spec.shape, strides);
  }
  Sizes wide(output.size());
  const size_t extra = output.size() - spec.shape.size();
  for (size_t i = 0; i < spec.shape.size(); ++i) {
    if (spec.shape.dims()[i] != 1) wide[extra + i] = strides[i];
  }
  return Operand(spec.dtype, output, std::move(wide));
}

}  // namespace keratin::runtime
