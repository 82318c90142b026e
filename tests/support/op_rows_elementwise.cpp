// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/ops.h"
#include "tests/support/op_table.h"

namespace keratin::testing_support {

namespace {

struct Unary {
  const OpDef* op;
  double low;
  double high;
};

struct Binary {
  const OpDef* op;
  double low1, high1, low2, high2;
};

// Ranges keep away from kinks and poles, where differences cannot follow a gradient.
const std::vector<Unary>& unary_ops() {
  using namespace ops;
  static const std::vector<Unary> table = {
      {&negative_op, -2, 2},      {&absolute_op, 0.1, 2},   {&sign_op, -2, 2},
      {&square_op, -2, 2},        {&sqrt_op, 0.2, 4},       {&rsqrt_op, 0.4, 4},
      {&exp_op, -2, 2},           {&expm1_op, -1, 1},       {&log_op, 0.4, 4},
      {&log1p_op, -0.5, 3},       {&sin_op, -3, 3},         {&cos_op, -3, 3},
      {&tan_op, -1, 1},           {&arcsin_op, -0.8, 0.8},  {&arccos_op, -0.8, 0.8},
      {&arctan_op, -3, 3},        {&sinh_op, -2, 2},        {&cosh_op, -2, 2},
      {&tanh_op, -2, 2},          {&erf_op, -2, 2},         {&floor_op, -3, 3},
      {&ceil_op, -3, 3},          {&round_op, -3, 3},       {&isnan_op, -2, 2},
      {&isinf_op, -2, 2},         {&isfinite_op, -2, 2},    {&logical_not_op, -2, 2},
      {&reciprocal_op, 0.5, 4},   {&log2_op, 0.4, 4},       {&log10_op, 0.4, 4},
      {&stop_gradient_op, -2, 2}, {&relu_op, -2, 2},        {&sigmoid_op, -4, 4},
      {&softplus_op, -4, 4},      {&log_sigmoid_op, -4, 4},
  };
  return table;
}

const std::vector<Binary>& binary_ops() {
  using namespace ops;
  static const std::vector<Binary> table = {
      {&add_op, -2, 2, -2, 2},
      {&subtract_op, -2, 2, -2, 2},
      {&multiply_op, -2, 2, -2, 2},
      {&divide_op, -2, 2, 0.5, 2},
      {&floor_divide_op, -4, 4, 0.7, 2},
      {&mod_op, 2.1, 2.9, 0.95, 1.04},
      {&power_op, 0.4, 2, -2, 2},
      {&maximum_op, -2, 2, -2, 2},
      {&minimum_op, -2, 2, -2, 2},
      {&arctan2_op, 0.3, 2, 0.3, 2},
      {&equal_op, -2, 2, -2, 2},
      {&not_equal_op, -2, 2, -2, 2},
      {&less_op, -2, 2, -2, 2},
      {&less_equal_op, -2, 2, -2, 2},
      {&greater_op, -2, 2, -2, 2},
      {&greater_equal_op, -2, 2, -2, 2},
      {&logical_and_op, -2, 2, -2, 2},
      {&logical_or_op, -2, 2, -2, 2},
      {&logical_xor_op, -2, 2, -2, 2},
      {&logaddexp_op, -2, 2, -2, 2},
      {&divide_no_nan_op, -2, 2, 0.5, 2},
      {&squared_difference_op, -2, 2, -2, 2},
  };
  return table;
}

void add_shapes(std::vector<OpRow>& rows, const Unary& entry) {
  for (const Shape& shape : {Shape{3, 4}, Shape{2, 1, 3}}) {
    rows.push_back({.op = entry.op, .inputs = {real(shape, entry.low, entry.high)}});
  }
  for (const Shape& shape : {Shape{}, Shape{2, 0}}) {
    rows.push_back({.op = entry.op, .inputs = {real(shape, entry.low, entry.high)}, .batch = {}});
  }
}

void add_shapes(std::vector<OpRow>& rows, const Binary& entry) {
  const auto add = [&](const Shape& a, const Shape& b, std::vector<size_t> batch) {
    rows.push_back({.op = entry.op,
                    .inputs = {real(a, entry.low1, entry.high1), real(b, entry.low2, entry.high2)},
                    .batch = std::move(batch)});
  };
  add({3, 4}, {3, 4}, {0, 1});
  add({3, 4}, {4}, {0});
  add({4}, {3, 4}, {1});
  add({3, 1}, {1, 4}, {0});
  add({}, {2, 3}, {1});
  add({2, 3}, {}, {0});
  add({}, {}, {});
  add({2, 0}, {1, 1}, {});
}

}  // namespace

std::vector<OpRow> elementwise_rows() {
  std::vector<OpRow> rows;
  for (const Unary& entry : unary_ops()) add_shapes(rows, entry);
  for (const Binary& entry : binary_ops()) add_shapes(rows, entry);
  const auto where = [&](const Shape& c, const Shape& a, const Shape& b,
                         std::vector<size_t> batch) {
    rows.push_back({.op = &ops::where_op,
                    .inputs = {ints(c, 0, 1, DType::bool_), real(a), real(b)},
                    .batch = std::move(batch)});
  };
  where({3, 4}, {3, 4}, {3, 4}, {0, 1, 2});
  where({3, 4}, {4}, {}, {0});
  where({3, 1}, {1, 4}, {3, 4}, {0, 2});
  where({}, {}, {}, {});
  where({2, 0}, {}, {2, 1}, {});
  for (const Shape& shape : {Shape{3, 4}, Shape{}, Shape{2, 0}}) {
    const std::vector<size_t> batch(shape.empty() || shape[-1] == 0 ? 0 : 1, 0);
    rows.push_back({.op = &ops::clip_op,
                    .inputs = {real(shape), given({}, {-1.0}), given({}, {0.75})},
                    .batch = batch});
    rows.push_back({.op = &ops::cast_op,
                    .inputs = {real(shape)},
                    .attrs = [](DType dtype) { return ops::CastAttrs{.dtype = dtype}; },
                    .batch = batch});
    rows.push_back({.op = &ops::cast_op,
                    .inputs = {real(shape)},
                    .attrs = fixed(ops::CastAttrs{.dtype = DType::int32}),
                    .batch = batch});
  }
  return rows;
}

}  // namespace keratin::testing_support
