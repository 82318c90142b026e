// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/event_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <system_error>

#include "keratin/base/check.h"
#include "keratin/base/folder.h"

namespace keratin {

namespace {

constexpr int64_t buckets = 30;

constexpr std::array<uint32_t, 256> crc_table = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1) != 0 ? (value >> 1) ^ 0x82f63b78 : value >> 1;
    table[i] = value;
  }
  return table;
}();

/// Is a protobuf message that is put together field by field.
class Message {
 public:
  Message& varint(int field, uint64_t value) {
    put_varint(static_cast<uint64_t>(field) << 3);
    put_varint(value);
    return *this;
  }
  Message& fixed64(int field, double value) {
    put_varint(static_cast<uint64_t>(field) << 3 | 1);
    put_little_endian(std::bit_cast<uint64_t>(value), 8);
    return *this;
  }
  Message& bytes(int field, std::string_view value) {
    put_varint(static_cast<uint64_t>(field) << 3 | 2);
    put_varint(value.size());
    text_ += value;
    return *this;
  }
  void put_little_endian(uint64_t value, int size) {
    for (int i = 0; i < size; ++i) text_ += static_cast<char>((value >> (8 * i)) & 0xff);
  }
  const std::string& text() const { return text_; }

 private:
  void put_varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>((value & 0x7f) | 0x80);
    text_ += static_cast<char>(value);
  }
  std::string text_;
};

// The numbers of TensorProto.dtype.
constexpr uint64_t float_type = 1;
constexpr uint64_t double_type = 2;
constexpr uint64_t string_type = 7;

Message tensor_of(uint64_t type, std::initializer_list<int64_t> shape) {
  Message dims;
  for (const int64_t size : shape) {
    dims.bytes(2, Message().varint(1, static_cast<uint64_t>(size)).text());
  }
  Message tensor;
  tensor.varint(1, type).bytes(2, dims.text());
  return tensor;
}

double seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::string host_name() {
  char name[256] = "";
  if (::gethostname(name, sizeof(name) - 1) != 0 || *name == '\0') return "localhost";
  return name;
}

// Returns [left edge, right edge, count] of each bucket.
std::vector<double> bucket_rows(std::span<const double> values) {
  std::vector<double> rows(3 * buckets);
  if (values.empty()) return rows;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double low = *least;
  const double range = *most - low;
  const double width = range / buckets;
  for (int64_t i = 0; i < buckets; ++i) {
    const auto at = static_cast<size_t>(3 * i);
    rows[at] = low + width * static_cast<double>(i);
    rows[at + 1] = i == buckets - 1 ? *most : low + width * static_cast<double>(i + 1);
  }
  if (range == 0) {
    rows.back() = static_cast<double>(values.size());
    return rows;
  }
  for (const double value : values) {
    const double place = std::floor((value - low) / width);
    // What is not finite has no bucket.
    if (!(place >= 0)) continue;
    const auto bucket = static_cast<size_t>(std::min(place, static_cast<double>(buckets - 1)));
    rows[3 * bucket + 2] += 1;
  }
  return rows;
}

}  // namespace

uint32_t crc32c(ByteView bytes) {
  uint32_t value = 0xffffffff;
  for (const std::byte byte : bytes) {
    value = crc_table[(value ^ static_cast<uint32_t>(byte)) & 0xff] ^ value >> 8;
  }
  return value ^ 0xffffffff;
}

EventWriter::EventWriter(const std::string& folder) {
  static std::atomic<int> number{0};
  make_folder(folder);
  path_ = fmt::format("{}/events.out.tfevents.{}.{}.{}.{}.v2", folder,
                      static_cast<int64_t>(seconds_now()), host_name(), ::getpid(), number++);
  stream_.reset(std::fopen(path_.c_str(), "wbe"));
  if (stream_ == nullptr) cannot_write();
  write_event(0, Message().bytes(3, "brain.Event:2").text());
  flush();
}

void EventWriter::cannot_write() const {
  fail<FileError>(path_,
                  "expected a file that TensorBoard can write, got '{}'. Check the folder, its "
                  "access rights and the space that is left.",
                  std::generic_category().message(errno));
}

void EventWriter::flush() {
  if (std::fflush(stream_.get()) != 0) cannot_write();
}

// A record: its length, a checksum of that, the bytes and a checksum of these.
void EventWriter::write_record(std::string_view record) {
  const auto masked = [](std::string_view text) {
    const uint32_t value = crc32c(bytes_of(text));
    return ((value >> 15) | (value << 17)) + 0xa282ead8;
  };
  Message length;
  length.put_little_endian(record.size(), 8);
  Message whole = length;
  whole.put_little_endian(masked(length.text()), 4);
  Message end;
  end.put_little_endian(masked(record), 4);
  const std::string text = whole.text() + std::string(record) + end.text();
  if (std::fwrite(text.data(), 1, text.size(), stream_.get()) != text.size()) cannot_write();
}

void EventWriter::write_event(int64_t step, const std::string& rest) {
  Message event;
  event.fixed64(1, seconds_now());
  if (step != 0) event.varint(2, static_cast<uint64_t>(step));
  write_record(event.text() + rest);
}

void EventWriter::write_summary(std::string_view tag, std::string_view plugin,
                                std::string_view content, const std::string& tensor, int64_t step) {
  Message data;
  data.bytes(1, plugin);
  if (!content.empty()) data.bytes(2, content);
  Message value;
  value.bytes(1, tag).bytes(9, Message().bytes(1, data.text()).text()).bytes(8, tensor);
  write_event(step, Message().bytes(5, Message().bytes(1, value.text()).text()).text());
}

void EventWriter::scalar(std::string_view tag, float value, int64_t step) {
  Message number;
  number.put_little_endian(std::bit_cast<uint32_t>(value), 4);
  write_summary(tag, "scalars", "", tensor_of(float_type, {}).bytes(5, number.text()).text(), step);
}

void EventWriter::histogram(std::string_view tag, std::span<const double> values, int64_t step) {
  Message content;
  for (const double number : bucket_rows(values)) {
    content.put_little_endian(std::bit_cast<uint64_t>(number), 8);
  }
  const std::string tensor = tensor_of(double_type, {buckets, 3}).bytes(4, content.text()).text();
  write_summary(tag, "histograms", "", tensor, step);
}

void EventWriter::image(std::string_view tag, int64_t width, int64_t height,
                        const std::vector<Bytes>& images, int64_t step) {
  Message tensor = tensor_of(string_type, {static_cast<int64_t>(images.size()) + 2});
  tensor.bytes(8, std::to_string(width)).bytes(8, std::to_string(height));
  for (const Bytes& image : images) tensor.bytes(8, text_of(image));
  write_summary(tag, "images", "", tensor.text(), step);
}

void EventWriter::keras_model(std::string_view tag, std::string_view json, int64_t step) {
  write_summary(tag, "graph_keras_model", "1", tensor_of(string_type, {}).bytes(8, json).text(),
                step);
}

}  // namespace keratin
