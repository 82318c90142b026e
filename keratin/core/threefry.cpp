// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/threefry.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "keratin/base/check.h"
#include "keratin/core/xla_math.h"

namespace keratin::rng {

namespace {

/// Says how a floating-point type is drawn and in which type its arithmetic is done. Half types
/// are rounded after every single operation, as XLA does.
template <class T>
struct Draw;

template <>
struct Draw<float> {
  using Wide = float;
  static float unit(Key key, uint64_t index) { return unit_float32(threefry_bits(key, index)); }
};

template <>
struct Draw<double> {
  using Wide = double;
  static double unit(Key key, uint64_t index) { return unit_float64(threefry_bits64(key, index)); }
};

template <>
struct Draw<float16> {
  using Wide = float;
  static float unit(Key key, uint64_t index) {
    float16 value;
    value.bits = static_cast<uint16_t>(((threefry_bits(key, index) & 0xffffu) >> 6) | 0x3c00u);
    return static_cast<float>(value) - 1.0f;
  }
};

template <>
struct Draw<bfloat16> {
  using Wide = float;
  // With 7 bits of mantissa JAX takes only 8 random bits.
  static float unit(Key key, uint64_t index) {
    bfloat16 value;
    value.bits = static_cast<uint16_t>(((threefry_bits(key, index) & 0xffu) >> 1) | 0x3f80u);
    return static_cast<float>(value) - 1.0f;
  }
};

template <class T>
using Wide = typename Draw<T>::Wide;

template <class T>
constexpr bool kIsHalf = std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>;

/// Rounds to T and widens again; nothing for float and double.
template <class T>
Wide<T> rounded(Wide<T> value) {
  if constexpr (kIsHalf<T>) {
    return static_cast<float>(T(value));
  } else {
    return value;
  }
}

template <class T>
Wide<T> scalar(double value) {
  return rounded<T>(static_cast<Wide<T>>(value));
}

/// Returns a * b + c: fused where XLA's compiler fuses it, in two steps for the half types.
template <class T>
Wide<T> multiply_add(Wide<T> a, Wide<T> b, Wide<T> c) {
  if constexpr (kIsHalf<T>) {
    return rounded<T>(rounded<T>(a * b) + c);
  } else {
    return std::fma(a, b, c);
  }
}

template <class T>
struct Range {
  Range(Wide<T> low, Wide<T> high) : minval(low), span(rounded<T>(high - low)) {}

  Wide<T> at(Key key, uint64_t index) const {
    const Wide<T> value = multiply_add<T>(Draw<T>::unit(key, index), span, minval);
    return std::max(minval, value);
  }

  Wide<T> minval;
  Wide<T> span;
};

template <class T>
Wide<T> next_toward_zero(Wide<T> value) {
  if constexpr (kIsHalf<T>) {
    T narrow(value);
    if ((narrow.bits & 0x7fffu) != 0) {
      --narrow.bits;
    }
    return static_cast<float>(narrow);
  } else {
    return std::nextafter(value, Wide<T>(0));
  }
}

/// Returns the neighbour of `value` towards plus or minus infinity.
template <class T>
Wide<T> neighbour(Wide<T> value, bool upwards) {
  if constexpr (kIsHalf<T>) {
    T narrow(value);
    if (value == 0.0f) {
      narrow.bits = static_cast<uint16_t>(upwards ? 0x0001u : 0x8001u);
    } else if (!std::isnan(value) && !(std::isinf(value) && (value > 0.0f) == upwards)) {
      const bool grows = (value > 0.0f) == upwards;
      narrow.bits = static_cast<uint16_t>(narrow.bits + (grows ? 1 : -1));
    }
    return static_cast<float>(narrow);
  } else {
    const Wide<T> infinity = std::numeric_limits<Wide<T>>::infinity();
    return std::nextafter(value, upwards ? infinity : -infinity);
  }
}

template <class T>
constexpr double kSmallestNormal = std::numeric_limits<Wide<T>>::min();
template <>
constexpr double kSmallestNormal<float16> = 0x1p-14;

template <class T>
Wide<T> square_root_of_two() {
  return scalar<T>(1.4142135623730951);
}

/// Returns sqrt(2) * erf_inv(u), which turns a uniform value of (-1, 1) into a normal one.
template <class T>
Wide<T> normal_from(Wide<T> u) {
  return rounded<T>(rounded<T>(xla::erf_inv(u)) * square_root_of_two<T>());
}

template <class T>
Wide<T> log_of(Wide<T> x) {
  if constexpr (std::is_same_v<T, double>) {
    return std::log(x);
  } else {
    return rounded<T>(xla::log(x));
  }
}

template <class T>
Wide<T> error_function(Wide<T> x) {
  if constexpr (std::is_same_v<T, double>) {
    return std::erf(x);
  } else {
    return rounded<T>(xla::erf(x));
  }
}

/// Writes `sample(index) * stddev + mean`. The two operations run apart in Keras, so they must
/// not be fused here (build with -ffp-contract=off where the processor has a fused one).
template <class T, class Sample>
void fill_scaled(double mean, double stddev, std::span<T> out, uint64_t first, Sample sample) {
  const Wide<T> factor = scalar<T>(stddev);
  const Wide<T> offset = scalar<T>(mean);
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<T>(rounded<T>(sample(first + i) * factor) + offset);
  }
}

}  // namespace

