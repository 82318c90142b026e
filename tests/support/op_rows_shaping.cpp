// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/ops.h"
#include "tests/support/op_table.h"

namespace keratin::testing_support {

namespace {

using namespace ops;

void add_view_rows(std::vector<OpRow>& rows) {
  const auto reshape = [&](Shape from, Shape to, std::vector<size_t> batch = {0},
                           bool empty_batch = true) {
    rows.push_back({.op = &reshape_op,
                    .inputs = {real(std::move(from))},
                    .attrs = fixed(ShapeAttrs{.shape = std::move(to)}),
                    .batch = std::move(batch),
                    .empty_batch = empty_batch});
  };
  reshape({2, 12}, {-1, 3, 4});
  reshape({2, 3, 4}, {-1});
  reshape({2, 6}, {3, 4}, {0}, false);
  reshape({}, {1, 1}, {});
  reshape({1, 1}, {}, {0}, false);
  reshape({0, 3}, {3, 0}, {});
  rows.push_back({.op = &reshape_op,
                  .inputs = {real({2, 6}), real({4, 3})},
                  .attrs = fixed(ShapeAttrs{}),
                  .batch = {}});
  for (int64_t axis : {0, 1}) {
    rows.push_back({.op = &merge_axes_op,
                    .inputs = {real({2, 3, 4})},
                    .attrs = fixed(AxisAttrs{.axis = axis})});
    rows.push_back({.op = &split_axis_op,
                    .inputs = {real({6, 4})},
                    .attrs = fixed(SplitAxisAttrs{.axis = axis, .outer = None, .inner = 2})});
    rows.push_back({.op = &split_axis_op,
                    .inputs = {real({6, 4})},
                    .attrs = fixed(SplitAxisAttrs{.axis = axis, .outer = 2, .inner = None})});
  }
  for (const std::vector<int64_t>& axis :
       std::vector<std::vector<int64_t>>{{0}, {1}, {2}, {0, 3}}) {
    rows.push_back(
        {.op = &expand_dims_op, .inputs = {real({2, 3})}, .attrs = fixed(AxesAttrs{.axis = axis})});
  }
  rows.push_back({.op = &expand_dims_op,
                  .inputs = {real({})},
                  .attrs = fixed(AxesAttrs{.axis = {0}}),
                  .batch = {}});
  for (const std::vector<int64_t>& axis : std::vector<std::vector<int64_t>>{{1}, {3}, {1, 3}, {}}) {
    rows.push_back({.op = &squeeze_op,
                    .inputs = {real({2, 1, 3, 1})},
                    .attrs = fixed(AxesAttrs{.axis = axis})});
  }
}

void add_moving_rows(std::vector<OpRow>& rows) {
  const auto transpose = [&](Shape shape, std::vector<int64_t> axes,
                             std::vector<size_t> batch = {0}) {
    rows.push_back({.op = &transpose_op,
                    .inputs = {real(std::move(shape))},
                    .attrs = fixed(TransposeAttrs{.axes = std::move(axes)}),
                    .batch = std::move(batch)});
  };
  transpose({2, 3}, {1, 0});
  transpose({2, 3, 4}, {0, 2, 1});
  transpose({2, 3, 4}, {2, 0, 1});
  transpose({2, 3, 4}, {0, 1, 2});
  transpose({2, 1, 4, 3}, {3, 1, 0, 2});
  transpose({4}, {0});
  transpose({}, {}, {});
  transpose({2, 0}, {1, 0}, {});
  const auto broadcast = [&](Shape from, Shape to, std::vector<size_t> batch) {
    rows.push_back({.op = &broadcast_to_op,
                    .inputs = {real(std::move(from))},
                    .attrs = fixed(ShapeAttrs{.shape = std::move(to)}),
                    .batch = std::move(batch)});
  };
  broadcast({3}, {2, 3}, {});
  broadcast({2, 1}, {None, 4}, {0});
  broadcast({2, 1, 3}, {4, None, 5, 3}, {0});
  broadcast({}, {2, 2}, {});
  broadcast({}, {2, 0}, {});
  for (const std::vector<int64_t>& axis : std::vector<std::vector<int64_t>>{{0}, {1}, {0, 1, 2}}) {
    rows.push_back(
        {.op = &flip_op, .inputs = {real({2, 3, 4})}, .attrs = fixed(AxesAttrs{.axis = axis})});
  }
  rows.push_back({.op = &flip_op, .inputs = {real({})}, .attrs = fixed(AxesAttrs{}), .batch = {}});
  const auto pad = [&](Shape shape, std::vector<int64_t> before, std::vector<int64_t> after,
                       std::vector<size_t> batch = {0}) {
    rows.push_back(
        {.op = &pad_op,
         .inputs = {real(std::move(shape))},
         .attrs = fixed(PadAttrs{
             .before = std::move(before), .after = std::move(after), .constant_value = 1.5}),
         .batch = std::move(batch)});
  };
  pad({2, 3}, {0, 1}, {0, 2});
  pad({2, 3}, {1, 0}, {2, 0});
  pad({2, 3, 2}, {1, 0, 1}, {0, 1, 1});
  pad({2, 3}, {0, 0}, {0, 0});
  pad({0, 2}, {1, 1}, {0, 1}, {});
  pad({}, {}, {}, {});
}

void add_joining_rows(std::vector<OpRow>& rows) {
  const auto join = [&](const OpDef* op, std::vector<Shape> shapes, int64_t axis,
                        std::vector<size_t> batch) {
    OpRow row{
        .op = op, .inputs = {}, .attrs = fixed(AxisAttrs{.axis = axis}), .batch = std::move(batch)};
    for (Shape& shape : shapes) row.inputs.push_back(real(std::move(shape)));
    rows.push_back(std::move(row));
  };
  join(&concatenate_op, {{2, 3}, {4, 3}}, 0, {0, 1});
  join(&concatenate_op, {{2, 3}, {2, 1}, {2, 2}}, 1, {0, 1, 2});
  join(&concatenate_op, {{2, 3, 2}, {2, 1, 2}}, 1, {0, 1});
  join(&concatenate_op, {{3}}, 0, {0});
  join(&concatenate_op, {{2, 3}, {0, 3}}, 0, {0});
  join(&split_like_op, {{5, 3}, {2, 3}, {3, 3}}, 0, {0, 1, 2});
  join(&split_like_op, {{2, 5}, {2, 4}, {2, 1}}, 1, {0, 1, 2});
  for (int64_t axis : {0, 1, 2}) join(&stack_op, {{2, 3}, {2, 3}}, axis, {0, 1});
  join(&stack_op, {{}, {}}, 0, {});
  const auto split = [&](Shape shape, SplitAttrs attrs, std::vector<size_t> batch) {
    rows.push_back({.op = &split_op,
                    .inputs = {real(std::move(shape))},
                    .attrs = fixed(std::move(attrs)),
                    .batch = std::move(batch)});
  };
  split({6, 2}, {.sections = 3, .indices = {}, .axis = 0}, {});
  split({2, 6}, {.sections = 2, .indices = {}, .axis = 1}, {0});
  split({2, 6}, {.sections = {}, .indices = {1, 4}, .axis = 1}, {0});
  split({5, 2}, {.sections = {}, .indices = {2, 2, 9}, .axis = 0}, {0});
  const auto tile = [&](Shape shape, std::vector<int64_t> repeats, std::vector<size_t> batch) {
    rows.push_back({.op = &tile_op,
                    .inputs = {real(std::move(shape))},
                    .attrs = fixed(TileAttrs{.repeats = std::move(repeats)}),
                    .batch = std::move(batch)});
  };
  tile({2, 3}, {1, 2}, {0});
  tile({2, 3}, {3, 2}, {0});
  tile({2, 3}, {2}, {0});
  tile({2, 3}, {2, 1, 2}, {0});
  tile({2, 3}, {0, 2}, {0});
  tile({}, {3}, {});
  for (int64_t axis : {0, 1}) {
    for (int64_t repeats : {0, 1, 3}) {
      rows.push_back({.op = &repeat_op,
                      .inputs = {real({2, 3})},
                      .attrs = fixed(RepeatAttrs{.repeats = repeats, .axis = axis})});
    }
  }
}

}  // namespace

std::vector<OpRow> shaping_rows() {
  std::vector<OpRow> rows;
  add_view_rows(rows);
  add_moving_rows(rows);
  add_joining_rows(rows);
  return rows;
}

}  // namespace keratin::testing_support
