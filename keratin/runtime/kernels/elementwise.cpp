// SPDX-License-Identifier: Apache-2.0
// Reference kernels of the element-wise ops: plain loops over broadcast operands.
#include <array>
#include <cmath>
#include <limits>

#include "keratin/core/convert.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/kernel.h"
#include "keratin/runtime/kernels/elementwise_functions.h"
#include "keratin/runtime/kernels/logical_functions.h"

namespace keratin::runtime {

namespace {

bool all_contiguous(const KernelCall& call) {
  for (const Operand& input : call.inputs) {
    if (!input.contiguous) return false;
  }
  return true;
}

// Walks the output in rows of its last axis, so that broadcasting costs nothing inside a row; all
// of it is one row where nothing is broadcast.
template <size_t N, class Row>
void for_each_row(const KernelCall& call, Row&& row) {
  const Operand& out = call.outputs[0];
  const Sizes& dims = out.shape.dims();
  const bool flat = all_contiguous(call);
  std::array<const int64_t*, N> strides{};
  std::array<int64_t, N> steps{};
  for (size_t k = 0; k < N; ++k) {
    strides[k] = call.inputs[k].strides.data();
    steps[k] = flat ? 1 : call.inputs[k].strides.back();
  }
  const int64_t width = flat ? out.size : dims.back();
  int64_t at = 0;
  for_each_offset<N>(dims.data(), flat ? 0 : static_cast<int>(dims.size()) - 1, strides,
                     [&](const std::array<int64_t, N>& offsets) {
                       row(offsets, steps, at, width);
                       at += width;
                     });
}

// The one input has the output's shape.
template <class In, class Out, class F>
void run_unary(const KernelCall& call) {
  const In* x = call.inputs[0].as<In>();
  Out* y = call.outputs[0].as<Out>();
  const int64_t count = call.outputs[0].size;
  for (int64_t i = 0; i < count; ++i) {
    y[i] = static_cast<Out>(F()(static_cast<Compute<In>>(x[i])));
  }
}

template <class In, class Out, class F>
void run_binary(const KernelCall& call) {
  const In* a = call.inputs[0].as<In>();
  const In* b = call.inputs[1].as<In>();
  Out* y = call.outputs[0].as<Out>();
  for_each_row<2>(call, [&](const auto& from, const auto& step, int64_t to, int64_t count) {
    const In* row_a = a + from[0];
    const In* row_b = b + from[1];
    Out* out = y + to;
    const auto loop = [&](int64_t step_a, int64_t step_b) {
      for (int64_t i = 0; i < count; ++i) {
        out[i] = static_cast<Out>(F()(static_cast<Compute<In>>(row_a[i * step_a]),
                                      static_cast<Compute<In>>(row_b[i * step_b])));
      }
    };
    // The usual steps as constants, for the compiler's sake; for the usual types, for its time's.
    if constexpr (std::is_floating_point_v<In>) {
      if (step[0] == 1 && step[1] == 1) return loop(1, 1);
      if (step[0] == 1 && step[1] == 0) return loop(1, 0);
    }
    loop(step[0], step[1]);
  });
}

template <class T>
void run_where(const KernelCall& call) {
  const bool* condition = call.inputs[0].as<bool>();
  const T* a = call.inputs[1].as<T>();
  const T* b = call.inputs[2].as<T>();
  T* y = call.outputs[0].as<T>();
  for_each_row<3>(call, [&](const auto& from, const auto& step, int64_t to, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      y[to + i] =
          condition[from[0] + i * step[0]] ? a[from[1] + i * step[1]] : b[from[2] + i * step[2]];
    }
  });
}

using Specs = std::span<const TensorSpec>;

template <class F>
Kernel numeric_binary(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype, [](auto tag) -> Kernel {
    using T = typename decltype(tag)::type;
    return run_binary<T, T, F>;
  });
}

template <class F>
Kernel real_binary(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype, [](auto tag) -> Kernel {
    using T = typename decltype(tag)::type;
    if constexpr (is_real<T>) {
      return run_binary<T, T, F>;
    } else {
      return nullptr;
    }
  });
}

template <class F>
Kernel comparison(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype, [](auto tag) -> Kernel {
    return run_binary<typename decltype(tag)::type, bool, F>;
  });
}

template <class F>
Kernel test(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype, [](auto tag) -> Kernel {
    return run_unary<typename decltype(tag)::type, bool, F>;
  });
}

