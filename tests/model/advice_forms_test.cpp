// SPDX-License-Identifier: Apache-2.0
// Mistakes in other forms of models and data than those of advice_test.cpp, and right setups that
// look like them.
#include <gtest/gtest.h>

#include "tests/model/advice_mistakes.h"

namespace keratin {
namespace {

using namespace testing_support;

// A model that is no graph of layers.
struct Own : CustomModel<Own> {
  layers::Dense hidden, head;
  Own(int64_t units, const Activation& last)
      : hidden(track(layers::Dense(8, {.activation = "tanh"}))),
        head(track(layers::Dense(units, {.activation = last}))) {}
  Tensor call(const Tensor& x) { return head(hidden(x)); }
};

Training own(int64_t units, const Activation& last, const Loss& loss, const Nest& y) {
  return setup(Own(units, last), {.loss = loss}, y);
}

// A model whose shapes are known only with the data.
Model unbuilt(int64_t units, const Activation& last) {
  return models::Sequential(
      {layers::Dense(8, {.activation = "tanh"}), layers::Dense(units, {.activation = last})});
}

Training dead_behind(const Layer& relu) {
  const auto model = models::Sequential(
      {layers::Input({4}), layers::Dense(16, {.bias_initializer = initializers::Constant(-50.0)}),
       relu, layers::Dense(1)});
  Training s = setup(model, {.optimizer = "sgd", .loss = "mse"}, numbers());
  s.fit.batch_size = 4;
  return s;
}

Tensor in_blocks() { return ops::take(Tensor::from({2, 0, 3, 1}, {4}), sorted_classes(4)); }

std::vector<Mistake> forms() {
  return {
      {"subclassed, softmax over one unit",
       [] { return own(1, "softmax", "binary_crossentropy", halves()); }, "softmax-one-unit",
       sigmoid_bce},
      {"subclassed, linear",
       [] { return own(3, "linear", "categorical_crossentropy", one_hot(3)); },
       "linear-cross-entropy", R"(activation "softmax")"},
      {"subclassed, sigmoid with categorical",
       [] { return own(3, "sigmoid", "categorical_crossentropy", one_hot(3)); },
       "sigmoid-categorical", "\"softmax\" for one class"},
      {"subclassed, sigmoid with logits", [] { return own(1, "sigmoid", bce_logits(), halves()); },
       "logits-of-probabilities", "no activation"},
      {"subclassed, relu", [] { return own(3, "relu", "categorical_crossentropy", one_hot(3)); },
       "relu-cross-entropy", R"(activation "softmax")"},
      {"subclassed, one-hot with sparse",
       [] { return own(3, "softmax", "sparse_categorical_crossentropy", one_hot(3)); },
       "one-hot-sparse-loss", R"(loss "categorical_crossentropy")"},
      {"subclassed, too few units",
       [] { return own(3, "softmax", "sparse_categorical_crossentropy", turns(count, 7)); },
       "labels-outside-units", "a unit for each class, 7 in all"},
      {"subclassed, out of range", [] { return own(1, "sigmoid", "mse", numbers() * 10); },
       "targets-outside-activation", "without activation"},
      {"without shapes, one-hot with sparse",
       [] {
         return setup(unbuilt(3, "softmax"), {.loss = "sparse_categorical_crossentropy"},
                      one_hot(3));
       },
       "one-hot-sparse-loss", R"(loss "categorical_crossentropy")"},
      {"nested, relu behind",
       [] {
         const Tensor input = layers::Input({4});
         const Tensor inner = unbuilt(3, "linear")(input);
         const Model model({.inputs = input, .outputs = layers::Activation("relu")(inner)});
         return setup(model, {.loss = "categorical_crossentropy"}, one_hot(3));
       },
       "relu-cross-entropy", R"(activation "softmax")"},
      {"a relu of its own behind dead units",
       [] { return dead_behind(layers::Activation("relu")); }, "units-never-fire",
       R"("leaky_relu")"},
      {"a ReLU layer behind dead units", [] { return dead_behind(layers::ReLU()); },
       "units-never-fire", R"("leaky_relu")"},
      {"a large rate that Adam bears", [] { return wild(optimizers::Adam(100.0)); },
       "learning-rate-too-large", "a tenth of it"},
      {"a hinge of shares", [] { return plain(1, "sigmoid", "hinge", halves()); }, "range-hinge",
       R"(activation "tanh")"},
      {"area of numbers", [] { return plain(1, "linear", "mse", numbers(), metrics::AUC()); },
       "metric-accuracy-regression", R"(the metric "mae")"},
      {"correlation of classes for numbers",
       [] { return plain(1, "linear", "mse", numbers(), {"matthews_correlation"}); },
       "metric-accuracy-regression", R"(the metric "mae")"},
      {"a split of classes in blocks",
       [] { return split_of_sorted(in_blocks(), 4, "softmax", "sparse_categorical_crossentropy"); },
       "split-of-sorted-data", "shuffled data"},
      {"a weight that is infinite",
       [] {
         Training s = plain(1, "linear", "mse", numbers());
         s.fit.sample_weight = with_value(ops::ones({count}), HUGE_VAL);
         return s;
       },
       "not-finite", "drop or fill"},
  };
}

TEST(AdviceForms, NamesEachMistake) {
  for (const Mistake& mistake : forms()) {
    SCOPED_TRACE(mistake.name);
    const Training s = mistake.make();
    const std::string text = stderr_of([&] {
      utils::set_random_seed(3);
      s.model.compile(s.compile);
      s.model.fit(s.x, s.y, s.fit);
    });
    EXPECT_NE(text.find(mistake.use), std::string::npos) << text;
    const std::vector<Finding> found =
        advise(s.model, s.x, s.y, {.validation_split = s.fit.validation_split});
    ASSERT_EQ(found.size(), 1U) << (found.empty() ? "nothing" : found[1].sentence);
    EXPECT_EQ(found[0].code, mistake.code);
  }
}

TEST(AdviceForms, SeesRowsThatDiffer) {
  const Model model = network(1, "linear");
  model.compile({.loss = "mse"});
  const std::vector<Finding> found = advise(model, inputs(), numbers()[Slice(1, count)]);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].sentence, "x has 64 rows and y 63; use arrays with a row for each sample.");
}

