// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "keratin/io/pickle.h"

namespace keratin::detail {

/// Names what a pickle may call here.
enum class PickleGlobal : uint8_t { array_type, dtype, reconstruct, encode };

/// Is the part of Python's pickle machine that arrays of lists of integers need. Everything it
/// makes lies in lists of its own and is named by place, so that values which hold each other cost
/// nothing and end with the reader.
class PickleReader {
 public:
  PickleReader(ByteView bytes, std::string_view where) : bytes_(bytes), where_(where) {}

  PickledIntegers read();

 private:
  enum class Kind : uint8_t {
    none,
    boolean,
    integer,
    text,
    bytes,
    list,
    tuple,
    global,
    dtype,
    array
  };

  /// Is a value: a number, or the place of its items or text.
  struct Value {
    Kind kind = Kind::none;
    int64_t number = 0;
  };

  bool do_value(uint8_t opcode);
  bool do_structure(uint8_t opcode);
  bool do_memo(uint8_t opcode);
  void push_global(std::string_view module, std::string_view name);
  void reduce();
  void build();
  void append(size_t count);
  void remember(uint64_t place);
  void recall(uint64_t place);
  PickledIntegers integers_of(const Value& value);
  std::vector<int64_t> numbers_of(const std::vector<Value>& items) const;

  void push(Kind kind, int64_t number) { stack_.push_back({kind, number}); }
  void push_items(Kind kind, size_t count);
  void push_text(std::string_view text);
  Value pop(Kind kind);
  size_t pop_mark();
  const std::vector<Value>& items_of(const Value& value) const {
    return items_[static_cast<size_t>(value.number)];
  }
  std::string_view text_of(const Value& value) const {
    return texts_[static_cast<size_t>(value.number)];
  }

  uint64_t take(size_t count);
  int64_t take_long();
  std::string_view take_text(uint64_t count);
  std::string_view take_line();
  [[noreturn]] void wrong(std::string_view expected) const;

  ByteView bytes_;
  std::string_view where_;
  size_t at_ = 0;
  std::vector<Value> stack_;
  std::vector<size_t> marks_;
  std::vector<Value> memo_;
  std::deque<std::vector<Value>> items_;
  std::vector<std::string_view> texts_;
};

}  // namespace keratin::detail
