// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/progress_bar.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/text.h"
#include "tests/model/terminal_golden.h"

namespace keratin {
namespace {

using Fields = TerminalGolden::Fields;

std::optional<std::int64_t> target_of(const std::string& text) {
  return text == "None" ? std::nullopt : std::optional<std::int64_t>(std::stoll(text));
}

double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

std::vector<std::string> names_of(const std::string& text) {
  return text.empty() ? std::vector<std::string>{} : text::split(text, ',');
}

ProgressValue value_of(const std::string& text) {
  std::string numbers = text.substr(2);
  if (text[0] == 's') {
    return number(numbers);
  }
  std::vector<double> list;
  for (const std::string& part : text::split(numbers, ',')) {
    list.push_back(number(part));
  }
  return list;
}

void set_option(ProgressBarOptions& options, const Fields& fields) {
  const std::string& value = fields.at(1);
  if (fields[0] == "target") {
    options.target = target_of(value);
  } else if (fields[0] == "width") {
    options.width = std::stoi(value);
  } else if (fields[0] == "verbose") {
    options.verbose = std::stoi(value);
  } else if (fields[0] == "interval") {
    options.interval = number(value);
  } else if (fields[0] == "unit_name") {
    options.unit_name = value;
  } else if (fields[0] == "stateful_metrics") {
    options.stateful_metrics = names_of(value);
  } else if (fields[0] == "stateless_metrics") {
    options.stateless_metrics = names_of(value);
  } else {
    FAIL() << "unknown option " << fields[0];
  }
}

// Replays a scenario of tests/golden/make_terminal_text.py with a clock and a screen of its own.
class Replay {
 public:
  explicit Replay(bool is_terminal) : is_terminal_(is_terminal) {}

  void begin() {
    bar_.reset();
    options_ = {};
    written_.clear();
  }

  void step(const Fields& fields) {
    if (bar_ == nullptr && fields[0] != "start") {
      set_option(options_, fields);
      return;
    }
    time_ = number(fields.at(1));
    if (fields[0] == "start") {
      options_.now = [this] { return time_; };
      options_.write = [this](std::string_view text) { written_ += text; };
      options_.is_terminal = is_terminal_;
      bar_ = std::make_unique<ProgressBar>(options_);
      return;
    }
    if (fields[0] == "target") {
      bar_->set_target(target_of(fields.at(2)));
      return;
    }
    ProgressValues values;
    for (std::size_t i = 4; i < fields.size(); i += 2) {
      values.emplace_back(fields[i], value_of(fields.at(i + 1)));
    }
    if (fields[0] == "add") {
      bar_->add(std::stoll(fields.at(2)), values);
      return;
    }
    std::optional<bool> finalize;
    if (fields.at(3) != "auto") {
      finalize = fields[3] == "yes";
    }
    bar_->update(std::stoll(fields.at(2)), values, finalize);
  }

  std::string take() { return std::exchange(written_, {}); }

 private:
  bool is_terminal_;
  double time_ = 0;
  ProgressBarOptions options_;
  std::unique_ptr<ProgressBar> bar_;
  std::string written_;
};

TEST(ProgressBar, WritesOnATerminalTheBytesOfKeras) {
  TerminalGolden golden("progress.txt");
  Replay replay(true);
  Fields fields;
  std::string scenario;
  int outputs = 0;
  while (golden.next(fields)) {
    if (fields[0] == "scenario") {
      scenario = fields.at(1);
      replay.begin();
    } else if (fields[0] == "output") {
      EXPECT_EQ(replay.take(), golden.output(fields)) << scenario;
      ++outputs;
    } else {
      replay.step(fields);
    }
  }
  EXPECT_GT(outputs, 500);
}

// Keras does not ask whether verbose 2 goes to a terminal; nor do we.
TEST(ProgressBar, WritesTheLineOfVerbose2ToAFileAsKeras) {
  TerminalGolden golden("progress.txt");
  Replay replay(false);
  Fields fields;
  bool is_verbose_2 = false;
  int lines = 0;
  while (golden.next(fields)) {
    if (fields[0] == "scenario") {
      replay.begin();
      is_verbose_2 = false;
    } else if (fields[0] == "output") {
      std::string expected = golden.output(fields);
      std::string written = replay.take();
      if (is_verbose_2) {
        EXPECT_EQ(written, expected);
        lines += !expected.empty();
      }
    } else {
      is_verbose_2 = is_verbose_2 || (fields[0] == "verbose" && fields.at(1) == "2");
      replay.step(fields);
    }
  }
  EXPECT_GT(lines, 10);
}

struct Recorded {
  explicit Recorded(ProgressBarOptions options) {
    options.now = [this] { return time; };
    options.write = [this](std::string_view part) { text += part; };
    bar = std::make_unique<ProgressBar>(std::move(options));
  }
  double time = 100;
  std::string text;
  std::unique_ptr<ProgressBar> bar;
};

TEST(ProgressBar, WritesOneLineAnEpochToAFile) {
  Recorded run({.target = 469, .stateless_metrics = std::vector<std::string>{}});
  for (int step = 1; step <= 468; ++step) {
    run.time += 0.002;
    run.bar->update(step, {{"accuracy", 0.1}, {"loss", 2.0}});
  }
  EXPECT_EQ(run.text, "");
  run.time = 101.3;
  run.bar->update(469, {{"accuracy", 0.8}, {"loss", 0.5}}, true);
  EXPECT_EQ(run.text, "469/469 - 1s - 3ms/step - accuracy: 0.8000 - loss: 0.5000\n");
}

TEST(ProgressBar, WritesAFileWithAnUnknownTarget) {
  Recorded run({});
  run.time = 103;
  run.bar->update(5, {{"loss", -2.0}});
  EXPECT_EQ(run.text, "");
  run.bar->update(6, {}, true);
  EXPECT_EQ(run.text, "6/Unknown - 3s - 500ms/step - loss: -2.0000e+00\n");
}

TEST(ProgressBar, IsSilentInAFileWithVerbose0) {
  Recorded run({.target = 1, .verbose = 0});
  run.bar->update(1);
  EXPECT_EQ(run.text, "");
}

TEST(ProgressBar, RefusesBothKindsOfMetricLists) {
  ProgressBarOptions options;
  options.stateful_metrics.emplace();
  options.stateless_metrics.emplace();
  try {
    ProgressBar bar(options);
    FAIL() << "expected ValueError";
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(),
                 "ProgressBar: expected only one of stateful_metrics and stateless_metrics, got "
                 "both. Name either the metrics that are shown as they are or those that are "
                 "averaged.");
  }
}

TEST(ProgressBar, WritesToStandardOutputByDefault) {
  testing::internal::CaptureStdout();
  ProgressBar bar({.target = 1, .verbose = 2});
  bar.update(1, {{"loss", 0.25}});
  std::string text = testing::internal::GetCapturedStdout();
  EXPECT_EQ(text.substr(0, 11), "1/1 - 0s - ");
  EXPECT_EQ(text.substr(text.find("/step")), "/step - loss: 0.2500\n");
}

}  // namespace
}  // namespace keratin
