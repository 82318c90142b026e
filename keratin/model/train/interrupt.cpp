// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <atomic>

#include "keratin/base/terminal.h"
#include "keratin/model/train/interrupt_internal.h"

namespace keratin {

namespace {

std::atomic<bool> has_guard{false};
std::atomic<bool> was_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

// SA_RESETHAND gives the default back, so the next signal ends the program.
void note_signal(int) { was_interrupted = true; }

}  // namespace

InterruptGuard::InterruptGuard() {
  if (!terminal::is_terminal(STDIN_FILENO) && !terminal::is_terminal(STDOUT_FILENO)) return;
  if (has_guard.exchange(true)) return;
  const bool is_default = ::sigaction(SIGINT, nullptr, &before_) == 0 &&
                          (before_.sa_flags & SA_SIGINFO) == 0 && before_.sa_handler == SIG_DFL;
  struct sigaction ours = {};
  ours.sa_handler = &note_signal;
  ours.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigemptyset(&ours.sa_mask);
  was_interrupted = false;
  installed_ = is_default && ::sigaction(SIGINT, &ours, nullptr) == 0;
  if (!installed_) has_guard = false;
}

InterruptGuard::~InterruptGuard() {
  if (!installed_) return;
  // A handler that the program has set meanwhile stays.
  struct sigaction now = {};
  const bool is_ours = ::sigaction(SIGINT, nullptr, &now) == 0 && now.sa_handler == &note_signal;
  if (is_ours) ::sigaction(SIGINT, &before_, nullptr);
  has_guard = false;
}

bool InterruptGuard::requested() const { return installed_ && was_interrupted; }

}  // namespace keratin
