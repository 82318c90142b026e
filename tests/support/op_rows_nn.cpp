// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/fused.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/op_table.h"

namespace keratin::testing_support {

namespace {

using namespace ops;

void add_named_product_rows(std::vector<OpRow>& rows) {
  const auto named = [&](const char* subscripts, std::vector<Shape> shapes,
                         std::vector<size_t> batch) {
    std::vector<OpInput> inputs;
    for (Shape& shape : shapes) inputs.push_back(real(std::move(shape)));
    rows.push_back({.op = &einsum_op,
                    .inputs = std::move(inputs),
                    .attrs = fixed(EinsumAttrs{.subscripts = subscripts}),
                    .batch = std::move(batch)});
  };
  named("ij,jk->ik", {{2, 3}, {3, 4}}, {0});
  named("ij->j", {{2, 3}}, {0});
  named("ii->i", {{3, 3}}, {});
  named("i,j->ji", {{2}, {3}}, {0});
  named("bij,bkj->bki", {{2, 3, 4}, {2, 5, 4}}, {0, 1});
  named("abc,cde->abde", {{2, 3, 4}, {4, 2, 3}}, {0});
  named("btnh,bsnh->bnts", {{2, 3, 2, 2}, {2, 4, 2, 2}}, {0, 1});
  named("...x,xy->...y", {{2, 3, 4}, {4, 5}}, {0});
  named("ab...,bc->ac...", {{2, 3, 4}, {3, 2}}, {0});
  named("ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 2}}, {0});
  for (const NormalizeAttrs& attrs :
       {NormalizeAttrs{.axis = {1}}, NormalizeAttrs{.axis = {0, 2}, .order = 2, .epsilon = 0.1},
        NormalizeAttrs{.axis = {2}, .order = 1}, NormalizeAttrs{.axis = {1}, .order = 3}}) {
    rows.push_back(
        {.op = &normalize_op, .inputs = {real({2, 3, 4}, 0.5, 2.0)}, .attrs = fixed(attrs)});
  }
}

void add_product_rows(std::vector<OpRow>& rows) {
  const auto product = [&](const OpDef* op, Shape a, Shape b, std::vector<size_t> batch) {
    rows.push_back(
        {.op = op, .inputs = {real(std::move(a)), real(std::move(b))}, .batch = std::move(batch)});
  };
  product(&matmul_op, {3}, {3}, {});
  product(&matmul_op, {3}, {3, 4}, {});
  product(&matmul_op, {2, 3}, {3}, {0});
  product(&matmul_op, {2, 3}, {3, 4}, {0});
  product(&matmul_op, {5, 2, 3}, {3, 4}, {0});
  product(&matmul_op, {2, 3}, {5, 3, 4}, {1});
  product(&matmul_op, {5, 2, 3}, {5, 3, 4}, {0, 1});
  product(&matmul_op, {2, 1, 2, 3}, {5, 3, 4}, {0});
  product(&matmul_op, {2, 0}, {0, 4}, {});
  product(&dot_op, {}, {2, 3}, {1});
  product(&dot_op, {3}, {3}, {});
  product(&dot_op, {2, 3}, {3, 4}, {0});
  product(&dot_op, {5, 2, 3}, {3}, {0});
  product(&dot_op, {2, 3}, {4, 3, 2}, {});
  for (bool a : {false, true}) {
    for (bool b : {false, true}) {
      rows.push_back({.op = &batch_matmul_op,
                      .inputs = {real(a ? Shape{2, 3, 4} : Shape{2, 4, 3}),
                                 real(b ? Shape{2, 5, 3} : Shape{2, 3, 5})},
                      .attrs = fixed(MatmulAttrs{.transpose_a = a, .transpose_b = b}),
                      .batch = {0, 1}});
    }
  }
  add_named_product_rows(rows);
}

void add_loss_rows(std::vector<OpRow>& rows) {
  for (const OpDef* op : {&softmax_op, &log_softmax_op}) {
    for (int64_t axis : {-1, 0, 1}) {
      rows.push_back({.op = op,
                      .inputs = {real({2, 3, 4})},
                      .attrs = fixed(SoftmaxAttrs{.axis = axis}),
                      .empty_batch = axis != 0});
    }
  }
  for (bool from_logits : {false, true}) {
    const OpInput output = from_logits ? real({3, 4}) : real({3, 4}, 0.1, 0.9);
    const auto attrs = fixed(CrossentropyAttrs{.from_logits = from_logits});
    for (const OpDef* op : {&categorical_crossentropy_op, &binary_crossentropy_op}) {
      rows.push_back(
          {.op = op, .inputs = {real({3, 4}, 0.1, 0.9), output}, .attrs = attrs, .batch = {0, 1}});
    }
    rows.push_back({.op = &sparse_categorical_crossentropy_op,
                    .inputs = {ints({3}, 0, 3), output},
                    .attrs = attrs,
                    .batch = {0, 1}});
    rows.push_back({.op = &sparse_categorical_crossentropy_op,
                    .inputs = {ints({3, 1}, 0, 3), output},
                    .attrs = attrs,
                    .batch = {0, 1}});
  }
}

void add_creation_rows(std::vector<OpRow>& rows) {
  const auto attrs = [](DType dtype) { return FullLikeAttrs{.dtype = dtype}; };
  rows.push_back({.op = &full_like_op, .inputs = {real({2, 3}), real({})}, .attrs = attrs});
  rows.push_back({.op = &full_like_op, .inputs = {real({2, 3}), real({2, 1})}, .attrs = attrs});
  rows.push_back({.op = &full_like_op,
                  .inputs = {ints({2, 3}, 0, 1), real({2, 3})},
                  .attrs = attrs,
                  .batch = {0, 1}});
  rows.push_back(
      {.op = &full_like_op, .inputs = {real({}), real({})}, .attrs = attrs, .batch = {}});
  rows.push_back({.op = &axis_size_op, .inputs = {real({2, 3, 4})}, .attrs = [](DType dtype) {
                    return AxisSizeAttrs{.axes = {0, 2}, .dtype = dtype};
                  }});
}

void add_random_rows(std::vector<OpRow>& rows) {
  const OpInput key = given({2}, {17, 42}, DType::uint32);
  for (const OpDef* op : {&random_uniform_op, &random_normal_op}) {
    for (const Shape& shape : {Shape{3, 4}, Shape{}, Shape{0, 2}}) {
      rows.push_back({.op = op,
                      .inputs = {key},
                      .attrs =
                          [shape](DType dtype) {
                            return RandomAttrs{.shape = shape, .low = 0, .high = 1, .dtype = dtype};
                          },
                      .batch = {}});
    }
  }
  rows.push_back({.op = &dropout_op,
                  .inputs = {real({4, 5}), key},
                  .attrs = fixed(DropoutAttrs{.rate = 0.4})});
  rows.push_back({.op = &dropout_op,
                  .inputs = {real({4, 5}), key},
                  .attrs = fixed(DropoutAttrs{.rate = 0.25, .noise_shape = {None, 1}})});
}

// exp(x - row) over its sum along each row.
SubGraph fused_body(DType dtype) {
  const std::string type = std::string(name_of(dtype));
  return {parse_graph(
      "graph {\n  %0 = input \"x0\" : " + type + "[4, 3]\n  %1 = input \"x1\" : " + type +
      "[3]\n  %2 = subtract(%0, %1) : " + type + "[4, 3]\n  %3 = exp(%2) : " + type +
      "[4, 3]\n  %4 = sum(%3) {axis = [1], keepdims = true} : " + type +
      "[4, 1]\n  %5 = divide(%3, %4) : " + type + "[4, 3]\n  return %5, %4\n}\n")};
}

}  // namespace

std::vector<OpRow> nn_rows() {
  std::vector<OpRow> rows;
  add_product_rows(rows);
  rows.push_back({.op = &fused_op,
                  .inputs = {real({4, 3}), real({3})},
                  .attrs = [](DType dtype) { return Attrs(FusedAttrs{.body = fused_body(dtype)}); },
                  .batch = {},
                  .empty_batch = false});
  add_loss_rows(rows);
  add_creation_rows(rows);
  add_random_rows(rows);
  return rows;
}

}  // namespace keratin::testing_support
