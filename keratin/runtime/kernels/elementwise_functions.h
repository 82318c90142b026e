// SPDX-License-Identifier: Apache-2.0
// What the element-wise kernels compute for one element: one function object for each op.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "keratin/core/half.h"
#include "keratin/runtime/kernels/extremes.h"

namespace keratin::runtime {

// Half types compute in float32.
template <class T>
using Compute =
    std::conditional_t<std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>, float, T>;

template <class T>
inline constexpr bool is_real = std::is_floating_point_v<Compute<T>>;

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

struct Add {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_same_v<T, bool>)
      return a || b;
    else
      return wrapping(a, b, [](auto x, auto y) { return x + y; });
  }
};
struct Subtract {
  template <class T>
  T operator()(T a, T b) const {
    return wrapping(a, b, [](auto x, auto y) { return x - y; });
  }
};
struct Multiply {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_same_v<T, bool>)
      return a && b;
    else
      return wrapping(a, b, [](auto x, auto y) { return x * y; });
  }
};
struct Divide {
  template <class T>
  T operator()(T a, T b) const {
    return a / b;
  }
};
struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return larger(a, b);
  }
};
struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return smaller(a, b);
  }
};
struct Negative {
  template <class T>
  T operator()(T a) const {
    return Subtract()(T(0), a);
  }
};
template <>
inline float Negative::operator()(float a) const {
  return -a;
}
template <>
inline double Negative::operator()(double a) const {
  return -a;
}
struct Absolute {
  template <class T>
  T operator()(T a) const {
    if constexpr (is_real<T>)
      return std::abs(a);
    else if constexpr (std::is_unsigned_v<T>)
      return a;
    else
      return a < 0 ? Subtract()(T(0), a) : a;
  }
};
struct Sign {
  template <class T>
  T operator()(T a) const {
    if constexpr (is_real<T>) {
      if (a != a) return a;
    }
    return static_cast<T>(a > T(0) ? 1 : (a < T(0) ? -1 : 0));
  }
};
struct Square {
  template <class T>
  T operator()(T a) const {
    return Multiply()(a, a);
  }
};
struct Sqrt {
  template <class T>
  T operator()(T a) const {
    return std::sqrt(a);
  }
};
struct Rsqrt {
  template <class T>
  T operator()(T a) const {
    return T(1) / std::sqrt(a);
  }
};
struct Exp {
  template <class T>
  T operator()(T a) const {
    return std::exp(a);
  }
};
struct Expm1 {
  template <class T>
  T operator()(T a) const {
    return std::expm1(a);
  }
};
struct Log {
  template <class T>
  T operator()(T a) const {
    return std::log(a);
  }
};
struct Log1p {
  template <class T>
  T operator()(T a) const {
    return std::log1p(a);
  }
};
struct Sin {
  template <class T>
  T operator()(T a) const {
    return std::sin(a);
  }
};
struct Cos {
  template <class T>
  T operator()(T a) const {
    return std::cos(a);
  }
};
struct Tan {
  template <class T>
  T operator()(T a) const {
    return std::tan(a);
  }
};
struct Arcsin {
  template <class T>
  T operator()(T a) const {
    return std::asin(a);
  }
};
struct Arccos {
  template <class T>
  T operator()(T a) const {
    return std::acos(a);
  }
};
struct Arctan {
  template <class T>
  T operator()(T a) const {
    return std::atan(a);
  }
};
struct Sinh {
  template <class T>
  T operator()(T a) const {
    return std::sinh(a);
  }
};
struct Cosh {
  template <class T>
  T operator()(T a) const {
    return std::cosh(a);
  }
};
struct Tanh {
  template <class T>
  T operator()(T a) const {
    return std::tanh(a);
  }
};
struct Erf {
  template <class T>
  T operator()(T a) const {
    return std::erf(a);
  }
};
struct Floor {
  template <class T>
  T operator()(T a) const {
    return std::floor(a);
  }
};
struct Ceil {
  template <class T>
  T operator()(T a) const {
    return std::ceil(a);
  }
};
struct Round {
  template <class T>
  T operator()(T a) const {
    if constexpr (is_real<T>)
      return std::nearbyint(a);
    else
      return a;
  }
};
struct Arctan2 {
  template <class T>
  T operator()(T a, T b) const {
    return std::atan2(a, b);
  }
};
struct Relu {
  template <class T>
  T operator()(T a) const {
    return a > T(0) ? a : (a != a ? a : T(0));
  }
};
struct Sigmoid {
  template <class T>
  T operator()(T a) const {
    return T(1) / (T(1) + std::exp(-a));
  }
};
struct Softplus {
  template <class T>
  T operator()(T a) const {
    if (a != a) return a;
    return std::max(a, T(0)) + std::log1p(std::exp(-std::abs(a)));
  }
};
struct Identity {
  template <class T>
  T operator()(T a) const {
    return a;
  }
};

// Integer division by zero gives what XLA gives: -1, and the dividend as its remainder.
struct FloorDivide {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (is_real<T>) {
      // As JAX: from the remainder, which knows what rounding the quotient would hide.
      const T rest = std::fmod(a, b);
      const T quotient = (b == T(0) ? a : a - rest) / b;
      const bool below = rest != T(0) && (std::signbit(rest) != std::signbit(b) || b == T(0));
      return std::nearbyint(below ? quotient - T(1) : quotient);
    } else {
      if constexpr (std::is_signed_v<T>) {
        // What XLA gives: -1, and one less where a remainder is left.
        if (b == T(0)) return static_cast<T>(a == T(0) ? -1 : -2);
        if (b == T(-1)) return Subtract()(T(0), a);
        const T quotient = static_cast<T>(a / b);
        const bool inexact = a % b != 0 && ((a < 0) != (b < 0));
        return static_cast<T>(inexact ? quotient - 1 : quotient);
      } else {
        return b == T(0) ? std::numeric_limits<T>::max() : static_cast<T>(a / b);
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

}  // namespace keratin::runtime
