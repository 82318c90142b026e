// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/summary.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/text.h"
#include "tests/model/terminal_golden.h"

namespace keratin {
namespace {

using Fields = TerminalGolden::Fields;
using Kind = SummaryShape::Kind;

// Reads `?`, `<N,32>`, `[a;b]`, `(a;b)` and `{key=a;key=b}`, and removes it from the text.
SummaryShape read_shape(std::string_view& text) {
  static const std::map<char, Kind> kinds = {{'?', Kind::unknown},
                                             {'<', Kind::shape},
                                             {'[', Kind::list},
                                             {'(', Kind::tuple},
                                             {'{', Kind::dict}};
  auto take = [&](std::string_view stops) {
    std::size_t end = text.find_first_of(stops);
    std::string part(text.substr(0, end));
    text.remove_prefix(end);
    return part;
  };
  SummaryShape shape;
  shape.kind = kinds.at(text.front());
  text.remove_prefix(1);
  if (shape.kind == Kind::unknown) {
    return shape;
  }
  while (text.front() != '>' && text.front() != ']' && text.front() != ')' && text.front() != '}') {
    if (text.front() == ',' || text.front() == ';') {
      text.remove_prefix(1);
    }
    if (shape.kind == Kind::shape) {
      std::string dim = take(",>");
      shape.dims.push_back(dim == "N" ? SummaryShape::Dim{} : std::stoll(dim));
      continue;
    }
    if (shape.kind == Kind::dict) {
      shape.keys.push_back(take("="));
      text.remove_prefix(1);
    }
    shape.items.push_back(read_shape(text));
  }
  text.remove_prefix(1);
  return shape;
}

SummaryRow read_row(const Fields& fields) {
  SummaryRow row;
  row.depth = std::stoi(fields.at(1));
  row.name = fields.at(2);
  row.class_name = fields.at(3);
  std::string_view shape = fields.at(4);
  row.output = read_shape(shape);
  row.parameters = std::stoll(fields.at(5));
  row.is_built = fields.at(6) == "1";
  row.has_weights = fields.at(7) == "1";
  row.is_trainable = fields.at(8) == "1";
  if (!fields.at(9).empty()) {
    for (const std::string& connection : text::split(fields[9], ';')) {
      Fields parts = text::split(connection, '|');
      row.connections.push_back({parts.at(0), std::stoll(parts.at(1)), std::stoll(parts.at(2))});
    }
  }
  return row;
}

terminal::Colors colors_of(const std::string& name) {
  static const std::map<std::string, terminal::Colors> colors = {
      {"none", terminal::Colors::none},
      {"bold", terminal::Colors::bold},
      {"standard", terminal::Colors::standard},
      {"eight_bit", terminal::Colors::eight_bit}};
  return colors.at(name);
}

struct Replay {
  ModelSummary model;
  SummaryOptions options;

  void step(const Fields& fields) {
    auto count = [&] { return SummaryCount{std::stoll(fields.at(1)), std::stod(fields.at(2))}; };
    const std::string& kind = fields[0];
    if (kind == "model") {
      model.name = fields.at(1);
    } else if (kind == "connections") {
      model.has_connections = fields.at(1) == "1";
    } else if (kind == "row") {
      model.rows.push_back(read_row(fields));
    } else if (kind == "trainable") {
      model.trainable = count();
    } else if (kind == "non_trainable") {
      model.non_trainable = count();
    } else if (kind == "optimizer") {
      model.optimizer = count();
    } else {
      set_option(kind, fields);
    }
  }

