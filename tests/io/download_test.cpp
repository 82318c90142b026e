// SPDX-License-Identifier: Apache-2.0
// Everything is fetched from file:// addresses or from a server on 127.0.0.1 within the test.
#include "keratin/io/download.h"

#include <iostream>

#include "tests/io/support.h"
#include "tests/support/local_server.h"

namespace keratin::tests {
namespace {

using testing_support::LocalServer;

constexpr const char* hash_of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

std::string data_of(const LocalServer& server) { return server.root() + "/data/x.bin"; }

class Download : public testing::Test {
 protected:
  Download() { write_file_atomically(folder_.path("abc.txt"), bytes_of("abc")); }

  std::string url(const std::string& name) const { return "file://" + folder_.path(name); }
  std::string text(const std::string& path) const { return std::string(text_of(read_file(path))); }
  /// Returns the error of a download whose server gives `answer`.
  std::string refusal(const std::string& answer) const {
    const LocalServer server(answer);
    return error_of<FileError>([&] { download(data_of(server), folder_.path("got"), quiet_); });
  }

  TemporaryFolder folder_;
  DownloadOptions quiet_{.verbose = false};
  ScopedVariable no_proxy_{"no_proxy", "*"};
};

TEST_F(Download, FetchesAFileAndChecksItsHash) {
  download(url("abc.txt"), folder_.path("got"), {.file_hash = hash_of_abc, .verbose = false});
  EXPECT_EQ(text(folder_.path("got")), "abc");
  download(url("abc.txt"), folder_.path("got"),
           {.file_hash = "900150983CD24FB0D6963F7D28E17F72", .verbose = false});
  EXPECT_EQ(folder_.count(), 2u);
}

TEST_F(Download, AWrongHashLeavesNoFile) {
  const std::string wrong(64, '0');
  EXPECT_EQ(error_of<FileError>([&] {
              download(url("abc.txt"), folder_.path("got"), {.file_hash = wrong, .verbose = false});
            }),
            url("abc.txt") + ": expected a file with the hash " + wrong + ", got " + hash_of_abc +
                ". The file is incomplete, damaged or another one; try again.");
  EXPECT_EQ(folder_.count(), 1u);
}

TEST_F(Download, NamesTheAddressThatIsMissing) {
  EXPECT_EQ(error_of<FileError>([&] { download(url("none"), folder_.path("got"), quiet_); }),
            url("none") +
                ": expected a file at this address, got none that can be read. Check the "
                "address.");
  expect_holds(error_of<FileError>([&] { download("gopher://x/y", folder_.path("got"), quiet_); }),
               "gopher://x/y: expected to download the file, got '");
  EXPECT_EQ(folder_.count(), 1u);
}

TEST_F(Download, FetchesOverHttp) {
  const LocalServer server("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
  download(data_of(server), folder_.path("got"), {.file_hash = hash_of_abc, .verbose = false});
  EXPECT_EQ(text(folder_.path("got")), "abc");
}

TEST_F(Download, RefusesErrorPagesCutFilesAndRedirectionsToFiles) {
  expect_holds(refusal("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"),
               "/data/x.bin: expected a file at this address, got HTTP status 404. Check the "
               "address.");
  expect_holds(refusal("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nonly a part"),
               "expected the whole file, got a connection that ended before");
  expect_holds(refusal("HTTP/1.1 302 Found\r\nLocation: " + url("abc.txt") +
                       "\r\nContent-Length: 0\r\n\r\n"),
               "expected to download the file, got '");
  EXPECT_EQ(folder_.count(), 1u);
}

TEST_F(Download, TellsThatThereIsNoNetwork) {
  // The port of a server that has gone is closed.
  const std::string closed = data_of(LocalServer(""));
  expect_holds(error_of<FileError>([&] { download(closed, folder_.path("got"), quiet_); }),
               closed + ": expected to download the file, got '");
}

// A new process looks for libraries where LD_LIBRARY_PATH says.
TEST(DownloadDeathTest, SaysWhyThereIsNoLibcurl) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const TemporaryFolder folder;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl-nss.so.4"}) {
    write_file_atomically(folder.path(name), bytes_of("no library"));
  }
  const ScopedVariable libraries("LD_LIBRARY_PATH", folder.path());
  EXPECT_EXIT(
      {
        std::cerr << error_of<UnsupportedError>(
            [&] { download("file:///etc/passwd", folder.path("got"), {.verbose = false}); });
        std::exit(0);
      },
      testing::ExitedWithCode(0),
      "libcurl: expected libcurl.so.4, which reaches the network, got '/.*/libcurl.so.4: .+'. "
      "Install libcurl4.");
}

TEST_F(Download, SaysOnStderrWhatItDownloads) {
  testing::internal::CaptureStderr();
  download(url("abc.txt"), folder_.path("got"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "Downloading data from " + url("abc.txt") + "\n");
}

TEST_F(Download, NamesTheFolderThatCannotBeWritten) {
  expect_holds(error_of<FileError>([&] { download(url("abc.txt"), "/no/such/got", quiet_); }),
               "/no/such/got: expected a file that can be written");
}

class GetFile : public Download {
 protected:
  std::string cached(const std::string& name) const {
    return folder_.path("home/datasets/" + name);
  }
  ScopedVariable home_{"KERAS_HOME", folder_.path("home")};
};

TEST_F(GetFile, DownloadsIntoTheCacheOnce) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(utils::get_file("x.txt", url("abc.txt")), cached("x.txt"));
  EXPECT_EQ(text(cached("x.txt")), "abc");
  EXPECT_EQ(utils::get_file("x.txt", url("none")), cached("x.txt"));
  EXPECT_EQ(utils::get_file("", url("abc.txt"), {.cache_subdir = "a/b"}),
            folder_.path("home/a/b/abc.txt"));
  EXPECT_EQ(utils::get_file("", url("abc.txt"), {.cache_dir = folder_.path("other")}),
            folder_.path("other/datasets/abc.txt"));
  testing::internal::GetCapturedStderr();
}

TEST_F(GetFile, FetchesAFileWithTheWrongHashAgain) {
  std::filesystem::create_directories(folder_.path("home/datasets"));
  write_file_atomically(cached("x.txt"), bytes_of("outdated"));
  testing::internal::CaptureStderr();
  EXPECT_EQ(utils::get_file("x.txt", url("abc.txt"), {.file_hash = hash_of_abc}), cached("x.txt"));
  EXPECT_EQ(text(cached("x.txt")), "abc");
  expect_holds(testing::internal::GetCapturedStderr(),
               "A local file was found, but its hash is not " + std::string(hash_of_abc));
  EXPECT_EQ(utils::get_file("x.txt", url("none"), {.file_hash = hash_of_abc}), cached("x.txt"));
}

TEST_F(GetFile, KeepsTheOldFileWhenTheNewOneIsWrong) {
  std::filesystem::create_directories(folder_.path("home/datasets"));
  write_file_atomically(cached("x.txt"), bytes_of("old"));
  testing::internal::CaptureStderr();
  EXPECT_THROW(utils::get_file("x.txt", url("abc.txt"), {.file_hash = std::string(64, 'a')}),
               FileError);
  EXPECT_EQ(text(cached("x.txt")), "old");
  utils::get_file("x.txt", url("abc.txt"), {.force_download = true});
  EXPECT_EQ(text(cached("x.txt")), "abc");
  testing::internal::GetCapturedStderr();
}

TEST_F(GetFile, RefusesWrongNames) {
  EXPECT_EQ(error_of<ValueError>([&] { utils::get_file("a/x.txt", url("abc.txt")); }),
            "get_file: expected `fname` to be a name without folders, got 'a/x.txt'. Give the "
            "folder as `cache_dir` or `cache_subdir`.");
  EXPECT_EQ(error_of<ValueError>([&] { utils::get_file("x", ""); }),
            "get_file: expected `origin`, the address of the file, got an empty text. Give it.");
  for (const char* address :
       {"https://host", "https://host/", "https://host/?a=/b", "file:///.."}) {
    EXPECT_EQ(error_of<ValueError>([&] { utils::get_file("", address); }),
              std::string("get_file: expected a file name in the address, got '") + address +
                  "'. Give `fname`.");
  }
}

TEST_F(GetFile, TheCacheIsKerasHome) {
  EXPECT_EQ(keras_home(), folder_.path("home"));
  const ScopedVariable unset("KERAS_HOME", "");
  const ScopedVariable home("HOME", "/home/somebody");
  EXPECT_EQ(keras_home(), "/home/somebody/.keras");
}

}  // namespace
}  // namespace keratin::tests
