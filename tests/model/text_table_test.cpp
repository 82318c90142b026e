// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/text_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/model/terminal_golden.h"

namespace keratin {
namespace {

using Fields = TerminalGolden::Fields;

TextStyle style_of(const std::string& name) {
  static const std::map<std::string, TextStyle> styles = {{"plain", {}},
                                                          {"bold", {TextColor::none, true}},
                                                          {"green", {TextColor::green, false}},
                                                          {"blue", {TextColor::blue, false}},
                                                          {"cyan", {TextColor::cyan, false}},
                                                          {"red", {TextColor::red, false}},
                                                          {"bold green", {TextColor::green, true}},
                                                          {"bold red", {TextColor::red, true}}};
  return styles.at(name);
}

terminal::Colors colors_of(const std::string& name) {
  using terminal::Colors;
  static const std::map<std::string, Colors> colors = {{"none", Colors::none},
                                                       {"bold", Colors::bold},
                                                       {"standard", Colors::standard},
                                                       {"eight_bit", Colors::eight_bit}};
  return colors.at(name);
}

Justify justify_of(const std::string& name) {
  return name == "right" ? Justify::right : name == "center" ? Justify::center : Justify::left;
}

StyledText read_text(const Fields& fields) {
  StyledText text;
  for (std::size_t i = 1; i + 1 < fields.size(); i += 2) {
    std::string part = fields[i + 1];
    for (std::size_t at = part.find('\\'); at != std::string::npos; at = part.find('\\')) {
      part.replace(at, 2, part[at + 1] == 't' ? "\t" : "\n");
    }
    text.add(part, style_of(fields[i]));
  }
  return text;
}

TEST(TextTable, EqualsRich) {
  TerminalGolden golden("table.txt");
  Fields fields;
  std::map<std::string, int> kinds;
  TextConsole console(80, terminal::Colors::none);
  TextTable table;
  bool is_table = false;
  while (golden.next(fields)) {
    ++kinds[fields[0]];
    if (fields[0] == "console") {
      console = TextConsole(std::stoi(fields.at(1)), colors_of(fields.at(2)));
      is_table = false;
    } else if (fields[0] == "text") {
      console.print(read_text(fields));
    } else if (fields[0] == "table") {
      table = {{}, {}, std::stoi(fields.at(1))};
      is_table = true;
    } else if (fields[0] == "column") {
      table.columns.push_back({fields.at(1), justify_of(fields.at(2)), std::stoi(fields.at(3))});
    } else if (fields[0] == "row") {
      table.rows.emplace_back();
    } else if (fields[0] == "cell") {
      table.rows.back().push_back(read_text(fields));
    } else {
      if (is_table) {
        console.print(table);
      }
      EXPECT_EQ(console.take(), golden.output(fields)) << "case " << kinds["output"];
    }
  }
  EXPECT_GT(kinds["text"], 40);
  EXPECT_GT(kinds["table"], 80);
}

TEST(TextTable, StripsCharactersThatMoveTheCursor) {
  TextConsole console(80, terminal::Colors::none);
  console.print(StyledText{}.add("a\b\rb\a\v\fc"));
  EXPECT_EQ(console.take(), "abc\n");
  EXPECT_EQ(console.take(), "");
}

}  // namespace
}  // namespace keratin
