// SPDX-License-Identifier: Apache-2.0
// Threads that share a call give what one thread gives, to the bit.
#include "keratin/runtime/partition.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "keratin/base/error.h"
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/fast.h"
#include "keratin/runtime/frame.h"
#include "tests/support/op_table.h"

namespace keratin::testing_support {
namespace {

using runtime::Kernel;
using runtime::KernelCall;
using runtime::Operand;
using runtime::Split;

// Is a node bound to memory of its own.
struct Bound {
  KernelCall call;
  std::vector<Array> memory;
  Kernel reference = nullptr;
};

Bound bind(const OpDef& op, const Attrs& attrs, const std::vector<Tensor>& inputs,
           const std::vector<TensorSpec>& outputs) {
  Bound bound;
  bound.call.attrs = attrs;
  std::vector<TensorSpec> specs;
  for (const Tensor& input : inputs) {
    specs.push_back(input.spec());
    bound.memory.push_back(input.array().contiguous());
    bound.call.inputs.push_back(runtime::input_operand(
        op, input.spec(), row_major_strides(input.shape()), outputs[0].shape));
    bound.call.inputs.back().data = bound.memory.back().raw();
  }
  for (const TensorSpec& output : outputs) {
    bound.memory.push_back(Array::zeros(output.dtype, output.shape));
    bound.call.outputs.emplace_back(output.dtype, output.shape, row_major_strides(output.shape));
    bound.call.outputs.back().data = bound.memory.back().raw();
  }
  bound.reference = runtime::find_kernel(op, specs, outputs);
  return bound;
}

std::string bytes_of(const Bound& bound) {
  const Array& result = bound.memory.back();
  return {static_cast<const char*>(result.raw()), result.bytes()};
}

// Runs the parts of so many threads one after the other.
void run_parts(const OpDef& op, const Bound& bound, const Split& split, int threads) {
  for (int thread = 0; thread < threads; ++thread) {
    KernelCall call = bound.call;
    if (split.slices) runtime::take_part(call, split, thread, threads);
    if (call.outputs[0].size == 0) continue;
    Kernel kernel = runtime::prepare_fast(op, call, true);
    if (kernel == nullptr) kernel = bound.reference;
    if (!split.slices) runtime::take_part(call, split, thread, threads);
    kernel(call);
  }
}

// Returns whether the call is one that threads share; then their parts have given the whole.
bool check_parts(const OpDef& op, const Attrs& attrs, const std::vector<Tensor>& inputs,
                 const std::vector<TensorSpec>& outputs) {
  Bound whole = bind(op, attrs, inputs, outputs);
  Kernel fast = runtime::prepare_fast(op, whole.call, true);
  const Split split = runtime::split_of(op, whole.call);
  if (split.parts == 0) return false;
  EXPECT_GT(split.work, 0.0);
  (fast != nullptr ? fast : whole.reference)(whole.call);
  for (int threads : {1, 2, 3, 5}) {
    const Bound parts = bind(op, attrs, inputs, outputs);
    run_parts(op, parts, split, threads);
    EXPECT_EQ(bytes_of(parts) == bytes_of(whole), true) << threads << " threads";
  }
  return true;
}

TEST(Partition, PartsOfEveryOpGiveTheWhole) {
  std::set<std::string_view> shared;
  for (const OpRow& row : op_rows()) {
    if (row.op->expand != nullptr || ops::has_bodies(*row.op) || row.batch.empty()) continue;
    SCOPED_TRACE(describe(row));
    for (DType dtype : {DType::float32, DType::float64, DType::float16}) {
      // Seven times as many rows as the example has.
      std::vector<Tensor> inputs = inputs_of(row, dtype);
      for (size_t i : row.batch) {
        inputs[i] = ops::concatenate(std::vector<Tensor>(7, inputs[i]), 0);
      }
      std::vector<TensorSpec> specs;
      for (const Tensor& input : inputs) specs.push_back(input.spec());
      const Attrs attrs = row.attrs(dtype);
      std::vector<TensorSpec> outputs;
      try {
        outputs = infer(*row.op, specs, attrs);
      } catch (const Error&) {
        continue;  // the attributes name sizes
      }
      if (check_parts(*row.op, attrs, inputs, outputs)) shared.insert(row.op->name);
    }
  }
  for (const char* name : {"add", "where", "exp", "sum", "max", "argmax", "cumsum", "concatenate",
                           "take", "take_along_axis", "one_hot", "dropout", "batch_matmul"}) {
    EXPECT_TRUE(shared.contains(name)) << name;
  }
}

// Sums over all axes but the last are cut by columns.
TEST(Partition, ColumnsAreThoseOfTheWhole) {
  for (const Shape& shape : {Shape{9, 200}, Shape{3, 5, 65}, Shape{1, 64}}) {
    SCOPED_TRACE(to_string(shape));
    std::vector<int64_t> axes;
    for (int i = 0; i + 1 < shape.rank(); ++i) axes.push_back(i);
    for (const OpDef* op : {&ops::sum_op, &ops::max_op}) {
      const Tensor x = inputs_of({.op = op, .inputs = {real(shape)}}, DType::float32)[0];
      const ops::ReduceAttrs attrs{.axis = axes, .keepdims = true};
      const std::vector<TensorSpec> inputs = {x.spec()};
      EXPECT_TRUE(check_parts(*op, attrs, {x}, infer(*op, inputs, attrs)));
    }
  }
}

// The third value takes the memory of the first, a column, when a part of the second has been
// computed from it: other threads may still read their rows of the column.
TEST(Partition, MemoryOfABroadcastColumnIsNotWrittenWhileOthersReadIt) {
  Trace trace;
  const Tensor x = trace.input({{64, 128}, DType::float64}, "x");
  const Tensor column = ops::min(x, -1, true);
  const Tensor root = ops::sqrt(x * column);
  const compiler::Plan plan = compiler::make_plan(*trace.finish({root + x}));
  ASSERT_EQ(plan.graph.nodes().size(), 4u);
  Buffer arena(plan.arena_bytes);
  Array output(DType::float64, {64, 128});
  std::vector<void*> places(plan.graph.values().size(), nullptr);
  places[static_cast<size_t>(plan.graph.outputs[0])] = output.raw();
  runtime::Frame frame(plan, arena.data(), places);
  Barrier barrier(2);
  ASSERT_TRUE(frame.share(2, barrier));
  ASSERT_EQ(frame.steps()[0].whole->outputs[0].data, frame.steps()[2].whole->outputs[0].data);
  EXPECT_FALSE(frame.steps()[1].waits);
  EXPECT_TRUE(frame.steps()[2].waits);
  EXPECT_FALSE(frame.steps()[3].waits);
}

TEST(Partition, RandomNumbersAreThoseOfTheWhole) {
  Array key(DType::uint32, {2});
  key.data<uint32_t>()[0] = 17;
  key.data<uint32_t>()[1] = 4000000000u;
  for (DType dtype : {DType::float32, DType::float64, DType::bfloat16}) {
    for (const OpDef* op : {&ops::random_uniform_op, &ops::random_normal_op}) {
      SCOPED_TRACE(std::string(op->name));
      const ops::RandomAttrs attrs{.shape = {41, 7}, .low = -1.5, .high = 2.0, .dtype = dtype};
      EXPECT_TRUE(check_parts(*op, attrs, {Tensor(key)}, {{{41, 7}, dtype}}));
    }
    const Tensor x = Tensor::ones({41, 7}, dtype);
    const ops::DropoutAttrs whole{.rate = 0.3};
    EXPECT_TRUE(check_parts(ops::dropout_op, whole, {x, Tensor(key)}, {x.spec()}));
    const ops::DropoutAttrs rows{.rate = 0.3, .noise_shape = {41, 1}};
    EXPECT_FALSE(check_parts(ops::dropout_op, rows, {x, Tensor(key)}, {x.spec()}));
  }
}

}  // namespace
}  // namespace keratin::testing_support
