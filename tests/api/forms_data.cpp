// SPDX-License-Identifier: Apache-2.0
// Forms that are easy to get wrong, compile-only: tensors, nests, variables and data in braces.
#include <keratin/keratin.h>

#include <array>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

using namespace keratin;

// Text is never a number, and nothing is ever silently a bool.
static_assert(!std::is_constructible_v<Tensor, const char*>);
static_assert(!std::is_constructible_v<Tensor, std::string>);
static_assert(!std::is_constructible_v<Tensor, char>);
static_assert(!std::is_constructible_v<Tensor, const float*>);
static_assert(!std::is_convertible_v<Tensor, bool>);
static_assert(!std::is_constructible_v<bool, Tensor>);
static_assert(!std::is_constructible_v<Nest, const char*>);
static_assert(!std::is_convertible_v<int, Nest>);
static_assert(!std::is_convertible_v<Tensor, Variable>);
static_assert(!std::is_convertible_v<Tensor, Generator>);
static_assert(!std::is_convertible_v<Tensor, Dataset> && !std::is_convertible_v<Nest, Dataset>);
static_assert(!std::is_convertible_v<Tensor, BatchSource>);
static_assert(!std::is_convertible_v<std::nullptr_t, BatchSource>);
static_assert(std::is_convertible_v<Dataset, BatchSource>);
static_assert(std::is_convertible_v<const Dataset&, ValidationData>);
static_assert(std::is_convertible_v<const Generator&, ValidationData>);

// Targets come with the elements of a dataset.
template <class M>
concept FitsWithTargets = requires(M model, Dataset dataset, Tensor y) {
  model.fit(dataset, y);
};
static_assert(!FitsWithTargets<Model>);
static_assert(std::is_convertible_v<bool, Tensor> && std::is_convertible_v<double, Tensor>);
static_assert(std::is_convertible_v<Variable, Tensor> && std::is_convertible_v<Variable, Nest>);
static_assert(std::is_convertible_v<Nest, Tensor> && std::is_convertible_v<Tensor, Nest>);

// What a temporary gives is a value, so that no reference outlives it.
static_assert(std::is_same_v<decltype(std::declval<Tensor>().shape()), Shape>);
static_assert(std::is_same_v<decltype(std::declval<Tensor&>().shape()), const Shape&>);
static_assert(std::is_same_v<decltype(std::declval<Nest>().tensor()), Tensor>);
static_assert(std::is_same_v<decltype(std::declval<Nest>()["a"]), Nest>);

