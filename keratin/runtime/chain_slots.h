// SPDX-License-Identifier: Apache-2.0
// The memory that the instructions of a chain work on.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "keratin/compiler/tiles.h"
#include "keratin/core/array.h"
#include "keratin/runtime/simd/simd.h"

namespace keratin::runtime {

/// Is memory that instructions read and write: an input, an output, or a register. Inputs and
/// outputs are used where they are, or, where vectors would run over their end, through a buffer.
struct Slot {
  enum class Kind : uint8_t { input, output, product, scratch };
  Kind kind = Kind::scratch;
  compiler::Extent extent = compiler::Extent::full;
  int64_t element_size = 4;
  size_t index = 0;          ///< among the call's inputs or outputs
  bool buffered = false;     ///< always through the buffer
  int64_t buffer_bytes = 0;  ///< how large the buffer must be
  char* buffer = nullptr;
  char* current = nullptr;  ///< of this tile
};

/// Is one instruction, with the slots that it works on; -1 where it has no such operand.
struct Instruction {
  simd::MicroKernel run;
  simd::Micro micro;
  int single;               ///< simd::Single
  compiler::Extent extent;  ///< of the result
  int to, a, b, c;
  int d = -1, e = -1;

  std::array<int, 5> operands() const { return {a, b, c, d, e}; }
};

/// Gives each slot its buffer, set to zero, in the memory that is returned. Registers share memory
/// when their lives do not overlap; all else has memory of its own.
std::unique_ptr<Buffer> place_buffers(std::vector<Slot>& slots,
                                      std::span<const Instruction> instructions);

}  // namespace keratin::runtime