  void set_option(const std::string& kind, const Fields& fields) {
    if (kind == "print") {
      options = {};
      options.columns = options.console_columns = std::stoi(fields.at(1));
      options.colors = colors_of(fields.at(2));
    } else if (kind == "line_length") {
      options.line_length = std::stoi(fields.at(1));
    } else if (kind == "expand_nested") {
      options.expand_nested = fields.at(1) == "1";
    } else if (kind == "show_trainable") {
      options.show_trainable = fields.at(1) == "1";
    } else if (kind == "layer_range") {
      Fields names = text::split(fields.at(1), ',');
      options.layer_range = {names.at(0), names.at(1)};
    } else if (kind == "positions") {
      for (const std::string& position : text::split(fields.at(1), ',')) {
        options.positions.push_back(std::stod(position));
      }
    } else {
      FAIL() << "unknown line " << kind;
    }
  }
};

class SummaryOfModel : public testing::TestWithParam<std::string> {};

TEST_P(SummaryOfModel, EqualsKeras) {
  TerminalGolden golden("summary_" + GetParam() + ".txt");
  Replay replay;
  Fields fields;
  int outputs = 0;
  while (golden.next(fields)) {
    if (fields[0] != "output") {
      replay.step(fields);
      continue;
    }
    std::string expected = golden.output(fields);
    ++outputs;
    if (expected == "ValueError: Insufficient console width to print summary.\n") {
      EXPECT_THROW(render_summary(replay.model, replay.options), ValueError);
    } else {
      EXPECT_EQ(render_summary(replay.model, replay.options), expected)
          << "print " << outputs << ", " << replay.options.columns << " columns";
    }
  }
  EXPECT_GE(outputs, 4);
}

INSTANTIATE_TEST_SUITE_P(Models, SummaryOfModel,
                         testing::Values("sequential", "convnet", "one_block", "many_inputs",
                                         "nested", "long_names", "unbuilt", "empty", "trained",
                                         "compiled", "several_shapes", "very_large", "subclassed"),
                         [](const auto& instance) { return instance.param; });

TEST(Summary, TestsEveryGoldenModel) {
  std::size_t files = 0;
  std::filesystem::path folder = std::filesystem::path(KERATIN_GOLDEN_DIR) / "terminal";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files += entry.path().filename().string().rfind("summary_", 0) == 0;
  }
  EXPECT_EQ(files, 13u);
}

ModelSummary two_layers() {
  ModelSummary model;
  model.name = "m";
  for (std::string name : {"first", "second"}) {
    SummaryRow row;
    row.name = name;
    row.class_name = "Dense";
    row.output = SummaryShape::of({std::nullopt, 3});
    model.rows.push_back(row);
  }
  return model;
}

void expect_value_error(const SummaryOptions& options, const std::string& text) {
  try {
    render_summary(two_layers(), options);
    FAIL() << "expected: " << text;
  } catch (const ValueError& error) {
    EXPECT_EQ(error.what(), text);
  }
}

TEST(Summary, RefusesLinesThatAreTooShort) {
  expect_value_error({.line_length = 10},
                     "summary: expected every column to have at least 4 characters, got 2 for "
                     "column 2 of a line of 10. Use a longer line or other positions.");
  expect_value_error({.columns = 12},
                     "summary: expected every column to have at least 4 characters, got 3 for "
                     "column 0 of a line of 8. Use a longer line or other positions.");
}

TEST(Summary, RefusesTooFewPositions) {
  expect_value_error({.positions = {0.5, 1.0}},
                     "summary: expected at least 3 positions, got 2. Give one for each column.");
}

TEST(Summary, RefusesALayerRangeThatFitsNoLayer) {
  SummaryOptions options;
  options.layer_range = {"first", "third"};
  expect_value_error(options,
                     "summary: expected layer_range to fit names of layers, got 'first' and "
                     "'third'. Use names that the summary without layer_range shows.");
  options.layer_range = {"(", "third"};
  EXPECT_THROW(render_summary(two_layers(), options), ValueError);
}

TEST(Summary, ShowsOneShapeWithoutBrackets) {
  ModelSummary model = two_layers();
  model.rows[0].output = SummaryShape::list_of({SummaryShape::of({std::nullopt})});
  model.rows[1].output = SummaryShape::list_of({});
  std::string text = render_summary(model);
  EXPECT_NE(text.find("│ (None)  "), std::string::npos) << text;
  EXPECT_NE(text.find("│ []  "), std::string::npos) << text;
}

TEST(Summary, ShowsMoreThan1024PetabytesAsKeras) {
  ModelSummary model = two_layers();
  model.trainable = {1, 1024.0 * 1024 * 1024 * 1024 * 1024 * 1024 * 3};
  model.non_trainable = {1, 1024};
  std::string text = render_summary(model);
  EXPECT_NE(text.find(" Trainable params: 1 (3.00 PB)\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" Non-trainable params: 1 (1.00 KB)\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace keratin
