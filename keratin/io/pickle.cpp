// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/pickle.h"

#include <array>
#include <deque>
#include <string>

#include "keratin/base/check.h"
#include "keratin/io/byte_order.h"
#include "keratin/io/pickle_internal.h"
#include "keratin/io/printable.h"

namespace keratin {

namespace detail {

namespace {

// The bytes of the opcodes, as pickletools lists them.
enum Opcode : uint8_t {
  op_mark = '(',
  op_stop = '.',
  op_binint = 'J',
  op_binint1 = 'K',
  op_binint2 = 'M',
  op_none = 'N',
  op_reduce = 'R',
  op_short_binstring = 'U',
  op_binunicode = 'X',
  op_empty_list = ']',
  op_append = 'a',
  op_build = 'b',
  op_global = 'c',
  op_appends = 'e',
  op_binget = 'h',
  op_long_binget = 'j',
  op_binput = 'q',
  op_long_binput = 'r',
  op_tuple = 't',
  op_empty_tuple = ')',
  op_short_binbytes = 'C',
  op_proto = 0x80,
  op_tuple1 = 0x85,
  op_tuple2 = 0x86,
  op_tuple3 = 0x87,
  op_newtrue = 0x88,
  op_newfalse = 0x89,
  op_long1 = 0x8a,
  op_short_binunicode = 0x8c,
  op_stack_global = 0x93,
  op_memoize = 0x94,
  op_frame = 0x95,
};

struct GlobalName {
  std::string_view module;
  std::string_view name;
  PickleGlobal global;
};

constexpr std::array<GlobalName, 5> globals = {{
    {"numpy", "ndarray", PickleGlobal::array_type},
    {"numpy", "dtype", PickleGlobal::dtype},
    {"numpy.core.multiarray", "_reconstruct", PickleGlobal::reconstruct},
    {"numpy._core.multiarray", "_reconstruct", PickleGlobal::reconstruct},
    {"_codecs", "encode", PickleGlobal::encode},
}};

}  // namespace

PickledIntegers PickleReader::read() {
  constexpr uint64_t oldest = 2;
  constexpr uint64_t newest = 5;
  if (take(1) != op_proto) wrong("a pickle");
  const uint64_t protocol = take(1);
  require<FileError>(protocol >= oldest && protocol <= newest, where_,
                     "expected a pickle of protocol 2 to 5, got protocol {}. Write the file anew "
                     "with numpy.save.",
                     protocol);
  while (true) {
    const auto opcode = static_cast<uint8_t>(take(1));
    if (opcode == op_stop) break;
    if (!do_value(opcode) && !do_structure(opcode) && !do_memo(opcode)) {
      wrong(fmt::format("the opcodes of an array of lists (none is {:#04x})", opcode));
    }
  }
  if (at_ != bytes_.size()) wrong("nothing after the array");
  if (stack_.size() != 1 || !marks_.empty()) wrong("one array");
  return integers_of(stack_.front());
}

/// Does the opcodes that bring a value without parts.
bool PickleReader::do_value(uint8_t opcode) {
  switch (opcode) {
    case op_none:
      push(Kind::none, 0);
      return true;
    case op_newtrue:
      push(Kind::boolean, 1);
      return true;
    case op_newfalse:
      push(Kind::boolean, 0);
      return true;
    case op_binint1:
      push(Kind::integer, static_cast<int64_t>(take(1)));
      return true;
    case op_binint2:
      push(Kind::integer, static_cast<int64_t>(take(2)));
      return true;
    case op_binint:
      push(Kind::integer, static_cast<int32_t>(take(4)));
      return true;
    case op_long1:
      push(Kind::integer, take_long());
      return true;
    case op_short_binunicode:
    case op_short_binstring:
      push_text(take_text(take(1)));
      return true;
    case op_short_binbytes:
      take_text(take(1)), push(Kind::bytes, 0);
      return true;
    case op_binunicode:
      push_text(take_text(take(4)));
      return true;
    default:
      return false;
  }
}

/// Does the opcodes that put values together.
bool PickleReader::do_structure(uint8_t opcode) {
  switch (opcode) {
    case op_mark:
      marks_.push_back(stack_.size());
      return true;
    case op_empty_list:
      push_items(Kind::list, 0);
      return true;
    case op_empty_tuple:
      push_items(Kind::tuple, 0);
      return true;
    case op_tuple:
      push_items(Kind::tuple, pop_mark());
      return true;
    case op_tuple1:
    case op_tuple2:
    case op_tuple3:
      push_items(Kind::tuple, static_cast<size_t>(opcode - op_tuple1 + 1));
      return true;
    case op_append:
      append(1);
      return true;
    case op_appends:
      append(pop_mark());
      return true;
    case op_global: {
      const std::string_view module = take_line();
      push_global(module, take_line());
      return true;
    }
    case op_stack_global: {
      const Value name = pop(Kind::text);
      const Value module = pop(Kind::text);
      push_global(text_of(module), text_of(name));
      return true;
    }
    case op_reduce:
      reduce();
      return true;
    case op_build:
      build();
      return true;
    default:
      return false;
  }
}

/// Does the opcodes that remember values, and those that say how the bytes are cut.
bool PickleReader::do_memo(uint8_t opcode) {
  switch (opcode) {
    case op_memoize:
      remember(memo_.size());
      return true;
    case op_binput:
      remember(take(1));
      return true;
    case op_long_binput:
      remember(take(4));
      return true;
    case op_binget:
      recall(take(1));
      return true;
    case op_long_binget:
      recall(take(4));
      return true;
    case op_frame:
      if (take(8) > bytes_.size() - at_) wrong("frames within the file");
      return true;
    default:
      return false;
  }
}

void PickleReader::remember(uint64_t place) {
  // Python numbers what it remembers from 0 on, so the memo is never larger than the file.
  if (place > memo_.size()) wrong("a memo in order");
  if (stack_.empty()) wrong("a value to remember");
  if (place == memo_.size()) memo_.emplace_back();
  memo_[place] = stack_.back();
}

void PickleReader::recall(uint64_t place) {
  if (place >= memo_.size()) wrong("a value of the memo");
  stack_.push_back(memo_[place]);
}

void PickleReader::push_global(std::string_view module, std::string_view name) {
  for (const GlobalName& known : globals) {
    if (known.module == module && known.name == name) {
      return push(Kind::global, static_cast<int64_t>(known.global));
    }
  }
  fail<FileError>(where_,
                  "expected a pickle of lists of integers, got the Python object {}.{}, which may "
                  "run code. Take the file from where Keras has it.",
                  shown(module), shown(name));
}

/// Does what a call gives: an empty array, a dtype, or bytes.
void PickleReader::reduce() {
  const std::vector<Value>& arguments = items_of(pop(Kind::tuple));
  const Value callee = pop(Kind::global);
  const auto is = [&](size_t i, Kind kind) { return arguments[i].kind == kind; };
  switch (static_cast<PickleGlobal>(callee.number)) {
    case PickleGlobal::reconstruct:
      if (arguments.size() != 3 || !is(0, Kind::global) || !is(1, Kind::tuple) ||
          static_cast<PickleGlobal>(arguments[0].number) != PickleGlobal::array_type) {
        wrong("an array to be made");
      }
      return push_items(Kind::array, 0);
    case PickleGlobal::dtype:
      if (arguments.empty() || !is(0, Kind::text) || !text_of(arguments[0]).starts_with('O')) {
        wrong("the dtype of objects");
      }
      return push(Kind::dtype, 0);
    case PickleGlobal::encode:
      if (arguments.size() != 2 || !is(0, Kind::text) || !is(1, Kind::text)) wrong("a text");
      return push(Kind::bytes, 0);
    case PickleGlobal::array_type:
      break;
  }
  wrong("a call of NumPy's");
}

/// Fills an array with (version, shape, dtype, is Fortran order, list), or a dtype, which has no
/// more to say here.
void PickleReader::build() {
  const std::vector<Value>& state = items_of(pop(Kind::tuple));
  if (stack_.empty()) wrong("something to build");
  const Value target = stack_.back();
  if (target.kind == Kind::dtype) return;
  const bool fits = target.kind == Kind::array && state.size() == 5 && items_of(target).empty() &&
                    state[1].kind == Kind::tuple && state[2].kind == Kind::dtype &&
                    state[3].kind == Kind::boolean && state[4].kind == Kind::list;
  if (!fits) wrong("an array of objects");
  const std::vector<Value>& shape = items_of(state[1]);
  const std::vector<Value>& list = items_of(state[4]);
  require<FileError>(shape.size() == 1 && shape[0].kind == Kind::integer, where_,
                     "expected an array with one axis, got {}. Keep each text as a list.",
                     shape.size());
  if (shape[0].number != static_cast<int64_t>(list.size()))
    wrong("as many items as the shape says");
  items_[static_cast<size_t>(target.number)] = list;
}

void PickleReader::append(size_t count) {
  if (stack_.size() <= count) wrong("a list");
  const size_t first = stack_.size() - count;
  const Value list = stack_[first - 1];
  if (list.kind != Kind::list) wrong("a list");
  std::vector<Value>& items = items_[static_cast<size_t>(list.number)];
  items.insert(items.end(), stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
  stack_.resize(first);
}

/// Returns what the array holds; its lists may be shared, so what they come to is bounded.
PickledIntegers PickleReader::integers_of(const Value& value) {
  if (value.kind != Kind::array) wrong("an array");
  const std::vector<Value>& items = items_of(value);
  if (!items.empty() && items.front().kind == Kind::integer) return numbers_of(items);
  constexpr size_t most_per_byte = 64;
  size_t left = bytes_.size() * most_per_byte;
  std::vector<std::vector<int64_t>> lists;
  lists.reserve(items.size());
  for (const Value& item : items) {
    if (item.kind != Kind::list) wrong("lists of integers");
    const size_t count = items_of(item).size();
    if (count > left) wrong("at most 64 integers for each byte");
    left -= count;
    lists.push_back(numbers_of(items_of(item)));
  }
  return lists;
}

std::vector<int64_t> PickleReader::numbers_of(const std::vector<Value>& items) const {
  std::vector<int64_t> numbers;
  numbers.reserve(items.size());
  for (const Value& item : items) {
    if (item.kind != Kind::integer) wrong("integers");
    numbers.push_back(item.number);
  }
  return numbers;
}

void PickleReader::push_items(Kind kind, size_t count) {
  if (stack_.size() < count) wrong("values for a tuple");
  const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
  items_.emplace_back(first, stack_.end());
  stack_.erase(first, stack_.end());
  push(kind, static_cast<int64_t>(items_.size() - 1));
}

void PickleReader::push_text(std::string_view text) {
  texts_.push_back(text);
  push(Kind::text, static_cast<int64_t>(texts_.size() - 1));
}

PickleReader::Value PickleReader::pop(Kind kind) {
  const size_t bottom = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() <= bottom || stack_.back().kind != kind) wrong("values as NumPy writes them");
  const Value value = stack_.back();
  stack_.pop_back();
  return value;
}

/// Returns how many values lie on the last mark, and takes the mark away.
size_t PickleReader::pop_mark() {
  if (marks_.empty() || marks_.back() > stack_.size()) wrong("a mark");
  const size_t count = stack_.size() - marks_.back();
  marks_.pop_back();
  return count;
}

uint64_t PickleReader::take(size_t count) {
  if (bytes_.size() - at_ < count) wrong("more bytes");
  const uint64_t value = little_endian(bytes_.subspan(at_, count));
  at_ += count;
  return value;
}

int64_t PickleReader::take_long() {
  const size_t count = take(1);
  if (count > sizeof(int64_t)) wrong("integers of at most 8 bytes");
  if (count == 0) return 0;
  const unsigned unused = static_cast<unsigned>(8 * (sizeof(int64_t) - count));
  return static_cast<int64_t>(take(count) << unused) >> unused;  // takes the sign along
}

std::string_view PickleReader::take_text(uint64_t count) {
  if (bytes_.size() - at_ < count) wrong("more bytes");
  const std::string_view text = keratin::text_of(bytes_.subspan(at_, count));
  at_ += count;
  return text;
}

std::string_view PickleReader::take_line() {
  const std::string_view rest = keratin::text_of(bytes_.subspan(at_));
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) wrong("a name");
  at_ += end + 1;
  return rest.substr(0, end);
}

void PickleReader::wrong(std::string_view expected) const {
  fail<FileError>(
      where_,
      "expected a pickle of lists of integers as NumPy writes it, got something else at "
      "byte {}: expected there is {}. Copy or write the file anew.",
      at_, expected);
}

}  // namespace detail

PickledIntegers read_pickled_array(ByteView bytes, std::string_view where) {
  return detail::PickleReader(bytes, where).read();
}

}  // namespace keratin
