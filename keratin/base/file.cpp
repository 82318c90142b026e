// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "keratin/base/check.h"

namespace keratin {

namespace {

std::string error_text() { return std::generic_category().message(errno); }

[[noreturn]] void cannot_read(const std::string& path, const std::string& problem) {
  fail<FileError>(path, "expected a file that can be read, got '{}'. Check the path.", problem);
}

[[noreturn]] void cannot_write(const std::string& path, const std::string& problem) {
  fail<FileError>(path,
                  "expected a file that can be written, got '{}'. Check the folder, its access "
                  "rights and the space that is left.",
                  problem);
}

/// Closes a file handle when a scope is left.
class Handle {
 public:
  explicit Handle(int handle) : handle_(handle) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (handle_ >= 0) ::close(handle_);
  }
  int get() const { return handle_; }

 private:
  int handle_;
};

/// Returns the file that `path` means once its symbolic links are followed, so that replacing the
/// file keeps the link.
std::string link_target(const std::string& path) {
  std::error_code problem;
  if (!std::filesystem::is_symlink(path, problem)) return path;
  const auto target = std::filesystem::weakly_canonical(path, problem);
  return problem ? path : target.string();
}

void synchronize_folder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const Handle handle(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC));
  // Some file systems have no such call for folders; the file itself is on the disk already.
  if (handle.get() >= 0) static_cast<void>(::fsync(handle.get()));
}

}  // namespace

Bytes read_file(const std::string& path) {
  const Handle handle(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (handle.get() < 0 || ::fstat(handle.get(), &info) != 0) cannot_read(path, error_text());
  if (!S_ISREG(info.st_mode)) cannot_read(path, "not a regular file");
  Bytes bytes(static_cast<size_t>(info.st_size));
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = ::read(handle.get(), bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) cannot_read(path, error_text());
    if (count == 0) break;  // somebody cut the file meanwhile
    filled += static_cast<size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

AtomicFile::AtomicFile(const std::string& path) : path_(link_target(path)) {
  struct stat info {};
  const bool exists = ::stat(path_.c_str(), &info) == 0;
  if (exists && !S_ISREG(info.st_mode)) cannot_write(path_, "not a regular file");
  static std::atomic<unsigned> counter{0};
  const std::filesystem::path target(path_);
  do {
    const std::string name =
        fmt::format(".{}.{}.{}.tmp", target.filename().string(), ::getpid(), counter.fetch_add(1));
    temporary_ = (target.parent_path() / name).string();
    handle_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (handle_ < 0 && errno == EEXIST);
  if (handle_ < 0) cannot_write(path_, error_text());
  if (exists) static_cast<void>(::fchmod(handle_, info.st_mode & 0777));
}

AtomicFile::~AtomicFile() {
  close_handle();
  if (!temporary_.empty()) std::remove(temporary_.c_str());
}

void AtomicFile::close_handle() {
  if (handle_ >= 0) ::close(handle_);
  handle_ = -1;
}

void AtomicFile::write(ByteView bytes) {
  require<InternalError>(handle_ >= 0, path_,
                         "expected an open file, got a finished one. Report "
                         "this.");
  while (!bytes.empty()) {
    const ssize_t count = ::write(handle_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) cannot_write(path_, error_text());
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void AtomicFile::commit() {
  close_handle();
  {
    // Opened anew: a library may have put another file at the temporary path.
    const Handle handle(::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC));
    if (handle.get() < 0 || ::fsync(handle.get()) != 0) cannot_write(path_, error_text());
  }
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) cannot_write(path_, error_text());
  temporary_.clear();
  synchronize_folder(path_);
}

void write_file_atomically(const std::string& path, ByteView bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace keratin