std::string told_of(const Model& model, const CompileOptions& compile, const Nest& x,
                    const Nest& y) {
  return stderr_of([&] {
    model.compile(compile);
    model.fit(Dataset::from_tensor_slices(x, y).batch(8), {.epochs = 1, .verbose = 0});
  });
}

TEST(AdviceForms, ReadsBatchesThatEndARun) {
  const std::string wrong = told_of(
      network(3, "softmax"), {.loss = "sparse_categorical_crossentropy"}, inputs(), one_hot(3));
  EXPECT_NE(wrong.find("the targets are one-hot rows"), std::string::npos) << wrong;
  // A value of a batch that was not looked at before.
  const std::string bad =
      told_of(network(1, "linear"), {.loss = "mse"}, with_value(inputs(), nan_value), numbers());
  EXPECT_NE(bad.find("fit: x of a batch holds NaN or infinity in row 0"), std::string::npos) << bad;
  EXPECT_EQ(bad.find("learning rate"), std::string::npos) << bad;
}

TEST(AdviceForms, IsSilentWhereAllIsWell) {
  const Tensor shares = ops::softmax(noise({count, 3}, 5));
  const Tensor one = layers::Input({4});
  const Tensor hidden = layers::Dense(8, {.activation = "relu"})(one);
  const Model two({.inputs = one,
                   .outputs = {layers::Dense(1, {.activation = "sigmoid", .name = "a"})(hidden),
                               layers::Dense(3, {.activation = "softmax", .name = "b"})(hidden)}});
  std::vector<Training> right{
      own(1, "sigmoid", "binary_crossentropy", halves()),
      own(3, "softmax", "categorical_crossentropy", one_hot(3)),
      own(3, "linear", scce_logits(), turns(count, 3)), own(1, "linear", "mse", numbers()),
      plain(3, "softmax", "sparse_categorical_crossentropy", turns(count, 3).reshape({count, 1}),
            {"accuracy"}),
      plain(1, "sigmoid", "binary_crossentropy", turns(count, 2).cast(DType::bool_), {"accuracy"}),
      plain(1, "sigmoid", "binary_crossentropy", halves() * 0.9 + 0.05),
      plain(3, "softmax", "kl_divergence", shares),
      plain(3, "softmax", "categorical_crossentropy", shares), plain(3, "softmax", "mse", shares),
      plain(1, "linear", "mse", turns(count, 50), {"mae", "r2_score"}),
      plain(1, "softplus", "mse", ops::abs(numbers())), plain(1, "elu", "mse", numbers() * 10),
      plain(1, "tanh", "hinge", halves()),
      plain(1, "linear", "mse", halves(), {"accuracy", metrics::AUC()}),
      setup(two,
            {.loss = {{"a", "binary_crossentropy"}, {"b", "categorical_crossentropy"}},
             .metrics = {{"a", {"accuracy", "auc"}}, {"b", {"accuracy"}}}},
            {{"a", halves()}, {"b", one_hot(3)}}),
      // A series in order is no data sorted by label.
      split_of_sorted(ops::arange(count).cast(DType::float32), 1, "linear", "mse")};
  right.push_back(wild(optimizers::Adam(0.01)));
  for (size_t i = 0; i < right.size(); ++i) {
    SCOPED_TRACE(i);
    const Training& s = right[i];
    EXPECT_EQ(stderr_of([&] {
                s.model.compile(s.compile);
                s.model.fit(s.x, s.y, s.fit);
              }),
              "");
    EXPECT_TRUE(advise(s.model, s.x, s.y).empty());
  }
}

}  // namespace
}  // namespace keratin