template <class F>
Kernel numeric_unary(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype, [](auto tag) -> Kernel {
    using T = typename decltype(tag)::type;
    return run_unary<T, T, F>;
  });
}

template <class F>
Kernel real_unary(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype, [](auto tag) -> Kernel {
    using T = typename decltype(tag)::type;
    if constexpr (is_real<T>) {
      return run_unary<T, T, F>;
    } else {
      return nullptr;
    }
  });
}

Kernel choose_where(Specs inputs, Specs) {
  if (inputs[0].dtype != DType::bool_) return nullptr;
  return dispatch(inputs[1].dtype,
                  [](auto tag) -> Kernel { return run_where<typename decltype(tag)::type>; });
}

template <class In, class Out>
void run_cast(const KernelCall& call) {
  const In* x = call.inputs[0].as<In>();
  Out* y = call.outputs[0].as<Out>();
  for (int64_t i = 0; i < call.outputs[0].size; ++i) y[i] = convert<Out>(x[i]);
}

Kernel choose_cast(Specs inputs, Specs outputs) {
  return dispatch(inputs[0].dtype, [&](auto from) -> Kernel {
    return dispatch(outputs[0].dtype, [](auto to) -> Kernel {
      return run_cast<typename decltype(from)::type, typename decltype(to)::type>;
    });
  });
}

}  // namespace

std::span<const KernelRow> elementwise_kernels() {
  static const KernelRow rows[] = {
      {&ops::add_op, numeric_binary<Add>},
      {&ops::subtract_op, numeric_binary<Subtract>},
      {&ops::multiply_op, numeric_binary<Multiply>},
      {&ops::divide_op, real_binary<Divide>},
      {&ops::floor_divide_op, numeric_binary<FloorDivide>},
      {&ops::mod_op, numeric_binary<Mod>},
      {&ops::power_op, numeric_binary<Power>},
      {&ops::maximum_op, numeric_binary<Maximum>},
      {&ops::minimum_op, numeric_binary<Minimum>},
      {&ops::arctan2_op, real_binary<Arctan2>},
      {&ops::equal_op, comparison<Equal>},
      {&ops::not_equal_op, comparison<NotEqual>},
      {&ops::less_op, comparison<Less>},
      {&ops::less_equal_op, comparison<LessEqual>},
      {&ops::greater_op, comparison<Greater>},
      {&ops::greater_equal_op, comparison<GreaterEqual>},
      {&ops::logical_and_op, comparison<And>},
      {&ops::logical_or_op, comparison<Or>},
      {&ops::logical_xor_op, comparison<Xor>},
      {&ops::logical_not_op, test<Not>},
      {&ops::where_op, choose_where},
      {&ops::cast_op, choose_cast},
      {&ops::stop_gradient_op, numeric_unary<Identity>},
      {&ops::negative_op, numeric_unary<Negative>},
      {&ops::absolute_op, numeric_unary<Absolute>},
      {&ops::sign_op, numeric_unary<Sign>},
      {&ops::square_op, numeric_unary<Square>},
      {&ops::sqrt_op, real_unary<Sqrt>},
      {&ops::rsqrt_op, real_unary<Rsqrt>},
      {&ops::exp_op, real_unary<Exp>},
      {&ops::expm1_op, real_unary<Expm1>},
      {&ops::log_op, real_unary<Log>},
      {&ops::log1p_op, real_unary<Log1p>},
      {&ops::sin_op, real_unary<Sin>},
      {&ops::cos_op, real_unary<Cos>},
      {&ops::tan_op, real_unary<Tan>},
      {&ops::arcsin_op, real_unary<Arcsin>},
      {&ops::arccos_op, real_unary<Arccos>},
      {&ops::arctan_op, real_unary<Arctan>},
      {&ops::sinh_op, real_unary<Sinh>},
      {&ops::cosh_op, real_unary<Cosh>},
      {&ops::tanh_op, real_unary<Tanh>},
      {&ops::erf_op, real_unary<Erf>},
      {&ops::floor_op, real_unary<Floor>},
      {&ops::ceil_op, real_unary<Ceil>},
      {&ops::round_op, numeric_unary<Round>},
      {&ops::isnan_op, test<IsNan>},
      {&ops::isinf_op, test<IsInf>},
      {&ops::isfinite_op, test<IsFinite>},
      {&ops::relu_op, numeric_unary<Relu>},
      {&ops::sigmoid_op, real_unary<Sigmoid>},
      {&ops::softplus_op, real_unary<Softplus>},
  };
  return rows;
}

}  // namespace keratin::runtime
