// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/file.h"

#include <sys/stat.h>

#include "tests/io/support.h"

namespace keratin::tests {
namespace {

std::string text_in(const std::string& path) { return std::string(text_of(read_file(path))); }

TEST(File, WhatIsWrittenIsRead) {
  const TemporaryFolder folder;
  for (const std::string& text :
       {std::string(), std::string("a\0b\n", 4), std::string(1 << 20, 'x')}) {
    write_file_atomically(folder.path("x"), bytes_of(text));
    EXPECT_EQ(text_in(folder.path("x")), text);
  }
  EXPECT_EQ(folder.count(), 1u);
}

TEST(File, NamesWhatCannotBeRead) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of<FileError>([] { read_file("/no/such/file"); }),
            "/no/such/file: expected a file that can be read, got 'No such file or directory'. "
            "Check the path.");
  expect_holds(error_of<FileError>([&] { read_file(folder.path()); }), "got 'not a regular file'");
  expect_holds(error_of<FileError>([&] { read_file("/dev/zero"); }), "got 'not a regular file'");
}

TEST(File, NamesWhatCannotBeWritten) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of<FileError>([] { write_file_atomically("/no/such/file", {}); }),
            "/no/such/file: expected a file that can be written, got 'No such file or directory'. "
            "Check the folder, its access rights and the space that is left.");
  expect_holds(error_of<FileError>([&] { write_file_atomically(folder.path(), {}); }),
               "got 'not a regular file'");
  expect_holds(error_of<FileError>([&] { write_file_atomically("/dev/null", {}); }),
               "got 'not a regular file'");
}

TEST(File, TheOldFileStaysUntilTheNewOneIsComplete) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path("x"), bytes_of("old"));
  {
    AtomicFile file(folder.path("x"));
    file.write(bytes_of("half of the n"));
    EXPECT_EQ(text_in(folder.path("x")), "old");
    EXPECT_EQ(folder.count(), 2u);
  }
  EXPECT_EQ(text_in(folder.path("x")), "old");
  EXPECT_EQ(folder.count(), 1u);
  AtomicFile file(folder.path("x"));
  file.write(bytes_of("ne"));
  file.write(bytes_of("w"));
  file.commit();
  EXPECT_EQ(text_in(folder.path("x")), "new");
  EXPECT_EQ(folder.count(), 1u);
}

TEST(File, KeepsAccessRightsAndLinks) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path("x"), bytes_of("old"));
  ::chmod(folder.path("x").c_str(), 0640);
  std::filesystem::create_symlink("x", folder.path("link"));
  write_file_atomically(folder.path("link"), bytes_of("new"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link")));
  EXPECT_EQ(text_in(folder.path("x")), "new");
  struct stat info {};
  ::stat(folder.path("x").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777u, 0640u);
}

TEST(File, TwoWritersOfOneFileDoNotMix) {
  const TemporaryFolder folder;
  AtomicFile first(folder.path("x"));
  AtomicFile second(folder.path("x"));
  first.write(bytes_of("first"));
  second.write(bytes_of("second"));
  second.commit();
  first.commit();
  EXPECT_EQ(text_in(folder.path("x")), "first");
  EXPECT_EQ(folder.count(), 1u);
}

TEST(File, TextAndBytesAreViewsOfEachOther) {
  const std::string text = "abc";
  EXPECT_EQ(bytes_of(text).size(), 3u);
  EXPECT_EQ(static_cast<const void*>(bytes_of(text).data()), text.data());
  EXPECT_EQ(text_of(bytes_of(text)), text);
}

}  // namespace
}  // namespace keratin::tests
