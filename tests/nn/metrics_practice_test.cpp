// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/metrics_practice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "tests/support/golden.h"
#include "tests/support/message.h"
#include "tests/support/run_graph.h"

namespace keratin {
namespace {

using namespace testing_support;

constexpr double tolerance = 1e-6;

struct Case {
  Tensor y_true, y_pred, weight;
};

// Reads inputs and results out of the two arrays that hold them all.
class Practice {
 public:
  explicit Practice(const std::string& family)
      : golden_("practice/" + family + ".npz"),
        inputs_(golden_.tensor(golden_.at("inputs"))),
        results_(golden_.tensor(golden_.at("results"))) {}

  const std::vector<Config>& cases() const { return golden_.at("cases").as_list(); }
  Case inputs(const Config& c) const {
    Case given{at(inputs_, c.at("y_true")), at(inputs_, c.at("y_pred")),
               c.at("weight").is_null() ? Tensor() : at(inputs_, c.at("weight"))};
    if (c.at("integers").as_bool()) {
      given.y_true = given.y_true.cast(DType::int32);
      given.y_pred = given.y_pred.cast(DType::int32);
    }
    return given;
  }
  Tensor result(const Config& entry) const { return at(results_, entry.at("result")); }

 private:
  static Tensor at(const Tensor& pool, const Config& place) {
    Shape shape;
    int64_t count = 1;
    std::vector<int64_t> dims;
    for (const Config& dim : place.at("shape").as_list()) {
      dims.push_back(dim.as_int());
      count *= dim.as_int();
    }
    const int64_t first = place.at("at").as_int();
    return Tensor(pool.array().rows(first, first + count).reshape(Shape(dims)));
  }
  Golden golden_;
  Tensor inputs_, results_;
};

Metric made(const Config& entry, const char* dtype) {
  Config config = entry.at("arguments");
  config.set("name", "given");
  config.set("dtype", dtype);
  return Metric::from_config(
      envelope("keratin.metrics", entry.at("class").as_string(), std::move(config)));
}

Case rows(const Case& whole, int64_t first, int64_t last) {
  const auto cut = [&](const Tensor& t) {
    return t.defined() ? Tensor(t.array().rows(first, last)) : Tensor();
  };
  return {cut(whole.y_true), cut(whole.y_pred), cut(whole.weight)};
}

void update(const Metric& metric, const Case& c) {
  metric.update_state(c.y_true, c.y_pred, c.weight);
}

// Updates as a step that is recorded once and run, as fit does.
Tensor traced(const Metric& metric, const Case& c) {
  std::shared_ptr<Graph> graph;
  std::vector<Tensor> given;
  {
    Trace trace;
    const auto input = [&](const Tensor& t) {
      if (!t.defined()) return Tensor();
      given.push_back(t);
      return trace.input(t.spec(), "x");
    };
    const Case inputs{input(c.y_true), input(c.y_pred), input(c.weight)};
    update(metric, inputs);
    graph = trace.finish({metric.result()});
  }
  return run_graph(*graph, given)[0];
}

void expect_near(const Tensor& actual, const Tensor& expected) {
  ASSERT_EQ(to_string(actual.shape()), to_string(expected.shape()));
  const auto a = actual.to_vector<double>();
  const auto b = expected.to_vector<double>();
  double scale = 1.0;
  for (const double value : b) {
    if (std::isfinite(value)) scale = std::max(scale, std::abs(value));
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(b[i])) {
      EXPECT_TRUE(std::isnan(a[i])) << i << ": " << a[i];
    } else if (std::isinf(b[i])) {
      EXPECT_EQ(a[i], b[i]) << i;
    } else {
      EXPECT_NEAR(a[i], b[i], tolerance * scale) << i;
    }
  }
}

bool keeps_samples(const std::string& class_name) {
  static const char* names[] = {
      "ROCCurve", "PrecisionRecallCurve", "AveragePrecision", "MedianAbsoluteError",
      "BLEU",     "EditDistance",         "WordErrorRate"};
  return std::any_of(std::begin(names), std::end(names),
                     [&](const char* name) { return class_name == name; });
}

// A third is computed in float64 too, and a sixth as a recorded step.
void check(const Practice& practice, const Config& c, const Config& entry, size_t number) {
  const Case whole = practice.inputs(c);
  const Tensor expected = practice.result(entry);
  const int64_t count = whole.y_true.shape()[0];
  for (const char* dtype : {"float32", "float64"}) {
    SCOPED_TRACE(dtype);
    if (dtype == std::string("float64") && number % 3 != 0) continue;
    const Metric once = made(entry, dtype);
    update(once, whole);
    expect_near(once.result(), expected);
    const Metric often = made(entry, dtype);
    update(often, whole);  // is forgotten
    often.reset_state();
    for (int64_t first = 0, size = 1; first < count; first += size, size = size % 3 + 1) {
      update(often, rows(whole, first, std::min(first + size, count)));
    }
    expect_near(often.result(), expected);
    const std::string class_name = entry.at("class").as_string();
    if (!keeps_samples(class_name) && number % 6 == 0) {
      expect_near(traced(made(entry, dtype), whole), expected);
    }
    const Metric again = Metric::from_config(once.to_config());
    EXPECT_EQ(to_json(again.to_config()), to_json(once.to_config()));
  }
}

class PracticeFamily : public testing::TestWithParam<const char*> {};

TEST_P(PracticeFamily, EqualsItsReferencesInOnePassAndInBatches) {
  const Practice practice(GetParam());
  std::map<std::string, int> counts;
  size_t number = 0;
  for (const Config& c : practice.cases()) {
    for (const Config& entry : c.at("results").as_list()) {
      SCOPED_TRACE(to_json(c));
      SCOPED_TRACE(to_json(entry));
      check(practice, c, entry, number);
      ++counts[entry.at("class").as_string()];
      if (HasFailure()) return;
    }
    ++number;
  }
  for (const auto& [name, count] : counts) EXPECT_GE(count, 50) << name;
}

INSTANTIATE_TEST_SUITE_P(Metrics, PracticeFamily,
                         testing::Values("classes", "probabilities", "perplexity", "curves",
                                         "errors", "ranking", "text", "images"),
                         [](const auto& test) { return std::string(test.param); });

TEST(PracticeMetric, TextsAreReadAsWords) {
  EXPECT_EQ(metrics::edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(metrics::word_edit_distance("the cat sat", "the  cat sits down"), 2);
  EXPECT_DOUBLE_EQ(metrics::word_error_rate({"hello world", "a b c"}, {"hello duck", "a b"}), 0.4);
  EXPECT_DOUBLE_EQ(metrics::word_error_rate({""}, {""}), 0.0);
  // Papineni et al., 2002, example 2: a unigram precision of 2/7.
  const std::vector<std::vector<std::string>> references{
      {"the cat is on the mat", "there is a cat on the mat"}};
  EXPECT_NEAR(metrics::bleu(references, {"the the the the the the the"}, 1), 2.0 / 7.0, 1e-12);
  EXPECT_EQ(metrics::bleu(references, {""}), 0.0);
}

TEST(PracticeMetric, CurvesAreThereAsFunctions) {
  // The example of sklearn.metrics.roc_curve and average_precision_score.
  const Tensor y = Tensor::from({0, 0, 1, 1}, {4});
  const Tensor scores = Tensor::from({0.1, 0.4, 0.35, 0.8}, {4});
  const metrics::ROCPoints roc = metrics::roc_curve(y, scores);
  EXPECT_EQ(roc.false_positive_rate, (std::vector<double>{0, 0, 0.5, 0.5, 1}));
  EXPECT_EQ(roc.true_positive_rate, (std::vector<double>{0, 0.5, 0.5, 1, 1}));
  EXPECT_NEAR(metrics::average_precision(y, scores), 0.8333333333, 1e-9);
  const metrics::PrecisionRecallPoints points = metrics::precision_recall_curve(y, scores);
  EXPECT_EQ(points.recall, (std::vector<double>{1, 1, 0.5, 0.5, 0}));
}

TEST(PracticeMetric, NamesFindThem) {
  for (const char* name : {"specificity", "matthews_correlation", "roc_curve", "ndcg", "ssim",
                           "precision_at_k", "bleu", "psnr", "BrierScore"}) {
    EXPECT_EQ(resolve_metric(name, {8, 1}, {8, 1}).name(), name);
  }
}

TEST(PracticeMetric, SaysWhatItCannotTake) {
  const Tensor y = Tensor::from({0, 1, 1}, {3});
  const Tensor p = Tensor::from({0.2f, 0.4f, 0.9f}, {3});
  EXPECT_EQ(message_of<Error>([&] { metrics::Specificity({.name = "specificity"}).result(); }),
            "specificity: expected an update before the result, got none. Call update_state.");
  EXPECT_EQ(message_of<Error>([&] { metrics::CohenKappa({.weights = "square"}); }),
            "CohenKappa: expected linear or quadratic for `weights`, or none, got 'square'. Check "
            "the spelling.");
  EXPECT_EQ(message_of<Error>([&] {
              metrics::ROCCurve({.name = "roc"}).update_state(Tensor::from({0, 1, 2}, {3}), p);
              const Metric roc = metrics::ROCCurve({.name = "roc"});
              roc.update_state(Tensor::from({0, 1, 2}, {3}), p);
              roc.result();
            }),
            "roc: expected labels 0 and 1, got 2. Convert them.");
  EXPECT_EQ(message_of<Error>([&] { metrics::average_precision(y, Tensor::from({0.1f}, {1})); }),
            "average_precision: expected labels and predictions of as many elements, got shapes "
            "[3] and [1]. Check them.");
  EXPECT_EQ(message_of<Error>([&] { metrics::NDCG({.name = "ndcg"}).update_state(y, p); }),
            "metric `ndcg`: ranking metric: expected relevance and scores of one shape [batch, "
            "items], got [3] "
            "and [3]. Reshape them.");
  EXPECT_EQ(message_of<Error>([&] { metrics::PrecisionAtK({.k = 0}); }),
            "PrecisionAtK: expected k of 1 or more, got 0. Use 10.");
  EXPECT_EQ(message_of<Error>([&] { metrics::SSIM({.filter_size = 4}); }),
            "SSIM: expected an odd filter_size, got 4. Use 11.");
  EXPECT_EQ(message_of<Error>([&] { metrics::bleu({}, {"a"}); }),
            "bleu: expected as many references as predictions, got 0 and 1. Check them.");
}

}  // namespace
}  // namespace keratin
