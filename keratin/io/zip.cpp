// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/zip.h"

#include <zip.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <unordered_map>

#include "keratin/base/check.h"
#include "keratin/io/byte_order.h"

namespace keratin {

namespace {

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseMember {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using Member = std::unique_ptr<zip_file_t, CloseMember>;

class LibraryError {
 public:
  LibraryError() { zip_error_init(&error_); }
  explicit LibraryError(int code) { zip_error_init_with_code(&error_, code); }
  LibraryError(const LibraryError&) = delete;
  LibraryError& operator=(const LibraryError&) = delete;
  ~LibraryError() { zip_error_fini(&error_); }
  zip_error_t* get() { return &error_; }
  std::string text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

// The end record, which is all of an archive without members.
constexpr std::string_view empty_archive("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);

[[noreturn]] void cannot_open(const std::string& where, const std::string& problem) {
  fail<FileError>(where, "expected a zip archive, got '{}'. Check the path or copy the file anew.",
                  problem);
}

/// Returns the last bytes of the file, where the end records are.
Bytes tail_of_file(const std::string& path, uint64_t& file_size) {
  std::error_code problem;
  if (!std::filesystem::is_regular_file(path, problem)) cannot_open(path, "no such file");
  file_size = std::filesystem::file_size(path, problem);
  std::ifstream file(path, std::ios::binary);
  const uint64_t count = std::min<uint64_t>(file_size, uint64_t{65'535} + 22 + 20 + 56);
  Bytes tail(count);
  file.seekg(static_cast<std::streamoff>(file_size - count));
  file.read(reinterpret_cast<char*>(tail.data()), static_cast<std::streamsize>(count));
  if (problem || !file) cannot_open(path, "a file that cannot be read");
  return tail;
}

/// Refuses an archive that announces too many members, before anything is allocated for them.
void check_announced_count(ByteView tail, const std::string& where, const ZipLimits& limits) {
  constexpr std::string_view zip64_end = "PK\x06\x06";
  if (tail.size() < empty_archive.size()) cannot_open(where, "too few bytes");
  const std::string_view text = text_of(tail);
  for (size_t at = text.find(zip64_end); at != std::string_view::npos;
       at = text.find(zip64_end, at + 1)) {
    if (tail.size() - at < 56) return;
    const uint64_t count = little_endian(tail.subspan(at + 32, 8));
    require<FileError>(count <= limits.max_entries, where,
                       "expected at most {} members, got {}. The archive is damaged or hostile.",
                       limits.max_entries, count);
  }
}

ZipEntry entry_at(zip_t* archive, uint64_t index, const std::string& where) {
  zip_stat_t info;
  zip_stat_init(&info);
  constexpr zip_uint64_t wanted = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                  ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  const bool known = zip_stat_index(archive, index, 0, &info) == 0 &&
                     (info.valid & wanted) == wanted && info.name[0] != '\0';
  require<FileError>(known, where,
                     "expected a name and sizes for member {}, got none. The archive is damaged.",
                     index);
  require<FileError>(info.encryption_method == ZIP_EM_NONE, where,
                     "expected plain members, got the encrypted '{}'. Remove the password.",
                     info.name);
  require<FileError>(info.comp_method == ZIP_CM_STORE || info.comp_method == ZIP_CM_DEFLATE, where,
                     "expected stored or deflated members, got method {} for '{}'. Write the "
                     "archive anew.",
                     info.comp_method, info.name);
  return {info.name, info.size, info.comp_size, info.comp_method == ZIP_CM_DEFLATE};
}

void check_entry(const ZipEntry& entry, uint64_t file_size, const std::string& where,
                 const ZipLimits& limits) {
  constexpr uint64_t slack = 4096;
  const bool plausible =
      entry.stored_size <= file_size && (entry.compressed || entry.size == entry.stored_size);
  require<FileError>(plausible, where,
                     "expected sizes that fit the archive for '{}', got {} bytes stored as {}. The "
                     "archive is damaged.",
                     entry.name, entry.size, entry.stored_size);
  require<FileError>(
      entry.size <= slack || (entry.size - slack) / limits.max_ratio <= entry.stored_size, where,
      "expected '{}' to grow at most {} times, got {} bytes out of {}. The archive "
      "is damaged or hostile.",
      entry.name, limits.max_ratio, entry.size, entry.stored_size);
}

void check_totals(const std::vector<ZipEntry>& entries, uint64_t file_size,
                  const std::string& where, const ZipLimits& limits) {
  uint64_t total = 0;
  uint64_t stored = 0;
  for (const ZipEntry& entry : entries) {
    // Each summand is at most the file's size times the ratio, and entries are counted: no overflow
    // before the check that follows each.
    total += entry.size;
    stored += entry.stored_size;
    require<FileError>(stored <= file_size, where,
                       "expected members of at most {} bytes together, got overlapping ones. The "
                       "archive is damaged or hostile.",
                       file_size);
    const bool too_large = total > limits.max_total_bytes ||
                           (total > limits.large_bytes && total / limits.large_ratio > file_size);
    require<FileError>(!too_large, where,
                       "expected an archive of {} bytes to hold a plausible amount of data, got "
                       "{} bytes or more. The archive is damaged or hostile.",
                       file_size, total);
  }
}

}  // namespace

struct ZipReader::State {
  std::string where;
  Bytes bytes;  // of an archive in memory; the library reads from it until it is closed
  Archive archive;
  std::vector<ZipEntry> entries;
  std::unordered_map<std::string, uint64_t> index;

  void list(uint64_t file_size, const ZipLimits& limits) {
    const auto count = static_cast<uint64_t>(zip_get_num_entries(archive.get(), 0));
    require<FileError>(count <= limits.max_entries, where,
                       "expected at most {} members, got {}. The archive is damaged or hostile.",
                       limits.max_entries, count);
    for (uint64_t i = 0; i < count; ++i) {
      ZipEntry entry = entry_at(archive.get(), i, where);
      check_entry(entry, file_size, where, limits);
      require<FileError>(index.emplace(entry.name, i).second, where,
                         "expected each name once, got '{}' twice. Write the archive anew.",
                         entry.name);
      entries.push_back(std::move(entry));
    }
    check_totals(entries, file_size, where, limits);
  }
};

ZipReader::ZipReader(const std::string& path, const ZipLimits& limits)
    : state_(std::make_shared<State>()) {
  state_->where = path;
  uint64_t file_size = 0;
  check_announced_count(tail_of_file(path, file_size), path, limits);
  int code = 0;
  state_->archive.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (state_->archive == nullptr) cannot_open(path, LibraryError(code).text());
  state_->list(file_size, limits);
}

ZipReader::ZipReader(Bytes archive, std::string where, const ZipLimits& limits)
    : state_(std::make_shared<State>()) {
  state_->where = std::move(where);
  state_->bytes = std::move(archive);
  const Bytes& bytes = state_->bytes;
  check_announced_count(bytes, state_->where, limits);
  LibraryError error;
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, error.get());
  if (source == nullptr) cannot_open(state_->where, error.text());
  state_->archive.reset(zip_open_from_source(source, ZIP_RDONLY, error.get()));
  if (state_->archive == nullptr) {
    zip_source_free(source);
    cannot_open(state_->where, error.text());
  }
  state_->list(bytes.size(), limits);
}

ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;
ZipReader::~ZipReader() = default;

const std::vector<ZipEntry>& ZipReader::entries() const { return state_->entries; }

bool ZipReader::has(std::string_view name) const {
  return state_->index.count(std::string(name)) > 0;
}

std::string ZipReader::where(std::string_view name) const {
  return fmt::format("{}[{}]", state_->where, name);
}

namespace {

[[noreturn]] void damaged_member(const std::string& where, const std::string& problem) {
  fail<FileError>(where, "expected intact data, got '{}'. Copy the file anew.", problem);
}

Member open_member(zip_t* archive, uint64_t index, const std::string& where) {
  Member file(zip_fopen_index(archive, index, 0));
  if (file == nullptr) damaged_member(where, zip_strerror(archive));
  return file;
}

/// Reads what comes next; returns how much that is, and 0 at the end once the check sum was right.
size_t read_some(zip_file_t* file, std::span<std::byte> target, const std::string& where) {
  const zip_int64_t count = zip_fread(file, target.data(), target.size());
  if (count < 0) damaged_member(where, zip_file_strerror(file));
  return static_cast<size_t>(count);
}

/// Is a stored member. Parts of the archive are kept for the many small reads of a parser.
class StoredMember final : public ByteSource {
 public:
  StoredMember(std::shared_ptr<const void> owner, Member file, uint64_t size, std::string where)
      : owner_(std::move(owner)), file_(std::move(file)), size_(size), where_(std::move(where)) {}

  uint64_t size() const override { return size_; }
  void read(uint64_t offset, std::span<std::byte> target) const override {
    if (target.size() >= window_size) {
      fill(offset, target);
      return;
    }
    const bool inside = offset >= start_ && offset + target.size() <= start_ + window_.size();
    if (!inside) {
      window_.resize(std::min<uint64_t>(window_size, size_ - offset));
      start_ = offset;
      fill(offset, window_);
    }
    std::copy_n(window_.data() + (offset - start_), target.size(), target.data());
  }

 private:
  static constexpr size_t window_size = size_t{1} << 16;

  void fill(uint64_t offset, std::span<std::byte> target) const {
    if (zip_fseek(file_.get(), static_cast<zip_int64_t>(offset), SEEK_SET) != 0) {
      damaged_member(where_, zip_file_strerror(file_.get()));
    }
    while (!target.empty()) {
      const size_t count = read_some(file_.get(), target, where_);
      if (count == 0) damaged_member(where_, "an end that came early");
      target = target.subspan(count);
    }
  }

  std::shared_ptr<const void> owner_;
  Member file_;
  uint64_t size_;
  std::string where_;
  mutable Bytes window_;
  mutable uint64_t start_ = 0;
};

}  // namespace

uint64_t ZipReader::index_of(std::string_view name) const {
  const auto found = state_->index.find(std::string(name));
  require<FileError>(found != state_->index.end(), state_->where,
                     "expected a member '{}', got none of that name. Check the archive.", name);
  return found->second;
}

Bytes ZipReader::read(std::string_view name) {
  const uint64_t index = index_of(name);
  const std::string label = where(name);
  const Member file = open_member(state_->archive.get(), index, label);
  Bytes content(state_->entries[index].size);
  size_t filled = 0;
  // Reads on until the end is told, since only then does the library compare the check sum.
  while (true) {
    std::byte extra{};
    const bool full = filled == content.size();
    const std::span<std::byte> rest = std::span(content).subspan(filled);
    const size_t count = read_some(file.get(), full ? std::span(&extra, 1) : rest, label);
    if (full && count > 0) damaged_member(label, "more bytes than the directory says");
    if (count == 0) break;
    filled += count;
  }
  if (filled != content.size()) damaged_member(label, "fewer bytes than the directory says");
  return content;
}

std::shared_ptr<const ByteSource> ZipReader::open(std::string_view name) {
  const uint64_t index = index_of(name);
  const ZipEntry& entry = state_->entries[index];
  if (entry.compressed) return memory_source(read(name));
  const std::string label = where(name);
  {
    const Member file = open_member(state_->archive.get(), index, label);
    Bytes block(size_t{1} << 18);
    uint64_t seen = 0;
    while (const size_t count = read_some(file.get(), block, label)) seen += count;
    if (seen != entry.size) damaged_member(label, "another size than the directory says");
  }
  return std::make_shared<StoredMember>(state_, open_member(state_->archive.get(), index, label),
                                        entry.size, label);
}

struct ZipWriter::State {
  explicit State(const std::string& target) : path(target), file(target) {}
  std::string path;
  AtomicFile file;
  std::deque<Bytes> contents;  // the library reads them when it closes the archive
  Archive archive;

  [[noreturn]] void cannot_write(const std::string& problem) const {
    fail<FileError>(path, "expected to write a zip archive, got '{}'. Check names and space.",
                    problem);
  }
};

ZipWriter::ZipWriter(const std::string& path) : state_(std::make_unique<State>(path)) {
  int code = 0;
  state_->archive.reset(
      zip_open(state_->file.temporary_path().c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (state_->archive == nullptr) state_->cannot_write(LibraryError(code).text());
}

ZipWriter::ZipWriter(ZipWriter&&) noexcept = default;
ZipWriter& ZipWriter::operator=(ZipWriter&&) noexcept = default;
ZipWriter::~ZipWriter() = default;

void ZipWriter::add(std::string_view name, Bytes content, bool compressed) {
  constexpr zip_uint16_t january_first_1980 = (1 << 5) + 1;
  zip_t* archive = state_->archive.get();
  require<InternalError>(archive != nullptr, state_->path,
                         "expected an open archive, got a finished one. Report this.");
  const Bytes& kept = state_->contents.emplace_back(std::move(content));
  zip_source_t* source = zip_source_buffer(archive, kept.data(), kept.size(), 0);
  if (source == nullptr) state_->cannot_write(zip_strerror(archive));
  const zip_int64_t index =
      zip_file_add(archive, std::string(name).c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    state_->cannot_write(fmt::format("{} for '{}'", zip_strerror(archive), name));
  }
  const auto at = static_cast<zip_uint64_t>(index);
  const bool set =
      zip_set_file_compression(archive, at, compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0 &&
      zip_file_set_dostime(archive, at, 0, january_first_1980, 0) == 0;
  if (!set) state_->cannot_write(zip_strerror(archive));
}

void ZipWriter::commit() {
  require<InternalError>(state_->archive != nullptr, state_->path,
                         "expected an open archive, got a finished one. Report this.");
  if (state_->contents.empty()) {
    // The library would write no file at all.
    state_->archive.reset();
    state_->file.write(bytes_of(empty_archive));
  } else {
    if (zip_close(state_->archive.get()) != 0) {
      state_->cannot_write(zip_strerror(state_->archive.get()));
    }
    static_cast<void>(state_->archive.release());
    state_->contents.clear();
  }
  state_->file.commit();
}

}  // namespace keratin
