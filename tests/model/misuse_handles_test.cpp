// SPDX-License-Identifier: Apache-2.0
// Misuse of handles and tensors: empty ones, symbolic ones as data, tensors of another trace, wrong
// counts, sizes and indices.
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "keratin/graph/trace.h"
#include "keratin/keratin.h"
#include "tests/support/misuse.h"
#include "tests/support/sanitized.h"

namespace keratin {
namespace {

using testing_support::expect_error;

const char* const empty_tensor =
    "tensor: expected a tensor, got an empty handle. Assign a tensor to it first.";
const char* const empty_layer =
    "layer: expected a layer, got an empty handle. Assign a layer to it first.";
const char* const empty_model =
    "model: expected a model, got an empty handle. Assign a model to it first.";
const char* const empty_variable =
    "variable: expected a variable that has been made, got an empty handle. Build the layer first.";

TEST(MisuseOfHandles, EmptyTensorsSayThatTheyAreEmpty) {
  const Tensor none;
  expect_error<ValueError>([&] { none.shape(); }, empty_tensor);
  expect_error<ValueError>([&] { none.item<float>(); }, empty_tensor);
  expect_error<ValueError>([&] { none.to_vector<float>(); }, empty_tensor);
  expect_error<ValueError>([&] { none.with_mask(none); }, empty_tensor);
  expect_error<ValueError>(
      [&] { none + 1.0; },
      "add: expected tensors, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>(
      [&] { none.reshape({1}); },
      "reshape: expected tensors, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>(
      [&] {
        ops::concatenate({Tensor::ones({2}), none}, 0);
      },
      "concatenate: expected tensors, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>([&] { Variable made(none); }, empty_tensor);
  EXPECT_EQ(to_string(none), "<empty tensor>");
}

TEST(MisuseOfHandles, EmptyLayersAndModelsSayThatTheyAreEmpty) {
  const Tensor x = Tensor::ones({2, 3});
  expect_error<ValueError>([&] { Layer()(x); }, empty_layer);
  expect_error<ValueError>([&] { TensorLayer()(x); }, empty_layer);
  expect_error<ValueError>([] { Layer().name(); }, empty_layer);
  expect_error<ValueError>([] { Layer().weights(); }, empty_layer);
  expect_error<ValueError>([&] { Layer(std::shared_ptr<LayerBody>())(x); }, empty_layer);
  expect_error<ValueError>([&] { Model().fit(x, x); }, empty_model);
  expect_error<ValueError>([&] { Model().predict(x); }, empty_model);
  expect_error<ValueError>([] { Model().compile({.loss = "mse"}); }, empty_model);
  expect_error<ValueError>([] { Model().summary(); }, empty_model);
  expect_error<ValueError>([] { Model().layers(); }, empty_model);
  expect_error<ValueError>([] { Model().get_layer("dense"); }, empty_model);
  expect_error<ValueError>([] { Model().optimizer(); }, empty_model);
}

TEST(MisuseOfHandles, EmptyAndUnbuiltVariablesSaySo) {
  expect_error<ValueError>([] { Variable().value(); }, empty_variable);
  expect_error<ValueError>([] { Variable().shape(); }, empty_variable);
  expect_error<ValueError>([] { Variable().assign(1.0); }, empty_variable);
  const Variable declared = Variable::declare("w");
  const char* const unbuilt =
      "variable: expected a variable with a value, got 'w' before its layer was built. Call the "
      "layer once or build it.";
  expect_error<ValueError>([&] { declared.value(); }, unbuilt);
  expect_error<ValueError>([&] { declared.shape(); }, unbuilt);
  expect_error<ValueError>([&] { declared.assign(1.0); }, unbuilt);
  expect_error<ValueError>([] { layers::Dense(3).kernel().value(); }, empty_variable);
  const Variable two(Tensor::ones({2}), {.name = "two"});
  expect_error<ShapeError>(
      [&] { two.assign(Tensor::ones({3})); },
      "assign: expected a value of shape [2] for the variable 'two', got [3]. Reshape the value.");
  EXPECT_EQ(two.value().to_vector<float>(), std::vector<float>({1.0f, 1.0f}));
}

TEST(MisuseOfHandles, EmptyLossesMetricsAndOptimizersSaySo) {
  const Tensor x = Tensor::ones({2, 3});
  expect_error<ValueError>([&] { Loss()(x, x); },
                           "loss: expected a loss, got none. Pass one to compile, such as 'mse'.");
  expect_error<ValueError>([&] { Metric().update_state(x); },
                           "metric: expected a metric, got none. Make one first.");
  expect_error<ValueError>(
      [&] { Optimizer().apply({x}); },
      "optimizer: expected an optimizer, got none. Pass one to compile, such as 'adam'.");
}

TEST(MisuseOfHandles, NestsOfAnotherStructureSayWhatTheyAre) {
  const Tensor x = Tensor::ones({2, 3});
  const Nest pair{x, x};
  expect_error<ValueError>([] { Nest().tensor(); },
                           "nest: expected a tensor, got nothing. Take one of its items.");
  expect_error<ValueError>([&] { pair.tensor(); },
                           "nest: expected a tensor, got a list of 2. Take one of its items.");
  expect_error<ValueError>([&] { pair[2]; },
                           "nest: expected an index below 2, got 2. Check the structure.");
  expect_error<ValueError>(
      [&] { pair["a"]; },
      "nest: expected a dict with the key 'a', got a list of 2. Check the key.");
  expect_error<ValueError>(
      [&] {
        Nest{{"a", x}, {"a", x}};
      },
      "nest: expected keys that differ, got 'a' twice. Rename one of them.");
}

TEST(MisuseOfTensors, SpansOfTheWrongSizeAreRefused) {
  const std::vector<float> five(5);
  const std::array<int32_t, 5> array{};
  const char* const text =
      "Tensor::from: expected 6 values for the shape [2, 3], got 5. Check the sizes.";
  expect_error<ShapeError>([&] { Tensor::from(std::span<const float>(five), {2, 3}); }, text);
  expect_error<ShapeError>([&] { Tensor::from(five, {2, 3}); }, text);
  expect_error<ShapeError>([&] { Tensor::from(array, {2, 3}); }, text);
  expect_error<ShapeError>(
      [&] {
        Tensor::from(five, {5, 2, -1});
      },
      "reshape: expected a shape of 5 elements for the input [5], got [5, 2, None]. Check the "
      "sizes.");
  expect_error<ShapeError>(
      [&] {
        Tensor::view(std::span<const float>(five), {2, 3});
      },
      "Tensor::view: expected a shape of 5 elements for the input [5], got [2, 3]. Check the "
      "sizes.");
  expect_error<ShapeError>(
      [&] {
        Tensor::ones({2, 2}).item<float>();
      },
      "item: expected one element, got shape [2, 2]. Index it first.");
  expect_error<DTypeError>(
      [&] { Tensor::ones({2}).array().data<double>(); },
      "array: expected elements of float64, got float32. Cast the tensor first.");
}

TEST(MisuseOfTensors, NegativeAndHugeSizesAreRefused) {
  constexpr int64_t big = int64_t{1} << 40;
  const Tensor six = Tensor::ones({6});
  expect_error<ShapeError>(
      [] {
        Tensor::zeros({-2, 3});
      },
      "shape: expected sizes of 0 or more, got [-2, 3]. Check the shape.");
  expect_error<ShapeError>(
      [] {
        Tensor::zeros({None, 3});
      },
      "shape: expected known sizes, got [None, 3]. Give concrete data for the None axes.");
  expect_error<ShapeError>(
      [] {
        Tensor::zeros({big, big});
      },
      "shape: expected fewer than 2^63 elements, got [1099511627776, 1099511627776]. Use smaller "
      "axes.");
  expect_error<ShapeError>(
      [] { Tensor::zeros({int64_t{1} << 59}); },
      "array: expected fewer than 2^59 elements, got [576460752303423488]. Use smaller axes.");
  expect_error<ShapeError>([] { Tensor::zeros(Shape(std::vector<int64_t>(17, 1))); },
                           "array: expected at most 16 axes, got 17. Merge some with reshape.");
  expect_error<ShapeError>(
      [&] {
        six.reshape({6, -2});
      },
      "reshape: expected sizes of 0 or more, or -1 once, got [6, -2]. Check the sizes.");
  expect_error<ShapeError>(
      [&] {
        six.reshape({-1, -1});
      },
      "reshape: expected at most one free axis, got [None, None]. Give sizes.");
  expect_error<ShapeError>(
      [&] {
        six.reshape({big, big});
      },
      "reshape: expected a shape of 6 elements for the input [6], got [1099511627776, "
      "1099511627776]. Check the sizes.");
  expect_error<ShapeError>(
      [&] {
        ops::broadcast_to(Tensor::ones({1}), {big, big});
      },
      "broadcast_to: expected fewer than 2^59 elements, got [1099511627776, 1099511627776]. Use "
      "smaller axes.");
  expect_error<ShapeError>([&] { ops::broadcast_to(Tensor::ones({1}), {-3}); },
                           "broadcast_to: expected sizes of 0 or more, got [-3]. Check the shape.");
  expect_error<ShapeError>(
      [&] { ops::one_hot(Tensor::ones({2}, DType::int32), big * 1024 * 1024); },
      "one_hot: expected fewer than 2^59 elements, got [2, 1152921504606846976]. Use smaller "
      "axes.");
}

#if !KERATIN_SANITIZED
// The sanitizers end the program instead of reporting that there is no memory.
TEST(MisuseOfTensors, MissingMemoryIsAnErrorOfItsOwn) {
  expect_error<ValueError>(
      [] { Tensor::zeros({int64_t{1} << 50}); },
      "array: expected 4503599627370496 bytes of memory for the shape [1125899906842624], got "
      "none. Use smaller axes or batches.");
}
#endif

TEST(MisuseOfTensors, IndicesAndAxesOutOfRangeAreRefused) {
  const Tensor x = Tensor::ones({8, 5});
  expect_error<ValueError>(
      [&] { x[8]; },
      "get_item: expected an index between -8 and 7 for axis 0 of [8, 5], got 8. Check the index.");
  expect_error<ValueError>(
      [&] {
        x[{0, 0, 0}];
      },
      "get_item: expected at most 2 indices for the shape [8, 5], got 3. Drop some.");
  expect_error<ValueError>(
      [&] { x[Slice(0, 3, 0)]; },
      "get_item: expected a step that is not 0, got 0. Leave it out for every element.");
  expect_error<ValueError>(
      [&] { ops::sum(x, 2); },
      "sum: expected `axis` between -2 and 1, got 2. Check the rank of the input.");
  expect_error<ValueError>(
      [&] {
        ops::mean(x, {1, -1});
      },
      "mean: expected each axis once, got `axis` [1, -1]. Drop the duplicates.");
  expect_error<DTypeError>([&] { ops::take(x, Tensor::ones({1}), 0); },
                           "take: expected integer indices, got float32. Cast them.");
  expect_error<ShapeError>(
      [&] { x + Tensor::ones({7}); },
      "add: expected shapes that broadcast, got [8, 5] and [7]. Axes must be equal or 1.");
  expect_error<ShapeError>(
      [&] { ops::matmul(x, x); },
      "matmul: expected the last axis of the first input and the second to last of the second to "
      "be equal, got shapes [8, 5] and [8, 5]. Transpose or reshape one.");
}

TEST(MisuseOfTensors, NumbersThatAreNoIntegersConvertWithoutHarm) {
  EXPECT_EQ(Tensor(std::nan("")).item<int32_t>(), 0);
  EXPECT_EQ(Tensor(1e300).item<int32_t>(), std::numeric_limits<int32_t>::max());
  EXPECT_EQ(Tensor(-1e300).item<int64_t>(), std::numeric_limits<int64_t>::min());
}

TEST(MisuseOfTensors, SymbolicTensorsHaveNoData) {
  const Tensor input = layers::Input({3});
  const char* const text =
      "tensor: expected data, got a symbolic tensor of shape [None, 3]. Read it where the model "
      "runs, not where it is defined.";
  expect_error<ValueError>([&] { input.item<float>(); }, text);
  expect_error<ValueError>([&] { input.to_vector<float>(); }, text);
  expect_error<ValueError>([&] { Variable made(input); }, text);
  expect_error<ValueError>([&] { utils::to_categorical(input, 3); }, text);
  expect_error<ValueError>(
      [&] { initializers::Constant(input); },
      "Constant: expected a number or data, got a symbolic tensor. Pass a tensor with data.");
}

// Hands out the tensor of the trace that it is called in, and takes one of another trace.
struct Smuggler : CustomLayer<Smuggler> {
  using CustomLayer::CustomLayer;
  std::shared_ptr<Tensor> kept = std::make_shared<Tensor>();
  Tensor call(const Tensor& x) {
    if (!x.is_traced()) return x;
    if (kept->defined()) return x + *kept;
    *kept = x;
    return x;
  }
};

TEST(MisuseOfTensors, TensorsOfOneTraceAreRefusedInAnother) {
  const Smuggler smuggler(CustomLayerOptions{.name = "smuggler"});
  const Sequential model({smuggler.layer()}, "net");
  const Tensor x = Tensor::ones({8, 5});
  EXPECT_EQ(model.predict(x, {.verbose = 0}).shape(), (Shape{8, 5}));
  expect_error<ShapeError>(
      [&] {
        model.predict(Tensor::ones({4, 5}), {.verbose = 0});
      },
      "model `net`: Smuggler `smuggler`: add: expected shapes that broadcast, got [4, 5] and "
      "[8, 5]. Axes must be equal or 1.");
  *smuggler.kept = Tensor();
  model.predict(Tensor::ones({1, 5}), {.verbose = 0});
  expect_error<ValueError>(
      [&] {
        model.predict(Tensor::ones({2, 5}), {.verbose = 0});
      },
      "model `net`: Smuggler `smuggler`: trace: expected tensors of the function that is being "
      "traced, got one of another function, of shape [1, 5]. Pass it as an argument.");
  const Tensor ended = *smuggler.kept;
  expect_error<ValueError>(
      [&] { ended + 1.0; },
      "add: expected a function that is being traced, got a tensor of one that has ended. Use it "
      "inside the function.");
  expect_error<ValueError>(
      [&] { model.predict(ended, {.verbose = 0}); },
      "model `net`: predict: expected data in `x`, got a symbolic tensor of shape [1, 5]. Pass "
      "tensors with data.");
  // What worked before the errors works after them.
  EXPECT_EQ(model.predict(x, {.verbose = 0}).tensor().to_vector<float>(), x.to_vector<float>());
}

TEST(MisuseOfTensors, TensorsOfAModelAreRefusedInATrace) {
  const Tensor input = layers::Input({5}, {.batch_size = 8});
  const Sequential model(
      {layers::Activation([input](const Tensor& x) { return x + input; }, {.name = "leak"})},
      "net");
  expect_error<ValueError>(
      [&] {
        model.predict(Tensor::ones({8, 5}), {.verbose = 0});
      },
      "model `net`: Activation `leak`: add: expected Keras tensors and data, got a tensor of a "
      "function that is being traced, of shape [8, 5]. Call a layer or model on it instead.");
}

}  // namespace
}  // namespace keratin
