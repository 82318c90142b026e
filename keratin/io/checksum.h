// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "keratin/base/file.h"

namespace keratin {

namespace detail {

/// Cuts what it is given into blocks of 64 bytes and pads the last one, as MD5 and SHA-256 do.
class BlockBuffer {
 public:
  template <class Digest>
  void update(ByteView bytes, Digest&& digest);
  template <class Digest>
  void finish(bool big_endian_length, Digest&& digest);

 private:
  std::array<std::byte, 64> block_{};
  size_t filled_ = 0;
  uint64_t total_ = 0;
};

}  // namespace detail

/// Computes SHA-256 (FIPS 180-4) of bytes that come piece by piece.
class Sha256 {
 public:
  void update(ByteView bytes);
  /// Returns the 64 hexadecimal digits; nothing may follow.
  std::string hex_digest();

 private:
  void digest(const std::byte* block);
  detail::BlockBuffer buffer_;
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
};

/// Computes MD5 (RFC 1321), which guards against damage but not against forgery.
class Md5 {
 public:
  void update(ByteView bytes);
  /// Returns the 32 hexadecimal digits; nothing may follow.
  std::string hex_digest();

 private:
  void digest(const std::byte* block);
  detail::BlockBuffer buffer_;
  std::array<uint32_t, 4> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
};

std::string sha256_of(ByteView bytes);
std::string md5_of(ByteView bytes);

/// Computes the hash that `algorithm` ("auto", "sha256", "md5") names; "auto" is SHA-256 where the
/// expected hash has 64 digits, and MD5 otherwise. Throws ValueError for other names. See
/// `keras.utils.get_file`.
class FileHash {
 public:
  FileHash(std::string_view algorithm, std::string_view expected);
  void update(ByteView bytes);
  std::string hex_digest();
  /// Tells whether what was given has the expected hash; the case of its digits is ignored.
  bool matches();

 private:
  std::string expected_;
  bool is_sha256_;
  Sha256 sha256_;
  Md5 md5_;
};

/// Tells whether the file at `path` has the hash `expected`; throws FileError when it cannot be
/// read.
bool validate_file(const std::string& path, std::string_view expected,
                   std::string_view algorithm = "auto");

}  // namespace keratin
