// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/ops.h"
#include "tests/support/op_table.h"

namespace keratin::testing_support {

namespace {

using namespace ops;

void add_slice_rows(std::vector<OpRow>& rows) {
  const auto get = [&](Shape shape, std::vector<Index> items, std::vector<size_t> batch = {0},
                       bool empty_batch = true) {
    rows.push_back({.op = &get_item_op,
                    .inputs = {real(std::move(shape))},
                    .attrs = fixed(GetItemAttrs{.items = std::move(items)}),
                    .batch = std::move(batch),
                    .empty_batch = empty_batch});
  };
  get({4, 5, 6}, {All, 2});
  get({4, 5, 6}, {Ellipsis, -1});
  get({4, 5}, {0}, {0}, false);
  get({4, 5}, {-1}, {0}, false);
  get({4, 5}, {-2, 3}, {0}, false);
  get({4, 5}, {Slice(1, 3), Slice(open, open, 2)});
  get({4, 5}, {Slice(open, -1), Slice(4, 0, -2)});
  get({4, 5}, {Slice(-3, open), NewAxis});
  get({4, 5}, {Slice(open, open, -1)});
  get({4, 5}, {NewAxis, Ellipsis, NewAxis, Slice(1, 100)});
  get({4, 5}, {Slice(2, 2)});
  get({4, 5}, {});
  get({}, {NewAxis, Ellipsis}, {});
  const SliceAttrs bounds{.start = {open, 3}, .stop = {open, open}, .step = {open, -2}};
  const SliceAttrs cut{.start = {1, 0}, .stop = {-1, 2}, .step = {open, open}};
  for (const SliceAttrs& attrs : {bounds, cut}) {
    rows.push_back({.op = &strided_slice_op, .inputs = {real({4, 5})}, .attrs = fixed(attrs)});
  }
  rows.push_back(
      {.op = &place_slice_op,
       .inputs = {real({4, 2})},
       .attrs = fixed(PlaceSliceAttrs{
           .start = bounds.start, .stop = bounds.stop, .step = bounds.step, .shape = {None, 5}})});
  rows.push_back({.op = &place_slice_op,
                  .inputs = {real({2, 2}), real({4, 5})},
                  .attrs = fixed(PlaceSliceAttrs{
                      .start = cut.start, .stop = cut.stop, .step = cut.step, .shape = {}}),
                  .batch = {0, 1},
                  .empty_batch = false});
}

void add_gather_rows(std::vector<OpRow>& rows) {
  const auto gather = [&](const OpDef* op, Shape x, OpInput indices, int64_t axis,
                          std::vector<size_t> batch) {
    rows.push_back({.op = op,
                    .inputs = {real(std::move(x)), std::move(indices)},
                    .attrs = fixed(AxisAttrs{.axis = axis}),
                    .batch = std::move(batch),
                    .empty_batch = false});
  };
  gather(&take_op, {5, 3}, ints({2, 2}, -5, 4), 0, {0});
  gather(&take_op, {5, 3}, ints({4}, 0, 4), 0, {1});
  gather(&take_op, {2, 3, 4}, ints({5}, -3, 2, DType::int64), 1, {0});
  gather(&take_op, {2, 3}, ints({}, 0, 2, DType::uint8), 1, {0});
  gather(&take_op, {2, 3}, given({2}, {1, 1}, DType::int8), 1, {0});
  gather(&take_op, {2, 3}, ints({0}, 0, 1), 1, {0});
  gather(&take_along_axis_op, {3, 4}, ints({3, 2}, -4, 3), 1, {0, 1});
  gather(&take_along_axis_op, {3, 4}, ints({1, 4}, 0, 2, DType::uint16), 0, {0});
  gather(&take_along_axis_op, {2, 3, 4}, ints({2, 5, 1}, 0, 2), 1, {0, 1});
  gather(&take_along_axis_op, {3, 1}, ints({3, 4}, -1, 0), 1, {0, 1});
  const auto scatter = [&](const OpDef* op, std::vector<OpInput> inputs, int64_t axis, Shape shape,
                           std::vector<size_t> batch) {
    rows.push_back({.op = op,
                    .inputs = std::move(inputs),
                    .attrs = fixed(ScatterAttrs{.axis = axis, .shape = std::move(shape)}),
                    .batch = std::move(batch)});
  };
  scatter(&scatter_rows_op, {real({4, 3}), ints({4}, -5, 4)}, 0, {5, 3}, {0, 1});
  // Out of range: those rows go nowhere and get no gradient.
  scatter(&scatter_rows_op, {real({3, 2}), given({3}, {7, -6, 1}, DType::int32)}, 0, {5, 2},
          {0, 1});
  scatter(&scatter_rows_op, {real({2, 2, 3}), ints({2}, 0, 3), real({2, 4, 3})}, 1, {}, {0, 2});
  scatter(&scatter_along_axis_op, {real({3, 2}), ints({3, 2}, -4, 3)}, 1, {3, 4}, {});
  scatter(&scatter_along_axis_op,
          {real({3, 2}), given({3, 2}, {0, 9, 1, 1, -5, 3}, DType::int64), real({3, 4})}, 1, {},
          {0, 1, 2});
  const auto one_hot = [&](OpInput labels, int64_t axis, std::vector<size_t> batch = {0}) {
    rows.push_back({.op = &one_hot_op,
                    .inputs = {std::move(labels)},
                    .attrs =
                        [axis](DType dtype) {
                          return OneHotAttrs{.num_classes = 4, .axis = axis, .dtype = dtype};
                        },
                    .batch = std::move(batch)});
  };
  one_hot(ints({5}, -1, 4), -1);
  one_hot(ints({2, 3}, 0, 3, DType::uint8), 1);
  one_hot(given({3}, {0.0, 1.5, 3.0}), 0);
  one_hot(ints({}, 0, 3), 0, {});
}

}  // namespace

std::vector<OpRow> indexing_rows() {
  std::vector<OpRow> rows;
  add_slice_rows(rows);
  add_gather_rows(rows);
  return rows;
}

}  // namespace keratin::testing_support
