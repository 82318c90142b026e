// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/chain_slots.h"

#include <algorithm>
#include <cstring>

namespace keratin::runtime {

std::unique_ptr<Buffer> place_buffers(std::vector<Slot>& slots,
                                      std::span<const Instruction> instructions) {
  std::vector<int> last_use(slots.size(), -1);
  for (size_t i = 0; i < instructions.size(); ++i) {
    const Instruction& it = instructions[i];
    last_use[static_cast<size_t>(it.to)] = static_cast<int>(i);
    for (int slot : it.operands()) {
      if (slot >= 0) last_use[static_cast<size_t>(slot)] = static_cast<int>(i);
    }
  }
  std::vector<int64_t> offsets(slots.size(), -1);
  std::vector<std::pair<int64_t, int64_t>> free;  // bytes, offset
  int64_t end = 0;
  const auto take = [&](size_t slot) {
    const int64_t bytes = slots[slot].buffer_bytes;
    const auto found = std::find_if(free.begin(), free.end(),
                                    [&](const auto& piece) { return piece.first == bytes; });
    if (found != free.end()) {
      offsets[slot] = found->second;
      free.erase(found);
      return;
    }
    offsets[slot] = end;
    end += bytes;
  };
  const auto is_shared = [&](size_t slot) {
    return slots[slot].kind == Slot::Kind::scratch && slots[slot].extent != compiler::Extent::one;
  };
  for (size_t slot = 0; slot < slots.size(); ++slot) {
    if (!is_shared(slot)) take(slot);
  }
  for (size_t i = 0; i < instructions.size(); ++i) {
    const Instruction& it = instructions[i];
    const auto to = static_cast<size_t>(it.to);
    if (is_shared(to) && offsets[to] < 0) take(to);
    for (int used : {it.a, it.b, it.c, it.d, it.e, it.to}) {
      const auto slot = static_cast<size_t>(used);
      if (used < 0 || !is_shared(slot) || last_use[slot] != static_cast<int>(i)) continue;
      free.emplace_back(slots[slot].buffer_bytes, offsets[slot]);
      last_use[slot] = -1;  // once
    }
  }
  auto memory = std::make_unique<Buffer>(static_cast<size_t>(end));
  std::memset(memory->data(), 0, static_cast<size_t>(end));
  for (size_t slot = 0; slot < slots.size(); ++slot) {
    if (offsets[slot] < 0) continue;
    slots[slot].buffer = reinterpret_cast<char*>(memory->data()) + offsets[slot];
    slots[slot].current = slots[slot].buffer;
  }
  return memory;
}

}  // namespace keratin::runtime
