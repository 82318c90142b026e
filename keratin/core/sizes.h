// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace keratin {

/// Is a whole number for each axis: sizes or strides. Few are kept in place, since a plan is made
/// of thousands of shapes; more are allocated.
class Sizes {
 public:
  Sizes() = default;
  explicit Sizes(size_t count) {
    if (count > few) {
      many_.resize(count);
    } else {
      count_ = count;
    }
  }
  template <class Iterator>
  Sizes(Iterator first, Iterator last) : Sizes(static_cast<size_t>(last - first)) {
    std::copy(first, last, data());
  }
  Sizes(std::initializer_list<int64_t> values) : Sizes(values.begin(), values.end()) {}
  Sizes(const std::vector<int64_t>& values) : Sizes(values.begin(), values.end()) {}
  operator std::vector<int64_t>() const { return {begin(), end()}; }

  size_t size() const { return many_.empty() ? count_ : many_.size(); }
  bool empty() const { return size() == 0; }
  const int64_t* data() const { return many_.empty() ? few_ : many_.data(); }
  int64_t* data() { return many_.empty() ? few_ : many_.data(); }
  const int64_t* begin() const { return data(); }
  const int64_t* end() const { return data() + size(); }
  int64_t* begin() { return data(); }
  int64_t* end() { return data() + size(); }
  int64_t operator[](size_t i) const { return data()[i]; }
  int64_t& operator[](size_t i) { return data()[i]; }
  int64_t back() const { return data()[size() - 1]; }

  void push_back(int64_t value) {
    if (many_.empty() && count_ < few) {
      few_[count_++] = value;
      return;
    }
    if (many_.empty()) many_.assign(few_, few_ + count_);
    count_ = 0;
    many_.push_back(value);
  }

  bool operator==(const Sizes& other) const {
    return std::equal(begin(), end(), other.begin(), other.end());
  }

 private:
  static constexpr size_t few = 5;
  size_t count_ = 0;  // of those in place
  int64_t few_[few] = {};
  std::vector<int64_t> many_;  // all of them where they are more
};

}  // namespace keratin
