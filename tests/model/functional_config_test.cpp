// SPDX-License-Identifier: Apache-2.0
// Configurations of functional models that name what there is not.
#include <gtest/gtest.h>

#include "keratin/base/text.h"
#include "keratin/keratin.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using testing_support::message_of;

// Returns a text with one part in place of another, which must occur.
std::string with(std::string text, const std::string& old, const std::string& now) {
  const size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old << " in " << text;
  return at == std::string::npos ? text : text.replace(at, old.size(), now);
}

std::string json_of_a_chain() {
  const Tensor input = layers::Input({2}, {.name = "in"});
  const Tensor hidden = layers::Dense(3, {.name = "hidden"})(input);
  return Model({.inputs = input, .outputs = layers::Dense(1, {.name = "out"})(hidden), .name = "m"})
      .to_json();
}

std::string refused(const std::string& json) {
  const std::string text = message_of<ConfigError>([&] { models::model_from_json(json); });
  const size_t at = text.find("expected");
  return at == std::string::npos ? text : text.substr(at);
}

TEST(FunctionalConfig, NamesLayersAndCallsThatThereAreNot) {
  const std::string json = json_of_a_chain();
  EXPECT_EQ(models::model_from_json(json).layers().size(), 3u);
  EXPECT_EQ(refused(with(json, R"("keras_history": ["hidden", 0, 0])",
                         R"("keras_history": ["hiden", 0, 0])")),
            "expected the name of a layer of the model, got 'hiden'. Check the config.");
  EXPECT_EQ(refused(with(json, R"("keras_history": ["hidden", 0, 0])",
                         R"("keras_history": ["hidden", 1, 0])")),
            "expected calls whose inputs exist, got one of 'out' that cannot be made. Check the "
            "inbound_nodes.");
  for (const char* index : {"1", "-1"}) {
    EXPECT_EQ(refused(with(json, R"("keras_history": ["hidden", 0, 0])",
                           std::string(R"("keras_history": ["hidden", 0, )") + index + "]")),
              std::string("expected the index of one of 1 outputs of 'hidden', got ") + index +
                  ". Check the config.");
    EXPECT_EQ(refused(with(json, R"("output_layers": ["out", 0, 0])",
                           std::string(R"("output_layers": ["out", )") + index + ", 0]")),
              std::string("expected the index of one of 1 calls of 'out', got ") + index +
                  ". Check the config.");
  }
}

TEST(FunctionalConfig, NamesCallsWithoutInputsOrWithTooMany) {
  const std::string json = json_of_a_chain();
  Config config = parse_json(json, "test");
  const auto with_args = [&](Config::List args) {
    Config changed = parse_json(json, "test");
    Config::Dict all;
    for (const auto& [key, value] : changed.as_dict()) {
      if (key != "config") {
        all.emplace_back(key, value);
        continue;
      }
      Config::Dict inner;
      for (const auto& [name, part] : value.as_dict()) {
        if (name != "layers") {
          inner.emplace_back(name, part);
          continue;
        }
        Config::List layers = part.as_list();
        Config last = layers.back();
        last.set("inbound_nodes", Config::list({Config::dict({{"args", Config::list(args)},
                                                              {"kwargs", Config::dict()}})}));
        layers.back() = last;
        inner.emplace_back(name, Config::list(std::move(layers)));
      }
      all.emplace_back(key, Config::dict(std::move(inner)));
    }
    return to_json(Config::dict(std::move(all)));
  };
  const Config tensor =
      config.at("config").at("layers").as_list().back().at("inbound_nodes")[0].at("args")[0];
  EXPECT_EQ(models::model_from_json(with_args({tensor})).layers().size(), 3u);
  EXPECT_EQ(refused(with_args({})),
            "expected inputs for the layer 'out', got none. Check the config.");
  EXPECT_EQ(refused(with_args({tensor, tensor})),
            "expected a call of 'out' with its inputs, got one with 2 arguments. Pass the others "
            "by name.");
}

// A model of one input takes it by its name, too, with other keys beside it.
TEST(FunctionalModel, TakesItsOnlyInputByName) {
  const Tensor input = layers::Input({2}, {.name = "in"});
  const Model model(
      {.inputs = input, .outputs = layers::Rescaling(2.0, {.name = "r"})(input), .name = "m"});
  const Tensor x = Tensor::from({1.0f, 2.0f}, {1, 2});
  const Nest named{{"other", x}, {"in", x * 3.0f}};
  EXPECT_EQ(model(named).tensor().to_vector<float>(), (std::vector<float>{6, 12}));
  EXPECT_EQ(message_of<ValueError>([&] {
              model(Nest{{"other", x}});
            }),
            "model `m`: expected data for the input 'in', got the keys [other]. Name it so.");
  EXPECT_EQ(message_of<ValueError>([&] {
              model(Nest::list({Nest(x), Nest(x)}));
            }),
            "model `m`: expected 1 inputs (in), got 2. Pass one for each Input.");
}

}  // namespace
}  // namespace keratin
