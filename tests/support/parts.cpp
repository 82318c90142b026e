// SPDX-License-Identifier: Apache-2.0
#include "tests/support/parts.h"

#include <gtest/gtest.h>

#include <cstring>

#include "keratin/runtime/fast.h"

namespace keratin::testing_support {

namespace {

using runtime::Access;
using runtime::Kernel;
using runtime::KernelCall;
using runtime::Operand;
using runtime::Range;
using runtime::Split;

constexpr int unwritten = 0xA5;  // each byte of a result before it is written
constexpr int rubbish = 0xFF;    // a NaN in every float

// Is a node bound to memory of its own.
struct Bound {
  KernelCall call;
  std::vector<Array> inputs;
  std::vector<Array> outputs;
  Kernel reference = nullptr;
};

Bound bind(const OpDef& op, const Attrs& attrs, const std::vector<Tensor>& inputs) {
  Bound bound;
  bound.call.attrs = attrs;
  const std::vector<TensorSpec> specs = specs_of(inputs);
  const std::vector<TensorSpec> results = infer(op, specs, attrs);
  for (const Tensor& input : inputs) {
    bound.inputs.push_back(input.array().copy());
    bound.call.inputs.push_back(runtime::input_operand(
        op, input.spec(), row_major_strides(input.shape()), results[0].shape));
    bound.call.inputs.back().data = bound.inputs.back().raw();
  }
  for (const TensorSpec& result : results) {
    bound.outputs.emplace_back(result.dtype, result.shape);
    std::memset(bound.outputs.back().raw(), unwritten, bound.outputs.back().bytes());
    bound.call.outputs.emplace_back(result.dtype, result.shape, row_major_strides(result.shape));
    bound.call.outputs.back().data = bound.outputs.back().raw();
  }
  bound.reference = runtime::find_kernel(op, specs, results);
  return bound;
}

std::vector<std::string> bytes_of(const std::vector<Array>& arrays) {
  std::vector<std::string> result;
  for (const Array& array : arrays) {
    result.emplace_back(static_cast<const char*>(array.raw()), array.bytes());
  }
  return result;
}

Range part_of(const Split& split, int thread, int threads) {
  const int64_t multiple = split.by == Access::By::rows ? 4 : 32;
  return {runtime::first_part_of(split.parts, thread, threads, multiple),
          runtime::first_part_of(split.parts, thread + 1, threads, multiple)};
}

// Tells whether a byte of an array lies in some of the rows (columns) that it is cut into.
bool lies_in(const Range& range, const Split& split, const Array& array, size_t byte) {
  const size_t width = split.by == Access::By::rows
                           ? array.bytes() / static_cast<size_t>(split.parts)
                           : size_of(array.dtype());
  const auto at = static_cast<int64_t>(byte / width) % split.parts;
  return at >= range.first && at < range.last;
}

// Leaves of own inputs what a thread may read.
void spoil_others(const Bound& bound, const Split& split, const Range& range) {
  for (size_t i = 0; i < bound.inputs.size(); ++i) {
    const Array& input = bound.inputs[i];
    if (!split.own[i] || input.bytes() == 0) continue;
    const auto parts = static_cast<size_t>(split.parts);
    ASSERT_EQ(input.bytes() / size_of(input.dtype()) % parts, 0u) << "input " << i;
    auto* data = static_cast<unsigned char*>(input.raw());
    for (size_t byte = 0; byte < input.bytes(); ++byte) {
      if (!lies_in(range, split, input, byte)) data[byte] = rubbish;
    }
  }
}

// Runs the part of a thread; its inputs are its own, the outputs those of all.
void run_part(const OpDef& op, const Attrs& attrs, const std::vector<Tensor>& inputs,
              const std::vector<Array>& outputs, const Split& split, int thread, int threads) {
  const Bound bound = bind(op, attrs, inputs);
  spoil_others(bound, split, part_of(split, thread, threads));
  KernelCall call = bound.call;
  int64_t elements = 0;
  for (size_t i = 0; i < outputs.size(); ++i) call.outputs[i].data = outputs[i].raw();
  if (split.slices) runtime::take_part(call, split, thread, threads);
  for (const Operand& output : call.outputs) elements += output.size;
  if (elements == 0) return;
  Kernel kernel = runtime::prepare_fast(op, call, true);
  if (kernel == nullptr) kernel = bound.reference;
  if (!split.slices) runtime::take_part(call, split, thread, threads);
  kernel(call);
}

// Expects that what a thread has written is its part of the whole and that nobody wrote it before.
void check_written(const Array& output, const std::string& before, const std::string& whole,
                   const Split& split, const Range& range) {
  const auto* now = static_cast<const char*>(output.raw());
  for (size_t byte = 0; byte < before.size(); ++byte) {
    const bool lies = lies_in(range, split, output, byte);
    ASSERT_EQ(now[byte], lies ? whole[byte] : before[byte]) << "byte " << byte;
  }
}

}  // namespace

Split check_parts(const OpDef& op, const Attrs& attrs, const std::vector<Tensor>& inputs) {
  Bound whole = bind(op, attrs, inputs);
  const Kernel fast = runtime::prepare_fast(op, whole.call, true);
  const Split split = runtime::split_of(op, whole.call);
  if (split.parts == 0) return split;
  EXPECT_GT(split.work, 0.0);
  EXPECT_EQ(split.own.size(), inputs.size());
  (fast != nullptr ? fast : whole.reference)(whole.call);
  const std::vector<std::string> expected = bytes_of(whole.outputs);
  for (int threads : {1, 2, 3, 5}) {
    SCOPED_TRACE(std::to_string(threads) + " threads");
    const std::vector<Array> outputs = bind(op, attrs, inputs).outputs;
    for (int thread = 0; thread < threads; ++thread) {
      const std::vector<std::string> before = bytes_of(outputs);
      run_part(op, attrs, inputs, outputs, split, thread, threads);
      for (size_t i = 0; i < outputs.size(); ++i) {
        check_written(outputs[i], before[i], expected[i], split, part_of(split, thread, threads));
      }
      if (::testing::Test::HasFatalFailure()) return split;
    }
    EXPECT_TRUE(bytes_of(outputs) == expected);
  }
  return split;
}

}  // namespace keratin::testing_support
