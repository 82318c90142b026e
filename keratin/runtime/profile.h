// SPDX-License-Identifier: Apache-2.0
// What each thread did when, for KERATIN_PROFILE.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace keratin::runtime {

/// Is what a profile says of one step of a plan.
struct StepInfo {
  std::string name;      ///< of the op; of a fused one, with the ops in it
  std::string operands;  ///< specs of the inputs and the outputs
  double flop = 0.0;     ///< about how many float32 operations
  double bytes = 0.0;    ///< that the operands have in all
  bool shared = false;   ///< whether threads compute it together
};

/// Collects what the steps of all plans take and, when the process ends, writes it as a Chrome
/// trace (chrome://tracing, ui.perfetto.dev), which `tools/profile.py` sums up. Recording costs
/// about 60 ns a step.
class Profile {
 public:
  using Clock = std::chrono::steady_clock;
  using Steps = std::shared_ptr<const std::vector<StepInfo>>;

  explicit Profile(std::string path) : path_(std::move(path)) {}

  /// Returns the profile of the process when KERATIN_PROFILE names its file, else null.
  static Profile* wanted();

  enum class What : uint8_t {
    runs,   ///< the step
    waits,  ///< for other threads, before the step
  };
  /// Notes what a thread of a plan did about a step; any number of threads may note at a time.
  void record(const Steps& steps, size_t step, What what, int thread, Clock::time_point begin,
              Clock::time_point end);

  /// Writes the file; throws FileError that names the path.
  void write() const;

 private:
  struct Event {
    Steps steps;
    uint32_t step;
    What what;
    int thread;
    Clock::time_point begin, end;
  };
  // Is of one thread of the process, and grows under its lock alone.
  struct Lane {
    mutable std::mutex mutex;
    std::vector<Event> events;
    int64_t dropped = 0;
  };
  Lane& lane();

  std::string path_;
  Clock::time_point start_ = Clock::now();
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace keratin::runtime
