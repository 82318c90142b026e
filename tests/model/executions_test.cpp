// SPDX-License-Identifier: Apache-2.0
// What the progress bar prints of several batches in one execution, byte for byte as real Keras
// (tests/golden/make_training.py), with a clock that moves on whenever the bar looks at it.
#include "keratin/model/callbacks/progbar_logger.h"
#include "tests/model/callbacks/support.h"
#include "tests/model/training_golden.h"

namespace keratin {
namespace {

using namespace testing_support;

// Runs with a bar that has a clock and a screen of its own, beside the one on standard output.
template <class Run>
std::string printed_by(const Run& run) {
  double now = 99.75;
  std::string text;
  callbacks::ProgbarLogger bar({.now = [&now] { return now += 0.25; },
                                .write = [&text](std::string_view part) { text += part; },
                                .is_terminal = true});
  const Captured ignored;
  run({bar});
  return text;
}

TEST(Executions, TheBarPrintsWhatThatOfKerasPrints) {
  const TrainingCase golden("bar_of_executions");
  const Config& texts = golden.at("texts");
  std::vector<float> numbers;
  for (int i = 0; i < 18; ++i) numbers.push_back(static_cast<float>(i) / 4.0f);
  const Tensor x = Tensor::from(numbers, {18, 1});
  size_t at = 0;
  for (int64_t steps : {3, 4}) {
    const Model model = Sequential(
        {layers::Input({1}), layers::Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
    model.compile({.optimizer = optimizers::SGD(0.0),
                   .loss = [](const Tensor&, const Tensor& y_pred) { return y_pred; },
                   .steps_per_execution = steps});
    const auto expect_text = [&](const auto& run) {
      EXPECT_EQ(printed_by(run), texts[at].as_string()) << at;
      ++at;
    };
    expect_text([&](const Callbacks& all) {
      model.fit(x, x, {.epochs = 2, .batch_size = 2, .callbacks = all, .shuffle = false});
    });
    expect_text([&](const Callbacks& all) {
      const Tensor some = x[Slice(0, 6)];
      model.fit(
          x, x,
          {.batch_size = 2, .validation_data = {some, some}, .callbacks = all, .shuffle = false});
    });
    expect_text([&](const Callbacks& all) {
      int64_t row = 0;
      const Generator batches = [&]() -> std::optional<Data> {
        if (row == 18) return std::nullopt;
        row += 2;
        return Data(x[Slice(row - 2, row)], x[Slice(row - 2, row)]);
      };
      model.fit(batches, {.callbacks = all});
    });
    expect_text(
        [&](const Callbacks& all) { model.evaluate(x, x, {.batch_size = 2, .callbacks = all}); });
    expect_text(
        [&](const Callbacks& all) { model.predict(x, {.batch_size = 2, .callbacks = all}); });
  }
  EXPECT_EQ(at, texts.size());
}

}  // namespace
}  // namespace keratin
