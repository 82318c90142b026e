// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/loss.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "keratin/base/error.h"
#include "keratin/base/naming.h"
#include "keratin/graph/autodiff.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/nn/losses.h"
#include "tests/support/close.h"
#include "tests/support/golden.h"
#include "tests/support/message.h"
#include "tests/support/run_graph.h"

namespace keratin {
namespace {

using namespace testing_support;

using Call = std::function<Tensor(const Tensor&, const Tensor&, const Tensor&)>;

ops::Axes axes_of(const Config& a) {
  return a.has("axis") ? Codec<ops::Axes>::read(a.at("axis")) : ops::Axes();
}

double number(const Config& a, const char* key, double otherwise) {
  return a.has(key) ? a.at(key).as_number() : otherwise;
}

bool flag(const Config& a, const char* key, bool otherwise = false) {
  return a.has(key) ? a.at(key).as_bool() : otherwise;
}

// Functions that take nothing but labels and predictions.
const std::map<std::string, Tensor (*)(const Tensor&, const Tensor&)>& plain_functions() {
#define KERATIN_PLAIN(name)                                                    \
  {                                                                            \
#name, [](const Tensor& t, const Tensor& p) { return losses::name(t, p); } \
  }
  static const std::map<std::string, Tensor (*)(const Tensor&, const Tensor&)> functions{
      KERATIN_PLAIN(mean_squared_error),
      KERATIN_PLAIN(mean_absolute_error),
      KERATIN_PLAIN(mean_absolute_percentage_error),
      KERATIN_PLAIN(mean_squared_logarithmic_error),
      KERATIN_PLAIN(log_cosh),
      KERATIN_PLAIN(hinge),
      KERATIN_PLAIN(squared_hinge),
      KERATIN_PLAIN(categorical_hinge),
      KERATIN_PLAIN(kl_divergence),
      KERATIN_PLAIN(poisson),
      KERATIN_PLAIN(ctc)};
#undef KERATIN_PLAIN
  return functions;
}

Tensor circle_of(const Config& a, const Tensor& t, const Tensor& p, const Tensor& labels,
                 const Tensor& embeddings) {
  return losses::circle(t, p, labels, embeddings, flag(a, "remove_diagonal", true),
                        number(a, "gamma", 80.0), number(a, "margin", 0.4));
}

// Calls a function that has arguments of its own.
Tensor call_with_arguments(const std::string& name, const Config& a, const Tensor& t,
                           const Tensor& p) {
  const bool logits = flag(a, "from_logits");
  const double smoothing = number(a, "label_smoothing", 0.0);
  if (name == "huber") return losses::huber(t, p, number(a, "delta", 1.0));
  if (name == "cosine_similarity") {
    return losses::cosine_similarity(t, p, static_cast<int64_t>(number(a, "axis", -1)));
  }
  if (name == "dice") return losses::dice(t, p, axes_of(a));
  if (name == "tversky") {
    return losses::tversky(t, p, number(a, "alpha", 0.5), number(a, "beta", 0.5), axes_of(a));
  }
  if (name == "circle") return circle_of(a, t, p, {}, {});
  const double alpha = number(a, "alpha", 0.25);
  const double gamma = number(a, "gamma", 2.0);
  if (name == "binary_focal_crossentropy") {
    return losses::binary_focal_crossentropy(t, p, flag(a, "apply_class_balancing"), alpha, gamma,
                                             logits, smoothing);
  }
  if (name == "categorical_focal_crossentropy") {
    return losses::categorical_focal_crossentropy(t, p, alpha, gamma, logits, smoothing);
  }
  if (name == "binary_crossentropy") return losses::binary_crossentropy(t, p, logits, smoothing);
  if (name == "categorical_crossentropy") {
    return losses::categorical_crossentropy(t, p, logits, smoothing);
  }
  EXPECT_EQ(name, "sparse_categorical_crossentropy");
  const auto ignored = Codec<std::optional<int64_t>>::read(a.get("ignore_class"));
  return losses::sparse_categorical_crossentropy(t, p, logits, ignored);
}

// Returns the function of a golden case with its arguments.
Call function_of(const Golden& golden, const Config& c) {
  const std::string name = c.at("function").as_string();
  const Config arguments = c.at("kwargs");
  if (c.has("references")) {
    const Tensor labels = golden.tensor(c.at("references").at("ref_labels"));
    const Tensor embeddings = golden.tensor(c.at("references").at("ref_embeddings"));
    return [=](const Tensor& y_true, const Tensor& y_pred, const Tensor&) {
      return circle_of(arguments, y_true, y_pred, labels, embeddings);
    };
  }
  return [=](const Tensor& y_true, const Tensor& y_pred, const Tensor&) {
    const auto plain = plain_functions().find(name);
    if (plain != plain_functions().end()) return plain->second(y_true, y_pred);
    return call_with_arguments(name, arguments, y_true, y_pred);
  };
}

Tensor gradient_of(const Call& call, const Tensor& y_true, const Tensor& y_pred,
                   const Tensor& weight) {
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    const Tensor input = trace.input(y_pred.spec(), "y_pred");
    graph = trace.finish(gradients(ops::sum(call(y_true, input, weight)), {input}));
  }
  return run_graph(*graph, {y_pred})[0];
}

void check_case(const Golden& golden, const Config& c) {
  const Tensor y_true = golden.tensor(c.at("y_true"));
  const Tensor y_pred = golden.tensor(c.at("y_pred"));
  const Tensor weight = golden.tensor(c.at("sample_weight"));
  Call call;
  if (c.has("object")) {
    Config object = c.at("object");
    if (c.has("arguments")) {
      Config config = object.at("config");
      const Config arguments = c.at("arguments");
      for (const auto& [key, value] : arguments.as_dict()) config.set(key, value);
      object.set("config", config);
    }
    const Loss loss = Loss::from_config(object);
    EXPECT_EQ(to_json(loss.to_config()), to_json(object));
    call = loss;
  } else {
    call = function_of(golden, c);
  }
  if (c.has("mask")) {
    call = [unmasked = call, mask = golden.tensor(c.at("mask"))](const Tensor& t, const Tensor& p,
                                                                 const Tensor& w) {
      return unmasked(t, p.with_mask(mask), w);
    };
  }
  if (c.has("raises")) {
    EXPECT_THROW(call(y_true, y_pred, weight), Error);
    return;
  }
  expect_close(call(y_true, y_pred, weight), golden.tensor(c.at("output")), forward_tolerance,
               golden.exact(c.at("output")));
  expect_close(gradient_of(call, y_true, y_pred, weight), golden.tensor(c.at("gradient")),
               gradient_tolerance, golden.exact(c.at("gradient")));
}

TEST(Loss, ValuesAndGradientsEqualKeras) {
  size_t count = 0;
  const std::string folder = std::string(KERATIN_GOLDEN_DIR) + "/losses";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string file = "losses/" + entry.path().filename().string();
    const Golden golden(file);
    for (const Config& c : golden.at("cases").as_list()) {
      SCOPED_TRACE(file + ": " + to_json(c));
      check_case(golden, c);
      ++count;
    }
  }
  EXPECT_GT(count, 500U);
}

