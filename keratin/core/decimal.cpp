// SPDX-License-Identifier: Apache-2.0
// Digit generation after Steele and White, in exact integer arithmetic. The standard library has no
// shortest form for half precision and none that is cut or lengthened the way NumPy does it.
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "keratin/core/decimal_internal.h"

namespace keratin::detail {

namespace {

// A natural number; the words are the digits in base 2^32, the lowest first.
class BigInt {
 public:
  explicit BigInt(uint64_t value) {
    for (; value != 0; value >>= 32) words_.push_back(static_cast<uint32_t>(value));
  }

  void multiply(uint32_t factor) {
    uint64_t carry = 0;
    for (uint32_t& word : words_) {
      carry += uint64_t{word} * factor;
      word = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words_.push_back(static_cast<uint32_t>(carry));
  }

  void multiply_power_of_ten(int power) {
    for (; power >= 9; power -= 9) multiply(1000000000u);
    for (; power > 0; --power) multiply(10u);
  }

  void shift_left(int bits) {
    if (words_.empty()) return;
    if (bits % 32 != 0) multiply(uint32_t{1} << (bits % 32));
    words_.insert(words_.begin(), static_cast<size_t>(bits / 32), 0u);
  }

  void add(const BigInt& other) {
    words_.resize(std::max(words_.size(), other.words_.size()), 0u);
    uint64_t carry = 0;
    for (size_t i = 0; i < words_.size(); ++i) {
      carry += uint64_t{words_[i]} + other.word(i);
      words_[i] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words_.push_back(static_cast<uint32_t>(carry));
  }

  // Needs *this >= other.
  void subtract(const BigInt& other) {
    int64_t borrow = 0;
    for (size_t i = 0; i < words_.size(); ++i) {
      borrow += int64_t{words_[i]} - int64_t{other.word(i)};
      words_[i] = static_cast<uint32_t>(borrow);
      borrow >>= 32;
    }
    while (!words_.empty() && words_.back() == 0) words_.pop_back();
  }

  int compare(const BigInt& other) const {
    if (words_.size() != other.words_.size()) return words_.size() < other.words_.size() ? -1 : 1;
    for (size_t i = words_.size(); i-- > 0;) {
      if (words_[i] != other.words_[i]) return words_[i] < other.words_[i] ? -1 : 1;
    }
    return 0;
  }

 private:
  uint32_t word(size_t i) const { return i < words_.size() ? words_[i] : 0u; }
  std::vector<uint32_t> words_;
};

// mantissa x 2^exponent; `narrow_below` says that the next smaller number is half as far away as
// the next larger one.
struct Binary {
  bool negative = false;
  uint64_t mantissa = 0;
  int exponent = 0;
  bool narrow_below = false;
};

Binary take_apart(uint64_t bits, int mantissa_bits, int exponent_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1 + mantissa_bits;
  const auto field = static_cast<int>((bits >> mantissa_bits) & ((1u << exponent_bits) - 1));
  Binary result;
  result.negative = ((bits >> (mantissa_bits + exponent_bits)) & 1u) != 0;
  result.mantissa = bits & ((uint64_t{1} << mantissa_bits) - 1);
  result.narrow_below = result.mantissa == 0 && field > 1;
  if (field > 0) result.mantissa |= uint64_t{1} << mantissa_bits;
  result.exponent = std::max(field, 1) - bias;
  return result;
}

// The number as value / unit x 10^exponent with 1 <= value / unit < 10, and the distances to the
// middles between it and its neighbours on the same scale.
struct Scaled {
  BigInt value, unit, below, above;
  int exponent = 0;

  explicit Scaled(const Binary& number)
      : value(number.mantissa << (number.narrow_below ? 2 : 1)),
        unit(number.narrow_below ? 4 : 2),
        below(1),
        above(number.narrow_below ? 2 : 1) {
    if (number.exponent >= 0) {
      value.shift_left(number.exponent);
      below.shift_left(number.exponent);
      above.shift_left(number.exponent);
    } else {
      unit.shift_left(-number.exponent);
    }
    const double size =
        std::log10(static_cast<double>(number.mantissa)) + number.exponent * 0.30102999566398120;
    exponent = static_cast<int>(std::floor(size));
    if (exponent >= 0) {
      unit.multiply_power_of_ten(exponent);
    } else {
      value.multiply_power_of_ten(-exponent);
      below.multiply_power_of_ten(-exponent);
      above.multiply_power_of_ten(-exponent);
    }
    correct_estimate();
  }

  void next_digit() {
    value.multiply(10);
    below.multiply(10);
    above.multiply(10);
  }

  // Returns the digit before the point and leaves the rest.
  int take_digit() {
    int digit = 0;
    while (value.compare(unit) >= 0) {
      value.subtract(unit);
      ++digit;
    }
    return digit;
  }

 private:
  // The logarithm may be off by one near powers of ten.
  void correct_estimate() {
    if (value.compare(unit) < 0) {
      --exponent;
      next_digit();
    }
    BigInt ten_units = unit;
    ten_units.multiply(10);
    if (value.compare(ten_units) >= 0) {
      ++exponent;
      unit = std::move(ten_units);
    }
  }
};

void round_up(Decimal& number) {
  size_t i = number.digits.size();
  while (i > 0 && number.digits[i - 1] == '9') number.digits[--i] = '0';
  if (i > 0) {
    ++number.digits[i - 1];
    return;
  }
  number.digits.front() = '1';
  ++number.exponent;
}

Decimal generate(const Binary& number, DigitLimits limits) {
  Decimal result;
  result.negative = number.negative;
  if (number.mantissa == 0) {
    result.digits.assign(static_cast<size_t>(std::max(limits.least_digits, 1)), '0');
    return result;
  }
  Scaled scaled(number);
  result.exponent = scaled.exponent;
  // Middles belong to the number with the even mantissa, which they round to when read.
  const bool is_even = number.mantissa % 2 == 0;
  bool may_round_down = false;
  bool may_round_up = false;
  while (true) {
    const int digit = scaled.take_digit();
    result.digits.push_back(static_cast<char>('0' + digit));
    const int to_below = scaled.value.compare(scaled.below);
    BigInt high = scaled.value;
    high.add(scaled.above);
    const int to_above = high.compare(scaled.unit);
    may_round_down = is_even ? to_below <= 0 : to_below < 0;
    may_round_up = is_even ? to_above >= 0 : to_above > 0;
    const auto count = static_cast<int>(result.digits.size());
    const int places = count - 1 - result.exponent;
    if ((may_round_down || may_round_up) && count >= limits.least_digits) break;
    if (limits.most_digits >= 0 && count >= limits.most_digits) break;
    if (limits.most_places >= 0 && places >= limits.most_places) break;
    scaled.next_digit();
  }
  bool rounds_down = may_round_down;
  if (may_round_down == may_round_up) {
    BigInt twice = scaled.value;
    twice.multiply(2);
    const int order = twice.compare(scaled.unit);
    rounds_down = order < 0 || (order == 0 && (result.digits.back() - '0') % 2 == 0);
  }
  if (!rounds_down) round_up(result);
  return result;
}

}  // namespace

Decimal to_decimal(float16 value, DigitLimits limits) {
  return generate(take_apart(value.bits, 10, 5), limits);
}

Decimal to_decimal(float value, DigitLimits limits) {
  return generate(take_apart(std::bit_cast<uint32_t>(value), 23, 8), limits);
}

Decimal to_decimal(double value, DigitLimits limits) {
  return generate(take_apart(std::bit_cast<uint64_t>(value), 52, 11), limits);
}

}  // namespace keratin::detail
