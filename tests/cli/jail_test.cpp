// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/jail.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "tests/cli/support.h"

namespace keratin::tests {
namespace {

using cli::JailResult;
using cli::run_in_jail;

std::string outcome(bool allowed) { return allowed ? "allowed" : "refused"; }

TEST(Jail, ReadsItsFileAndWritesNone) {
  if (KERATIN_IS_SANITIZED) GTEST_SKIP() << "a sanitizer's runtime does what the jail refuses";
  const Workshop shop;
  const std::string path = shop.path("x.csv");
  EXPECT_EQ(run_in_jail(path, {}, [&] { return outcome(std::ifstream(path).good()); }).text,
            "allowed");
  EXPECT_EQ(run_in_jail(path, {}, [&] { return outcome(std::ofstream(path).good()); }).text,
            "refused");
  EXPECT_EQ(
      run_in_jail(path, {}, [&] { return outcome(std::ofstream(shop.path("new")).good()); }).text,
      "refused");
  EXPECT_EQ(shop.text("x.csv"), "a,b\n1,2\n3, \"4\"\n");
}

TEST(Jail, StartsNothingReachesNothingDeletesNothing) {
  if (KERATIN_IS_SANITIZED) GTEST_SKIP() << "a sanitizer's runtime does what the jail refuses";
  const Workshop shop;
  const std::string path = shop.path("x.csv");
  EXPECT_EQ(run_in_jail(path, {}, [] { return outcome(fork() >= 0); }).text, "refused");
  EXPECT_EQ(
      run_in_jail(path, {}, [] { return outcome(execl("/bin/true", "true", nullptr) == 0); }).text,
      "refused");
  EXPECT_EQ(
      run_in_jail(path, {}, [] { return outcome(socket(AF_INET, SOCK_STREAM, 0) >= 0); }).text,
      "refused");
  EXPECT_EQ(run_in_jail(path, {}, [&] { return outcome(unlink(path.c_str()) == 0); }).text,
            "refused");
}

TEST(Jail, TellsErrorsAndDeaths) {
  if (KERATIN_IS_SANITIZED) GTEST_SKIP() << "a sanitizer's runtime does what the jail refuses";
  const JailResult error =
      run_in_jail("x", {}, []() -> std::string { throw std::runtime_error("no"); });
  EXPECT_FALSE(error.succeeded);
  EXPECT_EQ(error.text, "no");
  const JailResult death = run_in_jail("x", {}, []() -> std::string {
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
  });
  EXPECT_FALSE(death.succeeded);
  EXPECT_EQ(death.text, "x: its reader was ended by the signal Aborted.");
}

}  // namespace
}  // namespace keratin::tests
