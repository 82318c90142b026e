// SPDX-License-Identifier: Apache-2.0
// Instructions of a chain that are done in one pass over a tile.
#pragma once

#include <span>
#include <vector>

#include "keratin/runtime/chain_slots.h"

namespace keratin::runtime {

/// Joins instructions whose result one other instruction alone takes with that one, in place. What
/// they compute stays the same to the bit.
void join_pairs(std::vector<Instruction>& instructions, std::span<const Slot> slots);

/// Joins what the level has a kernel for (simd::Group), after the pairs.
void join_groups(std::vector<Instruction>& instructions, std::span<const Slot> slots);

}  // namespace keratin::runtime
