// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include "keratin/base/codec.h"
#include "keratin/core/half.h"

namespace keratin {

/// Names an element type; the names are NumPy's.
enum class DType : uint8_t {
  bool_,
  uint8,
  uint16,
  uint32,
  uint64,
  int8,
  int16,
  int32,
  int64,
  float16,
  bfloat16,
  float32,
  float64,
};

inline constexpr int dtype_count = 13;

/// Returns NumPy's name: "float32", "bool".
std::string_view name_of(DType dtype);

/// Returns the dtype of that name; throws DTypeError with the known names.
DType dtype_from(std::string_view name);

/// Returns the bytes of one element.
size_t size_of(DType dtype);

bool is_float(DType dtype);
bool is_signed_int(DType dtype);
bool is_unsigned_int(DType dtype);
inline bool is_int(DType dtype) { return is_signed_int(dtype) || is_unsigned_int(dtype); }

/// Returns the dtype in which two tensors meet, by Keras' rules (JAX's lattice):
/// int32 + float16 -> float16, float16 + bfloat16 -> float32, uint8 + int8 -> int16.
DType promote(DType a, DType b);

/// Names a Python-like scalar that takes part in promotion weakly.
enum class Weak : uint8_t { bool_, integer, floating };

/// Returns the dtype in which a tensor and a plain number meet: int32 + 0.5 -> float32,
/// float16 + 0.5 -> float16, bool + 1 -> int32.
DType promote(DType dtype, Weak scalar);

/// Is the DType of a C++ type; an error at compile time for other types.
template <class T>
struct DTypeOf;

#define KERATIN_DTYPES(X) \
  X(bool, bool_)          \
  X(uint8_t, uint8)       \
  X(uint16_t, uint16)     \
  X(uint32_t, uint32)     \
  X(uint64_t, uint64)     \
  X(int8_t, int8)         \
  X(int16_t, int16)       \
  X(int32_t, int32)       \
  X(int64_t, int64)       \
  X(float16, float16)     \
  X(bfloat16, bfloat16)   \
  X(float, float32)       \
  X(double, float64)

#define KERATIN_DTYPE_OF(type, name)            \
  template <>                                   \
  struct DTypeOf<type> {                        \
    static constexpr DType value = DType::name; \
  };
KERATIN_DTYPES(KERATIN_DTYPE_OF)
#undef KERATIN_DTYPE_OF

template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

template <class T>
struct TypeTag {
  using type = T;
};

/// Calls `visit(TypeTag<T>{})` with the C++ type of `dtype`.
template <class Visit>
decltype(auto) dispatch(DType dtype, Visit&& visit) {
  switch (dtype) {
#define KERATIN_DTYPE_CASE(type, name) \
  case DType::name:                    \
    return visit(TypeTag<type>{});
    KERATIN_DTYPES(KERATIN_DTYPE_CASE)
#undef KERATIN_DTYPE_CASE
  }
  return visit(TypeTag<float>{});
}

template <>
struct Codec<DType> {
  static Config write(DType value) { return name_of(value); }
  static DType read(const Config& config) { return dtype_from(config.as_string()); }
  static std::string type_name() { return "dtype"; }
};

}  // namespace keratin
