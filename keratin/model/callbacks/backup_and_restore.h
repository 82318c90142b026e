// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "keratin/base/fields.h"
#include "keratin/model/callbacks/callback.h"
#include "keratin/model/callbacks/save_freq.h"

namespace keratin {

struct Hdf5Group;

/// Is a run of `fit` that can be written down and gone on with.
class ResumableRun {
 public:
  virtual ~ResumableRun() = default;
  virtual Hdf5Group save() const = 0;
  /// Goes back to what `save` gave; `where` names the file in errors. Returns false for a file that
  /// holds weights and optimizer only, as those of Keras. Throws ValueError, before anything is
  /// changed, where the model or what it was compiled with is another one, and FileError.
  virtual bool restore(const Hdf5Group& file, const std::string& where) = 0;
  /// Goes on with an epoch of which only the number is known.
  virtual void begin_at(int64_t epoch) = 0;
};

namespace callbacks {

struct BackupAndRestoreOptions {
  KERATIN_OPTIONS(BackupAndRestoreOptions);
  KERATIN_FIELD(std::string, backup_dir, "The folder of the backup, which has no other use.") = {};
  KERATIN_FIELD(SaveFreq, save_freq, "When to save: \"epoch\", or each n batches.") = "epoch";
  KERATIN_FIELD(bool, double_checkpoint, "Whether the backup before is kept too.") = false;
  KERATIN_FIELD(bool, delete_checkpoint, "Whether the end of training deletes it.") = true;
};

/// Saves the state of training, and goes on from it when the same program runs again after an
/// interruption (keras.io/api/callbacks/backup_and_restore). Beyond Keras it resumes to the bit, in
/// the middle of an epoch too: weights, optimizer, metrics, random streams, the order of the data,
/// the history and the state of other callbacks are those of a run that was never interrupted.
///
/// The callback comes after all others at each station. A backup replaces the one before only when
/// it is complete. Throws ValueError without `backup_dir`; training throws FileError that names the
/// file where a backup cannot be written or read, and leaves the one before as it is.
class BackupAndRestore : public Callback {
 public:
  explicit BackupAndRestore(BackupAndRestoreOptions options);
  // A template, since g++ would also build a std::string from a designated list.
  template <std::convertible_to<std::string_view> T>
  explicit BackupAndRestore(const T& backup_dir, BackupAndRestoreOptions options = {})
      : BackupAndRestore(with_folder(std::string(backup_dir), std::move(options))) {}

  /// Says what is saved; `fit` does it.
  void set_run(ResumableRun* run) { run_ = run; }

  void on_train_begin(Logs& logs) override;
  void on_train_batch_end(int64_t batch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_end(Logs& logs) override;
  CallbackState get_state() const override;
  void set_state(const CallbackState& state) override;

 private:
  static BackupAndRestoreOptions with_folder(std::string folder, BackupAndRestoreOptions options) {
    options.backup_dir = std::move(folder);
    return options;
  }
  std::string path_of(std::string_view name) const;
  void load(const std::string& weights, const std::string& metadata);
  void save();

  BackupAndRestoreOptions options_;
  ResumableRun* run_ = nullptr;
  BatchCounter counter_;
  int64_t epoch_ = 0;
  int64_t batch_ = 0;
};

}  // namespace callbacks

}  // namespace keratin
