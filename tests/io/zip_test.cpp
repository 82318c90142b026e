// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/zip.h"

#include "tests/io/support.h"

namespace keratin::tests {
namespace {

Bytes text_bytes(std::string_view text) {
  const ByteView view = bytes_of(text);
  return Bytes(view.begin(), view.end());
}

/// Puts a number into `bytes`, least significant byte first.
void put(Bytes& bytes, size_t at, uint64_t value, size_t count) {
  for (size_t i = 0; i < count; ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
}

size_t find(const Bytes& bytes, std::string_view what, size_t from = 0) {
  return text_of(bytes).find(what, from);
}

/// Returns an archive of two members with names of one letter.
Bytes small_archive(bool compressed) {
  const TemporaryFolder folder;
  ZipWriter writer(folder.path("x.zip"));
  writer.add("a", text_bytes("the first member, the first member, the first member"), compressed);
  writer.add("b", text_bytes("the second"), compressed);
  writer.commit();
  return read_file(folder.path("x.zip"));
}

std::string refusal_of(const Bytes& bytes, const ZipLimits& limits = {}) {
  return error_of<FileError>([&] { ZipReader(bytes, "x.zip", limits); });
}

TEST(Zip, MembersComeBackInTheirOrder) {
  const TemporaryFolder folder;
  ZipWriter writer(folder.path("x.zip"));
  writer.add("z.txt", text_bytes("stored"));
  writer.add("folder/\xc3\xa4.bin", Bytes(100'000, std::byte{7}), true);
  writer.add("empty", {});
  writer.commit();
  ZipReader reader(folder.path("x.zip"));
  ASSERT_EQ(reader.entries().size(), 3u);
  EXPECT_EQ(reader.entries()[0].name, "z.txt");
  EXPECT_FALSE(reader.entries()[0].compressed);
  EXPECT_EQ(reader.entries()[1].name, "folder/\xc3\xa4.bin");
  EXPECT_TRUE(reader.entries()[1].compressed);
  EXPECT_LT(reader.entries()[1].stored_size, 1000u);
  EXPECT_EQ(reader.read("z.txt"), text_bytes("stored"));
  EXPECT_EQ(reader.read("folder/\xc3\xa4.bin"), Bytes(100'000, std::byte{7}));
  EXPECT_EQ(reader.read("empty"), Bytes());
  EXPECT_TRUE(reader.has("empty"));
  EXPECT_FALSE(reader.has("full"));
  EXPECT_EQ(folder.count(), 1u);
}

TEST(Zip, EqualContentGivesEqualBytes) {
  EXPECT_EQ(small_archive(false), small_archive(false));
  EXPECT_EQ(small_archive(true), small_archive(true));
}

TEST(Zip, NothingAppearsWithoutCommit) {
  const TemporaryFolder folder;
  {
    ZipWriter writer(folder.path("x.zip"));
    writer.add("a", text_bytes("lost"));
  }
  EXPECT_EQ(folder.count(), 0u);
}

TEST(Zip, RefusesAMemberThatIsAddedTwice) {
  const TemporaryFolder folder;
  ZipWriter writer(folder.path("x.zip"));
  writer.add("a", text_bytes("1"));
  expect_holds(error_of<FileError>([&] { writer.add("a", text_bytes("2")); }), "for 'a'");
}

TEST(Zip, NamesTheMemberThatIsMissing) {
  ZipReader reader(small_archive(false), "x.zip");
  EXPECT_EQ(error_of<FileError>([&] { reader.read("c"); }),
            "x.zip: expected a member 'c', got none of that name. Check the archive.");
}

TEST(Zip, RefusesWhatIsNoArchive) {
  expect_holds(error_of<FileError>([] { ZipReader("/no/such.zip"); }), "/no/such.zip: expected");
  expect_holds(refusal_of(text_bytes("plain text")), "x.zip: expected a zip archive, got '");
  expect_holds(refusal_of({}), "x.zip: expected a zip archive, got '");
}

TEST(Zip, RefusesDuplicateNames) {
  Bytes bytes = small_archive(false);
  const size_t second = find(bytes, "PK\x01\x02", find(bytes, "PK\x01\x02") + 1);
  bytes[second + 46] = std::byte{'a'};
  expect_holds(refusal_of(bytes), "expected each name once, got 'a' twice");
}

TEST(Zip, RefusesOverlappingMembers) {
  Bytes bytes = small_archive(false);
  const size_t second = find(bytes, "PK\x01\x02", find(bytes, "PK\x01\x02") + 1);
  put(bytes, second + 20, bytes.size() - 10, 4);
  put(bytes, second + 24, bytes.size() - 10, 4);
  expect_holds(refusal_of(bytes), "got overlapping ones");
}

TEST(Zip, RefusesImplausibleSizes) {
  Bytes bytes = small_archive(true);
  const size_t first = find(bytes, "PK\x01\x02");
  put(bytes, first + 24, 3'000'000, 4);
  expect_holds(refusal_of(bytes), "expected 'a' to grow at most 1100 times, got 3000000 bytes");
  bytes = small_archive(false);
  put(bytes, find(bytes, "PK\x01\x02") + 24, 3'000, 4);
  expect_holds(refusal_of(bytes), "expected sizes that fit the archive for 'a'");
}

TEST(Zip, RefusesWhatIsBeyondTheLimits) {
  expect_holds(refusal_of(small_archive(false), {.max_entries = 1}),
               "expected at most 1 members, got 2");
  expect_holds(refusal_of(small_archive(false), {.max_total_bytes = 60}),
               "to hold a plausible amount of data, got 62 bytes");
  const TemporaryFolder folder;
  ZipWriter writer(folder.path("x.zip"));
  writer.add("zeros", Bytes(1'000'000), true);
  writer.commit();
  const Bytes bomb = read_file(folder.path("x.zip"));
  EXPECT_EQ(ZipReader(bomb, "x.zip").read("zeros").size(), 1'000'000u);
  expect_holds(refusal_of(bomb, {.large_bytes = 900'000}), "to hold a plausible amount of data");
}

TEST(Zip, RefusesAMillionAnnouncedMembersBeforeReadingThem) {
  Bytes bytes = small_archive(false);
  Bytes record(56);
  std::copy_n(bytes_of("PK\x06\x06").begin(), 4, record.begin());
  put(record, 32, 1'000'000, 8);
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(find(bytes, "PK\x05\x06")),
               record.begin(), record.end());
  expect_holds(refusal_of(bytes), "expected at most 65535 members, got 1000000");
}

TEST(Zip, RefusesEncryptedMembersAndOtherMethods) {
  Bytes bytes = small_archive(false);
  put(bytes, find(bytes, "PK\x01\x02") + 8, 1, 2);
  expect_holds(refusal_of(bytes), "got the encrypted 'a'. Remove the password.");
  bytes = small_archive(false);
  put(bytes, find(bytes, "PK\x01\x02") + 10, 12, 2);
  expect_holds(refusal_of(bytes), "got method 12 for 'a'");
}

TEST(Zip, FindsEveryFlippedBitOfStoredData) {
  const Bytes bytes = small_archive(false);
  const size_t begin = find(bytes, "the first");
  for (size_t bit = 0; bit < 8 * 51; ++bit) {
    Bytes mutated = bytes;
    mutated[begin + bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    ZipReader reader(mutated, "x.zip");
    EXPECT_EQ(error_of<FileError>([&] { reader.read("a"); }),
              "x.zip[a]: expected intact data, got 'CRC error'. Copy the file anew.");
  }
}

TEST(Zip, SurvivesTruncationsAndMutations) {
  const auto read_all = [](const Bytes& bytes) {
    ZipReader reader(bytes, "x.zip");
    for (const ZipEntry& entry : reader.entries()) reader.read(entry.name);
  };
  for (bool compressed : {false, true}) {
    const Bytes bytes = small_archive(compressed);
    expect_prefixes_refused(bytes, read_all);
    const int refused = count_refused_mutations(bytes, 2000, read_all);
    EXPECT_GT(refused, 500);
    EXPECT_LT(refused, 2000);
  }
}

}  // namespace
}  // namespace keratin::tests