TEST(Loss, MasksOfPredictionsCountAsInKeras) {
  const Golden golden("nn.npz");
  for (const Config& c : golden.at("masked").as_list()) {
    SCOPED_TRACE(to_json(c));
    const Loss loss = Loss::from_config(c.at("loss"));
    const Tensor y_pred = golden.tensor(c.at("y_pred")).with_mask(golden.tensor(c.at("mask")));
    expect_close(loss(golden.tensor(c.at("y_true")), y_pred, golden.tensor(c.at("sample_weight"))),
                 golden.tensor(c.at("output")), forward_tolerance);
  }
}

TEST(Loss, CrossentropyIsChosenByTheShapes) {
  const Golden golden("nn.npz");
  for (const Config& c : golden.at("crossentropy").as_list()) {
    SCOPED_TRACE(to_json(c));
    const Loss loss(c.at("string").as_string());
    const Tensor y_true = golden.tensor(c.at("y_true"));
    const Tensor y_pred = golden.tensor(c.at("y_pred"));
    if (c.has("raises")) {
      EXPECT_THROW(loss(y_true, y_pred), Error);
    } else {
      expect_close(loss(y_true, y_pred), golden.tensor(c.at("output")), forward_tolerance);
    }
  }
}

struct Doubled : CustomLoss<Doubled> {
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const {
    return ops::mean(y_pred - y_true, -1) * 2;
  }
};

