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

// Takes down what a row of values tells.
class RowReader {
 public:
  explicit RowReader(ArrayFacts& facts) : facts_(facts) {}

  template <class T>
  void read(const T* values, int64_t count, int64_t group, int64_t row) {
    for (int64_t at = 0; at < count; at += group) {
      int64_t ones = 0;
      bool zero_one = true;
      for (int64_t i = at; i < at + group; ++i) {
        const auto value = static_cast<double>(values[i]);
        if (can_be_bad<T> && !std::isfinite(value)) {
          if (facts_.finite) facts_.bad_row = row;
          facts_.finite = false;
          zero_one = false;
          continue;
        }
        facts_.low = any_ ? std::min(facts_.low, value) : value;
        facts_.high = any_ ? std::max(facts_.high, value) : value;
        any_ = true;
        if (can_be_bad<T>) facts_.whole &= value == std::trunc(value);
        zero_one &= value == 0.0 || value == 1.0;
        ones += value == 1.0 ? 1 : 0;
      }
      facts_.zero_one &= zero_one;
      facts_.one_hot &= zero_one && ones == 1;
      facts_.several_ones |= zero_one && ones > 1;
    }
  }

 private:
  ArrayFacts& facts_;
  bool any_ = false;
};

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
    for (int64_t i = 0; i < looked_at; ++i) {
      const int64_t row = i * rows / looked_at;
      if (in_order) {
        reader.read(given.data<const T>() + row * row_size, row_size, group, row);
      } else {
        const Array part = given.rank() == 0 ? given : given.rows(row, row + 1).contiguous();
        reader.read(part.data<const T>(), row_size, group, row);
      }
    }
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
