// SPDX-License-Identifier: Apache-2.0
// The report as one page of HTML. All texts that come from elsewhere go through `escaped`.
#include <fmt/format.h>

#include <cmath>

#include "keratin/base/markup.h"
#include "keratin/base/text.h"
#include "keratin/model/report/report_internal.h"
#include "keratin/plot/figure.h"

namespace keratin {

namespace {

using markup::escaped;
using report::shown;

// The policy lets a browser load nothing and run nothing, whatever the texts hold.
constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>{}</title>
<style>
:root {{ color-scheme: light; }}
body {{ margin: 0; background: #f5f6f8; color: #222; line-height: 1.45;
 font: 15px system-ui, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif; }}
main {{ max-width: 1280px; margin: 0 auto; padding: 24px 20px 48px; }}
h1 {{ font-size: 26px; margin: 8px 0 2px; overflow-wrap: anywhere; }}
h2 {{ font-size: 20px; margin: 36px 0 4px; overflow-wrap: anywhere; }}
h3 {{ font-size: 15px; margin: 0 0 8px; }}
p {{ margin: 4px 0; }}
.quiet {{ color: #555; }}
.note {{ background: #fff7e0; border-left: 4px solid #e69f00; padding: 8px 12px; margin: 10px 0; }}
.cards {{ display: flex; flex-wrap: wrap; gap: 16px; margin: 16px 0; align-items: flex-start; }}
.card {{ background: #fff; border: 1px solid #dfe2e7; border-radius: 8px; padding: 14px 16px;
 max-width: 100%; box-sizing: border-box; overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: right; padding: 4px 10px; border-bottom: 1px solid #eceef1; }}
th {{ color: #555; font-weight: 600; border-bottom: 2px solid #dfe2e7; }}
th:first-child, td:first-child {{ text-align: left; padding-left: 2px; }}
td.better {{ font-weight: 600; color: #00664a; }}
td.worse {{ font-weight: 600; color: #a84300; }}
figure {{ margin: 0; }}
figure svg {{ max-width: 100%; height: auto; display: block; }}
figcaption {{ color: #555; font-size: 13px; max-width: 460px; }}
.wrong {{ width: 164px; font-size: 13px; overflow-wrap: anywhere; }}
.wrong img {{ width: 120px; height: auto; display: block; margin: 0 0 6px; background: #eee;
 image-rendering: pixelated; }}
@media print {{ body {{ background: #fff; }} .card {{ break-inside: avoid; }} }}
</style>
</head>
<body>
<main>
)";

std::string base64(ByteView bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t there = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < there ? std::to_integer<uint32_t>(bytes[i + j]) : 0u);
    }
    for (size_t j = 0; j < 4; ++j) {
      text += j > there ? '=' : digits[group >> (18 - 6 * j) & 63];
    }
  }
  return text;
}

// A number, with all its digits where the mouse stands.
std::string number_cell(double value, const char* type = "") {
  return fmt::format("<td{} title=\"{}\">{}</td>", type, text::number(value), shown(value));
}

const char* judged(const ReportMeasure& measure) {
  if (measure.direction == Direction::none || !std::isfinite(measure.baseline)) return "";
  if (measure.value == measure.baseline) return "";
  const bool higher = measure.value > measure.baseline;
  return higher == (measure.direction == Direction::max) ? " class=\"better\"" : " class=\"worse\"";
}

const char* wanted(Direction direction) {
  if (direction == Direction::none) return "";
  return direction == Direction::max ? "higher" : "lower";
}

std::string measures_table(const char* title, const std::vector<ReportMeasure>& measures) {
  std::string page = fmt::format(
      "<div class=\"card\"><h3>{}</h3>\n<table><thead><tr><th></th><th>model</th>"
      "<th>baseline</th><th>better</th></tr></thead><tbody>\n",
      title);
  for (const ReportMeasure& measure : measures) {
    page += fmt::format("<tr><td>{}</td>{}{}<td class=\"quiet\">{}</td></tr>\n",
                        escaped(measure.name), number_cell(measure.value, judged(measure)),
                        number_cell(measure.baseline), wanted(measure.direction));
  }
  return page + "</tbody></table></div>\n";
}

// The scores of `evaluate`; only of the loss is known which way is better.
std::string scores_table(const EvaluationReport& report) {
  std::vector<ReportMeasure> measures;
  for (const auto& [name, value] : report.scores) {
    const bool known = report.baseline.has(name);
    measures.push_back({name, value, known ? report.baseline[name] : NAN,
                        name == "loss" ? Direction::min : Direction::none});
  }
  return measures_table("Loss and metrics of the model", measures);
}

std::string table_card(const ReportTable& table) {
  std::string page =
      fmt::format("<div class=\"card\"><h3>{}</h3>\n<table><thead><tr>", escaped(table.title));
  for (const std::string& column : table.columns) page += "<th>" + escaped(column) + "</th>";
  page += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    page += "<tr>";
    for (const std::string& cell : row) page += "<td>" + escaped(cell) + "</td>";
    page += "</tr>\n";
  }
  return page + "</tbody></table></div>\n";
}

std::string picture_card(const ReportPicture& picture, const std::string& prefix) {
  plot::Figure figure({.width = picture.width, .height = picture.height});
  figure.add_axes() = picture.axes;
  return fmt::format("<div class=\"card\"><figure>{}<figcaption>{}</figcaption></figure></div>\n",
                     figure.svg(prefix), escaped(picture.caption));
}

std::string mistake_title(const ReportSection& section) {
  const auto shown_count = static_cast<int64_t>(section.mistakes.size());
  const std::string all = text::with_commas(section.mistake_count);
  if (shown_count == section.mistake_count) return "Mistakes, the worst first";
  return fmt::format("The worst {} of {}", shown_count, all);
}

std::string mistakes_card(const ReportSection& section) {
  ReportTable table{
      mistake_title(section), {"where", "true", "predicted", section.mistake_size}, {}};
  std::string images;
  for (const ReportMistake& one : section.mistakes) {
    table.rows.push_back({one.place, one.truth, one.predicted, one.size});
    if (one.picture.empty()) continue;
    images += fmt::format(
        "<div class=\"wrong\"><img alt=\"\" src=\"data:image/png;base64,{}\">true <b>{}</b><br>"
        "predicted <b>{}</b><br>{} {}<br><span class=\"quiet\">{}</span></div>\n",
        base64(one.picture), escaped(one.truth), escaped(one.predicted), section.mistake_size,
        escaped(one.size), escaped(one.place));
  }
  if (section.mistakes.empty()) return "";
  if (images.empty()) return table_card(table);
  return "<div class=\"card\"><h3>" + escaped(table.title) + "</h3>\n<div class=\"cards\">\n" +
         images + "</div></div>\n";
}

std::string section_html(const EvaluationReport& report, size_t number) {
  const ReportSection& section = report.sections[number];
  const bool alone = report.sections.size() == 1;
  std::string page;
  if (!alone) {
    page = fmt::format("<h2>Output {}</h2>\n<p class=\"quiet\">{}</p>\n", escaped(section.output),
                       escaped(section.task));
  }
  for (const std::string& note : section.notes) {
    page += "<p class=\"note\">" + escaped(note) + "</p>\n";
  }
  page += "<div class=\"cards\">\n";
  if (alone) page += scores_table(report);
  if (!section.measures.empty()) page += measures_table("Measures", section.measures);
  for (const ReportTable& table : section.tables) page += table_card(table);
  page += "</div>\n<div class=\"cards\">\n";
  for (size_t i = 0; i < section.pictures.size(); ++i) {
    page += picture_card(section.pictures[i], fmt::format("p{}-{}-", number, i));
  }
  return page + "</div>\n<div class=\"cards\">\n" + mistakes_card(section) + "</div>\n";
}

}  // namespace

std::string EvaluationReport::html() const {
  const bool alone = sections.size() == 1;
  std::string page = fmt::format(head, escaped(title));
  page += fmt::format(
      "<h1>{0}</h1>\n<p class=\"quiet\">Model {1}{2}, {3} rows. The baseline is one "
      "prediction for all rows: the mean of the targets, or the shares of the classes.</p>\n",
      escaped(title), escaped(model), alone ? ": " + escaped(sections[0].task) : "",
      text::with_commas(rows));
  if (!alone) page += "<div class=\"cards\">\n" + scores_table(*this) + "</div>\n";
  for (size_t i = 0; i < sections.size(); ++i) page += section_html(*this, i);
  return page + "</main>\n</body>\n</html>\n";
}

}  // namespace keratin