struct Scaled : CustomLoss<Scaled> {
  explicit Scaled(double factor, LossOptions common = {})
      : CustomLoss(std::move(common)), scale(factor) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const {
    return ops::mean(y_pred - y_true, -1) * scale;
  }
  Config get_config() const { return Config::dict({{"scale", scale}}); }
  double scale;
};

Tensor difference(const Tensor& y_true, const Tensor& y_pred) {
  return ops::mean(y_pred - y_true, -1);
}

struct CompileLike {
  Loss loss = {};
};

TEST(Loss, IsMadeFromNamesObjectsFunctionsClassesAndNothing) {
  const Tensor y_true = Tensor::from<float>({0, 0}, {2, 1});
  const Tensor y_pred = Tensor::from<float>({1, 3}, {2, 1});
  const auto value = [&](const CompileLike& options) {
    return options.loss(y_true, y_pred).item<float>();
  };
  for (const char* name : {"mse", "MSE", "mean_squared_error", "MeanSquaredError"}) {
    EXPECT_EQ(value({.loss = name}), 5.0F);
    EXPECT_EQ(CompileLike{.loss = name}.loss.to_config(), Config(name));
    EXPECT_EQ(value({.loss = Loss::from_config(name)}), 5.0F);
  }
  EXPECT_EQ(value({.loss = losses::mean_squared_error}), 5.0F);
  EXPECT_EQ(value({.loss = losses::MeanSquaredError()}), 5.0F);
  EXPECT_EQ(value({.loss = losses::MeanSquaredError({.reduction = "sum"})}), 10.0F);
  EXPECT_EQ(value({.loss = {"mae"}}), 2.0F);
  EXPECT_EQ(value({.loss = difference}), 2.0F);
  EXPECT_EQ(value({.loss = [](const Tensor& t, const Tensor& p) { return difference(t, p); }}),
            2.0F);
  EXPECT_EQ(value({.loss = {"difference", difference}}), 2.0F);
  EXPECT_EQ(value({.loss = Doubled()}), 4.0F);
  EXPECT_EQ(value({.loss = Scaled(3.0)}), 6.0F);
  EXPECT_EQ(value({.loss = Scaled(3.0, {.reduction = "sum"})}), 12.0F);
  EXPECT_FALSE(CompileLike{.loss = nullptr}.loss.defined());
  EXPECT_FALSE(CompileLike{.loss = {}}.loss.defined());
  static_assert(!std::is_constructible_v<Loss, bool>);
  static_assert(!std::is_constructible_v<Loss, int>);
}

TEST(Loss, IsWrittenAsKerasWritesIt) {
  reset_names();
  EXPECT_EQ(to_json(losses::SparseCategoricalCrossentropy({.reduction = nullptr}).to_config()),
            R"({"module": "keras.losses", "class_name": "SparseCategoricalCrossentropy", )"
            R"("config": {"name": "sparse_categorical_crossentropy", "reduction": null, )"
            R"("from_logits": false, "ignore_class": null}, "registered_name": null})");
  EXPECT_EQ(to_json(Codec<Loss>::write(losses::mean_squared_error)),
            R"({"module": "builtins", "class_name": "function", "config": "mean_squared_error", )"
            R"("registered_name": "function"})");
  EXPECT_EQ(to_json(Loss(Scaled(2.0)).to_config()),
            R"({"module": null, "class_name": "Scaled", "config": {"name": "scaled", )"
            R"("reduction": "sum_over_batch_size", "scale": 2.0}, )"
            R"("registered_name": "Custom>Scaled"})");
  EXPECT_EQ(Loss(Scaled(2.0)).name(), "scaled_1");
  const Loss read = Loss::from_config(function_envelope("binary_crossentropy"));
  EXPECT_EQ(read.to_config(), function_envelope("binary_crossentropy"));
}

