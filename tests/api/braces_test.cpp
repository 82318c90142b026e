// SPDX-License-Identifier: Apache-2.0
// What braces mean. Where compilers could read them in two ways, both must read the same.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keratin/keratin.h"

namespace keratin {
namespace {

Tensor row(float first, float second) { return Tensor::from({first, second}, {2}); }

std::string shape_of(const Nest& nest) { return to_string(nest); }

std::string kind_of(const Losses& losses) {
  const char* names[] = {"none", "one", "list", "dict"};
  std::string text = names[static_cast<int>(losses.kind())];
  for (const auto& [key, loss] : losses.items()) {
    text += " " + key + ":" + (loss.defined() ? loss.name() : "None");
  }
  return text;
}

std::string kind_of(const Metrics& metrics) {
  if (metrics.kind() == Metrics::Kind::none) return "none";
  if (metrics.kind() == Metrics::Kind::one) {
    return metrics.metric().defined() ? metrics.metric().name() : "None";
  }
  std::string text = metrics.kind() == Metrics::Kind::list ? "[" : "{";
  for (const auto& [key, item] : metrics.items()) {
    if (text.size() > 1) text += ", ";
    if (!key.empty()) text += key + ": ";
    text += kind_of(item);
  }
  return text + (metrics.kind() == Metrics::Kind::list ? "]" : "}");
}

Tensor error(const Tensor& y_true, const Tensor& y_pred) { return y_true - y_pred; }

TEST(Braces, MakeListsAndDictsOfTensors) {
  const Tensor x = row(1, 2), y = Tensor::zeros({3});
  const std::string name = "b";
  EXPECT_EQ(shape_of({x}), "[[2]]");
  EXPECT_EQ(shape_of({x, y}), "[[2], [3]]");
  EXPECT_EQ(shape_of({{x, y}, {x}}), "[[[2], [3]], [[2]]]");
  EXPECT_EQ(shape_of({{"a", x}}), "{a: [2]}");
  EXPECT_EQ(shape_of({{"a", x}, {name, y}}), "{a: [2], b: [3]}");
  EXPECT_EQ(shape_of({{"a", {x, y}}, {"c", {{"d", x}}}}), "{a: [[2], [3]], c: {d: [2]}}");
  EXPECT_EQ(shape_of({x, nullptr}), "[[2], None]");
  EXPECT_EQ(shape_of({}), "None");
}

TEST(Braces, AroundOneNestMeanThatNest) {
  const Nest leaf = row(1, 2), list = {row(1, 2), row(3, 4)}, dict = {{"a", row(1, 2)}};
  EXPECT_EQ(shape_of({leaf}), "[2]");
  EXPECT_EQ(shape_of({list}), "[[2], [2]]");
  EXPECT_EQ(shape_of({dict}), "{a: [2]}");
  EXPECT_EQ(shape_of(Nest{leaf}), "[2]");
  EXPECT_EQ(shape_of(Nest{list}), "[[2], [2]]");
  EXPECT_EQ(shape_of({leaf, {dict}}), "[[2], {a: [2]}]");
  EXPECT_EQ(shape_of({{"x", {leaf}}}), "{x: [2]}");
}

TEST(Braces, SliceWhatTheyFollow) {
  const Tensor x = Tensor::from<float>({0, 1, 2, 3, 4, 5}, {2, 3});
  const Nest nest = x;
  EXPECT_EQ((x[{1, 2}].item<float>()), 5.0f);
  EXPECT_EQ((nest[{1, 2}].item<float>()), 5.0f);
  EXPECT_EQ((x[{1}].to_vector<float>()), (std::vector<float>{3, 4, 5}));
  EXPECT_EQ((nest[{1}].to_vector<float>()), (std::vector<float>{3, 4, 5}));
  EXPECT_EQ((x[{Ellipsis, Slice(open, 2)}].shape()), Shape({2, 2}));
  EXPECT_EQ((x[{All, NewAxis, 0}].shape()), Shape({2, 1}));
  EXPECT_EQ((x[Slice(1, open)].shape()), Shape({1, 3}));
  EXPECT_EQ((Variable(x)[{All, 0}].to_vector<float>()), (std::vector<float>{0, 3}));
}

TEST(Braces, OfANumberTakeARowOfATensorAndAnItemOfAList) {
  const Nest leaf = Tensor::from<float>({0, 1, 2, 3}, {2, 2}), list = {row(5, 6), row(7, 8)};
  EXPECT_EQ(leaf[1].to_vector<float>(), (std::vector<float>{2, 3}));
  EXPECT_EQ(leaf[-1][int64_t{0}].item<float>(), 2.0f);
  EXPECT_EQ(list[size_t{1}][0].item<float>(), 7.0f);
}

TEST(Braces, MakeLosses) {
  const auto mine = [](const Tensor& y_true, const Tensor& y_pred) { return y_true * y_pred; };
  const std::string name = "age";
  EXPECT_EQ(kind_of(Losses("mse")), "one :mse");
  EXPECT_EQ(kind_of(Losses{"mse"}), "list :mse");
  EXPECT_EQ(kind_of(Losses{"mse", "mae"}), "list :mse :mae");
  EXPECT_EQ(kind_of(Losses{{"age", "mse"}}), "dict age:mse");
  EXPECT_EQ(kind_of(Losses{{"age", error}}), "dict age:function");
  EXPECT_EQ(kind_of(Losses{{name, mine}, {"b", "mae"}, {"c", nullptr}}),
            "dict age:lambda b:mae c:None");
  EXPECT_EQ(kind_of(Losses{Loss("mine", mine), "mae"}), "list :mine :mae");
  EXPECT_EQ(kind_of(Losses(std::vector<Loss>{"mse", "mae"})), "list :mse :mae");
  EXPECT_EQ(kind_of(Losses(nullptr)), "none");
  EXPECT_EQ(kind_of(CompileOptions{.loss = {"mse", "mae"}}.loss), "list :mse :mae");
  EXPECT_EQ(kind_of(CompileOptions{.loss = {Losses("mse")}}.loss), "one :mse");
}

TEST(Braces, MakeMetrics) {
  EXPECT_EQ(kind_of(Metrics("acc")), "acc");
  EXPECT_EQ(kind_of(Metrics{"acc"}), "[acc]");
  EXPECT_EQ(kind_of(Metrics{"acc", "mae"}), "[acc, mae]");
  EXPECT_EQ(kind_of(Metrics{{"mae"}, {"acc"}}), "[mae, acc]");
  EXPECT_EQ(kind_of(Metrics::list({{"mae", "mse"}, {"acc"}, {}})), "[[mae, mse], [acc], none]");
  EXPECT_EQ(kind_of(Metrics{{"age", "mae"}}), "{age: mae}");
  EXPECT_EQ(kind_of(Metrics{{"age", {"mae"}}, {"b", {"acc", error}}, {"c", "mse"}}),
            "{age: [mae], b: [acc, function], c: mse}");
  EXPECT_EQ(kind_of(Metrics(std::vector<Metric>{"mae", "mse"})), "[mae, mse]");
  EXPECT_EQ(kind_of(Metrics(nullptr)), "none");
}

TEST(Braces, MakeLossWeights) {
  EXPECT_FALSE(LossWeights().given());
  EXPECT_FALSE(LossWeights(nullptr).given());
  EXPECT_EQ((LossWeights{0.25, 1, 10}.items().size()), 3u);
  EXPECT_FALSE((LossWeights{0.25, 1, 10}.is_dict()));
  EXPECT_TRUE((LossWeights{{"age", 1}}.is_dict()));
  EXPECT_EQ((LossWeights{{"age", 1}, {"b", 2.5}}.items()[1].second), 2.5);
}

TEST(Braces, MakeValidationData) {
  const Tensor x = row(1, 2), y = Tensor::zeros({2}), w = Tensor::ones({2});
  const auto text = [](const FitOptions& options) {
    const ValidationData& data = options.validation_data;
    return shape_of(data.x) + " " + shape_of(data.y) + " " + shape_of(data.sample_weight);
  };
  EXPECT_EQ(text({.validation_data = {x, y}}), "[2] [2] None");
  EXPECT_EQ(text({.validation_data = {x, y, w}}), "[2] [2] [2]");
  EXPECT_EQ(text({.validation_data = {{x, x}, y}}), "[[2], [2]] [2] None");
  EXPECT_EQ(text({.validation_data = {{{"a", x}}, {{"b", y}}}}), "{a: [2]} {b: [2]} None");
  EXPECT_EQ(text({.validation_data = Data(x, y)}), "[2] [2] None");
  EXPECT_TRUE(FitOptions().validation_data.empty());
  EXPECT_FALSE((FitOptions{.validation_data = {x}}.validation_data.empty()));
  const auto batches = [] { return std::optional<Data>(); };
  EXPECT_TRUE((FitOptions{.validation_data = batches}.validation_data.source.has_value()));
  EXPECT_FALSE((FitOptions{.validation_data = batches}.validation_data.empty()));
}

TEST(Braces, PutAModelIntoAModel) {
  const Sequential inner({layers::Dense(2)});
  EXPECT_EQ(Sequential({inner}).layers().size(), 1u);
  EXPECT_TRUE(Sequential({inner}).layers()[0].is(inner));
  EXPECT_FALSE(Sequential({inner}).is(inner));
  EXPECT_EQ(Sequential({inner, layers::Dense(1)}).layers().size(), 2u);
}

// The size of a float32 that a std::vector of rows would have if braces were its two ends.
TEST(Braces, OfASizeMakeAShape) {
  EXPECT_EQ(layers::Input({784}).shape(), Shape({None, 784}));
  EXPECT_EQ(layers::Input({28, 28, 1}).shape(), Shape({None, 28, 28, 1}));
  EXPECT_EQ(row(1, 2).reshape({2, 1}).shape(), Shape({2, 1}));
  EXPECT_EQ(ops::reshape(row(1, 2), {-1, 1}).shape(), Shape({2, 1}));
}

TEST(Temporaries, GiveValuesThatOutliveThem) {
  const Nest list = {row(1, 2), row(3, 4)};
  const Tensor& kept = Nest(row(1, 2));
  const Tensor& item = Nest{row(1, 2), row(3, 4)}[1].tensor();
  const Shape& shape = (row(1, 2) + row(1, 2)).shape();
  int64_t total = 0;
  for (int64_t size : (list[0] * list[1]).reshape({1, 2}).shape()) total += size;
  EXPECT_EQ(kept.to_vector<float>(), (std::vector<float>{1, 2}));
  EXPECT_EQ(item.to_vector<float>(), (std::vector<float>{3, 4}));
  EXPECT_EQ(shape, Shape({2}));
  EXPECT_EQ(total, 3);
}

struct Shift : CustomLayer<Shift> {
  Tensor call(const Tensor& x, bool training = false) { return training ? x + 100 : x + 1; }
};
struct Sampling : CustomLayer<Sampling> {
  void build(const Shape& mean) { size = mean[-1]; }
  Tensor call(const Tensor& mean, const Tensor& spread) {
    return mean + spread * static_cast<double>(size);
  }
  int64_t size = 0;
};
struct Choice : CustomLayer<Choice> {
  Tensor call(const Tensor& a, const Tensor& b, const Tensor& mask, const CallArgs& args) {
    return ops::where(args.training.value_or(false) ? ~mask : mask, a, b);
  }
};

TEST(UserLayers, GetTheirInputsApartAndTheTrainingFlag) {
  const Tensor x = row(1, 2), y = row(10, 20);
  using Values = std::vector<float>;
  EXPECT_EQ(Shift()(x).to_vector<float>(), Values({2, 3}));
  EXPECT_EQ(Shift{}(x, {.training = true}).to_vector<float>(), Values({101, 102}));
  EXPECT_EQ(Sampling()(x, y).to_vector<float>(), Values({21, 42}));
  EXPECT_EQ(Sampling()({x, y}).to_vector<float>(), Values({21, 42}));
  EXPECT_EQ(Choice()(x, y, x > 1).to_vector<float>(), Values({10, 2}));
  EXPECT_EQ(Choice()(x, y, x > 1, {.training = true}).to_vector<float>(), Values({1, 20}));
  try {
    Sampling()({x, y, x});
    FAIL() << "three inputs were taken";
  } catch (const ValueError& wrong) {
    EXPECT_EQ(std::string(wrong.what()),
              "Sampling `sampling_2`: Sampling.call: expected as many inputs as its `call` takes, "
              "got [[2], [2], [2]]. Pass "
              "each one.");
  }
}

struct Small : CustomModel<Small> {
  layers::Dense head = track(layers::Dense(1));
  double factor = 1.0;
  Tensor call(const Tensor& x) { return head(x) * 0 + factor; }
};
struct Summing : CustomModel<Summing> {
  Nest call(const Nest& inputs) { return {inputs["a"] + inputs["b"], inputs["a"]}; }
};

TEST(UserModels, NeedNoBuildOfTheirOwn) {
  const Tensor x = Tensor::ones({3, 2});
  const Small model;
  EXPECT_EQ(model(x).shape(), Shape({3, 1}));
  EXPECT_EQ(model.count_params(), 3);
  EXPECT_EQ(shape_of(Summing()({{"a", x}, {"b", x}})), "[[3, 2], [3, 2]]");
}

TEST(UserModels, TakeMembersThatAreSetAfterCompile) {
  Small model;
  model.compile({.loss = "mse"});
  model.factor = 5.0;
  EXPECT_EQ(model(Tensor::ones({1, 2})).item<float>(), 5.0f);
}

}  // namespace
}  // namespace keratin