namespace {

// Operators work when one side is a Variable, a Nest or a number.
template <class A, class B>
concept Arithmetic = requires(A a, B b) {
  { a + b } -> std::same_as<Tensor>;
  { a - b } -> std::same_as<Tensor>;
  { a* b } -> std::same_as<Tensor>;
  { a / b } -> std::same_as<Tensor>;
  { a % b } -> std::same_as<Tensor>;
  { a == b } -> std::same_as<Tensor>;
  { a != b } -> std::same_as<Tensor>;
  { a < b } -> std::same_as<Tensor>;
  { a <= b } -> std::same_as<Tensor>;
  { a > b } -> std::same_as<Tensor>;
  { a >= b } -> std::same_as<Tensor>;
  { a& b } -> std::same_as<Tensor>;
  { a | b } -> std::same_as<Tensor>;
};

template <class A>
concept WithAll = Arithmetic<A, Tensor> && Arithmetic<A, Variable> && Arithmetic<A, Nest> &&
    Arithmetic<A, double> && Arithmetic<A, int> && Arithmetic<A, bool> && Arithmetic<double, A> &&
    Arithmetic<int, A> && Arithmetic<bool, A>;
static_assert(WithAll<Tensor> && WithAll<Variable> && WithAll<Nest>);
static_assert(Arithmetic<Tensor, int64_t> && Arithmetic<float, Nest> &&
              Arithmetic<uint8_t, Tensor>);
static_assert(!Arithmetic<Tensor, const char*> && !Arithmetic<std::string, Tensor>);

template <class A, class B>
concept Changeable = requires(A a, B b) {
  a += b;
};
template <class A>
concept Truth = requires(A a) {
  a&& a;
};
static_assert(Changeable<Tensor&, Tensor> && Changeable<Tensor&, double>);
static_assert(!Changeable<Variable&, Tensor>, "a variable changes by assign_add");
static_assert(!Truth<Tensor> && !Truth<Nest> && !Truth<Variable>);

[[maybe_unused]] void slices(const Tensor& x, const Nest& nest, const Variable& v, int64_t n) {
  Tensor y = x[{Ellipsis, Slice(open, 5)}];
  y = x[{All, 0, All}];
  y = x[{All, NewAxis, All}];
  y = x[{All, Slice(1, -1), Slice(open, open, 2)}];
  y = x[{0}];
  y = x[{0, 1}];
  y = x[{n, All}];
  y = x[0][1];
  y = x[n];
  y = x[Slice(open, 10000)];
  y = x[Slice(10000, open)];
  y = x[{Slice(open, -1)}];
  y = nest[{All, 0}];
  y = nest[{0, -1}];
  y = nest[Slice(open, 3)];
  y = nest[n];
  y = nest["a"];
  y = v[{All, 0}];
  y = v[Slice(1, 3)];
  y = v[0];
  const std::vector<Index> items(static_cast<size_t>(x.rank()), All);
  y = x[items];
}

[[maybe_unused]] void values(const Tensor& x, const Nest& nest, const Variable& v) {
  Tensor y = 1.0 - x;
  y += x;
  y -= 2 * v;
  y *= nest;
  y /= 255;
  y = (~(x > 0) & (v < 1)) | (nest == 2);
  y = -v + -nest - +0.5;
  y = nest;
  y = v;
  const Tensor& kept = Model()(x);
  for (int64_t size : (x + y).shape()) std::cout << size << ' ';
  for (int64_t size : Model()(x).shape()) std::cout << size << ' ';
  std::cout << x << nest << v << kept << nest.item<float>() << '\n';
  y = nest.reshape({-1, 784}).cast(DType::float32);
}

[[maybe_unused]] void construction(std::span<float> span, const std::vector<int>& many) {
  const std::array<double, 4> four{1, 2, 3, 4};
  const float raw[] = {1, 2, 3};
  Tensor x = Tensor::from({1.0f, 2.0f}, {2});
  x = Tensor::from<float>({1, 2, 3, 4}, {2, 2});
  x = Tensor::from(four, {2, 2});
  x = Tensor::from(raw, {3});
  x = Tensor::from(span, {-1, 2});
  x = Tensor::from(many, {static_cast<int64_t>(many.size())});
  x = Tensor::view(std::span<const float>(span), {2, 2});
  x = 5;
  x = true;
  x = ops::stack({1, 2.5, x});
  x = ops::concatenate({x, Nest(x), Variable(x)}, 1);
  x = ops::sum(x, {0, 1}) + ops::sum(x, 1) + ops::sum(x) + ops::mean(x, {}, true);
  x = ops::where(x != 0, x, 0.0);
  x = ops::arange(10) + ops::arange(0.0, 1.0, 0.01);
}

// Nests: lists, dicts, lists of dicts; a text as a name; one item.
[[maybe_unused]] void nests(const Tensor& x, const Nest& nest, const Variable& v) {
  const std::string name = "title";
  const std::vector<Tensor> vector{x, v, nest};
  const std::map<std::string, Tensor> map{{"a", x}};
  for (const Nest& each :
       {Nest(x), Nest{x}, Nest{x, v}, Nest{x, nest}, Nest{{"a", x}}, Nest{{"a", x}, {"b", nest}},
        Nest{{name, x}, {"tags", v}}, Nest{{"a", {x, v}}, {"b", {{"c", x}}}}, Nest{{x, v}, {x}},
        Nest(vector), Nest(map), Nest(nullptr), Nest()}) {
    std::cout << to_string(each) << '\n';
  }
}

[[maybe_unused]] Data data_forms(const Tensor& x, const Tensor& y, const Tensor& w,
                                 const Nest& nest) {
  Data data{x, y};
  data = {x, y, w};
  data = {{x, x}, y};
  data = {{{"title", x}, {"tags", x}}, {{"priority", y}, {"department", y}}, {y, y}};
  data = {nest, y};
  data = Data(x);
  const auto& [inputs, targets, weights] = data;
  return {inputs, targets, weights};
}

struct Pictures : utils::PyDataset {
  Pictures() : PyDataset({.workers = 4, .max_queue_size = 20}) {}
  std::optional<int64_t> num_batches() const override { return 10; }
  Data get_item(int64_t) override { return {Tensor(1), Tensor(2)}; }
};
static_assert(std::is_convertible_v<Pictures&, ValidationData>);
static_assert(!std::is_convertible_v<Pictures, BatchSource>, "it must live on");

[[maybe_unused]] void datasets_in_use(const Model& model, const Tensor& x, const Tensor& y) {
  const Dataset train = Dataset::from_tensor_slices(x, y).shuffle(1000).batch(32).prefetch();
  Pictures pictures;
  model.fit(train);
  model.fit(train.repeat(), {.epochs = 2, .validation_data = train, .steps_per_epoch = 10});
  model.fit(pictures, {.validation_data = pictures});
  model.evaluate(train, {.verbose = 0});
  model.evaluate(pictures);
  model.predict(train.map([](const Nest& inputs, const Nest&) { return inputs; }));
  model.predict(pictures, {.steps = 2});
  for (const auto& [inputs, targets, weights] : train) std::cout << inputs << targets << weights;
}

}  // namespace
