// SPDX-License-Identifier: Apache-2.0
// Ctrl-C while a model trains.
#pragma once

#include <signal.h>

namespace keratin {

/// Takes the first SIGINT of its life: `requested` tells of it. A second one ends the program. It
/// does so only in a terminal, only where the program has no handler of its own, and for one run at
/// a time; otherwise it changes nothing.
class InterruptGuard {
 public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

  bool requested() const;

 private:
  bool installed_ = false;
  struct sigaction before_ = {};
};

}  // namespace keratin
