// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/idx.h"

#include "keratin/io/gzip.h"
#include "tests/io/support.h"

namespace keratin::tests {
namespace {

std::string refusal_of(const std::string& content) {
  return error_of<FileError>([&] { read_idx(bytes_of(content), "x.idx"); });
}

TEST(Idx, ReadsEveryElementTypePlainAndPacked) {
  for (DType dtype :
       {DType::uint8, DType::int8, DType::int16, DType::int32, DType::float32, DType::float64}) {
    const std::string name(name_of(dtype));
    const Array expected = golden_values(dtype, Shape{2, 3});
    EXPECT_TRUE(same(read_idx(golden(name + ".idx")), expected)) << name;
    EXPECT_TRUE(same(read_idx(golden(name + ".idx.gz")), expected)) << name;
  }
}

TEST(Idx, ReadsScalarsAndEmptyArrays) {
  const Array scalar = read_idx(bytes_of(std::string("\0\0\x08\0\x05", 5)), "scalar");
  EXPECT_EQ(scalar.shape(), Shape{});
  EXPECT_EQ(scalar.item<int>(), 5);
  const std::string empty("\0\0\x0d\x02\0\0\0\0\0\0\x02\0", 12);
  EXPECT_EQ(read_idx(bytes_of(empty), "empty").shape(), (Shape{0, 512}));
}

TEST(Idx, RefusesOtherFiles) {
  expect_holds(refusal_of("text"), "x.idx: expected an idx file");
  expect_holds(refusal_of(""), "x.idx: expected an idx file");
  expect_holds(refusal_of(std::string("\0\0\x08\xff", 4)), "x.idx: expected an idx file");
  expect_holds(refusal_of(std::string("\0\0\x0a\x01\0\0\0\0", 8)),
               "expected an idx element type (8, 9, 11, 12, 13 or 14), got 10");
}

TEST(Idx, RefusesSizesThatAreNotInTheFile) {
  EXPECT_EQ(refusal_of(std::string("\0\0\x08\x01\0\0\0\x03"
                                   "ab",
                                   10)),
            "x.idx: expected 3 bytes of data for uint8 of shape [3], got 2. Copy or download the "
            "file anew.");
  expect_holds(refusal_of(std::string("\0\0\x08\x01\0\0\0\x01"
                                      "ab",
                                      10)),
               "got more");
  expect_holds(refusal_of(std::string("\0\0\x08\x01\xff\xff\xff\xff", 8)),
               "expected sizes that fit the file, got the shape [4294967295] for 8 bytes at most");
  expect_holds(
      refusal_of(std::string("\0\0\x0e\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16)),
      "expected sizes that fit the file");
  expect_holds(refusal_of(std::string("\0\0\x0e\x03\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16)),
               "expected sizes that fit the file");
  expect_holds(refusal_of(std::string("\0\0\x08\x02\0\0\0\x01", 8)), "expected 2 sizes of axes");
}

TEST(Idx, SurvivesTruncationsAndMutations) {
  const auto read = [](const Bytes& bytes) { read_idx(bytes, "mutated"); };
  for (const char* name : {"int32.idx", "int32.idx.gz", "uint8.idx", "uint8.idx.gz"}) {
    const Bytes bytes = read_file(golden(name));
    expect_prefixes_refused(bytes, read);
    EXPECT_GT(count_refused_mutations(bytes, 2000, read), 100) << name;
  }
}

TEST(Gzip, ReadsPieceByPiece) {
  const Bytes packed = read_file(golden("float64.idx.gz"));
  const Bytes plain = read_file(golden("float64.idx"));
  GzipReader reader(packed, "x.gz");
  Bytes content;
  Bytes piece(7);
  for (size_t count = reader.read(piece); count > 0; count = reader.read(piece)) {
    content.insert(content.end(), piece.begin(),
                   piece.begin() + static_cast<std::ptrdiff_t>(count));
  }
  EXPECT_EQ(content, plain);
}

TEST(Gzip, JoinsMembersAndSkipsPadding) {
  Bytes twice = read_file(golden("uint8.idx.gz"));
  const Bytes once = twice;
  const Bytes plain = read_file(golden("uint8.idx"));
  twice.insert(twice.end(), once.begin(), once.end());
  twice.resize(twice.size() + 5);
  Bytes content(100);
  content.resize(GzipReader(twice, "x.gz").read(content));
  ASSERT_EQ(content.size(), 2 * plain.size());
  EXPECT_TRUE(std::equal(plain.begin(), plain.end(), content.begin() + 18));
  twice.push_back(std::byte{1});
  Bytes target(100);
  expect_holds(error_of<FileError>([&] { GzipReader(twice, "x.gz").read(target); }),
               "x.gz: expected the end of the gzip data, got 6 more bytes");
}

TEST(Gzip, FindsDamage) {
  Bytes packed = read_file(golden("uint8.idx.gz"));
  packed[packed.size() - 6] ^= std::byte{1};  // in the check sum
  Bytes target(100);
  expect_holds(error_of<FileError>([&] { GzipReader(packed, "x.gz").read(target); }),
               "expected intact gzip data, got 'incorrect data check'");
  expect_holds(error_of<FileError>([&] { GzipReader(bytes_of("text"), "x.gz"); }),
               "x.gz: expected a gzip file, got other bytes. Check the path.");
}

}  // namespace
}  // namespace keratin::tests
