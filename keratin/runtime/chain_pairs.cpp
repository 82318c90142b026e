// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/chain_pairs.h"

#include <utility>

namespace keratin::runtime {

using simd::Micro;

namespace {

// Returns a first instruction in the form in which pairs have it: a square is a product.
Instruction plain(Instruction it) {
  if (it.micro != Micro::square) return it;
  it.micro = Micro::multiply;
  it.b = it.a;
  return it;
}

class Joining {
 public:
  Joining(std::vector<Instruction>& instructions, std::span<const Slot> slots)
      : instructions_(instructions),
        slots_(slots),
        uses_(slots.size(), 0),
        maker_(slots.size(), -1),
        is_gone_(instructions.size(), false) {
    for (size_t i = 0; i < instructions_.size(); ++i) {
      const Instruction& it = instructions_[i];
      for (int slot : {it.a, it.b, it.c}) {
        if (slot >= 0) ++uses_[static_cast<size_t>(slot)];
      }
      maker_[static_cast<size_t>(it.to)] = static_cast<int>(i);
    }
  }

  void run() {
    for (Instruction& second : instructions_) {
      if (!join(second, second.a, false)) join(second, second.b, true);
    }
    std::vector<Instruction> left;
    for (size_t i = 0; i < instructions_.size(); ++i) {
      if (!is_gone_[i]) left.push_back(instructions_[i]);
    }
    instructions_ = std::move(left);
  }

 private:
  // Puts what makes an operand of an instruction in front of it, where there is such a pair.
  bool join(Instruction& given, int operand, bool turned) {
    if (operand < 0 || slots_[static_cast<size_t>(operand)].kind != Slot::Kind::scratch ||
        uses_[static_cast<size_t>(operand)] != 1 || maker_[static_cast<size_t>(operand)] < 0) {
      return false;
    }
    const auto at = static_cast<size_t>(maker_[static_cast<size_t>(operand)]);
    const Instruction first = plain(instructions_[at]);
    const Instruction second = given;
    const int place = simd::pair_place(first.micro);
    const int next = simd::pair_place(second.micro);
    if (place < 0 || next < 0 || first.extent != second.extent) return false;
    const bool is_one = (second.single & (turned ? simd::single_first : simd::single_second)) != 0;
    const int single = first.single | (is_one ? simd::single_third : 0);
    given = {simd::level().pairs[place][next][turned ? 1 : 0][single],
             Micro::count,
             single,
             second.extent,
             second.to,
             first.a,
             first.b,
             turned ? second.a : second.b};
    is_gone_[at] = true;
    return true;
  }

  std::vector<Instruction>& instructions_;
  std::span<const Slot> slots_;
  std::vector<int> uses_;   // of slots
  std::vector<int> maker_;  // the instruction that writes a slot
  std::vector<bool> is_gone_;
};

}  // namespace

void join_pairs(std::vector<Instruction>& instructions, std::span<const Slot> slots) {
  Joining(instructions, slots).run();
}

}  // namespace keratin::runtime
