// SPDX-License-Identifier: Apache-2.0
// A run of `fit` as a file, and back.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "keratin/io/hdf5.h"
#include "keratin/model/callbacks/backup_and_restore.h"
#include "keratin/model/model.h"
#include "keratin/model/train/feed.h"
#include "keratin/model/train/random_state.h"

namespace keratin {

/// Is where a run stands: the next epoch and batch, and the values so far.
struct RunPosition {
  int64_t epoch = 0;
  int64_t batch = 0;     ///< batches of the epoch that are done
  bool stopped = false;  ///< in a run that goes on: whether a callback had ended it
  Logs logs = {};
};

/// Are the parts of a run whose state is more than weights and optimizer.
struct RunParts {
  Model model;
  std::vector<Variable> metrics;  ///< the variables of the loss and the metrics
  std::vector<Callback*> callbacks;
  Feed* feed = nullptr;
  Feed* validation = nullptr;
  ValidationFreq validation_freq = 1;
  std::atomic<bool>* stop_training = nullptr;
};

/// Adds to the file of weights and optimizer, which Keras reads too, a group with all else that a
/// run goes on from.
class RunState final : public ResumableRun {
 public:
  RunState(RunParts parts, RunPosition& position);
  Hdf5Group save() const override;
  bool restore(const Hdf5Group& file, const std::string& where) override;
  void begin_at(int64_t epoch) override { at_.epoch = epoch; }

 private:
  Config describe() const;
  std::vector<Variable> unsaved_variables() const;
  void check(const Config& description, const Hdf5Group& group, const std::string& where) const;
  void restore_callbacks(const Config& list, const Hdf5Group& group) const;
  void restore_position(const Config& description);
  void restore_feeds(const Config& description);

  RunParts parts_;
  RunPosition& at_;
  int64_t first_epoch_;
  RandomStreams random_at_start_;
};

}  // namespace keratin
