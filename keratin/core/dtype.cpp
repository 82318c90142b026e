// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/dtype.h"

#include <array>

#include "keratin/base/check.h"
#include "keratin/base/text.h"

namespace keratin {

namespace {

struct Row {
  std::string_view name;
  size_t size;
};

constexpr std::array<Row, dtype_count> rows = {{
    {"bool", 1},
    {"uint8", 1},
    {"uint16", 2},
    {"uint32", 4},
    {"uint64", 8},
    {"int8", 1},
    {"int16", 2},
    {"int32", 4},
    {"int64", 8},
    {"float16", 2},
    {"bfloat16", 2},
    {"float32", 4},
    {"float64", 8},
}};

}  // namespace

std::string_view name_of(DType dtype) { return rows[static_cast<size_t>(dtype)].name; }

size_t size_of(DType dtype) { return rows[static_cast<size_t>(dtype)].size; }

DType dtype_from(std::string_view name) {
  std::vector<std::string> names;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].name == name) return static_cast<DType>(i);
    names.emplace_back(rows[i].name);
  }
  fail<DTypeError>("dtype", "expected one of [{}], got '{}'.{}", fmt::join(names, ", "), name,
                   text::did_you_mean(name, names));
}

bool is_float(DType dtype) { return dtype >= DType::float16; }

bool is_signed_int(DType dtype) { return dtype >= DType::int8 && dtype <= DType::int64; }

bool is_unsigned_int(DType dtype) { return dtype >= DType::uint8 && dtype <= DType::uint64; }

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a > b) std::swap(a, b);  // from here on: bool < unsigned < signed < float
  if (a == DType::bool_) return b;
  if (is_float(b)) {
    if (!is_float(a)) return b;
    const bool halves = a == DType::float16 && b == DType::bfloat16;
    return halves ? DType::float32 : b;
  }
  if (is_unsigned_int(a) && is_signed_int(b)) {
    // The next signed type that holds every unsigned value. No integer holds uint64 and int64:
    // JAX meets in a weak float, which Keras reads as float32.
    if (a == DType::uint64) return DType::float32;
    // Keras' default on JAX has no 64-bit numbers unless they are given.
    if (a == DType::uint32) return b == DType::int64 ? b : DType::int32;
    const auto wider = static_cast<DType>(static_cast<int>(a) - static_cast<int>(DType::uint8) +
                                          static_cast<int>(DType::int16));
    return b > wider ? b : wider;
  }
  return b;
}

DType promote(DType dtype, Weak scalar) {
  switch (scalar) {
    case Weak::bool_:
      return dtype;
    case Weak::integer:
      return dtype == DType::bool_ ? DType::int32 : dtype;
    case Weak::floating:
      return is_float(dtype) ? dtype : DType::float32;
  }
  return dtype;
}

}  // namespace keratin
