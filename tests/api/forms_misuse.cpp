// SPDX-License-Identifier: Apache-2.0
// Forms that must not compile. Each concept is what a user might write by mistake; compile_fail/
// has those whose error is raised deeper inside, or whose text matters.
#include <string>
#include <vector>

#include "tests/api/declared.h"

using namespace keratin;

namespace {

// Words of the library that depend on a template's parameter, so that a mistake is just false.
template <class>
struct Given {
  static inline const Model model{};
  static inline const Tensor x{};
  static inline const Nest nest{};
  static inline const Variable variable{};
  static inline const layers::Dense layer{1};
  static constexpr const char* text = "a";
};

// Data.
template <class T>
concept FitWithoutTargets = requires {
  Given<T>::model.fit(Given<T>::x, {.epochs = 5});
};
template <class T>
concept FitText = requires {
  Given<T>::model.fit(Given<T>::text, Given<T>::x);
};
template <class T>
concept PredictText = requires {
  Given<T>::model.predict(Given<T>::text);
};
template <class T>
concept PredictTwoTexts = requires {
  Given<T>::model.predict({Given<T>::text, Given<T>::text});
};
template <class T>
concept PredictTextsInside = requires {
  Given<T>::model.predict({{Given<T>::text, Given<T>::text}});
};
template <class T>
concept PredictNumbers = requires {
  Given<T>::model.predict({T(1.0), T(2.0)});
};
template <class T>
concept WeightNumbers = requires {
  Given<T>::model.fit(Given<T>::x, Given<T>::x, {.sample_weight = {T(1.0), T(2.0)}});
};
template <class T>
concept ValidateOnANumber = requires {
  Given<T>::model.fit(Given<T>::x, Given<T>::x, {.validation_data = T(5)});
};
template <class T>
concept UnknownFitOption = requires {
  Given<T>::model.fit(Given<T>::x, Given<T>::x, {.epoch = T(5)});
};
template <class T>
concept CallbackPointer = requires(Callback* callback) {
  Given<T>::model.fit(Given<T>::x, Given<T>::x, {.callbacks = {callback}});
};
static_assert(!FitWithoutTargets<double>, "without targets it is fit(x, nullptr, {...})");
static_assert(!FitText<int> && !PredictText<int>);
static_assert(!PredictTwoTexts<int> && !PredictTextsInside<int>, "two texts are no range");
static_assert(!PredictNumbers<double> && !WeightNumbers<double>, "numbers in braces are no tensor");
static_assert(!ValidateOnANumber<double> && !UnknownFitOption<int> && !CallbackPointer<int>);

// Tensors.
template <class T>
concept SliceOfBraces = requires {
  Given<T>::x[{{T(1), T(5)}}];
};
template <class T>
concept IndexByText = requires {
  Given<T>::x[Given<T>::text];
};
template <class T>
concept IndexByTextInBraces = requires {
  Given<T>::x[{Given<T>::text}];
};
template <class T>
concept IndexByFraction = requires {
  Given<T>::x[T(1.5)];
};
template <class T>
concept IfTensor = requires {
  Given<T>::x ? 1 : 2;
};
template <class T>
concept JoinTexts = requires {
  ops::concatenate(Given<T>::text);
};
template <class T>
concept ReshapeToText = requires {
  Given<T>::x.reshape(Given<T>::text);
};
static_assert(!SliceOfBraces<int>, "a slice says so: x[{Slice(1, 5)}]");
static_assert(!IndexByText<int> && !IndexByTextInBraces<int> && !IndexByFraction<double>);
static_assert(!IfTensor<int> && !JoinTexts<int> && !ReshapeToText<int>);

// compile.
template <class T>
concept NumberAsLoss = requires {
  Given<T>::model.compile({.loss = T(5)});
};
template <class T>
concept NumberAsMetric = requires {
  Given<T>::model.compile({.metrics = {T(5)}});
};
template <class T>
concept NumberAsOptimizer = requires {
  Given<T>::model.compile({.optimizer = T(5)});
};
template <class T>
concept ListsOfMetrics = requires {
  Given<T>::model.compile({.metrics = {{Given<T>::text, Given<T>::text}, {Given<T>::text}}});
};
template <class T>
concept MetricAsLoss = requires {
  Given<T>::model.compile({.loss = metrics::Mean(T())});
};
template <class T>
concept TensorAsLoss = requires {
  Given<T>::model.compile({.loss = Given<T>::x});
};
static_assert(!NumberAsLoss<int> && !NumberAsMetric<int> && !NumberAsOptimizer<int>);
static_assert(!ListsOfMetrics<int>, "lists of several are Metrics::list");
static_assert(!MetricAsLoss<metrics::MeanOptions> && !TensorAsLoss<int>);

// Layers and models.
template <class T>
concept TextAsUnits = requires {
  layers::Dense(Given<T>::text);
};
template <class T>
concept ActivationAlone = requires {
  layers::Dense(T(32), Given<T>::text);
};
template <class T>
concept UnknownOption = requires {
  layers::Dense(T(32), {.activaton = Given<T>::text});
};
template <class T>
concept NumberAsActivation = requires {
  layers::Dense(T(32), {.activation = T(1)});
};
template <class T>
concept NumberAsInitializer = requires {
  layers::Dense(32, {.kernel_initializer = T(0.5)});
};
template <class T>
concept NumberAsShape = requires {
  layers::Dense(T(32), {.input_shape = T(784)});
};
template <class T>
concept NumberAsInput = requires {
  layers::Input(T(784));
};
template <class T>
concept TextsInModel = requires {
  Sequential({Given<T>::text, Given<T>::text});
};
template <class T>
concept CallOnText = requires {
  Given<T>::layer(Given<T>::text);
};
template <class T>
concept UnknownCallArgument = requires {
  Given<T>::layer(Given<T>::x, {.initial_state = T()});
};
template <class T>
concept OptionsByPlace = requires {
  layers::Pooling2DOptions{T(2), T(2)};
};
template <class T>
concept IntegerAsRate = requires {
  optimizers::SGD(T(1));
};
static_assert(!TextAsUnits<int> && !ActivationAlone<int> && !UnknownOption<int>);
static_assert(!NumberAsActivation<int> && !NumberAsInitializer<double>);
static_assert(!NumberAsShape<int> && !NumberAsInput<int>);
static_assert(!TextsInModel<int>);
static_assert(!CallOnText<int> && !UnknownCallArgument<Nest>);
static_assert(!OptionsByPlace<int>, "{2, 2} is a size, not the first two options");
static_assert(!IntegerAsRate<int>, "a learning rate is written with its point: SGD(1.0)");

// The right forms beside them, so that the concepts above are known to be able to hold.
template <class T>
concept Right = requires(T callback) {
  Given<T>::model.fit(Given<T>::x, nullptr, {.epochs = 5});
  Given<T>::model.predict({{Given<T>::text, Given<T>::x}});
  Given<T>::model.compile({.loss = {Given<T>::text, Given<T>::text}});
  Given<T>::model.compile({.metrics = {{Given<T>::text, Given<T>::text}}});
  Given<T>::model.fit(Given<T>::x, Given<T>::x, {.callbacks = {callback}});
  Given<T>::layer(Given<T>::x, {.training = true});
  layers::Dense(32, {.activation = Given<T>::text, .input_shape = {784}});
  Given<T>::x[{Slice(1, 5)}];
  Sequential({Given<T>::layer, Given<T>::model});
  layers::MaxPooling2D({2, 2});
  layers::MaxPooling2D({.pool_size = 2});
};
static_assert(Right<callbacks::EarlyStopping>);

}  // namespace
