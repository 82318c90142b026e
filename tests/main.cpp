// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#if defined(__SANITIZE_THREAD__)
// A forked child starts a pool of its own.
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
#endif

// Exit code 77 makes ctest show the suite as skipped: a test that could not run is seen.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (RUN_ALL_TESTS() != 0) {
    return 1;
  }
  return testing::UnitTest::GetInstance()->skipped_test_count() > 0 ? 77 : 0;
}
