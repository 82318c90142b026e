// SPDX-License-Identifier: Apache-2.0
// What the partition rules say of attributes and shapes that the op table does not have.
#include "keratin/runtime/partition_rules.h"

#include <gtest/gtest.h>

#include <cstring>

#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/executor.h"
#include "tests/support/op_table.h"
#include "tests/support/parts.h"

namespace keratin::testing_support {
namespace {

using namespace ops;
using runtime::Split;
using Axes = std::vector<int64_t>;

enum class Cut { calls, rows, columns, not_at_all };

struct Case {
  std::vector<OpInput> inputs;
  Attrs attrs;
  Cut cut;
  int64_t parts = 0;
  std::vector<bool> own = {};
};

Cut cut_of(const Split& split) {
  if (split.parts == 0) return Cut::not_at_all;
  if (split.by == runtime::Access::By::columns) return Cut::columns;
  return split.slices ? Cut::calls : Cut::rows;
}

void check(const OpDef& op, const std::vector<Case>& cases) {
  for (const Case& it : cases) {
    const OpRow row{.op = &op, .inputs = it.inputs, .attrs = [&](DType) { return it.attrs; }};
    SCOPED_TRACE(describe(row));
    for (DType dtype : {DType::float32, DType::bfloat16, DType::float64}) {
      const Split split = check_parts(op, it.attrs, inputs_of(row, dtype));
      EXPECT_EQ(cut_of(split), it.cut);
      EXPECT_EQ(split.parts, it.parts);
      EXPECT_EQ(split.parts > 0 ? split.own : it.own, it.own);
    }
  }
}

constexpr bool own = true;
constexpr bool all = false;

TEST(PartitionRules, TransposeKeepsOrMovesTheRows) {
  const auto axes = [](Axes order) { return TransposeAttrs{.axes = std::move(order)}; };
  check(transpose_op, {
                          {{real({33, 4, 5})}, axes({0, 2, 1}), Cut::calls, 33, {own}},
                          {{real({33, 4, 5})}, axes({1, 0, 2}), Cut::rows, 4, {all}},
                          {{real({3, 4, 35})}, axes({2, 1, 0}), Cut::rows, 35, {all}},
                          {{real({7, 19})}, axes({1, 0}), Cut::rows, 19, {all}},
                          {{real({19, 19})}, axes({1, 0}), Cut::rows, 19, {all}},
                          {{real({1, 19})}, axes({1, 0}), Cut::rows, 19, {all}},
                          {{real({19, 1})}, axes({1, 0}), Cut::rows, 1, {all}},
                          {{real({0, 19})}, axes({1, 0}), Cut::not_at_all},
                          {{real({})}, axes({}), Cut::not_at_all},
                      });
}

TEST(PartitionRules, SlicesAreOwnWhereTheyHaveAllRows) {
  const auto slice = [](SliceBounds start, SliceBounds stop, SliceBounds step) {
    return SliceAttrs{.start = std::move(start), .stop = std::move(stop), .step = std::move(step)};
  };
  check(strided_slice_op,
        {
            {{real({21, 6})}, slice({{}, 4}, {{}, 0}, {{}, -2}), Cut::calls, 21, {own}},
            {{real({21, 6})}, slice({0, 1}, {21, 3}, {1, 1}), Cut::calls, 21, {own}},
            {{real({21, 6})}, slice({-30, {}}, {99, {}}, {{}, {}}), Cut::calls, 21, {own}},
            {{real({21, 6})}, slice({{}, {}}, {{}, {}}, {-1, {}}), Cut::rows, 21, {all}},
            {{real({61, 6})}, slice({-2, 1}, {3, 5}, {-3, 2}), Cut::rows, 19, {all}},
            {{real({21, 6})}, slice({1, {}}, {{}, {}}, {{}, {}}), Cut::rows, 20, {all}},
            {{real({21, 6})}, slice({5, {}}, {6, {}}, {1000, {}}), Cut::rows, 1, {all}},
            {{real({1, 6})}, slice({{}, {}}, {{}, {}}, {-1, {}}), Cut::calls, 1, {own}},
            {{real({21, 6})}, slice({3, {}}, {3, {}}, {{}, {}}), Cut::not_at_all},
        });
  const auto place = [](SliceBounds start, SliceBounds stop, SliceBounds step, Shape shape) {
    return PlaceSliceAttrs{.start = std::move(start),
                           .stop = std::move(stop),
                           .step = std::move(step),
                           .shape = std::move(shape)};
  };
  check(place_slice_op,
        {
            {{real({21, 2})}, place({{}, 4}, {{}, 0}, {{}, -2}, {21, 6}), Cut::calls, 21, {own}},
            {{real({21, 2}), real({21, 6})},
             place({{}, 4}, {{}, 0}, {{}, -2}, {}),
             Cut::calls,
             21,
             {own, own}},
            {{real({21, 6})}, place({{}, {}}, {{}, {}}, {-1, {}}, {21, 6}), Cut::rows, 21, {all}},
            {{real({19, 2})}, place({-2, 1}, {3, 5}, {-3, 2}, {61, 6}), Cut::rows, 61, {all}},
            {{real({7, 2})}, place({2, 1}, {21, 5}, {3, 2}, {22, 6}), Cut::rows, 22, {all}},
            {{real({1, 6})}, place({-3, {}}, {{}, {}}, {1000, {}}, {22, 6}), Cut::rows, 22, {all}},
            {{real({0, 6})}, place({3, {}}, {3, {}}, {{}, {}}, {22, 6}), Cut::rows, 22, {all}},
            {{real({12})}, place({2}, {14}, {{}}, {40}), Cut::rows, 40, {all}},
        });
}

TEST(PartitionRules, PadsFlipsAndBroadcasts) {
  const auto pad = [](Axes before, Axes after) {
    return PadAttrs{.before = std::move(before), .after = std::move(after), .constant_value = 3.5};
  };
  const auto flip = [](Axes axes) { return AxesAttrs{.axis = std::move(axes)}; };
  const auto to = [](Shape shape) { return ShapeAttrs{.shape = std::move(shape)}; };
  check(pad_op, {{{real({21, 3})}, pad({0, 2}, {0, 1}), Cut::calls, 21, {own}},
                 {{real({21, 3})}, pad({2, 0}, {0, 0}), Cut::rows, 23, {all}},
                 {{real({21, 3})}, pad({5, 1}, {7, 2}), Cut::rows, 33, {all}},
                 {{real({2, 3})}, pad({0, 0}, {27, 0}), Cut::rows, 29, {all}},
                 {{real({0, 3})}, pad({9, 0}, {9, 0}), Cut::rows, 18, {all}},
                 {{real({21, 0})}, pad({0, 1}, {0, 1}), Cut::calls, 21, {own}}});
  check(flip_op, {{{real({21, 3})}, flip({1}), Cut::calls, 21, {own}},
                  {{real({21, 3})}, flip({0}), Cut::rows, 21, {all}},
                  {{real({2, 3, 4})}, flip({0, 2}), Cut::rows, 2, {all}},
                  {{real({21})}, flip({0}), Cut::rows, 21, {all}}});
  check(broadcast_to_op, {
                             {{real({21, 1})}, to({21, 6}), Cut::calls, 21, {own}},
                             {{real({1, 6})}, to({21, 6}), Cut::calls, 21, {all}},
                             {{real({6})}, to({21, 6}), Cut::calls, 21, {all}},
                             {{real({6, 1})}, to({6, 6, 6}), Cut::calls, 6, {all}},
                             {{real({})}, to({21}), Cut::calls, 21, {all}},
                             {{real({1, 6})}, to({1, 6}), Cut::calls, 1, {own}},
                         });
}

TEST(PartitionRules, JoinsAndCuts) {
  const auto axis = [](int64_t number) { return AxisAttrs{.axis = number}; };
  check(concatenate_op,
        {{{real({21, 2}), real({21, 3})}, axis(1), Cut::calls, 21, {own, own}},
         {{real({5, 2}), real({0, 2}), real({26, 2})}, axis(0), Cut::rows, 31, {all, all, all}},
         {{real({9})}, axis(0), Cut::rows, 9, {all}}});
  check(split_like_op,
        {{{real({21, 5}), real({21, 0}), real({21, 5})}, axis(1), Cut::calls, 21, {own, own, own}},
         {{real({21, 5, 2}), real({21, 1, 2}), real({21, 4, 2})},
          axis(1),
          Cut::calls,
          21,
          {own, own, own}},
         {{real({42, 3}), real({21, 3}), real({21, 3})}, axis(0), Cut::rows, 21, {all, all, all}},
         {{real({9, 5, 41}), real({0, 5, 41}), real({2, 5, 41}), real({7, 5, 41})},
          axis(0),
          Cut::columns,
          205,
          {own, own, own, own}},
         {{real({9}), real({2}), real({7})}, axis(0), Cut::not_at_all}});
  check(cumsum_op, {
                       {{real({21, 4, 3})}, axis(1), Cut::calls, 21, {own}},
                       {{real({9, 4, 53})}, axis(0), Cut::columns, 212, {own}},
                       {{real({9})}, axis(0), Cut::not_at_all},
                   });
}

TEST(PartitionRules, IndicesAlongTheFirstOrAnotherAxis) {
  const auto axis = [](int64_t number) { return AxisAttrs{.axis = number}; };
  check(take_op,
        {{{real({5, 3}), ints({21}, -7, 6)}, axis(0), Cut::calls, 21, {all, own}},
         {{real({21, 3}), ints({21}, -25, 24)}, axis(0), Cut::calls, 21, {all, own}},
         {{real({5, 3}), ints({21, 2}, -5, 4)}, axis(0), Cut::calls, 21, {all, own}},
         {{real({21, 5, 3}), ints({21}, -7, 6)}, axis(1), Cut::calls, 21, {own, all}},
         {{real({21, 5}), ints({}, 0, 4)}, axis(1), Cut::calls, 21, {own, all}},
         {{real({5, 3, 47}), ints({}, -5, 4)}, axis(0), Cut::columns, 141, {own, all}},
         {{real({5, 147}), given({}, {5}, DType::int8)}, axis(0), Cut::columns, 147, {own, all}},
         {{real({5}), ints({}, -5, 4)}, axis(0), Cut::not_at_all}});
  check(take_along_axis_op,
        {
            {{real({5, 3}), ints({21, 3}, -6, 5)}, axis(0), Cut::calls, 21, {all, own}},
            {{real({21, 3}), ints({21, 1}, -6, 5)}, axis(0), Cut::calls, 21, {all, own}},
            {{real({5, 3}), ints({21, 1}, -5, 4)}, axis(0), Cut::calls, 21, {all, own}},
            {{real({21, 3}), ints({21, 2}, -4, 3)}, axis(1), Cut::calls, 21, {own, own}},
            {{real({21, 3}), ints({1, 2}, -4, 3)}, axis(1), Cut::calls, 21, {own, all}},
            {{real({1, 3}), ints({21, 2}, -4, 3)}, axis(1), Cut::calls, 21, {all, own}},
        });
}

TEST(PartitionRules, ScattersAddInTheOrderOfTheWhole) {
  const auto into = [](int64_t axis, Shape shape) {
    return ScatterAttrs{.axis = axis, .shape = std::move(shape)};
  };
  // Indices repeat, and some are out of range.
  check(scatter_rows_op,
        {{{real({21, 3}), ints({21}, -24, 23)}, into(0, {21, 3}), Cut::rows, 21, {all, all}},
         {{real({90, 3}), ints({90}, -24, 23)}, into(0, {21, 3}), Cut::rows, 21, {all, all}},
         {{real({30, 2, 3}), ints({30, 2}, 0, 4), real({21, 3})},
          into(0, {}),
          Cut::rows,
          21,
          {all, all, all}},
         {{real({3}), ints({}, 7, 7)}, into(0, {21, 3}), Cut::rows, 21, {all, all}},
         {{real({0, 3}), ints({0}, 0, 1)}, into(0, {21, 3}), Cut::rows, 21, {all, all}},
         {{real({21, 9, 2}), ints({9}, -4, 3)}, into(1, {21, 3, 2}), Cut::calls, 21, {own, all}},
         {{real({21, 9, 2}), ints({9}, -4, 3), real({21, 3, 2})},
          into(1, {}),
          Cut::calls,
          21,
          {own, all, own}}});
  check(scatter_along_axis_op,
        {
            {{real({90, 3}), ints({90, 3}, -24, 23)}, into(0, {21, 3}), Cut::rows, 21, {all, all}},
            {{real({90, 3}), ints({90, 1}, -24, 23)}, into(0, {21, 3}), Cut::rows, 21, {all, all}},
            {{real({21, 9}), ints({21, 9}, -4, 3)}, into(1, {21, 3}), Cut::calls, 21, {own, own}},
            {{real({21, 9}), ints({1, 9}, -4, 3)}, into(1, {21, 3}), Cut::calls, 21, {own, all}},
            {{real({21, 9}), ints({21, 9}, -4, 3)}, into(1, {1, 3}), Cut::not_at_all},
        });
}

TEST(PartitionRules, ClassesOfOneHotMayBeTheRows) {
  const auto classes = [](int64_t count, int64_t axis) {
    return OneHotAttrs{.num_classes = count, .axis = axis};
  };
  check(one_hot_op, {
                        {{ints({21, 2}, -1, 5)}, classes(5, -1), Cut::calls, 21, {own}},
                        {{ints({21, 2}, -1, 5)}, classes(5, 1), Cut::calls, 21, {own}},
                        {{ints({7, 2}, -1, 19)}, classes(19, 0), Cut::rows, 19, {all}},
                        {{ints({19, 2}, -1, 19)}, classes(19, 0), Cut::rows, 19, {all}},
                        {{ints({7, 2}, -1, 19)}, classes(19, -3), Cut::rows, 19, {all}},
                        {{ints({}, 11, 11)}, classes(19, -1), Cut::rows, 19, {all}},
                    });
}

TEST(PartitionRules, ReductionsOfTheRows) {
  const auto over = [](Axes axes, bool keepdims = false) {
    return ReduceAttrs{.axis = std::move(axes), .keepdims = keepdims};
  };
  for (const OpDef* op : {&sum_op, &max_op, &any_op}) {
    check(*op, {
                   {{real({21, 3, 5})}, over({1}), Cut::calls, 21, {own}},
                   {{real({9, 5, 53})}, over({0}), Cut::columns, 265, {own}},
                   {{real({9, 1, 153})}, over({0}, true), Cut::columns, 153, {own}},
                   {{real({9, 5, 153})}, over({0, 1}), Cut::columns, 153, {own}},
                   {{real({9, 21, 5})}, over({0, 2}), Cut::rows, 21, {all}},
                   {{real({9, 21, 2, 5})}, over({0, 2}), Cut::rows, 21, {all}},
                   {{real({9, 121, 5})}, over({0, 2}, true), Cut::columns, 121, {all}},
                   {{real({9, 5})}, over({0, 1}, true), Cut::not_at_all},
                   {{real({9, 5})}, over({0, 1}), Cut::not_at_all},
               });
  }
  check(argmax_op, {{{real({9, 5, 53})}, over({0}), Cut::columns, 265, {own}}});
  check(argmin_op, {{{real({9, 153})}, over({0}, true), Cut::columns, 153, {own}}});
  check(argmax_op, {{{real({21, 5, 3})}, over({1}), Cut::calls, 21, {own}}});
  check(prod_others_op, {
                            {{real({21, 5, 3})}, over({1}), Cut::calls, 21, {own}},
                            {{real({9, 5, 53})}, over({0}), Cut::columns, 265, {own}},
                            {{real({3, 5, 153})}, over({0, 1}), Cut::columns, 153, {own}},
                            {{real({9, 5, 3})}, over({0, 2}), Cut::not_at_all},
                            {{real({9})}, over({0}), Cut::not_at_all},
                        });
}

TEST(PartitionRules, KeysBelongToAllRows) {
  const OpInput key = given({2}, {17, 42}, DType::uint32);
  const DropoutAttrs half{.rate = 0.5};
  check(dropout_op, {{{real({2}), key}, half, Cut::calls, 2, {own, all}},
                     {{real({0, 3}), key}, half, Cut::not_at_all}});
  const RandomAttrs two{.shape = {2}, .low = 0.0, .high = 1.0, .dtype = DType::float32};
  check(random_uniform_op, {{{key}, two, Cut::calls, 2, {all}}});
}

TEST(PartitionRules, ProductsOfEveryTypeAreCut) {
  const auto turned = [](bool a, bool b) {
    return MatmulAttrs{.transpose_a = a, .transpose_b = b};
  };
  for (DType dtype : {DType::int32, DType::float64}) {
    SCOPED_TRACE(std::string(name_of(dtype)));
    const auto matrix = [&](Shape shape) { return ints(std::move(shape), -9, 9, dtype); };
    check(batch_matmul_op,
          {
              {{matrix({21, 7}), matrix({7, 5})}, turned(false, false), Cut::rows, 21, {own, all}},
              {{matrix({7, 21}), matrix({7, 5})}, turned(true, false), Cut::rows, 21, {all, all}},
              {{matrix({21, 37}), matrix({5, 37})}, turned(false, true), Cut::rows, 21, {own, all}},
              {{matrix({21, 0}), matrix({0, 5})}, turned(false, false), Cut::not_at_all},
          });
  }
}

// Goes through calls of every cut, each of which reads what other threads wrote before it.
std::vector<Tensor> mixed_cuts(const Tensor& x, const Tensor& indices) {
  const auto item = [](const Tensor& from, Index first, Index second) {
    return get_item(from, {std::move(first), std::move(second)});
  };
  Tensor y = flip(exp(x), 0) + x;
  y = transpose(y) * 0.5;
  y = pad(item(y, Slice(3, open), All), {{2, 1}, {0, 0}}, 1.0) + y;
  y = concatenate({item(y, Slice(open, open, -2), All), item(y, Slice(open, 64), All)}, 0);
  const std::vector<Tensor> halves = split(sin(y), int64_t{2}, 0);
  y = concatenate({halves[1], halves[0] * halves[1]}, 1);
  const Tensor added = apply_one(scatter_rows_op, {y, indices},
                                 ScatterAttrs{.axis = 0, .shape = {128, y.shape()[1]}});
  const Tensor taken = take(added, indices, 0) - y;
  const Tensor columns = cumsum(taken, 0) + argmax(taken, 0);
  const std::vector<Tensor> uneven = split(columns, std::vector<int64_t>{0, 5}, 0);
  const Tensor sums = sum(reshape(columns, {8, 8, -1}), {0, 2});
  return {uneven[1] * 2.0, exp(uneven[2] * -1.0), sums, take(columns, Tensor(3), 0) + 1.0,
          sum(taken, {1})};
}

TEST(PartitionRules, PlansOfEveryCutGiveTheBitsOfOneThread) {
  Trace trace;
  const OpRow row{.op = &add_op, .inputs = {real({128, 128}), ints({64}, -128, 127)}};
  const std::vector<Tensor> inputs = inputs_of(row, DType::float32);
  const Tensor x = trace.input(inputs[0].spec(), "x");
  const Tensor indices = trace.input(inputs[1].spec(), "indices");
  const auto graph = trace.finish(mixed_cuts(x, indices));
  const std::vector<Array> arrays = {inputs[0].array(), inputs[1].array()};
  const auto alone = runtime::compile(*graph, 1);
  alone->run(arrays);
  for (int threads : {2, 3, 4}) {
    const auto executor = runtime::compile(*graph, threads);
    for (int run = 0; run < 20; ++run) {
      executor->run(arrays);
      for (size_t i = 0; i < graph->outputs.size(); ++i) {
        const Array& shared = executor->outputs()[i];
        ASSERT_EQ(std::memcmp(shared.raw(), alone->outputs()[i].raw(), shared.bytes()), 0)
            << threads << " threads, result " << i;
      }
    }
  }
}

}  // namespace
}  // namespace keratin::testing_support
