// SPDX-License-Identifier: Apache-2.0
// Reference kernels of the element-wise ops: plain loops over broadcast operands.
#include <array>
#include <cmath>

#include "keratin/core/convert.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/kernel.h"

namespace keratin::runtime {

namespace {

// Half types compute in float32.
template <class T>
using Compute = std::conditional_t<std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>,
                                   float, T>;

template <class T>
inline constexpr bool is_real = std::is_floating_point_v<Compute<T>>;

bool all_contiguous(const KernelCall& call) {
  for (const Operand& input : call.inputs) {
    if (!input.contiguous) return false;
  }
  return true;
}

// Walks the output in rows of its last axis, so that broadcasting costs nothing inside a row.
template <size_t N, class Row>
void for_each_row(const KernelCall& call, Row&& row) {
  const Operand& out = call.outputs[0];
  std::array<int64_t, N> steps{};
  if (all_contiguous(call)) {
    steps.fill(1);
    row(std::array<int64_t, N>{}, steps, int64_t{0}, out.size);
    return;
  }
  // A scalar is contiguous, so there is a last axis here.
  const std::vector<int64_t>& dims = out.shape.dims();
  std::array<const int64_t*, N> strides{};
  for (size_t k = 0; k < N; ++k) {
    strides[k] = call.inputs[k].strides.data();
    steps[k] = call.inputs[k].strides.back();
  }
  int64_t at = 0;
  for_each_offset<N>(dims.data(), static_cast<int>(dims.size()) - 1, strides,
                     [&](const std::array<int64_t, N>& offsets) {
                       row(offsets, steps, at, dims.back());
                       at += dims.back();
                     });
}

template <class In, class Out, class F>
void run_unary(const KernelCall& call) {
  const In* x = call.inputs[0].as<In>();
  Out* y = call.outputs[0].as<Out>();
  for_each_row<1>(call, [&](const auto& from, const auto& step, int64_t to, int64_t count) {
    const In* row = x + from[0];
    for (int64_t i = 0; i < count; ++i) {
      y[to + i] = static_cast<Out>(F()(static_cast<Compute<In>>(row[i * step[0]])));
    }
  });
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
    // The usual steps as constants, for the compiler's sake.
    if (step[0] == 1 && step[1] == 1) {
      loop(1, 1);
    } else if (step[0] == 1 && step[1] == 0) {
      loop(1, 0);
    } else {
      loop(step[0], step[1]);
    }
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
      y[to + i] = condition[from[0] + i * step[0]] ? a[from[1] + i * step[1]]
                                                   : b[from[2] + i * step[2]];
    }
  });
}

// Integers wrap around, which is undefined for signed types in C++ unless done unsigned.
template <class T, class F>
T wrapping(T a, T b, F f) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    using U = std::conditional_t<(sizeof(T) < 4), uint32_t, std::make_unsigned_t<T>>;
    return static_cast<T>(f(static_cast<U>(a), static_cast<U>(b)));
  } else {
    return static_cast<T>(f(a, b));
  }
}

// clang-format off
struct Add { template <class T> T operator()(T a, T b) const {
  if constexpr (std::is_same_v<T, bool>) return a || b;
  else return wrapping(a, b, [](auto x, auto y) { return x + y; }); } };
struct Subtract { template <class T> T operator()(T a, T b) const { return wrapping(a, b, [](auto x, auto y) { return x - y; }); } };
struct Multiply { template <class T> T operator()(T a, T b) const {
  if constexpr (std::is_same_v<T, bool>) return a && b;
  else return wrapping(a, b, [](auto x, auto y) { return x * y; }); } };
struct Divide { template <class T> T operator()(T a, T b) const { return a / b; } };
struct Maximum { template <class T> T operator()(T a, T b) const { if constexpr (is_real<T>) { if (a != a) return a; } return a > b || b != b ? (b != b ? b : a) : b; } };
struct Minimum { template <class T> T operator()(T a, T b) const { if constexpr (is_real<T>) { if (a != a) return a; } return a < b || b != b ? (b != b ? b : a) : b; } };
struct Equal { template <class T> bool operator()(T a, T b) const { return a == b; } };
struct NotEqual { template <class T> bool operator()(T a, T b) const { return a != b; } };
struct Less { template <class T> bool operator()(T a, T b) const { return a < b; } };
struct LessEqual { template <class T> bool operator()(T a, T b) const { return a <= b; } };
struct Greater { template <class T> bool operator()(T a, T b) const { return a > b; } };
struct GreaterEqual { template <class T> bool operator()(T a, T b) const { return a >= b; } };
struct And { template <class T> bool operator()(T a, T b) const { return a != T(0) && b != T(0); } };
struct Or { template <class T> bool operator()(T a, T b) const { return a != T(0) || b != T(0); } };
struct Xor { template <class T> bool operator()(T a, T b) const { return (a != T(0)) != (b != T(0)); } };
struct Not { template <class T> bool operator()(T a) const { return a == T(0); } };
struct Negative { template <class T> T operator()(T a) const { return Subtract()(T(0), a); } };
template <> inline float Negative::operator()(float a) const { return -a; }
template <> inline double Negative::operator()(double a) const { return -a; }
struct Absolute { template <class T> T operator()(T a) const {
  if constexpr (is_real<T>) return std::abs(a);
  else if constexpr (std::is_unsigned_v<T>) return a;
  else return a < 0 ? Subtract()(T(0), a) : a; } };
