// SPDX-License-Identifier: Apache-2.0
// Reference kernels of random numbers: threefry counters, one for each element.
#include "keratin/graph/ops/random.h"

#include <array>

#include "keratin/core/threefry.h"
#include "keratin/runtime/kernel.h"
#include "keratin/runtime/kernels/dropout.h"

namespace keratin::runtime {

namespace {

template <class T>
inline constexpr bool is_real =
    std::is_floating_point_v<T> || std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>;

rng::Key key_of(const Operand& operand) {
  const uint32_t* words = operand.as<uint32_t>();
  return {words[0], words[1]};
}

template <class T>
std::span<T> output_of(const KernelCall& call) {
  return {call.outputs[0].as<T>(), static_cast<size_t>(call.outputs[0].size)};
}

template <class T>
void run_uniform(const KernelCall& call) {
  const auto& attrs = call.attrs.as<ops::RandomAttrs>();
  rng::fill_uniform<T>(key_of(call.inputs[0]), attrs.low, attrs.high, output_of<T>(call),
                       static_cast<uint64_t>(call.first_element));
}

template <class T>
void run_normal(const KernelCall& call) {
  const auto& attrs = call.attrs.as<ops::RandomAttrs>();
  rng::fill_normal<T>(key_of(call.inputs[0]), attrs.low, attrs.high, output_of<T>(call),
                      static_cast<uint64_t>(call.first_element));
}

template <class T>
void run_dropout(const KernelCall& call) {
  const auto& attrs = call.attrs.as<ops::DropoutAttrs>();
  const rng::Key key = key_of(call.inputs[1]);
  const DropoutRule<T> rule(attrs.rate);
  const T* x = call.inputs[0].as<T>();
  T* y = call.outputs[0].as<T>();
  const auto decide = [&](int64_t at, int64_t decision) {
    const bool kept = rng::bernoulli_at(key, static_cast<uint64_t>(decision), rule.threshold);
    y[at] = kept ? static_cast<T>(x[at] * rule.scale) : T(0);
  };
  const Operand& out = call.outputs[0];
  if (attrs.noise_shape.empty()) {
    for (int64_t i = 0; i < out.size; ++i) decide(i, call.first_element + i);
    return;
  }
  std::array<int64_t, max_rank> strides{};
  int64_t step = 1;
  for (size_t i = attrs.noise_shape.size(); i-- > 0;) {
    // None means the input's size, as in Keras.
    const int64_t given = attrs.noise_shape.dims()[i];
    const int64_t dim = given == None ? out.shape.dims()[i] : given;
    strides[i] = dim == 1 ? 0 : step;
    step *= dim;
  }
  // Of a part of the rows, the decisions begin at those of its first row.
  const int64_t row = out.size > 0 ? out.size / out.shape[0] : 1;
  const int64_t first = call.first_element / row * strides[0];
  int64_t at = 0;
  for_each_offset<1>(
      out.shape.dims().data(), out.shape.rank(), {strides.data()},
      [&](const std::array<int64_t, 1>& decision) { decide(at++, first + decision[0]); });
}

#define KERATIN_CHOOSE_REAL(kernel)                                                \
  [](std::span<const TensorSpec>, std::span<const TensorSpec> outputs) -> Kernel { \
    return dispatch(outputs[0].dtype, [](auto tag) -> Kernel {                     \
      using T = typename decltype(tag)::type;                                      \
      if constexpr (is_real<T>) {                                                  \
        return kernel<T>;                                                          \
      } else {                                                                     \
        return nullptr;                                                            \
      }                                                                            \
    });                                                                            \
  }

}  // namespace

std::span<const KernelRow> random_kernels() {
  static const KernelRow rows[] = {
      {&ops::random_uniform_op, KERATIN_CHOOSE_REAL(run_uniform)},
      {&ops::random_normal_op, KERATIN_CHOOSE_REAL(run_normal)},
      {&ops::dropout_op, KERATIN_CHOOSE_REAL(run_dropout)},
  };
  return rows;
}

#undef KERATIN_CHOOSE_REAL

}  // namespace keratin::runtime
