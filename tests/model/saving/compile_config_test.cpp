// SPDX-License-Identifier: Apache-2.0
// Losses, weights and metrics in each form that compile takes, written and read again.
#include "keratin/model/saving/compile_config.h"

#include "tests/model/saving/support.h"

namespace keratin::tests {
namespace {

// Returns the compile config of what is read from the compile config of these options.
std::string again(const CompileOptions& options) {
  return to_json(compile_config(compile_options_from(compile_config(options))));
}

TEST(CompileConfig, KeepsListsDictsAndSingleValues) {
  const CompileOptions all[] = {
      {.optimizer = "sgd", .loss = "mse", .loss_weights = 0.5},
      {.optimizer = "adam", .loss = Losses::list({"mse", "mae"}), .loss_weights = {0.25, 2.0}},
      {.loss = {{"a", "mse"}, {"b", "mae"}}, .loss_weights = {{"a", 0.5}, {"b", 3.0}}},
      {.loss = "mse", .metrics = {"mae", "mse"}, .weighted_metrics = {"mae"}},
      {.loss = {{"a", "mse"}}, .metrics = {{"a", {"mae"}}}, .jit_compile = true},
  };
  for (const CompileOptions& options : all) {
    EXPECT_EQ(again(options), to_json(compile_config(options)));
  }
  EXPECT_EQ(compile_config(all[0]).at("loss_weights").as_number(), 0.5);
  EXPECT_EQ(to_json(compile_config(all[1]).at("loss_weights")), "[0.25, 2.0]");
  EXPECT_EQ(to_json(compile_config(all[2]).at("loss_weights")), R"({"a": 0.5, "b": 3.0})");
  EXPECT_EQ(compile_options_from(compile_config(all[1])).loss.items().size(), 2u);
}

}  // namespace
}  // namespace keratin::tests
