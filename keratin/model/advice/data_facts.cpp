// SPDX-License-Identifier: Apache-2.0
// What arrays tell the advisor. Each look at an array has a budget, so that its cost stays small
// beside an epoch.
#include <algorithm>
#include <cmath>

#include "keratin/model/advice/facts_internal.h"
#include "keratin/model/model_body.h"
#include "keratin/model/train/compiled.h"

namespace keratin::advice {

namespace {

constexpr int64_t smallest_budget = 1 << 12;
constexpr int64_t largest_budget = 1 << 17;

template <class T>
constexpr bool can_be_bad = !std::is_integral_v<T>;

// Takes down what rows of values tell. Most data is seen through after a few values: from the first
// that is not 0 or 1 on groups do not matter, and from the first fraction on only the range does.
class RowReader {
 public:
  explicit RowReader(ArrayFacts& facts) : facts_(facts) {}

  template <class T>
  void read(const T* values, int64_t count, int64_t group, int64_t row) {
    const int64_t plain = facts_.zero_one ? read_groups(values, count, group) : 0;
    if (plain < count) read_numbers(values + plain, count - plain, row);
  }

 private:
  // Reads groups of 0 and 1, and returns where the first other one begins.
  template <class T>
  int64_t read_groups(const T* values, int64_t count, int64_t group) {
    for (int64_t at = 0; at < count; at += group) {
      int64_t ones = 0;
      for (int64_t i = at; i < at + group; ++i) {
        const bool one = values[i] == T(1);
        if (!one && !(values[i] == T(0))) {
          facts_.zero_one = facts_.one_hot = false;
          return at;
        }
        ones += one ? 1 : 0;
      }
      facts_.one_hot &= ones == 1;
      facts_.several_ones |= ones > 1;
      add_range(ones == group ? 1.0 : 0.0, ones > 0 ? 1.0 : 0.0);
    }
    return count;
  }

  template <class T>
  void read_numbers(const T* values, int64_t count, int64_t row) {
    T low = values[0], high = values[0];
    T rest = T(0);  // NaN after a value that is not finite
    for (int64_t i = 0; i < count; ++i) {
      const T value = values[i];
      low = value < low ? value : low;
      high = high < value ? value : high;
      if constexpr (can_be_bad<T>) rest = rest + value * T(0);
    }
    if constexpr (can_be_bad<T>) {
      if (!(rest == T(0))) return read_bad(values, count, row);
      check_whole(values, count);
    }
    add_range(static_cast<double>(low), static_cast<double>(high));
  }

  template <class T>
  void check_whole(const T* values, int64_t count) {
    for (int64_t i = 0; i < count && facts_.whole; ++i) {
      const auto value = static_cast<double>(values[i]);
      facts_.whole = value == std::trunc(value);
    }
  }

  template <class T>
  void read_bad(const T* values, int64_t count, int64_t row) {
    if (facts_.finite) facts_.bad_row = row;
    facts_.finite = false;
    for (int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<double>(values[i]);
      if (!std::isfinite(value)) continue;
      facts_.whole &= value == std::trunc(value);
      add_range(value, value);
    }
  }

  void add_range(double low, double high) {
    facts_.low = any_ ? std::min(facts_.low, low) : low;
    facts_.high = any_ ? std::max(facts_.high, high) : high;
    any_ = true;
  }

