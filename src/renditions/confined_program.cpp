#include "renditions/confined_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "renditions/confinement.h"

namespace threadkeep::renditions {
namespace {

using Time = std::chrono::steady_clock;
using End = ProgramResult::End;

constexpr rlim_t open_files_max = 32;
constexpr int not_confined = 126;
constexpr int not_started = 127;

constexpr int look_again_ms = 50;

struct Patience {
  Time::time_point deadline;
  const std::stop_token& stop;
  bool is_over() const { return stop.stop_requested() || Time::now() >= deadline; }
};

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset();
    number_ = std::exchange(other.number_, -1);
    return *this;
  }
  int get() const { return number_; }
  void reset() {
    if (number_ >= 0) close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

Descriptor file_of(std::string_view bytes) {
  Descriptor file(memfd_create("input", MFD_CLOEXEC));
  while (file.get() >= 0 && !bytes.empty()) {
    const ssize_t count = write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Descriptor();
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (file.get() >= 0) lseek(file.get(), 0, SEEK_SET);
  return file;
}

// What the child is to be, put together before the fork: after it nothing may be allocated.
struct Plan {
  std::vector<char*> arguments;
  int input = -1;
  int output = -1;
  int null = -1;
  rlim_t memory_bytes_max = 0;
  rlim_t processor_s_max = 0;
  pid_t parent = 0;
};

void limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  if (setrlimit(static_cast<__rlimit_resource_t>(resource), &both) != 0) _exit(not_confined);
}

[[noreturn]] void become(const Plan& plan, const Confinement& confinement) {
  // Whoever ends the server ends it, too.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) _exit(not_confined);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  dup2(plan.input, STDIN_FILENO);
  dup2(plan.output, STDOUT_FILENO);
  dup2(plan.null, STDERR_FILENO);
  limit(RLIMIT_AS, plan.memory_bytes_max);
  limit(RLIMIT_CPU, plan.processor_s_max);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_NOFILE, open_files_max);
  if (chdir("/") != 0 || !confinement.enter()) _exit(not_confined);
  std::array<char*, 1> no_environment{nullptr};
  // The last ones that are open close with it.
  execve(plan.arguments.front(), plan.arguments.data(), no_environment.data());
  _exit(not_started);
}

bool close_on_exec_all() {
  return syscall(SYS_close_range, 3U, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */) == 0;
}

// What it writes, up to the limits; the end is decided where a limit was met.
End read_output(int output, const Patience& patience, std::size_t bytes_max, std::string& bytes) {
  std::array<char, 64U << 10> part;
  for (;;) {
    if (patience.is_over()) return End::out_of_time;
    pollfd wanted{output, POLLIN, 0};
    const int ready = poll(&wanted, 1, look_again_ms);
    if (ready < 0 && errno != EINTR) return End::failed;
    if (ready <= 0) continue;
    const ssize_t count = read(output, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return End::done;
    const auto room = bytes_max - bytes.size();
    bytes.append(part.data(), std::min(static_cast<std::size_t>(count), room));
    if (static_cast<std::size_t>(count) > room) return End::too_much_output;
  }
}

// One that closed its output may go on without an end.
int wait_for(pid_t child, const Patience& patience, End& end) {
  constexpr std::chrono::milliseconds pause{2};
  int status = 0;
  while (end == End::done && waitpid(child, &status, WNOHANG) == 0) {
    if (patience.is_over()) {
      end = End::out_of_time;
      break;
    }
    const timespec time{0, std::chrono::nanoseconds(pause).count()};
    nanosleep(&time, nullptr);
  }
  if (end == End::done) return status;
  kill(child, SIGKILL);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

}  // namespace

ProgramResult run_confined(const std::vector<std::string>& command, std::string_view input,
                           const ProgramLimits& limits, const std::stop_token& stop) {
  ProgramResult result;
  const Confinement confinement;
  if (!confinement.is_possible() || access(command.front().c_str(), X_OK) != 0) return result;
  const Descriptor file = file_of(input);
  const Descriptor null(open("/dev/null", O_WRONLY | O_CLOEXEC));
  std::array<int, 2> ends{-1, -1};
  if (file.get() < 0 || null.get() < 0 || pipe2(ends.data(), O_CLOEXEC) != 0) return result;
  const Descriptor from_child(ends[0]);
  Descriptor to_parent(ends[1]);
  Plan plan;
  for (const std::string& argument : command)
    plan.arguments.push_back(const_cast<char*>(argument.c_str()));
  plan.arguments.push_back(nullptr);
  plan.input = file.get();
  plan.output = to_parent.get();
  plan.null = null.get();
  plan.memory_bytes_max = limits.memory_bytes_max;
  plan.processor_s_max =
      static_cast<rlim_t>(std::chrono::ceil<std::chrono::seconds>(limits.time_max).count());
  plan.parent = getpid();
  const Patience patience{Time::now() + limits.time_max, stop};
  const pid_t child = fork();
  if (child < 0) return result;
  if (child == 0) {
    // Before the confinement, which knows no such call.
    if (!close_on_exec_all()) _exit(not_confined);
    become(plan, confinement);
  }
  to_parent.reset();
  End end = read_output(from_child.get(), patience, limits.output_bytes_max, result.output);
  const int status = wait_for(child, patience, end);
  if (end == End::done && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
    const bool never_ran = WIFEXITED(status) && (WEXITSTATUS(status) == not_confined ||
                                                 WEXITSTATUS(status) == not_started);
    end = never_ran ? End::cannot_run : End::failed;
  }
  result.end = end;
  return result;
}

}  // namespace threadkeep::renditions
