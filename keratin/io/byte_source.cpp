// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "keratin/base/check.h"

namespace keratin {

namespace {

class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::string& path)
      : path_(path), handle_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (handle_ < 0) cannot_read();
    struct stat info {};
    const bool known = ::fstat(handle_, &info) == 0;
    if (known && S_ISREG(info.st_mode)) {
      size_ = static_cast<uint64_t>(info.st_size);
      return;
    }
    const int problem = errno;
    ::close(handle_);
    if (!known) cannot_read(std::generic_category().message(problem));
    cannot_read("not a regular file");
  }
  ~FileSource() override { ::close(handle_); }

  uint64_t size() const override { return size_; }
  void read(uint64_t offset, std::span<std::byte> target) const override {
    while (!target.empty()) {
      const ssize_t count =
          ::pread(handle_, target.data(), target.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) cannot_read();
      if (count == 0) cannot_read("an end that came early");  // somebody cut the file meanwhile
      target = target.subspan(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
  }

 private:
  [[noreturn]] void cannot_read(
      const std::string& problem = std::generic_category().message(errno)) const {
    fail<FileError>(path_, "expected a file that can be read, got '{}'. Check the path.", problem);
  }

  std::string path_;
  int handle_;
  uint64_t size_ = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(Bytes bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  void read(uint64_t offset, std::span<std::byte> target) const override {
    if (!target.empty()) std::memcpy(target.data(), bytes_.data() + offset, target.size());
  }

 private:
  Bytes bytes_;
};

}  // namespace

std::shared_ptr<const ByteSource> file_source(const std::string& path) {
  return std::make_shared<FileSource>(path);
}

std::shared_ptr<const ByteSource> memory_source(Bytes bytes) {
  return std::make_shared<MemorySource>(std::move(bytes));
}

}  // namespace keratin
