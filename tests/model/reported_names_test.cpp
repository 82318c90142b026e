// SPDX-License-Identifier: Apache-2.0
// The names under which losses and metrics are reported by models whose outputs have none: those
// that Keras 3.15.1 gives. tests/golden/models/metrics_* have the others.
#include <gtest/gtest.h>

#include "keratin/keratin.h"

namespace keratin {
namespace {

using Names = std::vector<std::string>;

struct ListOfTwo : CustomModel<ListOfTwo> {
  using CustomModel::CustomModel;
  layers::Dense first = track(layers::Dense(1));
  layers::Dense second = track(layers::Dense(1));
  Nest call(const Nest& x) { return {first(x), second(x)}; }
};

struct DictOfTwo : CustomModel<DictOfTwo> {
  using CustomModel::CustomModel;
  layers::Dense first = track(layers::Dense(1));
  layers::Dense second = track(layers::Dense(1));
  Nest call(const Nest& x) { return {{"y", first(x)}, {"b", second(x)}}; }
};

const Tensor data = ops::reshape(ops::arange(8.0f), {8, 1});

TEST(ReportedNames, OfAListAreThoseOfLossesAndMetrics) {
  ListOfTwo model;
  model.compile({.optimizer = "sgd", .loss = {"mse", "mae"}, .metrics = {{"mae"}, {"mse"}}});
  const History history = model.fit(data, {data, data}, {.verbose = 0});
  EXPECT_EQ(history.names(), (Names{"loss", "mae", "mae_loss", "mse", "mse_loss"}));
  EXPECT_EQ(model.evaluate(data, {data, data}, {.verbose = 0}).names(),
            (Names{"loss", "mae", "mse", "mse_loss", "mae_loss"}));
  EXPECT_EQ(model.metrics_names(), (Names{"loss", "mae", "mse", "mse_loss", "mae_loss"}));
}

TEST(ReportedNames, OfOneLossForAListAreTheSame) {
  ListOfTwo model;
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Logs logs = model.test_on_batch(data, {data, data + 1.0f});
  EXPECT_EQ(logs.names(), (Names{"loss", "mse_loss", "mse_loss"}));
  // Of two with one name Keras shows the later one.
  EXPECT_NE(logs[0], logs[1] + logs[2]);
  EXPECT_EQ(model.test_on_batch(data, {data, data + 1.0f}, {.return_dict = true}).names(),
            (Names{"loss", "mse_loss"}));
}

TEST(ReportedNames, OfADictAreItsKeys) {
  DictOfTwo model;
  model.compile({.optimizer = "sgd",
                 .loss = {{"y", "mse"}, {"b", "mae"}},
                 .metrics = {{"y", {"mae"}}, {"b", {"mae"}}}});
  const Nest targets = {{"y", data}, {"b", data}};
  EXPECT_EQ(model.fit(data, targets, {.verbose = 0}).names(),
            (Names{"b_loss", "b_mae", "loss", "y_loss", "y_mae"}));
  EXPECT_EQ(model.evaluate(data, targets, {.verbose = 0}).names(),
            (Names{"loss", "y_loss", "b_loss", "b_mae", "y_mae"}));
}

TEST(ReportedNames, OfMetricsThatAreCalledAlikeGetNumbers) {
  ListOfTwo model;
  model.compile({.optimizer = "sgd", .loss = {"mse", "mae"}, .metrics = {{"mae"}, {"mae"}}});
  EXPECT_EQ(model.test_on_batch(data, {data, data}).names(),
            (Names{"loss", "mae", "mae", "mse_loss", "mae_loss", "mae_1"}));
}

}  // namespace
}  // namespace keratin
