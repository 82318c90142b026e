// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/npz.h"

#include "keratin/io/zip.h"
#include "tests/io/support.h"

namespace keratin::tests {
namespace {

NamedArrays expected_items() {
  return {{"a", golden_values(DType::int32, Shape{2, 3})},
          {"b/kernel", golden_values(DType::float32, Shape{4})},
          {"none", golden_values(DType::uint8, Shape{0, 2})},
          {"zeros", Array::zeros(DType::float32, Shape{40, 50})}};
}

void expect_same(const NamedArrays& items, const NamedArrays& expected) {
  ASSERT_EQ(items.size(), expected.size());
  for (size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(items[i].first, expected[i].first);
    EXPECT_TRUE(same(items[i].second, expected[i].second)) << items[i].first;
  }
}

TEST(Npz, ReadsWhatNumpySaves) {
  expect_same(read_npz(golden("stored.npz")), expected_items());
  expect_same(read_npz(golden("deflated.npz")), expected_items());
  expect_same(read_npz(read_file(golden("deflated.npz")), "memory"), expected_items());
}

TEST(Npz, WhatIsWrittenComesBack) {
  const TemporaryFolder folder;
  for (bool compressed : {false, true}) {
    write_npz(folder.path("x.npz"), expected_items(), compressed);
    expect_same(read_npz(folder.path("x.npz")), expected_items());
    EXPECT_EQ(read_file(folder.path("x.npz")).size() > 8000, !compressed);
  }
  write_npz(folder.path("x.npz"), {});
  EXPECT_TRUE(read_npz(folder.path("x.npz")).empty());
}

// KERATIN_NUMPY_PYTHON names a Python that has NumPy.
TEST(NpzInterop, NumpyReadsWhatIsWritten) {
  const char* python = std::getenv("KERATIN_NUMPY_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "set KERATIN_NUMPY_PYTHON to a Python with NumPy";
  const TemporaryFolder folder;
  for (bool compressed : {false, true}) {
    write_npz(folder.path("x.npz"), expected_items(), compressed);
    const std::string program =
        "import numpy as np\n"
        "ours = np.load('" +
        folder.path("x.npz") +
        "')\n"
        "theirs = np.load('" +
        golden("stored.npz") +
        "')\n"
        "assert list(ours) == list(theirs), list(ours)\n"
        "for key in theirs:\n"
        "  assert ours[key].dtype == theirs[key].dtype\n"
        "  np.testing.assert_array_equal(ours[key], theirs[key])\n";
    EXPECT_EQ(std::system((std::string(python) + " -c \"" + program + "\"").c_str()), 0);
  }
}

TEST(Npz, RefusesTheSameNameTwice) {
  const TemporaryFolder folder;
  const Array one = Array::scalar<float>(1);
  EXPECT_EQ(error_of<ValueError>([&] {
              write_npz(folder.path("x.npz"), {{"a", one}, {"a", one}});
            }),
            "write_npz: expected each name once, got 'a' twice. Rename one.");
  ZipWriter writer(folder.path("x.npz"));
  writer.add("a", npy_bytes(one));
  writer.add("a.npy", npy_bytes(one));
  writer.commit();
  expect_holds(error_of<FileError>([&] { read_npz(folder.path("x.npz")); }), "got 'a' twice");
}

TEST(Npz, NamesArchiveAndMemberOfAnError) {
  const TemporaryFolder folder;
  ZipWriter writer(folder.path("x.npz"));
  const ByteView text = bytes_of("not an array");
  writer.add("readme.txt", Bytes(text.begin(), text.end()));
  writer.commit();
  expect_holds(error_of<FileError>([&] { read_npz(folder.path("x.npz")); }),
               "x.npz[readme.txt]: expected the bytes of an .npy file, got `not an a`.");
}

TEST(Npz, ReadsBfloat16WhenTold) {
  const TemporaryFolder folder;
  const NamedArrays items = {{"w", golden_values(DType::bfloat16, Shape{2, 3})}};
  write_npz(folder.path("x.npz"), items);
  expect_same(read_npz(folder.path("x.npz"), {.bfloat16 = true}), items);
  EXPECT_THROW(read_npz(folder.path("x.npz")), FileError);
}

TEST(Npz, SurvivesTruncationsAndMutations) {
  const auto read = [](const Bytes& bytes) { read_npz(bytes, "mutated"); };
  for (const char* name : {"deflated.npz", "stored.npz"}) {
    const Bytes bytes = read_file(golden(name));
    expect_prefixes_refused(bytes, read);
    EXPECT_GT(count_refused_mutations(bytes, 2000, read), 500) << name;
  }
}

}  // namespace
}  // namespace keratin::tests
