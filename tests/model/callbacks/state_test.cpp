// SPDX-License-Identifier: Apache-2.0
// What callbacks keep for a run that goes on, and what of them configurations hold.
#include <gtest/gtest.h>

#include "keratin/keratin.h"
#include "keratin/model/callbacks/function_codec.h"
#include "tests/model/callbacks/support.h"
#include "tests/support/message.h"

namespace keratin::testing_support {
namespace {

Model line() {
  const Model model = models::Sequential({layers::Input({2}), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  return model;
}

TEST(CallbackState, ACheckpointGoesOnWithItsBestAndItsCount) {
  const WorkingFolder folder;
  const Tensor x = Tensor::ones({8, 2}), y = Tensor::ones({8, 1});
  callbacks::ModelCheckpoint first({.filepath = "e{epoch}.weights.h5",
                                    .monitor = "loss",
                                    .save_best_only = true,
                                    .save_weights_only = true});
  const Model model = line();
  model.fit(x, y, {.epochs = 3, .verbose = 0, .callbacks = {first}});
  const CallbackState state = first.get_state();
  EXPECT_EQ(state.values.at("epoch").as_int(), 2);
  callbacks::ModelCheckpoint second({.filepath = "again{epoch}.weights.h5",
                                     .monitor = "loss",
                                     .save_best_only = true,
                                     .save_weights_only = true});
  second.set_state(state);
  EXPECT_EQ(to_json(second.get_state().values), to_json(state.values));
}

TEST(CallbackState, ABoardGoesOnCountingBatches) {
  const WorkingFolder folder;
  const callbacks::TensorBoardOptions options{
      .log_dir = "logs", .write_graph = false, .update_freq = 1};
  callbacks::TensorBoard board(options);
  const Tensor x = Tensor::ones({8, 2}), y = Tensor::ones({8, 1});
  line().fit(x, y,
             {.epochs = 2,
              .batch_size = 2,
              .verbose = 0,
              .validation_data = {x, y},
              .callbacks = {board},
              .validation_batch_size = 4});
  const CallbackState state = board.get_state();
  EXPECT_EQ(state.values.at("train_batches").as_int(), 8);
  EXPECT_EQ(state.values.at("test_batches").as_int(), 4);
  callbacks::TensorBoard next(options);
  next.set_state(state);
  EXPECT_EQ(to_json(next.get_state().values), to_json(state.values));
}

TEST(CallbackState, ConfigurationsHoldHeadersAndNoFunctions) {
  using Headers = callbacks::Headers;
  const Headers headers{{"a", "1"}, {"b", "two"}};
  const Config config = Codec<Headers>::write(headers);
  EXPECT_EQ(to_json(config), R"({"a": "1", "b": "two"})");
  EXPECT_EQ(Codec<Headers>::read(config), headers);
  using Metadata = callbacks::EmbeddingsMetadata;
  EXPECT_EQ(to_json(Codec<Metadata>::write(Metadata("words.tsv"))), R"("words.tsv")");
  EXPECT_TRUE(Codec<Metadata>::write(Metadata()).is_null());
  const std::map<std::string, std::string> files{{"e", "words.tsv"}};
  EXPECT_EQ(to_json(Codec<Metadata>::write(Metadata(files))), R"({"e": "words.tsv"})");
  EXPECT_EQ(Codec<Metadata>::read(Codec<Metadata>::write(Metadata(files))).files(), files);
  EXPECT_EQ(message_of<ConfigError>([] { detail::function_in_config(); }),
            "callback: expected no function in a configuration, got one. Pass it in the program.");
}

}  // namespace
}  // namespace keratin::testing_support
