// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/jail.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <vector>

#include "keratin/base/check.h"

// GCC and clang say in their own ways that a sanitizer's runtime is in the program.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KERATIN_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KERATIN_IS_SANITIZED 1
#endif
#endif
#if !defined(KERATIN_IS_SANITIZED)
#define KERATIN_IS_SANITIZED 0
#endif

namespace keratin::cli {

namespace {

#if defined(__x86_64__)
constexpr uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t architecture = 0;
#endif

// What reading and parsing need: files, memory, locks, time, the end.
constexpr long allowed_calls[] = {
    SYS_read,
    SYS_pread64,
    SYS_readv,
    SYS_write,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_getdents64,
    SYS_fcntl,
    SYS_dup,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_futex,
    SYS_clock_gettime,
    SYS_getrandom,
    SYS_getpid,
    SYS_gettid,
    SYS_tgkill,
    SYS_exit,
    SYS_exit_group,
    SYS_rt_sigaction,
    SYS_rt_sigreturn,
    SYS_rt_sigprocmask,
    SYS_sched_getaffinity,
    SYS_sched_yield,
    SYS_sysinfo,
    SYS_uname,
#ifdef SYS_access
    SYS_access,
    SYS_stat,
    SYS_lstat,
    SYS_readlink,
#endif
    SYS_faccessat,
    SYS_readlinkat,
    SYS_getuid,
    SYS_geteuid,
};

void set_limit(int what, uint64_t value) {
  const rlimit limit{value, value};
  setrlimit(static_cast<decltype(RLIMIT_CPU)>(what), &limit);
}

void set_limits(const JailLimits& limits) {
#if !KERATIN_IS_SANITIZED
  set_limit(RLIMIT_AS, limits.memory_bytes);  // sanitizers map more than any limit
#endif
  set_limit(RLIMIT_CPU, limits.seconds);
  set_limit(RLIMIT_FSIZE, 0);
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_NPROC, 0);
}

// Lets the process reach nothing but `path` in the file system. Without Landlock in the kernel the
// filter below still keeps it from writing.
void allow_only(const std::string& path) {
  landlock_ruleset_attr rules{};
  rules.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                            LANDLOCK_ACCESS_FS_REMOVE_DIR;
  const auto set = static_cast<int>(syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0));
  if (set < 0) return;
  const int file = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (file >= 0) {
    landlock_path_beneath_attr rule{};
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    rule.parent_fd = file;
    struct stat status {};
    if (fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
      rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
    }
    syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(file);
  }
  syscall(SYS_landlock_restrict_self, set, 0);
  close(set);
}

// Returns whether the filter of system calls is in force.
bool filter_calls() {
  constexpr auto load = static_cast<uint16_t>(BPF_LD | BPF_W | BPF_ABS);
  constexpr auto equal = static_cast<uint16_t>(BPF_JMP | BPF_JEQ | BPF_K);
  constexpr auto any_bit = static_cast<uint16_t>(BPF_JMP | BPF_JSET | BPF_K);
  constexpr auto give = static_cast<uint16_t>(BPF_RET | BPF_K);
  constexpr uint32_t refuse = SECCOMP_RET_ERRNO | EPERM;
  constexpr uint32_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
  constexpr auto argument = [](size_t i) {
    return static_cast<uint32_t>(offsetof(seccomp_data, args) + i * sizeof(uint64_t));
  };
  std::vector<sock_filter> program{
      {load, 0, 0, offsetof(seccomp_data, arch)},
      {equal, 1, 0, architecture},
      {give, 0, 0, SECCOMP_RET_KILL_PROCESS},
      {load, 0, 0, offsetof(seccomp_data, nr)},
  };
  const auto check = [&](long call, size_t index, uint32_t bits) {
    program.push_back({equal, 0, 4, static_cast<uint32_t>(call)});
    program.push_back({load, 0, 0, argument(index)});
    program.push_back({any_bit, 0, 1, bits});
    program.push_back({give, 0, 0, refuse});
    program.push_back({give, 0, 0, SECCOMP_RET_ALLOW});
  };
  check(SYS_openat, 2, writing);
#ifdef SYS_open
  check(SYS_open, 1, writing);
#endif
  constexpr uint32_t executable = 4;  // PROT_EXEC
  check(SYS_mprotect, 2, executable);
  for (long call : allowed_calls) {
    program.push_back({equal, 0, 1, static_cast<uint32_t>(call)});
    program.push_back({give, 0, 0, SECCOMP_RET_ALLOW});
  }
  program.push_back({give, 0, 0, refuse});
  const sock_fprog filter{static_cast<uint16_t>(program.size()), program.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

void write_all(int pipe, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(pipe, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<size_t>(count));
  }
}

[[noreturn]] void be_child(int pipe, const std::string& path, const JailLimits& limits,
                           const std::function<std::string()>& work) {
  setenv("KERATIN_THREADS", "1", 1);  // it may start none
  set_limits(limits);
  const bool restricted = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  if (restricted) allow_only(path);
  if (!restricted || !filter_calls()) {
    write_all(pipe,
              "-check: expected a kernel that filters system calls, got none. Read the "
              "file only if you trust it.");
    _exit(0);
  }
  std::string answer;
  try {
    answer = "+" + work();
  } catch (const std::bad_alloc&) {
    answer = "-" + path + ": needs more memory than is allowed.";
  } catch (const std::exception& error) {
    answer = std::string("-") + error.what();
  }
  write_all(pipe, answer);
  _exit(0);
}

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = read(pipe, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<size_t>(count));
  }
}

}  // namespace

JailResult run_in_jail(const std::string& path, const JailLimits& limits,
                       const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  require<FileError>(pipe(ends.data()) == 0, "check",
                     "expected a pipe, got the error {}. Try again.", std::strerror(errno));
  const pid_t child = fork();
  require<FileError>(child >= 0, "check", "expected a child process, got the error {}. Try again.",
                     std::strerror(errno));
  if (child == 0) {
    close(ends[0]);
    be_child(ends[1], path, limits, work);
  }
  close(ends[1]);
  const std::string answer = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return {false, path + ": its reader was ended by the signal " +
                       std::string(strsignal(WTERMSIG(status))) + "."};
  }
  if (answer.empty()) return {false, path + ": its reader ended without an answer."};
  return {answer[0] == '+', answer.substr(1)};
}

}  // namespace keratin::cli