TEST(Loss, ComputesInItsDType) {
  const Tensor y = Tensor::from<float>({0, 1}, {2, 1});
  EXPECT_EQ(losses::MeanSquaredError({.dtype = "float64"})(y, y).dtype(), DType::float64);
  EXPECT_EQ(losses::MeanSquaredError({.dtype = DType::float64})(y, y).dtype(), DType::float64);
  const Tensor half = y.cast(DType::float16);
  EXPECT_EQ(losses::MeanSquaredError()(half, half).dtype(), DType::float32);
}

TEST(Loss, WorksWhereTheBatchIsNotKnown) {
  Trace trace;
  const Tensor y_true = trace.input({{None}, DType::int32}, "y_true");
  const Tensor y_pred = trace.input({{None, 10}, DType::float32}, "y_pred");
  const Tensor weight = trace.input({{None}, DType::float32}, "weight");
  for (const char* reduction : {"sum", "mean", "mean_with_sample_weight"}) {
    const auto loss = losses::SparseCategoricalCrossentropy({.reduction = reduction});
    EXPECT_EQ(loss(y_true, y_pred, weight).spec(), (TensorSpec{{}, DType::float32}));
  }
  const auto each = losses::SparseCategoricalCrossentropy({.reduction = "none"});
  EXPECT_EQ(each(y_true, y_pred).shape(), Shape{None});
}

TEST(Loss, MisuseIsExplained) {
  EXPECT_EQ(message_of<ValueError>([] { Loss("sparse_categorical_crossentropi"); }),
            "loss: expected the name of a loss, got 'sparse_categorical_crossentropi'. Did you "
            "mean 'sparse_categorical_crossentropy'?");
  EXPECT_EQ(message_of<ValueError>([] { losses::CategoricalGeneralizedCrossEntropy({.q = 1.0}); }),
            "CategoricalGeneralizedCrossEntropy: expected `q` between 0 and 1, both excluded, got "
            "1. Use 0.5.");
  const Tensor y = Tensor::ones({2, 3});
  EXPECT_EQ(message_of<ShapeError>([&] { losses::ctc(y, y); }),
            "ctc: expected logits of shape [batch, steps, classes] with known steps and classes, "
            "got [2, 3]. Give the sizes.");
  EXPECT_EQ(message_of<ShapeError>([&] { losses::circle(y, Tensor::ones({2})); }),
            "circle: expected embeddings of shape [batch, n], got [2]. Flatten them.");
  EXPECT_EQ(message_of<ShapeError>([&] {
              losses::hinge(y, Tensor::ones({2, 4}));
            }),
            "hinge: expected targets of the output's shape [2, 4], got [2, 3]. Check the labels or "
            "the size of the last layer.");
  EXPECT_EQ(message_of<ValueError>([] { losses::MeanSquaredError({.reduction = "avg"}); }),
            "reduction: expected the name of a reduction, got 'avg'. Use one of "
            "sum_over_batch_size, sum, mean, mean_with_sample_weight, none.");
  EXPECT_EQ(message_of<ValueError>([] { Loss()(1.0, 2.0); }),
            "loss: expected a loss, got none. Pass one to compile, such as 'mse'.");
  EXPECT_EQ(message_of<ConfigError>([] { Loss(difference).to_config(); }),
            "loss: expected a function with a name to write, got a nameless one. Give it a name "
            "where it is passed.");
  EXPECT_EQ(message_of<ConfigError>([] {
              Loss::from_config(envelope("keras.losses", "BinaryCrossentropy",
                                         Config::dict({{"from_logit", true}})));
            }),
            "BinaryCrossentropy: expected one of the options [name, reduction, from_logits, "
            "label_smoothing, axis, dtype], got 'from_logit'. Did you mean 'from_logits'?");
}

}  // namespace
}  // namespace keratin