struct Sign { template <class T> T operator()(T a) const {
  if constexpr (is_real<T>) { if (a != a) return a; }
  return static_cast<T>(a > T(0) ? 1 : (a < T(0) ? -1 : 0)); } };
struct Square { template <class T> T operator()(T a) const { return Multiply()(a, a); } };
struct Sqrt { template <class T> T operator()(T a) const { return std::sqrt(a); } };
struct Rsqrt { template <class T> T operator()(T a) const { return T(1) / std::sqrt(a); } };
struct Exp { template <class T> T operator()(T a) const { return std::exp(a); } };
struct Expm1 { template <class T> T operator()(T a) const { return std::expm1(a); } };
struct Log { template <class T> T operator()(T a) const { return std::log(a); } };
struct Log1p { template <class T> T operator()(T a) const { return std::log1p(a); } };
struct Sin { template <class T> T operator()(T a) const { return std::sin(a); } };
struct Cos { template <class T> T operator()(T a) const { return std::cos(a); } };
struct Tan { template <class T> T operator()(T a) const { return std::tan(a); } };
struct Arcsin { template <class T> T operator()(T a) const { return std::asin(a); } };
struct Arccos { template <class T> T operator()(T a) const { return std::acos(a); } };
struct Arctan { template <class T> T operator()(T a) const { return std::atan(a); } };
struct Sinh { template <class T> T operator()(T a) const { return std::sinh(a); } };
struct Cosh { template <class T> T operator()(T a) const { return std::cosh(a); } };
struct Tanh { template <class T> T operator()(T a) const { return std::tanh(a); } };
struct Erf { template <class T> T operator()(T a) const { return std::erf(a); } };
struct Floor { template <class T> T operator()(T a) const { return std::floor(a); } };
struct Ceil { template <class T> T operator()(T a) const { return std::ceil(a); } };
struct Round { template <class T> T operator()(T a) const { if constexpr (is_real<T>) return std::nearbyint(a); else return a; } };
struct IsNan { template <class T> bool operator()(T a) const { return a != a; } };
struct IsInf { template <class T> bool operator()(T a) const { if constexpr (is_real<T>) return std::isinf(a); else return false; } };
struct IsFinite { template <class T> bool operator()(T a) const { if constexpr (is_real<T>) return std::isfinite(a); else return true; } };
struct Arctan2 { template <class T> T operator()(T a, T b) const { return std::atan2(a, b); } };
struct Relu { template <class T> T operator()(T a) const { return a > T(0) ? a : (a != a ? a : T(0)); } };
struct Sigmoid { template <class T> T operator()(T a) const { return T(1) / (T(1) + std::exp(-a)); } };
struct Softplus { template <class T> T operator()(T a) const {
  if (a != a) return a;
  return std::max(a, T(0)) + std::log1p(std::exp(-std::abs(a))); } };
struct Identity { template <class T> T operator()(T a) const { return a; } };
// clang-format on

// Integer division by zero gives what XLA gives: -1, and the dividend as its remainder.
struct FloorDivide {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (is_real<T>) {
      return std::floor(a / b);
    } else {
      if (b == T(0)) return static_cast<T>(-1);
      if constexpr (std::is_signed_v<T>) {
        if (b == T(-1)) return Subtract()(T(0), a);
        const T quotient = static_cast<T>(a / b);
        const bool inexact = a % b != 0 && ((a < 0) != (b < 0));
        return static_cast<T>(inexact ? quotient - 1 : quotient);
      } else {
        return static_cast<T>(a / b);
      }
    }
  }
};

struct Mod {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (is_real<T>) {
      const T rest = std::fmod(a, b);
      return rest != T(0) && ((rest < T(0)) != (b < T(0))) ? rest + b : rest;
    } else {
      if (b == T(0)) return a;
      if constexpr (std::is_signed_v<T>) {
        if (b == T(-1)) return T(0);
        const T rest = static_cast<T>(a % b);
        return static_cast<T>(rest != 0 && ((rest < 0) != (b < 0)) ? rest + b : rest);
      } else {
        return static_cast<T>(a % b);
      }
    }
  }
};

struct Power {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (is_real<T>) {
      return std::pow(a, b);
    } else if constexpr (std::is_same_v<T, bool>) {
      return a || !b;
    } else {
      if constexpr (std::is_signed_v<T>) {
        if (b < 0) return static_cast<T>(a == 1 ? 1 : (a == -1 ? (b % 2 == 0 ? 1 : -1) : 0));
      }
      T result = 1;
      for (T exponent = b; exponent > 0; exponent = static_cast<T>(exponent >> 1)) {
        if (exponent & 1) result = Multiply()(result, a);
        a = Multiply()(a, a);
      }
      return result;
    }
  }
};

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
  return dispatch(inputs[1].dtype, [](auto tag) -> Kernel {
    return run_where<typename decltype(tag)::type>;
  });
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
