// SPDX-License-Identifier: Apache-2.0
// Files that TensorBoard reads: records with checksums (TFRecord) that hold Event messages of
// protobuf (tensorflow/core/util/event.proto, summary.proto).
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/file.h"

namespace keratin {

/// Returns the CRC-32C of bytes (RFC 3720).
uint32_t crc32c(ByteView bytes);

/// Writes events to a new file `events.out.tfevents.<time>.<host>.<process>.<number>.v2` in a
/// folder, which is made where it is missing. All throw FileError that names the file.
class EventWriter {
 public:
  explicit EventWriter(const std::string& folder);

  /// Each writes one value, as the function of that name of `tf.summary` does.
  void scalar(std::string_view tag, float value, int64_t step);
  /// Counts the values in 30 buckets of equal width.
  void histogram(std::string_view tag, std::span<const double> values, int64_t step);
  /// Takes PNG files of one size.
  void image(std::string_view tag, int64_t width, int64_t height, const std::vector<Bytes>& images,
             int64_t step);
  /// Writes a model for the page of graphs, as JSON text of Keras.
  void keras_model(std::string_view tag, std::string_view json, int64_t step);
  /// Brings what was written to the file.
  void flush();

 private:
  void write_summary(std::string_view tag, std::string_view plugin, std::string_view content,
                     const std::string& tensor, int64_t step);
  void write_event(int64_t step, const std::string& rest);
  void write_record(std::string_view record);
  [[noreturn]] void cannot_write() const;

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_{nullptr, &std::fclose};
};

}  // namespace keratin
