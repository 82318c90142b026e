// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/summary.h"

#include <algorithm>
#include <cmath>
#include <regex>
#include <string_view>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/model/text_table.h"

namespace keratin {
namespace {

StyledText& add_number(StyledText& text, std::int64_t number, bool with_commas = true) {
  return text.add(with_commas ? text::with_commas(number) : std::to_string(number),
                  {TextColor::green, false});
}

void add_shape(StyledText& text, const SummaryShape& shape) {
  using Kind = SummaryShape::Kind;
  if (shape.kind == Kind::unknown) {
    text.add("?");
    return;
  }
  bool is_list = shape.kind == Kind::list;
  bool is_dict = shape.kind == Kind::dict;
  text.add(is_list ? "[" : is_dict ? "{" : "(");
  std::string_view separator;
  for (const SummaryShape::Dim& dim : shape.dims) {
    text.add(separator);
    dim ? add_number(text, *dim, false) : text.add("None", {TextColor::cyan, false});
    separator = ", ";
  }
  for (std::size_t i = 0; i < shape.items.size(); ++i) {
    text.add(separator);
    if (is_dict) {
      text.add(shape.keys.at(i)).add(": ");
    }
    add_shape(text, shape.items[i]);
    separator = ", ";
  }
  if (shape.kind == Kind::tuple && shape.items.size() == 1) {
    text.add(",");
  }
  text.add(is_list ? "]" : is_dict ? "}" : ")");
}

void collect_leaves(const SummaryShape& shape, std::vector<const SummaryShape*>& leaves) {
  if (shape.kind == SummaryShape::Kind::unknown || shape.kind == SummaryShape::Kind::shape) {
    leaves.push_back(&shape);
  }
  for (const SummaryShape& item : shape.items) {
    collect_leaves(item, leaves);
  }
}

StyledText name_cell(const SummaryRow& row) {
  StyledText text;
  for (int i = 0; i < row.depth; ++i) {
    text.add("   ");
  }
  text.add(row.depth > 0 ? "└ " : "").add(row.name).add(" (");
  return text.add(row.class_name, {TextColor::blue, false}).add(")");
}

StyledText shape_cell(const SummaryRow& row) {
  std::vector<const SummaryShape*> leaves;
  collect_leaves(row.output, leaves);
  StyledText text;
  add_shape(text, leaves.size() == 1 ? *leaves[0] : row.output);
  return text;
}

StyledText parameters_cell(const SummaryRow& row) {
  StyledText text;
  add_number(text, row.is_built ? row.parameters : 0);
  return text.add(row.is_built ? "" : " (unbuilt)");
}

StyledText connections_cell(const SummaryRow& row) {
  StyledText text;
  for (const SummaryConnection& connection : row.connections) {
    text.add(text.plain.empty() ? "" : ", ").add(connection.layer).add("[");
    add_number(text, connection.node_index, false).add("][");
    add_number(text, connection.tensor_index, false).add("]");
  }
  return row.connections.empty() ? text.add("-") : text;
}

StyledText trainable_cell(const SummaryRow& row) {
  StyledText text;
  if (!row.has_weights) {
    return text.add("-", {TextColor::none, true});
  }
  return row.is_trainable ? text.add("Y", {TextColor::green, true})
                          : text.add("N", {TextColor::red, true});
}

std::string memory_text(double bytes) {
  constexpr std::string_view units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
  for (std::string_view unit : units) {
    if (bytes / 1024 < 1) {
      return fmt::format("{:.2f} {}", bytes, unit);
    }
    bytes /= 1024;
  }
  return fmt::format("{:.2f} {}", bytes, units[5]);  // Keras shows exabytes as PB
}

void print_count(TextConsole& console, std::string_view label, const SummaryCount& count) {
  StyledText text;
  text.add(label, {TextColor::none, true});
  add_number(text, count.parameters).add(" (" + memory_text(count.bytes) + ")");
  console.print(text);
}

void set_widths(TextTable& table, const std::vector<double>& positions) {
  std::size_t count = table.columns.size();
  require<ValueError>(positions.size() >= count, "summary",
                      "expected at least {} positions, got {}. Give one for each column.", count,
                      positions.size());
  double used = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    double end = std::trunc(positions[i] * table.width);
    require<ValueError>(end - used >= 4, "summary",
                        "expected every column to have at least 4 characters, got {} for column "
                        "{} of a line of {}. Use a longer line or other positions.",
                        end - used, i, table.width);
    if (i < count) {
      table.columns[i].width = static_cast<std::int64_t>(std::min(end - used, 1e9));
    }
    used = end;
  }
}

TextTable make_table(const ModelSummary& model, const SummaryOptions& options) {
  TextTable table;
  table.columns = {{"Layer (type)", Justify::left},
                   {"Output Shape", Justify::left},
                   {"Param #", Justify::right}};
  std::vector<double> positions = {0.45, 0.80, 1.0};
  table.width = 88;
  if (model.has_connections) {
    table.columns.push_back({"Connected to", Justify::left});
    positions = {0.3, 0.56, 0.74, 1.0};
    table.width = 108;
  }
  positions = options.positions.empty() ? positions : options.positions;
  if (options.show_trainable) {
    table.columns.push_back({"Trainable", Justify::center});
    table.width += 12;
    for (double& position : positions) {
      position *= 0.90;
    }
    positions.push_back(1.0);
  }
  table.width = std::min(table.width, options.columns - 4);
  table.width = options.line_length != 0 ? options.line_length : table.width;
  set_widths(table, positions);
  return table;
}

// Returns the numbers of the outermost layers whose name begins with what `pattern` fits.
std::vector<std::size_t> layers_that_fit(const ModelSummary& model, const std::string& pattern) {
  std::regex expression;
  try {
    expression = std::regex(pattern);
  } catch (const std::regex_error& error) {
    fail<ValueError>("summary",
                     "expected a regular expression in layer_range, got '{}' ({}). Use "
                     "the name of a layer.",
                     pattern, error.what());
  }
  std::vector<std::size_t> found;
  std::size_t index = 0;
  for (const SummaryRow& row : model.rows) {
    if (row.depth == 0) {
      if (std::regex_search(row.name, expression, std::regex_constants::match_continuous)) {
        found.push_back(index);
      }
      ++index;
    }
  }
  return found;
}

// Returns the numbers, first and one past the last, of the outermost layers that are shown.
std::pair<std::size_t, std::size_t> shown_layers(const ModelSummary& model,
                                                 const SummaryOptions& options) {
  if (!options.layer_range) {
    return {0, model.rows.size()};
  }
  const auto& [from, to] = *options.layer_range;
  std::vector<std::size_t> lower = layers_that_fit(model, from);
  std::vector<std::size_t> upper = layers_that_fit(model, to);
  require<ValueError>(!lower.empty() && !upper.empty(), "summary",
                      "expected layer_range to fit names of layers, got '{}' and '{}'. Use names "
                      "that the summary without layer_range shows.",
                      from, to);
  if (lower.front() > upper.back()) {
    return {upper.front(), lower.back() + 1};
  }
  return {lower.front(), upper.back() + 1};
}

std::vector<std::vector<StyledText>> make_rows(const ModelSummary& model,
                                               const SummaryOptions& options) {
  auto [first, last] = shown_layers(model, options);
  std::vector<std::vector<StyledText>> rows;
  std::size_t layers = 0;  // outermost layers so far
  for (const SummaryRow& row : model.rows) {
    layers += row.depth == 0;
    if (layers <= first || layers > last || (row.depth > 0 && !options.expand_nested)) {
      continue;
    }
    rows.push_back({name_cell(row), shape_cell(row), parameters_cell(row)});
    if (model.has_connections) {
      rows.back().push_back(connections_cell(row));
    }
    if (options.show_trainable) {
      rows.back().push_back(trainable_cell(row));
    }
  }
  return rows;
}

}  // namespace

std::string render_summary(const ModelSummary& model, const SummaryOptions& options) {
  TextTable table = make_table(model, options);
  table.rows = make_rows(model, options);
  SummaryCount optimizer = model.optimizer.value_or(SummaryCount{});
  SummaryCount total = {
      model.trainable.parameters + model.non_trainable.parameters + optimizer.parameters,
      model.trainable.bytes + model.non_trainable.bytes + optimizer.bytes};

  TextConsole console(options.console_columns, options.colors);
  StyledText title;
  console.print(title.add("Model: \"" + model.name + "\"", {TextColor::none, true}));
  console.print(table);
  print_count(console, " Total params: ", total);
  print_count(console, " Trainable params: ", model.trainable);
  print_count(console, " Non-trainable params: ", model.non_trainable);
  if (model.optimizer) {
    print_count(console, " Optimizer params: ", optimizer);
  }
  return console.take();
}

}  // namespace keratin
