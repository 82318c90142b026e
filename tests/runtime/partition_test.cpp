// SPDX-License-Identifier: Apache-2.0
// Threads that share a call give what one thread gives, to the bit.
#include "keratin/runtime/partition.h"

#include <gtest/gtest.h>

#include <set>

#include "keratin/base/error.h"
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/fused.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/frame.h"
#include "tests/support/op_table.h"
#include "tests/support/parts.h"

namespace keratin::testing_support {
namespace {

TEST(Partition, PartsOfEveryOpGiveTheWhole) {
  std::set<std::string_view> shared;
  for (const OpRow& row : op_rows()) {
    if (row.op->expand != nullptr || ops::has_bodies(*row.op)) continue;
    SCOPED_TRACE(describe(row));
    for (DType dtype : {DType::float32, DType::float64, DType::float16}) {
      // Seven times as many rows as the example has.
      std::vector<Tensor> inputs = inputs_of(row, dtype);
      for (size_t i : row.batch) {
        inputs[i] = ops::concatenate(std::vector<Tensor>(7, inputs[i]), 0);
      }
      const Attrs attrs = row.attrs(dtype);
      try {
        infer(*row.op, specs_of(inputs), attrs);
      } catch (const Error&) {
        continue;  // the attributes name sizes
      }
      if (check_parts(*row.op, attrs, inputs).parts > 0) shared.insert(row.op->name);
    }
  }
  // Those that the table has, with their partition rule as it is written down. Views are no calls.
  for (const OpDef* op : all_ops()) {
    if (op->expand != nullptr || ops::has_bodies(*op) || op == &ops::fused_op) continue;
    EXPECT_EQ(shared.contains(op->name), op->partition != Partition::whole) << op->name;
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
      const runtime::Split split = check_parts(*op, attrs, {x});
      EXPECT_EQ(split.parts, shape[-1]);
      EXPECT_EQ(split.by, runtime::Access::By::columns);
    }
  }
}

// A result of one row is cut by what lies in the row.
TEST(Partition, ReductionsInOneRowAreCutByColumns) {
  for (bool keepdims : {false, true}) {
    for (const OpDef* op : {&ops::sum_op, &ops::min_op, &ops::argmax_op}) {
      SCOPED_TRACE(std::string(op->name));
      const Shape shape{1, 9, 5, 40};
      const Tensor x = inputs_of({.op = op, .inputs = {real(shape)}}, DType::float32)[0];
      for (int64_t axis : {1, 2, 3}) {
        const ops::ReduceAttrs attrs{.axis = {axis}, .keepdims = keepdims};
        const runtime::Split split = check_parts(*op, attrs, {x});
        EXPECT_EQ(split.parts, shape.element_count() / shape[static_cast<int>(axis)]);
        EXPECT_EQ(split.by, runtime::Access::By::columns);
      }
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
      EXPECT_EQ(check_parts(*op, attrs, {Tensor(key)}).parts, 41);
    }
    const Tensor x = Tensor::ones({41, 7}, dtype);
    const ops::DropoutAttrs whole{.rate = 0.3};
    EXPECT_EQ(check_parts(ops::dropout_op, whole, {x, Tensor(key)}).parts, 41);
    for (const Shape& noise : {Shape{41, 1}, Shape{1, 7}, Shape{None, 1}, Shape{None, 7}}) {
      const ops::DropoutAttrs blocks{.rate = 0.3, .noise_shape = noise};
      EXPECT_EQ(check_parts(ops::dropout_op, blocks, {x, Tensor(key)}).parts, 41);
    }
  }
}

}  // namespace
}  // namespace keratin::testing_support