template <class T>
void fill_uniform(Key key, double minval, double maxval, std::span<T> out, uint64_t first) {
  const Range<T> range(scalar<T>(minval), scalar<T>(maxval));
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<T>(range.at(key, first + i));
}

template <class T>
void fill_normal(Key key, double mean, double stddev, std::span<T> out, uint64_t first) {
  const Range<T> range(next_toward_zero<T>(-1), 1);
  fill_scaled(mean, stddev, out, first,
              [&](uint64_t index) { return normal_from<T>(range.at(key, index)); });
}

template <class T>
void fill_truncated_normal(Key key, double mean, double stddev, std::span<T> out, uint64_t first,
                           double lower, double upper) {
  const Wide<T> low = scalar<T>(lower);
  const Wide<T> high = scalar<T>(upper);
  // XLA divides by a constant by multiplying with its rounded reciprocal.
  const Wide<T> reciprocal = rounded<T>(Wide<T>(1) / square_root_of_two<T>());
  const Range<T> range(error_function<T>(rounded<T>(low * reciprocal)),
                       error_function<T>(rounded<T>(high * reciprocal)));
  const Wide<T> smallest = neighbour<T>(low, true);
  const Wide<T> largest = neighbour<T>(high, false);
  fill_scaled(mean, stddev, out, first, [&](uint64_t index) {
    const Wide<T> value = normal_from<T>(range.at(key, index));
    return std::min(std::max(value, smallest), largest);
  });
}

template <class T>
void fill_gumbel(Key key, std::span<T> out, uint64_t first) {
  // JAX writes uniform(tiny, 1), whose scaling XLA folds away.
  const Wide<T> smallest = static_cast<Wide<T>>(kSmallestNormal<T>);
  for (size_t i = 0; i < out.size(); ++i) {
    const Wide<T> u = std::max(smallest, Draw<T>::unit(key, first + i));
    out[i] = static_cast<T>(-log_of<T>(-log_of<T>(u)));
  }
}

uint32_t bernoulli_threshold(float p) {
  if (!(p > 0.0f)) return 0;
  return p >= 1.0f ? 0x800000u : static_cast<uint32_t>(std::ceil(p * 0x1p23f));
}

void fill_bernoulli(Key key, float p, std::span<uint8_t> out, uint64_t first) {
  const uint32_t threshold = bernoulli_threshold(p);
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = bernoulli_at(key, first + i, threshold) ? 1 : 0;
  }
}

