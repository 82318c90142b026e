// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/ops.h"
#include "tests/support/op_table.h"

namespace keratin::testing_support {

namespace {

using ops::ReduceAttrs;

std::function<Attrs(DType)> over(std::vector<int64_t> axis, bool keepdims = false) {
  return fixed(ReduceAttrs{.axis = std::move(axis), .keepdims = keepdims});
}

void add_rows(std::vector<OpRow>& rows, const OpDef* op) {
  const auto add = [&](Shape shape, std::vector<int64_t> axis, bool keepdims,
                       std::vector<size_t> batch = {0}) {
    rows.push_back({.op = op,
                    .inputs = {real(std::move(shape))},
                    .attrs = over(std::move(axis), keepdims),
                    .batch = std::move(batch)});
  };
  add({3, 4}, {1}, false);
  add({3, 4}, {0}, false);
  add({3, 4}, {0, 1}, false);
  add({3, 4}, {1}, true);
  add({2, 3, 4}, {1}, true);
  add({2, 3, 4}, {0, 2}, false);
  add({2, 3, 2, 3}, {1, 3}, false);
  add({2, 3, 2, 3}, {0, 2}, true);
  add({3, 70}, {0}, false);  // more columns than one block
  add({3, 1}, {1}, false);
  add({5}, {0}, false);
  add({}, {}, false, {});
  add({2, 3}, {}, false);
  add({0, 3}, {0}, false, {});
  add({3, 0}, {0}, false, {});
}

void add_index_rows(std::vector<OpRow>& rows, const OpDef* op) {
  const auto add = [&](Shape shape, std::vector<int64_t> axis, bool keepdims,
                       std::vector<size_t> batch = {0}) {
    rows.push_back({.op = op,
                    .inputs = {real(std::move(shape))},
                    .attrs = over(std::move(axis), keepdims),
                    .batch = std::move(batch)});
  };
  add({3, 4}, {1}, false);
  add({3, 4}, {0}, true);
  add({2, 3, 4}, {1}, false);
  add({2, 3}, {0, 1}, false);
  add({}, {}, false, {});
}

}  // namespace

std::vector<OpRow> reduction_rows() {
  using namespace ops;
  std::vector<OpRow> rows;
  for (const OpDef* op : {&sum_op, &prod_op, &max_op, &min_op, &any_op, &all_op, &mean_op, &var_op,
                          &logsumexp_op, &prod_others_op}) {
    add_rows(rows, op);
  }
  for (const OpDef* op : {&argmax_op, &argmin_op}) add_index_rows(rows, op);
  // The root of a variance of zero has no slope: no row of single elements.
  for (const Shape& shape : {Shape{3, 4}, Shape{2, 5, 3}}) {
    rows.push_back({.op = &std_op, .inputs = {real(shape)}, .attrs = over({1})});
    rows.push_back({.op = &std_op, .inputs = {real(shape)}, .attrs = over({0, 1}, true)});
  }
  for (int64_t axis : {0, 1, 2}) {
    rows.push_back(
        {.op = &cumsum_op, .inputs = {real({2, 3, 4})}, .attrs = fixed(AxisAttrs{.axis = axis})});
  }
  rows.push_back(
      {.op = &cumsum_op, .inputs = {real({3, 70})}, .attrs = fixed(AxisAttrs{.axis = 0})});
  rows.push_back({.op = &cumsum_op,
                  .inputs = {real({0, 3})},
                  .attrs = fixed(AxisAttrs{.axis = 0}),
                  .batch = {}});
  return rows;
}

}  // namespace keratin::testing_support
