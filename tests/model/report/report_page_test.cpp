// SPDX-License-Identifier: Apache-2.0
// The page: what it holds, and what it must not hold.
#include <filesystem>
#include <regex>
#include <set>

#include "keratin/base/text.h"
#include "tests/model/report/pages.h"
#include "tests/support/message.h"
#include "tests/support/png.h"

namespace keratin::testing_support {

void expect_well_formed(const std::string& xml) {
  static const std::regex name("[A-Za-z][A-Za-z0-9-]*");
  static const std::regex attribute("\\s+([A-Za-z][A-Za-z0-9:-]*)=\"([^\"<]*)\"");
  static const std::regex entity("&(lt|gt|amp|quot|#39);");
  std::vector<std::string> open;
  size_t at = 0;
  while (at < xml.size()) {
    const size_t start = std::min(xml.find('<', at), xml.size());
    const std::string words = std::regex_replace(xml.substr(at, start - at), entity, "");
    EXPECT_EQ(words.find_first_of("&>"), std::string::npos) << words;
    if (start == xml.size()) break;
    const size_t end = xml.find('>', start);
    ASSERT_NE(end, std::string::npos) << xml.substr(start);
    std::string tag = xml.substr(start + 1, end - start - 1);
    at = end + 1;
    if (tag[0] == '/') {
      ASSERT_FALSE(open.empty()) << tag;
      EXPECT_EQ(tag.substr(1), open.back());
      open.pop_back();
      continue;
    }
    const bool closes = tag.back() == '/';
    if (closes) tag.pop_back();
    std::smatch match;
    ASSERT_TRUE(std::regex_search(tag, match, name) && match.position() == 0) << tag;
    const std::string element = match.str();
    tag = match.suffix();
    std::set<std::string> known;
    while (std::regex_search(tag, match, attribute, std::regex_constants::match_continuous)) {
      EXPECT_TRUE(known.insert(match[1].str()).second) << match.str();
      const std::string value = std::regex_replace(match[2].str(), entity, "");
      EXPECT_EQ(value.find('&'), std::string::npos) << match.str();
      tag = match.suffix();
    }
    EXPECT_EQ(tag.find_first_not_of(" \n"), std::string::npos) << tag;
    if (!closes) open.push_back(element);
  }
  EXPECT_TRUE(open.empty());
}

void expect_self_contained(const std::string& page) {
  for (const char* word :
       {"<script", "<link", "<iframe", "href=", "@import", " onload", "https:"}) {
    EXPECT_FALSE(contains(page, word)) << word;
  }
  EXPECT_EQ(count(page, "src="), count(page, " src=\"data:image/png;base64,"));
  EXPECT_EQ(count(page, "http:"), count(page, "xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_EQ(count(page, "url("), count(page, "=\"url(#p"));
  EXPECT_TRUE(contains(page, "content=\"default-src 'none'; img-src data:;"));
}

}  // namespace keratin::testing_support

namespace keratin {
namespace {

using namespace testing_support;

// Four rows of 8 x 8 pixels; the mean of the upper half decides.
struct Images {
  Tensor x, y;
  Model model;
  Images() {
    std::vector<float> pixels;
    for (const float upper : {0.9f, 0.1f, 0.8f, 0.2f}) {
      pixels.insert(pixels.end(), 32, upper);
      pixels.insert(pixels.end(), 32, 0.5f);
    }
    x = Tensor::from(pixels, {4, 8, 8});
    y = Tensor::from(std::vector<int64_t>{1, 0, 0, 0}, {4});
    model = models::Sequential({layers::Input({8, 8}), layers::Flatten(),
                                layers::Dense(1, {.activation = "sigmoid", .name = "bright"})},
                               "images");
    std::vector<float> kernel(64, 0.0f);
    std::fill(kernel.begin(), kernel.begin() + 32, 0.25f);
    model.set_weights({Tensor::from(kernel, {64, 1}), Tensor::from({-4.0f}, {1})});
    model.compile({.loss = "binary_crossentropy", .metrics = {"accuracy"}});
  }
};

TEST(ReportPage, HoldsTheNumbersOfEvaluate) {
  const Images images;
  const EvaluationReport report = evaluation_report(images.model, images.x, images.y);
  const Logs scores = images.model.evaluate(images.x, images.y, {.verbose = 0});
  const Logs constant = baseline(images.model, images.y);
  EXPECT_EQ(report.scores.items(), scores.items());
  EXPECT_EQ(report.baseline.items(), constant.items());
  const std::string page = report.html();
  for (const auto& [name, value] : scores) {
    EXPECT_TRUE(contains(page, "<td>" + name + "</td><td")) << name;
    EXPECT_TRUE(contains(page, "title=\"" + text::number(value) + "\">")) << name;
    EXPECT_TRUE(contains(page, "title=\"" + text::number(constant[name]) + "\">")) << name;
  }
  EXPECT_TRUE(contains(page, "<h1>Evaluation of images</h1>"));
  EXPECT_TRUE(contains(page, "Model images: binary classification, 4 rows."));
  // Better than the baseline where it is; the accuracy is as high.
  EXPECT_TRUE(contains(page, "<td>ROC AUC</td><td class=\"better\" title=\"1.0\">1</td>"));
  EXPECT_TRUE(contains(page, "<tr><td>accuracy</td><td title=\"0.75\">0.7500</td>"));
}

TEST(ReportPage, ShowsWrongInputsAsPictures) {
  const Images images;
  const EvaluationReport report =
      evaluation_report(images.model, images.x, images.y, {.class_names = {"dark", "bright"}});
  ASSERT_EQ(report.sections[0].mistakes.size(), 1u);
  const ReportMistake& mistake = report.sections[0].mistakes[0];
  EXPECT_EQ(mistake.place, "row 2");
  EXPECT_EQ(mistake.truth, "dark");
  EXPECT_EQ(mistake.predicted, "bright");
  const std::string bytes(text_of(mistake.picture));
  EXPECT_TRUE(bytes.starts_with("\x89PNG"));
  EXPECT_EQ(bytes.substr(16, 8), std::string("\0\0\0\x08\0\0\0\x08", 8));
  const std::string page = report.html();
  EXPECT_EQ(count(page, "<img "), 1u);
  EXPECT_TRUE(contains(page, "src=\"data:image/png;base64,iVBORw0KGgo"));
  // Rows of squares are pictures too, rows of other lengths and of negative numbers are not.
  const Tensor y = Tensor::from(std::vector<int64_t>{0, 1}, {2});
  for (const auto& [width, value, pictured] : std::vector<std::tuple<int64_t, float, bool>>{
           {64, 0.5f, true}, {65, 0.5f, false}, {64, -0.5f, false}}) {
    const auto model =
        models::Sequential({layers::Input({width}), layers::Dense(1, {.activation = "sigmoid"})});
    model.compile({.loss = "binary_crossentropy"});
    const Tensor x = Tensor::zeros({2, width}) + value;
    const auto mistakes = evaluation_report(model, x, y).sections[0].mistakes;
    ASSERT_EQ(mistakes.size(), 1u);
    EXPECT_EQ(!mistakes[0].picture.empty(), pictured) << width << " " << value;
  }
}

TEST(ReportPage, AsksForNothingAndIsWellFormed) {
  const Images images;
  const std::string page = evaluation_report(images.model, images.x, images.y).html();
  expect_self_contained(page);
  const std::vector<std::string> pictures = pieces(page, "<svg", "</svg>");
  EXPECT_EQ(pictures.size(), 4u);  // confusion, two curves, calibration
  for (const std::string& svg : pictures) expect_well_formed(svg);
  const std::string body = page.substr(page.find("<main>"));
  const std::string tags = std::regex_replace(body, std::regex("<br>|<img [^>]*>"), "");
  expect_well_formed(tags.substr(0, tags.find("</body>")));
  const std::vector<std::string> ids = pieces(page, "<clipPath id=\"", "\">");
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

TEST(ReportPage, EscapesAllNames) {
  const std::string evil = "</title><script>alert('x')</script>\"&";
  const Tensor input = layers::Input({2});
  const Nest output = layers::Activation("softmax", {.name = "<img src=x>"})(input);
  const Model model({.inputs = input, .outputs = output, .name = "<b>&"});
  model.compile({.loss = "sparse_categorical_crossentropy"});
  const Tensor x = Tensor::from({2.0f, 1.0f, 3.0f, 0.0f, 0.0f, 1.0f}, {3, 2});
  const Tensor y = Tensor::from(std::vector<int64_t>{0, 1, 0}, {3});
  const std::string page =
      evaluation_report(model, x, y, {.class_names = {evil, "b\x01\xff"}, .title = evil}).html();
  expect_self_contained(page);
  EXPECT_TRUE(contains(page, "<title>&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)"));
  EXPECT_TRUE(contains(page, "Model &lt;b&gt;&amp;: "));
  EXPECT_FALSE(contains(page, "<b>&"));
  for (const std::string& svg : pieces(page, "<svg", "</svg>")) expect_well_formed(svg);
}

TEST(ReportPage, NamesEachOfSeveralOutputs) {
  const Tensor input = layers::Input({2});
  const Nest price = layers::Dense(1, {.name = "price"})(input);
  const Nest dear = layers::Dense(1, {.activation = "sigmoid", .name = "dear"})(input);
  const Model model({.inputs = input, .outputs = {price, dear}, .name = "both"});
  model.compile({.loss = Losses::list({"mse", "binary_crossentropy"})});
  const Tensor x = Tensor::from({1.0f, 2.0f, 3.0f, 4.0f, 0.5f, 0.1f}, {3, 2});
  const Nest y = {Tensor::from({3.0f, 7.0f, 0.6f}, {3}), Tensor::from({0.0f, 1.0f, 0.0f}, {3})};
  const EvaluationReport report = evaluation_report(model, x, y, {.class_names = {"no", "yes"}});
  ASSERT_EQ(report.sections.size(), 2u);
  EXPECT_EQ(report.sections[0].task, "regression");
  EXPECT_EQ(report.sections[1].task, "binary classification");
  EXPECT_TRUE(report.baseline.empty());
  const std::string page = report.html();
  expect_self_contained(page);
  EXPECT_TRUE(contains(page, "<h2>Output price</h2>"));
  EXPECT_TRUE(contains(page, "<h2>Output dear</h2>"));
  EXPECT_TRUE(contains(page, ">yes</text>"));
}

TEST(ReportPage, SavesByTheEndingOfThePath) {
  const Images images;
  const EvaluationReport report = evaluation_report(images.model, images.x, images.y);
  const std::string folder = ::testing::TempDir();
  report.save(folder + "/report.html");
  EXPECT_EQ(std::string(text_of(read_file(folder + "/report.html"))), report.html());
  report.save(folder + "/report.png");
  EXPECT_EQ(decode_png(read_file(folder + "/report.png")).width, 1380);
  std::filesystem::remove(folder + "/report.html");
  std::filesystem::remove(folder + "/report.png");
  EXPECT_EQ(message_of<ValueError>([&] { report.save("report.pdf"); }),
            "evaluation_report: expected a path that ends in .html or .png, got 'report.pdf'. "
            "Change the ending.");
  EXPECT_EQ(message_of<FileError>([&] { report.save("/nowhere/report.html"); }),
            "/nowhere/report.html: expected a file that can be written, got 'No such file or "
            "directory'. Check the folder, its access rights and the space that is left.");
}

}  // namespace
}  // namespace keratin
