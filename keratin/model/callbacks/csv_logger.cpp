// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/csv_logger.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "keratin/base/check.h"
#include "keratin/base/codec.h"
#include "keratin/base/file.h"
#include "keratin/base/text.h"

namespace keratin::callbacks {

/// Is the open file; each line is brought to it at once.
class CSVLogger::File {
 public:
  File(std::string path, const char* mode)
      : path_(std::move(path)), stream_(std::fopen(path_.c_str(), mode), &std::fclose) {
    if (stream_ == nullptr) cannot_write();
  }

  void write(const std::string& line) {
    const bool whole = std::fwrite(line.data(), 1, line.size(), stream_.get()) == line.size();
    if (!whole || std::fflush(stream_.get()) != 0) cannot_write();
  }

 private:
  [[noreturn]] void cannot_write() const {
    fail<FileError>(path_,
                    "expected a file that CSVLogger can write, got '{}'. Check the folder, its "
                    "access rights and the space that is left.",
                    std::generic_category().message(errno));
  }

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_;
};

namespace {

// Quotes what Python's csv writer quotes.
std::string csv_line(const std::vector<std::string>& fields, char separator) {
  std::string line;
  for (const std::string& field : fields) {
    if (!line.empty()) line += separator;
    const bool is_plain = field.find_first_of("\"\r\n") == std::string::npos &&
                          field.find(separator) == std::string::npos;
    if (is_plain) {
      line += field;
      continue;
    }
    line += '"';
    for (char c : field) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line + "\r\n";
}

}  // namespace

CSVLogger::CSVLogger(CSVLoggerOptions options) : options_(std::move(options)) {
  require<ValueError>(!options_.filename.empty(), "CSVLogger",
                      "expected `filename`, the path of the file, got an empty text. Give it.");
  require<ValueError>(options_.separator.size() == 1, "CSVLogger",
                      "expected a `separator` of one character, got '{}'. Use ','.",
                      options_.separator);
}

void CSVLogger::on_train_begin(Logs&) {
  const std::string& path = options_.filename;
  if (options_.append && std::filesystem::exists(path)) {
    writes_header_ = read_file(path).empty();
  }
  file_.reset();
  file_ = std::make_shared<File>(path, options_.append ? "a" : "w");
  has_keys_ = false;
}

void CSVLogger::choose_keys(const Logs& logs) {
  keys_ = logs.names();
  std::sort(keys_.begin(), keys_.end());
  const bool is_validated = std::any_of(
      keys_.begin(), keys_.end(), [](const std::string& key) { return key.starts_with("val_"); });
  if (!is_validated) {
    const std::vector<std::string> trained = keys_;
    for (const std::string& key : trained) keys_.push_back("val_" + key);
  }
  has_keys_ = true;
}

void CSVLogger::on_epoch_end(int64_t epoch, Logs& logs) {
  const char separator = options_.separator[0];
  if (!has_keys_) {
    choose_keys(logs);
    std::vector<std::string> names{"epoch"};
    names.insert(names.end(), keys_.begin(), keys_.end());
    if (writes_header_) file_->write(csv_line(names, separator));
  }
  std::vector<std::string> fields{std::to_string(epoch)};
  for (const std::string& key : keys_) {
    fields.push_back(logs.has(key) ? text::number(logs[key]) : "NA");
  }
  file_->write(csv_line(fields, separator));
}

void CSVLogger::on_train_end(Logs&) { file_.reset(); }

CallbackState CSVLogger::get_state() const {
  Config keys = has_keys_ ? Codec<std::vector<std::string>>::write(keys_) : Config();
  // A text holds any bytes, which JSON does not.
  const Bytes content = read_file(options_.filename);
  Array bytes(DType::uint8, {static_cast<int64_t>(content.size())});
  std::copy(content.begin(), content.end(), static_cast<std::byte*>(bytes.raw()));
  return {.values = Config::dict({{"keys", keys}, {"writes_header", writes_header_}}),
          .tensors = {Tensor(std::move(bytes))}};
}

void CSVLogger::set_state(const CallbackState& state) {
  const Config& keys = state.values.at("keys");
  has_keys_ = !keys.is_null();
  if (has_keys_) keys_ = Codec<std::vector<std::string>>::read(keys);
  writes_header_ = state.values.at("writes_header").as_bool();
  const Array content = state.tensors.at(0).array().contiguous();
  file_.reset();
  write_file_atomically(options_.filename,
                        {static_cast<const std::byte*>(content.raw()), content.bytes()});
  file_ = std::make_shared<File>(options_.filename, "a");
}

}  // namespace keratin::callbacks
