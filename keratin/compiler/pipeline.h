// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "keratin/graph/graph.h"

namespace keratin::compiler {

/// Is one pass: its name, and the function that changes the graph and tells whether it did.
struct Pass {
  std::string_view name;
  bool (*run)(Graph&);
  bool needed = false;  ///< whether a plan cannot be made without it
};

/// Returns the passes in the order in which they run; the order is the documentation. Each works in
/// the graphs of scan, cond and while_loop too.
std::span<const Pass> pipeline();

/// Runs all passes. `KERATIN_SKIP=cse,simplify` leaves some out (what names no pass, or one that is
/// needed, is told on standard error and has no effect), `KERATIN_VERIFY=1` checks the graph before
/// the first and after each, `KERATIN_DUMP=1` prints it to standard error, with the time each took.
void optimize(Graph& graph);

}  // namespace keratin::compiler
