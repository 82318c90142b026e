// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/chain_pairs.h"

#include <array>
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

// Knows who makes and who takes what.
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
      for (int slot : it.operands()) {
        if (slot >= 0) ++uses_[static_cast<size_t>(slot)];
      }
      maker_[static_cast<size_t>(it.to)] = static_cast<int>(i);
    }
  }

  void join_pairs() {
    for (Instruction& second : instructions_) {
      if (!join(second, false)) join(second, true);
    }
    leave_the_others();
  }

  void join_groups() {
    const simd::Level& level = simd::level();
    for (const simd::Group& group :
         std::span(level.groups, static_cast<size_t>(level.group_count))) {
      for (size_t i = 0; i < instructions_.size(); ++i) join(group, i);
    }
    leave_the_others();
  }

 private:
  // Takes out the instructions that are part of another one now.
  void leave_the_others() {
    std::vector<Instruction> left;
    for (size_t i = 0; i < instructions_.size(); ++i) {
      if (!is_gone_[i]) left.push_back(instructions_[i]);
    }
    instructions_ = std::move(left);
  }

  // Returns the instruction that makes an operand for this one alone; -1 where there is none.
  int maker_of(const Instruction& it, int operand) const {
    const int slot = it.operands()[static_cast<size_t>(operand)];
    if (slot < 0 || slots_[static_cast<size_t>(slot)].kind != Slot::Kind::scratch ||
        uses_[static_cast<size_t>(slot)] != 1) {
      return -1;
    }
    const int maker = maker_[static_cast<size_t>(slot)];
    const bool joins = maker >= 0 && !is_gone_[static_cast<size_t>(maker)] &&
                       instructions_[static_cast<size_t>(maker)].extent == it.extent;
    return joins ? maker : -1;
  }

  // Makes of the last instruction of a group all of it.
  void join(const simd::Group& group, size_t last) {
    std::vector<size_t> parts{last};  // from the last to the first
    std::vector<int> links;
    if (group.third != nullptr) links.push_back(group.next_link);
    links.push_back(group.link);
    const simd::MicroKernel kernels[] = {group.third, group.second, group.first};
    const size_t skipped = group.third == nullptr ? 1 : 0;
    for (size_t k = 0; k < links.size(); ++k) {
      const Instruction& it = instructions_[parts[k]];
      if (is_gone_[parts[k]] || it.run != kernels[k + skipped]) return;
      const int maker = maker_of(it, links[k]);
      if (maker < 0) return;
      parts.push_back(static_cast<size_t>(maker));
    }
    if (instructions_[parts.back()].run != group.first) return;
    std::array<int, 5> operands{-1, -1, -1, -1, -1};
    size_t count = 0;
    for (size_t k = parts.size(); k-- > 0;) {
      const std::array<int, 5> own = instructions_[parts[k]].operands();
      for (size_t i = 0; i < own.size(); ++i) {
        const bool is_link = k < links.size() && static_cast<int>(i) == links[k];
        if (own[i] >= 0 && !is_link) operands[count++] = own[i];
      }
    }
    Instruction& all = instructions_[last];
    all = {group.run,   Micro::count, 0,           all.extent,  all.to,
           operands[0], operands[1],  operands[2], operands[3], operands[4]};
    for (size_t k = 1; k < parts.size(); ++k) is_gone_[parts[k]] = true;
  }

  // Puts what makes an operand of an instruction in front of it, where there is such a pair.
  bool join(Instruction& given, bool turned) {
    const int maker = maker_of(given, turned ? 1 : 0);
    if (maker < 0) return false;
    const auto at = static_cast<size_t>(maker);
    const Instruction first = plain(instructions_[at]);
    const Instruction second = given;
    const int place = simd::pair_place(first.micro);
    const int next = simd::pair_place(second.micro);
    if (place < 0 || next < 0) return false;
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
  Joining(instructions, slots).join_pairs();
}

void join_groups(std::vector<Instruction>& instructions, std::span<const Slot> slots) {
  Joining(instructions, slots).join_groups();
}

}  // namespace keratin::runtime
