// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/random_state.h"

#include "keratin/base/check.h"
#include "keratin/core/random.h"

namespace keratin {

Config random_config(const rng::Mt19937::State& state) {
  Config::List words;
  for (const uint32_t word : state.key) words.emplace_back(int64_t{word});
  words.emplace_back(state.position);
  return Config::list(std::move(words));
}

rng::Mt19937::State random_state_of(const Config& config) {
  rng::Mt19937::State state;
  require<ConfigError>(config.as_list().size() == state.key.size() + 1, "random state",
                       "expected {} integers, got {}. The file is damaged.", state.key.size() + 1,
                       config.as_list().size());
  for (size_t i = 0; i < state.key.size(); ++i) {
    state.key[i] = static_cast<uint32_t>(config[i].as_int());
  }
  state.position = static_cast<int>(config[state.key.size()].as_int());
  return state;
}

RandomStreams RandomStreams::now() {
  RandomStreams streams;
  rng::global_random().with_python(
      [&](rng::PythonRandom& generator) { streams.python = generator.engine().state(); });
  rng::global_random().with_numpy([&](rng::NumpyRandom& generator) {
    streams.numpy = generator.engine().state();
    streams.spare = generator.spare();
  });
  return streams;
}

void RandomStreams::make_current() const {
  rng::global_random().with_python(
      [&](rng::PythonRandom& generator) { generator.engine().set_state(python); });
  rng::global_random().with_numpy([&](rng::NumpyRandom& generator) {
    generator.engine().set_state(numpy);
    generator.spare() = spare;
  });
}

Config RandomStreams::to_config() const {
  return Config::dict({{"python", random_config(python)},
                       {"numpy", random_config(numpy)},
                       {"has_spare", spare.present},
                       {"spare", spare.value}});
}

RandomStreams RandomStreams::from_config(const Config& config) {
  return {random_state_of(config.at("python")),
          random_state_of(config.at("numpy")),
          {config.at("has_spare").as_bool(), config.at("spare").as_number()}};
}

}  // namespace keratin
