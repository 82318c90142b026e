// SPDX-License-Identifier: Apache-2.0
// Which output shapes `summary()` shows for the layers of a subclassed model: those of Keras
// 3.15.1, which knows them of layers that have been built on data.
#include <gtest/gtest.h>

#include "keratin/keratin.h"

namespace keratin {
namespace {

struct Scale : CustomLayer<Scale> {
  using CustomLayer::CustomLayer;
  Variable factors = weight("factors");
  void build(const Shape& input) { add_weight(factors, {.shape = {input[-1]}}); }
  Tensor call(const Tensor& x) { return x * factors; }
};

struct Network : CustomModel<Network> {
  using CustomModel::CustomModel;
  layers::Dense hidden = track(layers::Dense(4, {.activation = "relu"}));
  layers::Dropout dropout = track(layers::Dropout(0.5));
  Scale scale = track(Scale());
  layers::Rescaling rescaling = track(layers::Rescaling(2.0));
  layers::Add add = track(layers::Add());
  layers::Dense head = track(layers::Dense(1));
  Tensor call(const Tensor& x) {
    const Tensor h = hidden(x);
    return head(add({rescaling(scale(dropout(h))), h}));
  }
};

// Returns the column with the output shapes.
std::vector<std::string> shapes_of(const Model& model) {
  std::vector<std::string> shapes;
  model.summary({.line_length = 80, .print_fn = [&](const std::string& line) {
                   const std::string bar = "│";
                   const size_t start = line.find(bar, bar.size());
                   if (!line.starts_with(bar) || start == std::string::npos) return;
                   const size_t end = line.find(bar, start + bar.size());
                   std::string cell = line.substr(start + bar.size(), end - start - bar.size());
                   cell.erase(0, cell.find_first_not_of(' '));
                   cell.erase(cell.find_last_not_of(' ') + 1);
                   if (!cell.empty()) shapes.push_back(cell);
                 }});
  return shapes;
}

using Shapes = std::vector<std::string>;

TEST(SummaryOfSubclassed, ShowsShapesOfLayersBuiltOnData) {
  const Network model;
  EXPECT_EQ(shapes_of(model), (Shapes{"?", "?", "?", "?", "?", "?"}));
  model(Tensor::ones({8, 3}));
  EXPECT_EQ(shapes_of(model), (Shapes{"(8, 4)", "?", "?", "(8, 4)", "(8, 4)", "(8, 1)"}));
}

TEST(SummaryOfSubclassed, ShowsTheBatchThatFitBuiltWith) {
  Network model;
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(Tensor::ones({8, 3}), Tensor::ones({8, 1}), {.batch_size = 4, .verbose = 0});
  EXPECT_EQ(shapes_of(model), (Shapes{"(4, 4)", "?", "?", "(4, 4)", "(4, 4)", "(4, 1)"}));
}

}  // namespace
}  // namespace keratin
