// SPDX-License-Identifier: Apache-2.0
// Saving that is cut off: by a kill, a full disk, a folder without rights, calls that fail. The old
// file or the new one is there afterwards, whole.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "tests/model/saving/support.h"

namespace keratin::tests {
namespace {

Model model_of(double value) {
  const std::string initializer = value == 0.0 ? "zeros" : "ones";
  return models::Sequential(
      {layers::Input({40}), layers::Dense(60, {.kernel_initializer = initializer})});
}

// Runs `work` in a process of its own and returns what its Error says, or "saved".
template <class Work>
std::string in_child(Work&& work) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    std::string said = "saved";
    try {
      work();
    } catch (const Error& error) {
      said = error.what();
    }
    ::signal(SIGXFSZ, SIG_IGN);
    const ssize_t count = ::write(ends[1], said.data(), said.size());
    ::_exit(count == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[512];
  for (ssize_t count; (count = ::read(ends[0], buffer, sizeof(buffer))) > 0;) {
    said.append(buffer, static_cast<size_t>(count));
  }
  ::close(ends[0]);
  int code = 0;
  ::waitpid(child, &code, 0);
  return code == 0 ? said : "crashed";
}

// Lets the process write `bytes` to a file at most; the next byte is an error, as on a full disk.
void limit_files_to(size_t bytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

// Makes the kernel answer one call with EIO from now on.
void fail_call(uint32_t number) {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) ::_exit(1);
}

class AtomicSave : public testing::TestWithParam<const char*> {
 protected:
  AtomicSave() { old_.save(path_); }

  void expect_the_old_file_alone() const {
    EXPECT_EQ(folder_.count(), 1u);
    EXPECT_TRUE(same_weights(models::load_model(path_), old_));
  }

  SavingFolder folder_;
  Model old_ = model_of(0.0);
  Model new_ = model_of(1.0);
  std::string path_ = folder_.path(GetParam());
};

TEST_P(AtomicSave, AFullDiskLeavesTheOldFile) {
  const size_t size = std::filesystem::file_size(path_);
  for (size_t limit = 0; limit < size; limit += std::max<size_t>(size / 40, 1)) {
    const std::string said = in_child([&] {
      limit_files_to(limit);
      new_.save(path_);
    });
    EXPECT_TRUE(said.starts_with(path_ + ": expected ")) << limit << ": " << said;
    expect_the_old_file_alone();
  }
  const std::string said = in_child([&] {
    limit_files_to(size + 100);  // names of layers have a number that grows
    new_.save(path_);
  });
  EXPECT_EQ(said, "saved");
  EXPECT_TRUE(same_weights(models::load_model(path_), new_));
}

TEST_P(AtomicSave, CallsThatFailLeaveTheOldFile) {
  for (const uint32_t call : {SYS_fsync, SYS_rename}) {
    const std::string said = in_child([&] {
      fail_call(call);
      new_.save(path_);
    });
    EXPECT_TRUE(said.starts_with(path_ + ": expected ")) << said;
    EXPECT_NE(said.find("Input/output error"), std::string::npos) << said;
    expect_the_old_file_alone();
  }
}

TEST_P(AtomicSave, AFolderWithoutRightsIsAnError) {
  std::filesystem::permissions(std::filesystem::path(path_).parent_path(),
                               std::filesystem::perms(0555));
  const std::string said = in_child([&] {
    // Root may write anywhere.
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(1);
    new_.save(path_);
  });
  std::filesystem::permissions(std::filesystem::path(path_).parent_path(),
                               std::filesystem::perms(0755));
  EXPECT_EQ(said, path_ +
                      ": expected a file that can be written, got 'Permission denied'. Check the "
                      "folder, its access rights and the space that is left.");
  expect_the_old_file_alone();
}

TEST_P(AtomicSave, AKillLeavesAWholeFile) {
  std::minstd_rand random(7);
  for (int round = 0; round < 25; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (;;) {
        new_.save(path_);
        old_.save(path_);
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const Model loaded = models::load_model(path_);
    EXPECT_TRUE(same_weights(loaded, old_) || same_weights(loaded, new_)) << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, AtomicSave, testing::Values("a.keras", "a.h5"),
                         [](const auto& it) { return std::string(it.param).substr(2); });

}  // namespace
}  // namespace keratin::tests
