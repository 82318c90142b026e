// SPDX-License-Identifier: Apache-2.0
// Files that are damaged, or made to do harm.
#include <cstring>

#include "keratin/io/hdf5.h"
#include "tests/io/hdf5_support.h"

namespace keratin::tests {
namespace {

std::string refusal(const std::string& name) {
  const std::string path = golden_hdf5(name);
  const std::string text = error_of<FileError>([&] {
    const Hdf5Group root = read_hdf5(path);
    for (const auto& [key, dataset] : root.datasets) dataset.read();
  });
  EXPECT_TRUE(text.starts_with(path)) << text;
  return text.substr(std::min(path.size(), text.size()));
}

TEST(Hdf5Hostile, RefusesWhatLiesElsewhere) {
  const std::string own =
      ": expected data that lies in the file itself as h5py writes it by "
      "default, got ";
  const std::string advice = ". Write the file anew with Keras.";
  const std::string newer = "the newer format of `libver=\"latest\"` (superblock 3)";
  EXPECT_EQ(refusal("refused_soft_link"), "/b" + own + "a soft link" + advice);
  EXPECT_EQ(refusal("refused_external_link"), "/b" + own + "an external link" + advice);
  EXPECT_EQ(refusal("refused_external_storage"),
            "/a" + own + "external storage, which lies in other files" + advice);
  EXPECT_EQ(refusal("refused_fill_value"),
            "/a" + own + "elements that were never written" + advice);
  EXPECT_EQ(refusal("refused_ordered_soft_link"), "/g/b" + own + "a soft link" + advice);
  EXPECT_EQ(refusal("refused_ordered_external_link"), "/g/b" + own + "an external link" + advice);
  EXPECT_EQ(refusal("refused_ordered_many"),
            "/g" + own + "a group of the format of HDF5 1.8" + advice);
  // Some of the elements are there, in one chunk or in all but one.
  for (const char* name :
       {"refused_fill_bytes", "refused_fill_chunks", "refused_fill_last_chunk"}) {
    EXPECT_EQ(refusal(name), "/a" + own + "elements that were never written" + advice);
  }
  EXPECT_EQ(refusal("refused_latest"), own + newer + advice);
  EXPECT_EQ(refusal("refused_virtual"), own + newer + advice);
}

TEST(Hdf5Hostile, RefusesCyclesAndSecondLinks) {
  const std::string reason =
      ": expected each object in one place, got a second link to it. Write "
      "the file anew with Keras.";
  EXPECT_EQ(refusal("refused_hard_link"), "/b" + reason);
  EXPECT_EQ(refusal("refused_cycle"), "/a/again" + reason);
}

TEST(Hdf5Hostile, RefusesBombsAndUnknownFilters) {
  EXPECT_EQ(refusal("refused_bomb"),
            "/a: expected an array to grow at most 1100 times, got 4398046511104 bytes out of 0. "
            "The file is damaged or hostile.");
  EXPECT_EQ(refusal("refused_lzf"),
            "/a: expected plain data, or gzip and shuffle, got the filter 32000. Write the array "
            "without it.");
}

TEST(Hdf5Hostile, RefusesToReadWhatIsNoNumber) {
  const std::string advice = ". Keep only numbers in arrays.";
  const std::string numbers = "/a: expected an array of numbers, got ";
  EXPECT_EQ(refusal("refused_texts"), numbers + "texts" + advice);
  EXPECT_EQ(refusal("refused_records"), numbers + "records with named fields" + advice);
  EXPECT_EQ(refusal("refused_bytes"), numbers + "two bytes without a type" + advice);
}

TEST(Hdf5Hostile, NamesWhatIsNoHdf5File) {
  EXPECT_EQ(error_of<FileError>([] { read_hdf5(Bytes(), "x.h5"); }),
            "x.h5: expected an HDF5 file, got other bytes. Check the path.");
  EXPECT_EQ(error_of<FileError>([] { read_hdf5(Bytes(4096), "x.h5"); }),
            "x.h5: expected an HDF5 file, got other bytes. Check the path.");
}

TEST(Hdf5Hostile, RefusesEveryBeginning) {
  for (const char* name : {"attributes", "types"}) {
    expect_prefixes_refused(read_file(golden_hdf5(name)),
                            [](Bytes bytes) { read_all(read_hdf5(std::move(bytes), "x.h5")); });
  }
}

TEST(Hdf5Hostile, SurvivesEveryChangedByte) {
  for (const char* name : {"attributes", "refused_cycle", "refused_lzf", "refused_external_link"}) {
    const Bytes bytes = read_file(golden_hdf5(name));
    for (size_t at = 0; at < bytes.size(); ++at) {
      for (const int change : {0x01, 0x80, 0xff}) {
        Bytes changed = bytes;
        changed[at] ^= static_cast<std::byte>(change);
        try {
          read_all(read_hdf5(std::move(changed), "x.h5"));
        } catch (const FileError&) {
          continue;
        }
      }
    }
  }
}

TEST(Hdf5Hostile, SurvivesRandomDamage) {
  for (const char* name : {"layouts", "types", "attributes"}) {
    const Bytes bytes = read_file(golden_hdf5(name));
    std::mt19937_64 random(2024);
    for (int run = 0; run < 1000; ++run) {
      Bytes changed = bytes;
      for (uint64_t change = random() % 6; change < 6; ++change) {
        // Whole numbers are changed, such as addresses, sizes and counts.
        const size_t at = random() % (changed.size() - 8);
        const uint64_t value = random() % 2 == 0 ? random() : random() % changed.size();
        std::memcpy(changed.data() + at, &value, random() % 9);
      }
      try {
        read_all(read_hdf5(std::move(changed), "x.h5"));
      } catch (const FileError&) {
        continue;
      }
    }
  }
}

}  // namespace
}  // namespace keratin::tests
