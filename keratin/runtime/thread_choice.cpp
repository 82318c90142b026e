// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/thread_choice.h"

#include <algorithm>
#include <limits>

namespace keratin::runtime {

namespace {

constexpr int probes = 2;              // the better one counts: the first may find cold caches
constexpr int shared_interval = 1024;  // shared runs between two tries of one thread
constexpr int most_patience = 4096;
constexpr double margin = 1.25;  // by which one thread must be faster to run alone

}  // namespace

void ThreadChoice::took(bool shared, double seconds) {
  if (shared != shares()) return;
  if (warming_ > 0) {
    --warming_;
    return;
  }
  if (probes_ > 0) {
    best_probe_ = std::min(best_probe_, seconds);
    if (--probes_ > 0) return;
    typical(!shared_) = best_probe_;
    return choose();
  }
  ++since_change_;
  double& mean = typical(shared_);
  mean = mean == 0.0 ? seconds : mean + (seconds - mean) / 16;
  choose();
  if (--until_probe_ <= 0) probe_now();
}

void ThreadChoice::probe_now() {
  probes_ = probes;
  best_probe_ = std::numeric_limits<double>::infinity();
  if (!shared_) patience_ = std::min(2 * patience_, most_patience);
  until_probe_ = shared_ ? shared_interval : patience_;
}

void ThreadChoice::choose() {
  const double other = typical(!shared_);
  if (other == 0.0 || other * (shared_ ? margin : 1.0) >= typical(shared_)) return;
  shared_ = !shared_;
  // Sharing that did not last is tried again later than before.
  if (!shared_ && since_change_ > 8 * patience_) patience_ = 32;
  since_change_ = 0;
  until_probe_ = shared_ ? shared_interval : patience_;
}

}  // namespace keratin::runtime
