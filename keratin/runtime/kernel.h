// SPDX-License-Identifier: Apache-2.0
// What a kernel is, and the table that finds one for an op.
#pragma once

#include <span>
#include <vector>

#include "keratin/graph/op.h"

namespace keratin::runtime {

/// Is one operand of a kernel: memory with sizes and strides (in elements). Element-wise kernels
/// get operands of the output's shape, with stride 0 where an input is broadcast; outputs are
/// always contiguous.
struct Operand {
  void* data = nullptr;
  DType dtype = DType::float32;
  Shape shape;
  Sizes strides;
  int64_t size = 0;        ///< number of elements
  bool contiguous = true;  ///< whether the strides are those of a row-major array
  int64_t offset = 0;      ///< bytes from where the value lies to `data`, in a part of a call

  Operand() = default;
  Operand(DType type, Shape sizes, Sizes steps);

  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

/// Is a range of whole numbers, without its end.
struct Range {
  int64_t first = 0;
  int64_t last = 0;
  int64_t count() const { return last - first; }
};

/// Is one call of a kernel: operands and the op's attributes. A kernel allocates nothing: it runs
/// in every step of a training.
struct KernelCall {
  std::vector<Operand> inputs;
  std::vector<Operand> outputs;
  Attrs attrs;
  std::shared_ptr<void> state;  ///< what a prepared kernel keeps between calls
  /// Is where the result begins in that of the whole call, in elements, for what is counted.
  int64_t first_element = 0;
  /// Are the part of the result's first axis, and of its last, that the call computes, for kernels
  /// that say they can (`Split` in partition.h); the whole where the end is -1.
  int64_t first_row = 0;
  int64_t last_row = -1;
  int64_t first_column = 0;
  int64_t last_column = -1;

  /// Returns the part of so many rows, or columns, that the call computes.
  Range rows_of(int64_t rows) const { return {first_row, last_row < 0 ? rows : last_row}; }
  Range columns_of(int64_t columns) const {
    return {first_column, last_column < 0 ? columns : last_column};
  }
};

using Kernel = void (*)(const KernelCall&);

/// Is one row of the table: how to choose the kernel of an op for the dtypes of its operands. A
/// choice returns null where it has no kernel for them.
struct KernelRow {
  const OpDef* op;
  Kernel (*choose)(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs);
};

/// Returns the reference kernel (a plain loop) of a primitive; throws UnsupportedError with the
/// dtypes when there is none.
Kernel find_kernel(const OpDef& op, std::span<const TensorSpec> inputs,
                   std::span<const TensorSpec> outputs);

/// Returns the operands with which a kernel sees its inputs: those of element-wise ops get the
/// output's shape.
Operand input_operand(const OpDef& op, const TensorSpec& spec, const Sizes& strides,
                      const Shape& output);

// The rows of each family; one source file in runtime/kernels for each.
std::span<const KernelRow> elementwise_kernels();
std::span<const KernelRow> reduction_kernels();
std::span<const KernelRow> shaping_kernels();
std::span<const KernelRow> indexing_kernels();
std::span<const KernelRow> linalg_kernels();
std::span<const KernelRow> creation_kernels();
std::span<const KernelRow> random_kernels();

}  // namespace keratin::runtime
