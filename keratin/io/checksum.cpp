// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/checksum.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>

#include "keratin/base/check.h"
#include "keratin/base/text.h"

namespace keratin {

namespace detail {

template <class Digest>
void BlockBuffer::update(ByteView bytes, Digest&& digest) {
  total_ += bytes.size();
  while (!bytes.empty()) {
    if (filled_ == 0 && bytes.size() >= block_.size()) {
      digest(bytes.data());
      bytes = bytes.subspan(block_.size());
      continue;
    }
    const size_t count = std::min(bytes.size(), block_.size() - filled_);
    std::memcpy(block_.data() + filled_, bytes.data(), count);
    bytes = bytes.subspan(count);
    filled_ += count;
    if (filled_ == block_.size()) {
      digest(block_.data());
      filled_ = 0;
    }
  }
}

template <class Digest>
void BlockBuffer::finish(bool big_endian_length, Digest&& digest) {
  constexpr size_t length_at = 56;
  const uint64_t bits = total_ * 8;
  std::array<std::byte, 72> padding{};
  padding[0] = std::byte{0x80};
  const size_t zeros = (filled_ < length_at ? length_at : length_at + 64) - filled_;
  for (size_t i = 0; i < 8; ++i) {
    const size_t shift = 8 * (big_endian_length ? 7 - i : i);
    padding[zeros + i] = static_cast<std::byte>(bits >> shift);
  }
  update({padding.data(), zeros + 8}, digest);
}

}  // namespace detail

namespace {

constexpr std::array<uint32_t, 64> sha256_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

constexpr std::array<uint32_t, 64> md5_constants = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

constexpr std::array<std::array<int, 4>, 4> md5_rotations = {
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

uint32_t big_endian_word(const std::byte* at) {
  return std::to_integer<uint32_t>(at[0]) << 24 | std::to_integer<uint32_t>(at[1]) << 16 |
         std::to_integer<uint32_t>(at[2]) << 8 | std::to_integer<uint32_t>(at[3]);
}

uint32_t little_endian_word(const std::byte* at) {
  return std::to_integer<uint32_t>(at[3]) << 24 | std::to_integer<uint32_t>(at[2]) << 16 |
         std::to_integer<uint32_t>(at[1]) << 8 | std::to_integer<uint32_t>(at[0]);
}

}  // namespace

void Sha256::digest(const std::byte* block) {
  std::array<uint32_t, 64> w;
  for (size_t i = 0; i < 16; ++i) w[i] = big_endian_word(block + 4 * i);
  for (size_t i = 16; i < 64; ++i) {
    const uint32_t x = w[i - 15];
    const uint32_t y = w[i - 2];
    w[i] = w[i - 16] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3)) + w[i - 7] +
           (std::rotr(y, 17) ^ std::rotr(y, 19) ^ (y >> 10));
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (size_t i = 0; i < 64; ++i) {
    const uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const uint32_t first = h + sum1 + ((e & f) ^ (~e & g)) + sha256_constants[i] + w[i];
    const uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const uint32_t second = sum0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const std::array<uint32_t, 8> added = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < added.size(); ++i) state_[i] += added[i];
}

void Sha256::update(ByteView bytes) {
  buffer_.update(bytes, [this](const std::byte* block) { digest(block); });
}

std::string Sha256::hex_digest() {
  buffer_.finish(true, [this](const std::byte* block) { digest(block); });
  std::string text;
  for (uint32_t word : state_) text += fmt::format("{:08x}", word);
  return text;
}

void Md5::digest(const std::byte* block) {
  auto [a, b, c, d] = state_;
  for (size_t i = 0; i < 64; ++i) {
    uint32_t mixed = 0;
    size_t word = 0;
    switch (i / 16) {
      case 0:
        mixed = (b & c) | (~b & d);
        word = i;
        break;
      case 1:
        mixed = (d & b) | (~d & c);
        word = (5 * i + 1) % 16;
        break;
      case 2:
        mixed = b ^ c ^ d;
        word = (3 * i + 5) % 16;
        break;
      default:
        mixed = c ^ (b | ~d);
        word = (7 * i) % 16;
    }
    const uint32_t sum = a + mixed + md5_constants[i] + little_endian_word(block + 4 * word);
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, md5_rotations[i / 16][i % 4]);
  }
  const std::array<uint32_t, 4> added = {a, b, c, d};
  for (size_t i = 0; i < added.size(); ++i) state_[i] += added[i];
}

void Md5::update(ByteView bytes) {
  buffer_.update(bytes, [this](const std::byte* block) { digest(block); });
}

std::string Md5::hex_digest() {
  buffer_.finish(false, [this](const std::byte* block) { digest(block); });
  std::string text;
  for (uint32_t word : state_) {
    for (int shift = 0; shift < 32; shift += 8) text += fmt::format("{:02x}", word >> shift & 0xff);
  }
  return text;
}

std::string sha256_of(ByteView bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex_digest();
}

std::string md5_of(ByteView bytes) {
  Md5 hash;
  hash.update(bytes);
  return hash.hex_digest();
}

FileHash::FileHash(std::string_view algorithm, std::string_view expected)
    : expected_(text::lower(expected)),
      is_sha256_(algorithm == "sha256" || (algorithm == "auto" && expected.size() == 64)) {
  require<ValueError>(algorithm == "auto" || algorithm == "sha256" || algorithm == "md5",
                      "get_file",
                      "expected `hash_algorithm` auto, sha256 or md5, got '{}'. Use one "
                      "of these.",
                      algorithm);
}

void FileHash::update(ByteView bytes) {
  if (is_sha256_) {
    sha256_.update(bytes);
  } else {
    md5_.update(bytes);
  }
}

std::string FileHash::hex_digest() { return is_sha256_ ? sha256_.hex_digest() : md5_.hex_digest(); }

bool FileHash::matches() { return hex_digest() == expected_; }

bool validate_file(const std::string& path, std::string_view expected, std::string_view algorithm) {
  FileHash hash(algorithm, expected);
  std::ifstream file(path, std::ios::binary);
  require<FileError>(file.good(), path,
                     "expected a file that can be read, got none. Check the "
                     "path.");
  std::vector<char> piece(1 << 16);
  do {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hash.update(bytes_of({piece.data(), static_cast<size_t>(file.gcount())}));
  } while (file.good());
  require<FileError>(!file.bad(), path,
                     "expected a file that can be read, got a read error. Check "
                     "the disk.");
  return hash.matches();
}

}  // namespace keratin
