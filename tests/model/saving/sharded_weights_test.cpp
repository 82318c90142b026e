// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/saving/sharded_weights.h"

#include <fstream>

#include "tests/model/saving/support.h"

namespace keratin::tests {
namespace {

constexpr double gib = 1024.0 * 1024 * 1024;

Model plain() { return models::load_model(golden_saving("uncompiled.keras")); }

std::string text_of_file(const std::string& path) { return std::string(text_of(read_file(path))); }

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(ShardedWeights, ReadsWhatKerasWrote) {
  const Model model = Sequential({layers::Input({3}), layers::Dense(2)});
  model.load_weights(golden_saving("sharded.weights.json"));
  EXPECT_TRUE(same_weights(model, plain()));
}

TEST(ShardedWeights, WritesWhatKerasWrites) {
  const SavingFolder folder;
  plain().save_weights(folder.path("sharded.weights.json"), {.max_shard_size = 24 / gib});
  EXPECT_EQ(text_of_file(folder.path("sharded.weights.json")),
            text_of_file(golden_saving("sharded.weights.json")));
  EXPECT_EQ(folder.count(), 3U);
  for (const char* shard : {"sharded_00000.weights.h5", "sharded_00001.weights.h5"}) {
    const Hdf5Group ours = read_hdf5(folder.path(shard));
    const Hdf5Group theirs = read_hdf5(golden_saving(shard));
    const Hdf5Group& vars = *ours.find("layers/dense/vars");
    const Hdf5Group& expected = *theirs.find("layers/dense/vars");
    ASSERT_EQ(vars.datasets.size(), expected.datasets.size()) << shard;
    EXPECT_EQ(vars.datasets.begin()->first, expected.datasets.begin()->first) << shard;
  }
}

TEST(ShardedWeights, HoldTheStateOfTheOptimizer) {
  const SavingFolder folder;
  const Model model = models::load_model(golden_saving("sequential.keras"));
  model.save_weights(folder.path("a.weights.json"), {.max_shard_size = 300 / gib});
  EXPECT_GT(folder.count(), 3U);
  const Model other = models::load_model(golden_saving("sequential.keras"));
  other.fit(Tensor::ones({4, 6}), Tensor::ones({4, 2}), {.verbose = 0});
  EXPECT_FALSE(same_weights(model, other));
  other.load_weights(folder.path("a.weights.json"));
  EXPECT_TRUE(same_weights(model, other));
  EXPECT_TRUE(same_values(model.optimizer().variables(), other.optimizer().variables()));
}

TEST(ShardedWeights, RefusesWhatDoesNotFit) {
  const SavingFolder folder;
  const std::string path = folder.path("a.weights.json");
  EXPECT_EQ(
      message_of<ValueError>([&] { plain().save_weights(path, {.max_shard_size = 8 / gib}); }),
      "save_weights: expected arrays of at most 8 bytes, got 24 for '/layers/dense/vars/0'. "
      "Increase `max_shard_size`.");
  EXPECT_EQ(folder.count(), 0U);
  EXPECT_EQ(message_of<ValueError>([&] {
              plain().save_weights(folder.path("a.weights.h5"), {.max_shard_size = 1.0});
            }),
            "save_weights: expected a path that ends in `.weights.json` for shards of more than 0 "
            "GiB, got '" +
                folder.path("a.weights.h5") + "' and 1. Change them.");
}

TEST(ShardedWeights, AnIndexNamesNoOtherFiles) {
  const SavingFolder folder;
  const std::string path = folder.path("a.weights.json");
  const auto refusal = [&](const std::string& text) {
    write_text(path, text);
    const std::string said = message_of<Error>([&] { plain().load_weights(path); });
    return said.starts_with(path + ": ") ? said.substr(path.size() + 2) : said;
  };
  for (const char* name : {"../b.weights.h5", "/etc/b.weights.h5", "c\\\\b.weights.h5", "passwd"}) {
    const std::string said = refusal(R"({"weight_map": {"/vars": ")" + std::string(name) + "\"}}");
    EXPECT_TRUE(said.starts_with("expected names of `.weights.h5` files beside the index, got '"))
        << said;
  }
  EXPECT_EQ(refusal("{}"), "expected a dict `weight_map`, got none. Write the weights anew.");
  EXPECT_EQ(refusal(R"({"weight_map": {"/vars": 3}})"),
            "expected names of shards, got another type. Write the weights anew.");
  plain().save_weights(folder.path("b.weights.h5"));
  EXPECT_EQ(
      refusal(R"({"weight_map": {"/other/vars": "b.weights.h5"}})"),
      "expected '/other/vars' in the shard 'b.weights.h5', got none. Write the weights anew.");
  EXPECT_EQ(refusal(R"({"weight_map": {"/layers/dense/vars": ["b.weights.h5", "b.weights.h5"]}})"),
            "expected each array once, got '/layers/dense/vars/0' twice. Write the weights anew.");
}

TEST(ModelFolder, IsWrittenAndReadAgain) {
  const SavingFolder folder;
  const Model model = models::load_model(golden_saving("sequential.keras"));
  model.save(folder.path("folder"), {.zipped = false});
  for (const char* name : {"config.json", "metadata.json", "model.weights.h5"}) {
    EXPECT_TRUE(std::filesystem::exists(folder.path("folder/" + std::string(name)))) << name;
  }
  const Model loaded = models::load_model(folder.path("folder"));
  EXPECT_TRUE(same_weights(loaded, model));
  EXPECT_TRUE(same_values(loaded.optimizer().variables(), model.optimizer().variables()));
  EXPECT_EQ(message_of<ValueError>([&] { model.save("a.keras", {.zipped = false}); }),
            "save: expected the path of a folder, which does not end in `.keras`, without "
            "`zipped`, got 'a.keras'. Leave the ending out.");
}

}  // namespace
}  // namespace keratin::tests
