// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/backup_and_restore.h"

#include <filesystem>
#include <system_error>

#include "keratin/base/check.h"
#include "keratin/base/file.h"
#include "keratin/base/folder.h"
#include "keratin/io/hdf5.h"
#include "keratin/model/callbacks/message_internal.h"

namespace keratin::callbacks {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view weights_name = "latest.weights.h5";
constexpr std::string_view metadata_name = "training_metadata.json";

// Keeps what a file holds under a second name, where the next one does not replace it.
void keep(const std::string& path) {
  if (!fs::exists(path)) return;
  const Bytes content = read_file(path);
  write_file_atomically(path + ".bkp", content);
}

// Removes what a process that was killed while it wrote has left.
void clear_leftovers(const std::string& folder) {
  std::error_code ignored;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool is_ours = name.starts_with(fmt::format(".{}.", weights_name)) ||
                         name.starts_with(fmt::format(".{}.", metadata_name));
    if (is_ours && name.ends_with(".tmp")) found.push_back(entry.path());
  }
  for (const fs::path& path : found) fs::remove(path, ignored);
}

}  // namespace

BackupAndRestore::BackupAndRestore(BackupAndRestoreOptions options) : options_(std::move(options)) {
  require<ValueError>(!options_.backup_dir.empty(), "BackupAndRestore",
                      "expected `backup_dir`, the folder of the backup, got an empty text. Give "
                      "it.");
}

std::string BackupAndRestore::path_of(std::string_view name) const {
  return (fs::path(options_.backup_dir) / name).string();
}

void BackupAndRestore::on_train_begin(Logs&) {
  require<ValueError>(run_ != nullptr, "BackupAndRestore",
                      "expected a run of `fit`, got a call from elsewhere. Pass the callback to "
                      "`fit`.");
  counter_ = {};
  epoch_ = batch_ = 0;
  clear_leftovers(options_.backup_dir);
  const std::string weights = path_of(weights_name);
  const std::string metadata = path_of(metadata_name);
  try {
    load(weights, metadata);
  } catch (const FileError& error) {
    if (!fs::exists(weights + ".bkp")) throw;
    warn("{} The backup before is taken.", error.what());
    load(weights + ".bkp", metadata + ".bkp");
  }
}

void BackupAndRestore::load(const std::string& weights, const std::string& metadata) {
  if (!fs::exists(weights)) {
    // Only a backup of which the first file was deleted by hand has a second one.
    if (!fs::exists(weights + ".bkp")) return;
    fail<FileError>(weights, "expected the backup beside {}.bkp, got none.", weights);
  }
  if (run_->restore(read_hdf5(weights), weights) || !fs::exists(metadata)) return;
  // A backup of Keras tells the epoch beside the weights.
  const Config told = parse_json(text_of(read_file(metadata)), metadata);
  run_->begin_at(told.at("epoch").as_int());
}

void BackupAndRestore::on_train_batch_end(int64_t batch, Logs&) {
  batch_ = batch;
  if (counter_.is_due(batch, options_.save_freq)) save();
}

void BackupAndRestore::on_epoch_end(int64_t epoch, Logs&) {
  epoch_ = epoch + 1;
  batch_ = 0;
  if (options_.save_freq.is_epoch()) save();
}

void BackupAndRestore::save() {
  make_folder(options_.backup_dir);
  const std::string weights = path_of(weights_name);
  const std::string metadata = path_of(metadata_name);
  if (options_.double_checkpoint) {
    keep(weights);
    keep(metadata);
  }
  write_hdf5(weights, run_->save());
  const int64_t batch = options_.save_freq.is_epoch() ? 0 : batch_;
  const std::string told = to_json(Config::dict({{"epoch", epoch_}, {"batch", batch}}));
  write_file_atomically(metadata, bytes_of(told));
}

void BackupAndRestore::on_train_end(Logs&) {
  if (!options_.delete_checkpoint || run_ == nullptr) return;  // or the run is to go on
  std::error_code ignored;
  // The newest backup goes last: until then an interrupted end begins again.
  for (const std::string_view name : {metadata_name, weights_name}) {
    fs::remove(path_of(name) + ".bkp", ignored);
    if (name == metadata_name) fs::remove(path_of(name), ignored);
  }
  fs::remove(path_of(weights_name), ignored);
  fs::remove(options_.backup_dir, ignored);
}

CallbackState BackupAndRestore::get_state() const {
  return {.values = Config::dict(
              {{"counter", counter_.get_state()}, {"epoch", epoch_}, {"batch", batch_}})};
}

void BackupAndRestore::set_state(const CallbackState& state) {
  counter_.set_state(state.values.at("counter"));
  epoch_ = state.values.at("epoch").as_int();
  batch_ = state.values.at("batch").as_int();
}

}  // namespace keratin::callbacks