  ArrayFacts& facts_;
  bool any_ = false;
};

// Goes through rows that lie evenly among all: row i of those is row i * rows / count, which is
// found without a division.
template <class Do>
void each_row(int64_t rows, int64_t count, Do&& action) {
  const int64_t step = rows / count, remainder = rows % count;
  for (int64_t i = 0, row = 0, more = 0; i < count; ++i) {
    action(row);
    row += step;
    more += remainder;
    if (more < count) continue;
    ++row;
    more -= count;
  }
}

// Reads rows of one value each as if they were one row.
template <class T>
void read_column(RowReader& reader, ArrayFacts& facts, const T* values, int64_t rows,
                 int64_t count) {
  std::vector<T> column;
  column.reserve(static_cast<size_t>(count));
  each_row(rows, count, [&](int64_t row) { column.push_back(values[row]); });
  reader.read(column.data(), count, 1, 0);
  if (facts.finite) return;
  const auto bad = std::find_if(column.begin(), column.end(), [](const T& value) {
    return !std::isfinite(static_cast<double>(value));
  });
  facts.bad_row = (bad - column.begin()) * rows / count;
}

}  // namespace

ArrayFacts look_at(const Array& given, int64_t budget) {
  ArrayFacts facts{.shape = given.shape()};
  const int64_t rows = given.rank() == 0 ? 1 : given.shape()[0];
  if (given.size() == 0) return facts;
  const int64_t row_size = given.size() / rows;
  const int64_t group = given.rank() < 2 ? 1 : given.shape().back();
  facts.one_hot = given.rank() >= 2 && group > 1;
  const int64_t looked_at = std::clamp<int64_t>(budget / row_size, 1, rows);
  facts.all_seen = looked_at == rows;
  RowReader reader(facts);
  const bool in_order = given.is_contiguous();
  dispatch(given.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* values = in_order ? given.data<const T>() : nullptr;
    if constexpr (!std::is_same_v<T, bool>) {  // of which there are no vectors
      if (in_order && row_size == 1) {
        return read_column(reader, facts, values, rows, looked_at);
      }
    }
    each_row(rows, looked_at, [&](int64_t row) {
      if (in_order) return reader.read(values + row * row_size, row_size, group, row);
      const Array part = given.rank() == 0 ? given : given.rows(row, row + 1).contiguous();
      reader.read(part.data<const T>(), row_size, group, row);
    });
  });
  facts.several_ones &= facts.zero_one;
  return facts;
}

int64_t first_bad_row(const Array& given) {
  if (!is_float(given.dtype()) || given.size() == 0) return -1;
  const Array array = given.contiguous();
  const int64_t rows = array.rank() == 0 ? 1 : array.shape()[0];
  return dispatch(array.dtype(), [&](auto tag) -> int64_t {
    using T = typename decltype(tag)::type;
    const T* values = array.template data<const T>();
    for (int64_t i = 0; i < array.size(); ++i) {
      if (!std::isfinite(static_cast<double>(values[i]))) return i / (array.size() / rows);
    }
    return -1;
  });
}

void add_data(Facts& facts, const Nest& x, const Nest& y) {
  const auto look = [](const Tensor& tensor) -> std::optional<ArrayFacts> {
    if (!tensor.defined() || !tensor.is_concrete()) return std::nullopt;
    const Array& array = tensor.array();
    // A share of what an epoch reads; a small set is seen as a whole.
    const int64_t budget = std::clamp(array.size() / 64, smallest_budget, largest_budget);
    return look_at(array, budget);
  };
  const std::vector<Tensor> inputs = x.flatten();
  const bool known = inputs.size() == facts.inputs.size();
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!known) facts.inputs.push_back({.name = ""});
    facts.inputs[known ? i : facts.inputs.size() - 1].values = look(inputs[i]);
  }
  for (OutputFacts& output : facts.outputs) {
    const Tensor targets = targets_of(facts, output, y);
    if (targets.defined()) output.targets = look(targets);
  }
}

Tensor targets_of(const Facts& facts, const OutputFacts& output, const Nest& y) {
  if (y.is_dict()) {
    const std::string& name = output.head.output;
    return y.has(name) && y[name].is_tensor() ? y[name].tensor() : Tensor();
  }
  const std::vector<Tensor> targets = y.flatten();
  const auto at = static_cast<size_t>(&output - facts.outputs.data());
  return targets.size() == facts.outputs.size() ? targets[at] : Tensor();
}

}  // namespace keratin::advice
