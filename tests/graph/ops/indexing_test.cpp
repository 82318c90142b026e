// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/indexing.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "tests/support/message.h"
#include "tests/support/run_graph.h"

namespace keratin {
namespace {

using testing_support::message_of;

TEST(Indexing, ItemsOfNoneAxesAreInferred) {
  const Tensor x = keras_tensor({{None, None, 8}, DType::float32});
  EXPECT_EQ((x[{All, 0}].shape()), (Shape{None, 8}));
  EXPECT_EQ((x[{All, -1, Slice(2, 4)}].shape()), (Shape{None, 2}));
  EXPECT_EQ((x[{All, Slice(1, open)}].shape()), (Shape{None, None, 8}));
  EXPECT_EQ((x[{Ellipsis, NewAxis, 3}].shape()), (Shape{None, None, 1}));
  EXPECT_EQ(x[0].shape(), (Shape{None, 8}));
}

TEST(Indexing, ItemsOfNoneAxesAreFoundWhenTheGraphRuns) {
  Trace trace;
  const Tensor x = trace.input({{None, None}, DType::float32}, "x");
  const auto graph = trace.finish({x[{All, -1}], x[{0}], x[{All, -2}], x[{All, Slice(open, 5)}]});
  const Tensor data = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  const std::vector<Tensor> results = testing_support::run_graph(*graph, {data});
  EXPECT_EQ(results[0].to_vector<float>(), (std::vector<float>{3, 6}));
  EXPECT_EQ(results[1].to_vector<float>(), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(results[2].to_vector<float>(), (std::vector<float>{2, 5}));
  EXPECT_EQ(results[3].shape(), (Shape{2, 3}));
  const auto too_short = [&] { testing_support::run_graph(*graph, {Tensor::zeros({2, 1})}); };
  EXPECT_EQ(message_of<ValueError>(too_short),
            "get_item: expected an index between -1 and 0 for axis 1 of [2, 1], got -2. Check the "
            "index.");
}

TEST(Indexing, ErrorsAreSentences) {
  const Tensor x = Tensor::zeros({2, 3});
  EXPECT_EQ(message_of<ValueError>([&] {
              x[{0, 3}];
            }),
            "get_item: expected an index between -3 and 2 for axis 1 of [2, 3], got 3. Check the "
            "index.");
  EXPECT_EQ(message_of<ValueError>([&] {
              x[{0, 0, 0}];
            }),
            "get_item: expected at most 2 indices for the shape [2, 3], got 3. Drop some.");
  EXPECT_EQ(message_of<ValueError>([&] {
              x[{Ellipsis, Ellipsis}];
            }),
            "get_item: expected at most one ellipsis, got 2. Write All for single axes.");
  EXPECT_EQ(message_of<ValueError>([&] { x[{Slice(0, 1, 0)}]; }),
            "get_item: expected a step that is not 0, got 0. Leave it out for every element.");
  EXPECT_EQ(message_of<DTypeError>([&] { ops::take(x, x, 0); }),
            "take: expected integer indices, got float32. Cast them.");
  EXPECT_EQ(message_of<ValueError>([&] { ops::take(x, 0, 2); }),
            "take: expected `axis` between -2 and 1, got 2. Check the rank of the input.");
  EXPECT_EQ(message_of<ShapeError>([&] { ops::take_along_axis(x, 0, 1); }),
            "take_along_axis: expected indices of rank 2, got shape []. Reshape them.");
  EXPECT_EQ(message_of<ValueError>([&] { ops::one_hot(0, -1); }),
            "one_hot: expected `num_classes` of 0 or more, got -1. Check the argument.");
}

TEST(Indexing, IndicesAreWrittenAsJson) {
  const ops::GetItemAttrs attrs{.items = {All, 3, Slice(1, -1, 2), Ellipsis, NewAxis}};
  EXPECT_EQ(to_json(config_of(attrs)),
            R"({"items": [{"slice": [null, null, null]}, 3, {"slice": [1, -1, 2]}, "...", null]})");
}

}  // namespace
}  // namespace keratin
