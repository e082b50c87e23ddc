#include "renditions/confinement.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace threadkeep::renditions {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "the numbers of the system calls of this machine are to be added here"
#endif

// Programs, their libraries, their tables and fonts.
constexpr auto readable =
    std::to_array<const char*>({"/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/fonts",
                                "/dev/null", "/dev/urandom"});

constexpr std::uint64_t read_folder =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t read_file = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;
// Whatever the first version of Landlock knows.
constexpr std::uint64_t all_access =
    read_folder | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

// What a dynamic program needs to begin, to use memory, and to read and write what is open. None of
// it names another process, and a file only to look at it.
constexpr auto allowed_calls = std::to_array<std::uint32_t>({
  __NR_read, __NR_write, __NR_readv, __NR_writev, __NR_pread64, __NR_lseek, __NR_close, __NR_dup,
      __NR_fcntl, __NR_fstat, __NR_newfstatat, __NR_statx, __NR_faccessat, __NR_faccessat2,
      __NR_readlinkat, __NR_getdents64, __NR_getcwd, __NR_fadvise64, __NR_mmap, __NR_munmap,
      __NR_mprotect, __NR_mremap, __NR_madvise, __NR_brk, __NR_rt_sigaction, __NR_rt_sigprocmask,
      __NR_rt_sigreturn, __NR_sigaltstack, __NR_execve, __NR_set_tid_address, __NR_set_robust_list,
      __NR_rseq, __NR_futex, __NR_getrandom, __NR_nanosleep, __NR_clock_nanosleep,
      __NR_clock_gettime, __NR_clock_getres, __NR_gettimeofday, __NR_times, __NR_getpid,
      __NR_gettid, __NR_getuid, __NR_geteuid, __NR_getgid, __NR_getegid, __NR_uname, __NR_sysinfo,
      __NR_sched_getaffinity, __NR_sched_yield, __NR_getrusage, __NR_exit, __NR_exit_group,
#if defined(__x86_64__)
      __NR_arch_prctl, __NR_access, __NR_stat, __NR_lstat, __NR_readlink, __NR_time,
#endif
});

constexpr std::uint32_t offset_of_argument(std::size_t index) {
  // The lower half: both machines keep it first.
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t));
}

constexpr sock_filter load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
// Goes on with the next but `skipped` when they are equal, with the next otherwise.
constexpr sock_filter skip_if(std::uint32_t value, std::uint8_t skipped) {
  return {BPF_JMP | BPF_JEQ | BPF_K, skipped, 0, value};
}
constexpr sock_filter skip_unless(std::uint32_t value, std::uint8_t skipped) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, skipped, value};
}
constexpr sock_filter give(std::uint32_t verdict) { return {BPF_RET | BPF_K, 0, 0, verdict}; }

constexpr std::uint32_t allow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t refuse = SECCOMP_RET_ERRNO | 1;  // EPERM

// Jumps reach 255 steps, so each call that is allowed has a verdict of its own.
constexpr std::size_t filter_size = 3 + 1 + 2 * allowed_calls.size() + 5 + 4 + 1;
using Filter = std::array<sock_filter, filter_size>;

constexpr Filter make_filter() {
  Filter filter{};
  std::size_t at = 0;
  filter[at++] = load(offsetof(seccomp_data, arch));
  filter[at++] = skip_if(architecture, 1);
  filter[at++] = give(SECCOMP_RET_KILL_PROCESS);
  filter[at++] = load(offsetof(seccomp_data, nr));
  for (const std::uint32_t call : allowed_calls) {
    filter[at++] = skip_unless(call, 1);
    filter[at++] = give(allow);
  }
  // To open for reading.
  filter[at++] = skip_unless(__NR_openat, 4);
  filter[at++] = load(offset_of_argument(2));
  filter[at++] = {BPF_ALU | BPF_AND | BPF_K, 0, 0, O_ACCMODE | O_CREAT | O_TRUNC};
  filter[at++] = skip_unless(O_RDONLY, 5);
  filter[at++] = give(allow);
  // To ask for limits, of itself.
  filter[at++] = skip_unless(__NR_prlimit64, 3);
  filter[at++] = load(offset_of_argument(0));
  filter[at++] = skip_unless(0, 1);
  filter[at++] = give(allow);
  filter[at++] = give(refuse);
  return filter;
}

constexpr Filter filter = make_filter();

bool add_rule(int ruleset, const char* path) {
  const int folder = open(path, O_PATH | O_CLOEXEC);
  if (folder < 0) return true;  // there is nothing to be read
  landlock_path_beneath_attr rule{};
  rule.parent_fd = folder;
  const int listing = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  rule.allowed_access = listing >= 0 ? read_folder : read_file;
  if (listing >= 0) close(listing);
  const long added = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close(folder);
  return added == 0;
}

}  // namespace

Confinement::Confinement() {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = all_access;
  ruleset_ = static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0));
  if (ruleset_ < 0) return;
  for (const char* path : readable) {
    if (add_rule(ruleset_, path)) continue;
    close(ruleset_);
    ruleset_ = -1;
    return;
  }
}

Confinement::~Confinement() {
  if (ruleset_ >= 0) close(ruleset_);
}

bool Confinement::enter() const {
  sock_fprog program{};
  program.len = static_cast<unsigned short>(filter.size());
  program.filter = const_cast<sock_filter*>(filter.data());
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_landlock_restrict_self, ruleset_, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

}  // namespace threadkeep::renditions
