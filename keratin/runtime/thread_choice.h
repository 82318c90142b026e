// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace keratin::runtime {

/// Chooses, run by run, whether the threads share a plan or one thread does it alone: by the times
/// that runs of both kinds take. On processors that others use too, or that a quota holds back,
/// threads wait for each other for so long that one alone is many times faster. Both kinds compute
/// the same bits. A machine of its own loses two runs of a thousand; where sharing fails it is
/// tried again when runs alone have taken twenty times what that has cost, and later with each time
/// that it fails.
class ThreadChoice {
 public:
  /// Tells whether the threads share the next run.
  bool shares() const { return shared_ != (probes_ > 0); }

  /// Notes how many seconds a run took; one of the other kind than was chosen does not count.
  void took(bool shared, double seconds);

 private:
  void probe(double seconds);
  void probe_now();
  void choose();
  int patience();
  double& typical(bool shared) { return shared ? typical_shared_ : typical_alone_; }

  bool shared_ = true;
  double typical_shared_ = 0.0;  // 0 while unknown
  double typical_alone_ = 0.0;
  int warming_ = 2;      // first runs, which do not count
  int until_probe_ = 8;  // runs until the other kind is tried
  int probes_ = 0;       // runs of the other kind that are left to try
  int slow_probes_ = 0;
  double best_probe_ = 0.0;
  double lost_ = 0.0;  // seconds by sharing, since it was last begun or tried
  int failures_ = 0;   // of sharing, one after the other
};

}  // namespace keratin::runtime
