// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/thread_choice.h"

#include <algorithm>
#include <limits>

namespace keratin::runtime {

namespace {

// The best one counts: the first runs find cold caches, and threads that sleep.
constexpr int probes_alone = 2;
constexpr int probes_shared = 5;
constexpr int most_slow_probes = 2;
constexpr int shared_interval = 1024;  // shared runs between two tries of one thread
constexpr double least_patience = 32, most_patience = 4096;
constexpr int most_failures = 16;
constexpr double tolerated_loss = 0.05;  // of the time of runs alone
constexpr double margin = 1.25;          // by which one thread must be faster to run alone
// A run this many times as long as others was interrupted. Now and then that happens to runs of
// both kinds, so that it counts for no more.
constexpr double interrupted = 8.0;

}  // namespace

void ThreadChoice::took(bool shared, double seconds) {
  if (shared != shares()) return;
  if (warming_ > 0) {
    --warming_;
    return;
  }
  if (shared && typical_alone_ > 0.0) lost_ += seconds - typical_alone_;
  if (probes_ > 0) return probe(seconds);
  double& mean = typical(shared_);
  if (mean == 0.0) mean = seconds;
  mean += (std::min(seconds, interrupted * mean) - mean) / 16;
  if (shared_) choose();  // to share again, a try must have shown that it is worth it now
  if (--until_probe_ <= 0) probe_now();
}

void ThreadChoice::probe(double seconds) {
  best_probe_ = std::min(best_probe_, seconds);
  if (seconds > interrupted * typical(shared_)) ++slow_probes_;
  --probes_;
  if (slow_probes_ == most_slow_probes) probes_ = 0;
  if (probes_ > 0) return;
  typical(!shared_) = best_probe_;
  until_probe_ = shared_interval;
  if (!shared_ && best_probe_ >= typical_alone_) until_probe_ = patience();
  choose();
}

void ThreadChoice::probe_now() {
  probes_ = shared_ ? probes_alone : probes_shared;
  slow_probes_ = 0;
  best_probe_ = std::numeric_limits<double>::infinity();
  if (!shared_) lost_ = 0.0;
}

void ThreadChoice::choose() {
  const double other = typical(!shared_);
  if (other == 0.0 || other * (shared_ ? margin : 1.0) >= typical(shared_)) return;
  shared_ = !shared_;
  until_probe_ = shared_ ? shared_interval : patience();
}

// Returns after how many runs alone sharing, which has failed, is tried again.
int ThreadChoice::patience() {
  failures_ = lost_ > 0.0 ? std::min(failures_ + 1, most_failures) : 0;
  const double runs = lost_ / (tolerated_loss * typical_alone_) * failures_;
  if (!(runs < most_patience)) return static_cast<int>(most_patience);
  return static_cast<int>(std::max(runs, least_patience));
}

}  // namespace keratin::runtime
