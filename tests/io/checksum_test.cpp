// SPDX-License-Identifier: Apache-2.0
// Known answers: FIPS 180-4 and RFC 1321, and Python's hashlib for the lengths around a block.
#include "keratin/io/checksum.h"

#include "tests/io/support.h"

namespace keratin::tests {
namespace {

TEST(Checksum, Sha256GivesTheKnownAnswers) {
  EXPECT_EQ(sha256_of({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of(bytes_of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_of(Bytes(1'000'000, std::byte{'a'})),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Checksum, Md5GivesTheKnownAnswers) {
  EXPECT_EQ(md5_of({}), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_of(bytes_of("a")), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(md5_of(bytes_of("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5_of(bytes_of("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(md5_of(bytes_of("1234567890123456789012345678901234567890123456789012345678901234567890"
                            "1234567890")),
            "57edf4a22be3c955ac49da2e2107b67a");
}

// The hash of the hashes of 0, 1, ... 299 letters 'x', as hashlib gives it.
TEST(Checksum, PadsEveryLengthRightly) {
  Sha256 all_sha256;
  Md5 all_md5;
  for (size_t length = 0; length < 300; ++length) {
    const Bytes text(length, std::byte{'x'});
    all_sha256.update(bytes_of(sha256_of(text)));
    all_md5.update(bytes_of(md5_of(text)));
  }
  EXPECT_EQ(all_sha256.hex_digest(),
            "3d495ac8356e73941898cd69a28db2416d82a39572f771b3306e99afe7e013e0");
  EXPECT_EQ(all_md5.hex_digest(), "c8cf0aebceae3562833d06d2c1f26d10");
}

TEST(Checksum, PiecesGiveTheHashOfTheWhole) {
  const Bytes whole = read_file(golden("keras_utils.npz"));
  for (size_t step : {1, 3, 63, 64, 65, 1000}) {
    Sha256 sha256;
    Md5 md5;
    for (size_t at = 0; at < whole.size(); at += step) {
      const ByteView piece = ByteView(whole).subspan(at, std::min(step, whole.size() - at));
      sha256.update(piece);
      md5.update(piece);
    }
    EXPECT_EQ(sha256.hex_digest(), sha256_of(whole)) << step;
    EXPECT_EQ(md5.hex_digest(), md5_of(whole)) << step;
  }
}

TEST(Checksum, ValidatesFilesByTheLengthOfTheHash) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path("abc"), bytes_of("abc"));
  EXPECT_TRUE(validate_file(folder.path("abc"), "900150983cd24fb0d6963f7d28e17f72"));
  EXPECT_TRUE(validate_file(folder.path("abc"), "900150983CD24FB0D6963F7D28E17F72", "md5"));
  EXPECT_TRUE(validate_file(folder.path("abc"),
                            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_FALSE(validate_file(folder.path("abc"), "900150983cd24fb0d6963f7d28e17f73"));
  EXPECT_FALSE(validate_file(folder.path("abc"), "900150983cd24fb0d6963f7d28e17f72", "sha256"));
  EXPECT_THROW(validate_file(folder.path("abd"), ""), FileError);
  EXPECT_EQ(
      error_of<ValueError>([&] { validate_file(folder.path("abc"), "", "crc"); }),
      "get_file: expected `hash_algorithm` auto, sha256 or md5, got 'crc'. Use one of these.");
}

}  // namespace
}  // namespace keratin::tests