template <class T>
void fill_randint(Key key, int64_t minval, int64_t maxval, std::span<T> out, uint64_t first) {
  // Types below 32 bits are sampled as int32.
  using Sampled = std::conditional_t<sizeof(T) < 4, int32_t, T>;
  using Bits = std::make_unsigned_t<Sampled>;
  const auto clip = [](int64_t value) {
    if (std::cmp_less(value, std::numeric_limits<Sampled>::min())) {
      return std::numeric_limits<Sampled>::min();
    }
    if (std::cmp_greater(value, std::numeric_limits<Sampled>::max())) {
      return std::numeric_limits<Sampled>::max();
    }
    return static_cast<Sampled>(value);
  };
  const bool is_above = std::cmp_greater(maxval, std::numeric_limits<Sampled>::max());
  if constexpr (sizeof(T) < 4) {
    const int64_t lowest = std::numeric_limits<T>::min();
    const int64_t beyond = static_cast<int64_t>(std::numeric_limits<T>::max()) + 1;
    minval = std::clamp(minval, lowest, beyond - 1);
    maxval = std::clamp(maxval, lowest, beyond);
  }
  const Sampled low = clip(minval);
  const Sampled high = clip(maxval);
  Bits span = 1;
  if (high > low) {
    // The span of a whole type wraps to 0, which stands for no reduction at all.
    span = static_cast<Bits>(static_cast<Bits>(high) - static_cast<Bits>(low) + (is_above ? 1 : 0));
  }
  const auto reduce = [span](Bits value) { return span == 0 ? value : value % span; };
  Bits multiplier = reduce(Bits{1} << (sizeof(Bits) * 4));
  multiplier = reduce(multiplier * multiplier);
  const Key high_key = split_key(key, 0);
  const Key low_key = split_key(key, 1);
  const auto bits = [](Key source, uint64_t index) {
    if constexpr (sizeof(Bits) == 8) {
      return static_cast<Bits>(threefry_bits64(source, index));
    } else {
      return static_cast<Bits>(threefry_bits(source, index));
    }
  };
  for (size_t i = 0; i < out.size(); ++i) {
    const Bits upper_part = reduce(bits(high_key, first + i)) * multiplier;
    const Bits lower_part = reduce(bits(low_key, first + i));
    out[i] = static_cast<T>(static_cast<Bits>(low) + reduce(upper_part + lower_part));
  }
}

std::vector<int64_t> shuffle_sources(Key key, int64_t outer, int64_t size, int64_t inner) {
  require<ValueError>(outer >= 0 && size >= 0 && inner >= 0, "shuffle",
                      "expected extents of at least 0, got [{}, {}, {}]. Pass the shape as "
                      "[before, axis, after].",
                      outer, size, inner);
  const auto index_of = [&](int64_t o, int64_t s, int64_t i) {
    return static_cast<size_t>((o * size + s) * inner + i);
  };
  const double total =
      static_cast<double>(outer) * static_cast<double>(size) * static_cast<double>(inner);
  std::vector<int64_t> sources(index_of(outer, 0, 0));
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t s = 0; s < size; ++s) {
      for (int64_t i = 0; i < inner; ++i) sources[index_of(o, s, i)] = s;
    }
  }
  // Sorts by fresh random keys, often enough that equal keys do not matter.
  const int rounds =
      static_cast<int>(std::ceil(3.0 * std::log(std::max(1.0, total)) / std::log(4294967295.0)));
  std::vector<std::pair<uint32_t, int64_t>> line(static_cast<size_t>(size));
  for (int round = 0; round < rounds; ++round) {
    const Key sort_key = split_key(key, 1);
    key = split_key(key, 0);
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < inner; ++i) {
        for (int64_t s = 0; s < size; ++s) {
          const size_t index = index_of(o, s, i);
          line[static_cast<size_t>(s)] = {threefry_bits(sort_key, index), sources[index]};
        }
        std::stable_sort(line.begin(), line.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        for (int64_t s = 0; s < size; ++s) {
          sources[index_of(o, s, i)] = line[static_cast<size_t>(s)].second;
        }
      }
    }
  }
  return sources;
}

#define KERATIN_FILL_FLOAT(T)                                                                 \
  template void fill_uniform<T>(Key, double, double, std::span<T>, uint64_t);                 \
  template void fill_normal<T>(Key, double, double, std::span<T>, uint64_t);                  \
  template void fill_truncated_normal<T>(Key, double, double, std::span<T>, uint64_t, double, \
                                         double);                                             \
  template void fill_gumbel<T>(Key, std::span<T>, uint64_t);
KERATIN_FILL_FLOAT(float)
KERATIN_FILL_FLOAT(double)
KERATIN_FILL_FLOAT(float16)
KERATIN_FILL_FLOAT(bfloat16)
#undef KERATIN_FILL_FLOAT

#define KERATIN_FILL_INTEGER(T) \
  template void fill_randint<T>(Key, int64_t, int64_t, std::span<T>, uint64_t);
KERATIN_FILL_INTEGER(int8_t)
KERATIN_FILL_INTEGER(int16_t)
KERATIN_FILL_INTEGER(int32_t)
KERATIN_FILL_INTEGER(int64_t)
KERATIN_FILL_INTEGER(uint8_t)
KERATIN_FILL_INTEGER(uint16_t)
KERATIN_FILL_INTEGER(uint32_t)
KERATIN_FILL_INTEGER(uint64_t)
#undef KERATIN_FILL_INTEGER

}  // namespace keratin::rng
