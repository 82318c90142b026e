// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/fields.h"
#include "keratin/model/callbacks/callback.h"

namespace keratin::callbacks {

struct CSVLoggerOptions {
  KERATIN_OPTIONS(CSVLoggerOptions);
  KERATIN_FIELD(std::string, filename, "The CSV file.") = {};
  KERATIN_FIELD(std::string, separator, "The character between fields.") = ",";
  KERATIN_FIELD(bool, append, "Whether a file that is there is continued.") = false;
};

/// Writes a line with the values of each epoch to a CSV file, byte for byte as Keras does it
/// (keras.io/api/callbacks/csv_logger). The first epoch chooses the columns: its values by name,
/// and with `val_` too where it was not validated; what an epoch lacks is `NA`. Throws ValueError
/// for a separator of another length than 1; training throws FileError.
class CSVLogger : public Callback {
 public:
  explicit CSVLogger(CSVLoggerOptions options);
  // A template, since g++ would also build a std::string from a designated list.
  template <std::convertible_to<std::string_view> T>
  explicit CSVLogger(const T& filename, CSVLoggerOptions options = {})
      : CSVLogger(with_name(std::string(filename), std::move(options))) {}

  void on_train_begin(Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_end(Logs& logs) override;
  /// Holds what the file held: a run that goes on continues from there.
  CallbackState get_state() const override;
  void set_state(const CallbackState& state) override;

 private:
  class File;
  static CSVLoggerOptions with_name(std::string name, CSVLoggerOptions options) {
    options.filename = std::move(name);
    return options;
  }
  void choose_keys(const Logs& logs);

  CSVLoggerOptions options_;
  std::vector<std::string> keys_;
  bool has_keys_ = false;
  bool writes_header_ = true;
  std::shared_ptr<File> file_;
};

}  // namespace keratin::callbacks
