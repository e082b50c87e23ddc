// Every call that the store makes to its disk fails once, in each way in which such a call can
// fail; afterwards the process is gone, or the power too. What was acknowledged is there, a failure
// is told as what it is, and sent again everything is there once.
//
// A store whose write or sync failed calls abort(). Here the thread that does so stands still for
// ever instead, the files are set aside, and the rest of that store is left where it is; a process
// does a few dozen runs and is done. THREADKEEP_FAULT_STEP looks at every n-th call only.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <semaphore>
#include <sstream>
#include <thread>

#include "store/recovery.h"
#include "store/simulated_disk.h"
#include "store/sqlite/sqlite_store.h"

namespace threadkeep::test {
namespace {

using Operation = SimulatedDisk::Operation;
using Failure = SimulatedDisk::Failure;

struct Fault {
  std::uint64_t call = 0;  // 0: never
  Failure failure = Failure::none;
  enum class Lasts { once, for_ever } lasts = Lasts::once;
  // Which calls fail when it lasts.
  enum class Hits { all, writes, syncs } hits = Hits::all;

  bool hits_operation(Operation operation) const {
    if (hits == Hits::writes) return operation == Operation::write;
    if (hits == Hits::syncs) return operation == Operation::sync;
    return true;
  }
  Errc told_as() const {
    return failure == Failure::error ? Errc::storage_unavailable : Errc::storage_full;
  }
};

std::vector<Fault> faults_at(std::uint64_t call, Operation operation) {
  using Lasts = Fault::Lasts;
  using Hits = Fault::Hits;
  const auto of = [&](Failure failure, Lasts lasts, Hits hits) {
    return Fault{call, failure, lasts, hits};
  };
  if (operation == Operation::sync) {
    return {of(Failure::error, Lasts::once, Hits::syncs),
            of(Failure::error, Lasts::for_ever, Hits::syncs)};
  }
  std::vector<Fault> faults{of(Failure::error, Lasts::once, Hits::all),
                            of(Failure::error, Lasts::for_ever, Hits::all)};
  if (operation == Operation::write) {
    faults.push_back(of(Failure::no_room, Lasts::for_ever, Hits::writes));
    faults.push_back(of(Failure::no_room_for_half, Lasts::once, Hits::writes));
  }
  return faults;
}

// Where a run begins: an empty disk, or one with the files of a process that was killed.
struct Scene {
  History history;
  std::size_t begin = 0;
  Files files;
};

// What a run left behind.
struct Remains {
  Known known;
  std::size_t wrong_answers = 0;  // failures that were told as something else
  std::size_t refused_reads = 0;  // while only writing was impossible
  bool is_aborted = false;
  Files killed;   // as the next process finds them
  Files cut_off;  // when the power went too
  std::vector<Operation> operations;
};

// A store that has to live with a fault, and its client. Not deleted when it aborted.
class Victim {
 public:
  Victim(const Scene& scene, const Fault& fault, std::string path)
      : scene_(scene), fault_(fault), path_(std::move(path)), disk_(fault.call) {
    progress_.acknowledged = progress_.submitted = scene.begin;
    disk_.replace(scene.files);
    disk_.set_hook([this](Operation operation) { return answer(operation); });
  }

  // Answers when the history has come to its end or the store has aborted.
  static Remains run(const Scene& scene, const Fault& fault, const std::string& path) {
    auto* const victim = new Victim(scene, fault, path);
    current = victim;
    std::signal(SIGABRT, [](int) {
      current->leave(true);
      for (;;) pause();
    });
    std::thread client([victim] { victim->live(); });
    victim->is_over_.acquire();
    if (victim->remains_.is_aborted) {
      client.detach();
      return victim->remains_;
    }
    client.join();
    const std::unique_ptr<Victim> owner(victim);
    return std::move(victim->remains_);
  }

 private:
  static Victim* current;

  void live() {
    SqliteOptions options = options_on(disk_, path_);
    auto store = open_sqlite_store(options, clock_, ids_);
    if (!store) store = open_sqlite_store(options, clock_, ids_);
    if (store) make_changes(**store);
    if (store) store->reset();
    leave(false);
  }

  Failure answer(Operation operation) {
    remains_.operations.push_back(operation);
    const std::uint64_t call = remains_.operations.size();
    const bool is_due =
        fault_.lasts == Fault::Lasts::once ? call == fault_.call : call >= fault_.call;
    const bool is_hit = fault_.call != 0 && is_due && fault_.hits_operation(operation);
    return is_hit ? fault_.failure : Failure::none;
  }

  void make_changes(Store& store) {
    constexpr int tries = 3;
    for (std::size_t i = scene_.begin; i < scene_.history.changes().size(); ++i) {
      const Change& change = scene_.history.changes()[i];
      clock_.set(change.time);
      progress_.submitted = i + 1;
      bool is_made = false;
      for (int attempt = 0; attempt < tries && !is_made; ++attempt) {
        const auto made = make(store, change);
        is_made = made.has_value();
        if (is_made) break;
        if (made.error().code != fault_.told_as()) ++remains_.wrong_answers;
        if (fault_.hits == Fault::Hits::writes && !can_read(store)) ++remains_.refused_reads;
      }
      if (!is_made) return;
      progress_.acknowledged = i + 1;
    }
  }

  bool can_read(Store& store) const {
    try {
      static_cast<void>(scene_.history.show(store));
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  // Also from the handler of SIGABRT, in the thread that called abort(). Other threads may go on
  // for a moment: what they are told meanwhile does not count.
  void leave(bool is_aborted) {
    if (is_left_.exchange(true)) return;
    remains_.known.acknowledged = progress_.acknowledged;
    remains_.killed = disk_.files();
    remains_.cut_off = disk_.files_after_power_cut();
    remains_.known.submitted = progress_.submitted;
    remains_.is_aborted = is_aborted;
    disk_.set_hook([](Operation) { return Failure::error; });
    is_over_.release();
  }

  const Scene& scene_;
  const Fault fault_;
  const std::string path_;
  SimulatedDisk disk_;
  Progress progress_;
  ManualClock clock_;
  UlidMaker ids_{clock_};
  Remains remains_;
  std::atomic<bool> is_left_ = false;
  std::binary_semaphore is_over_{0};
};

Victim* Victim::current = nullptr;

struct Sum {
  std::uint64_t runs = 0;  // each fault twice: the process is gone, the power is gone
  std::uint64_t aborted = 0;
  std::uint64_t lost = 0;
  std::uint64_t inconsistent = 0;
  std::string complaints;
};

std::string describe(const Fault& fault) {
  constexpr const char* failures[] = {"none", "error", "no room", "no room for half"};
  constexpr const char* hits[] = {"call", "write", "sync"};
  const bool is_once = fault.lasts == Fault::Lasts::once;
  return "call " + std::to_string(fault.call) + ", " + failures[static_cast<int>(fault.failure)] +
         (is_once ? ", once"
                  : std::string(", at every later ") + hits[static_cast<int>(fault.hits)]);
}

void look_at(const Scene& scene, const Fault& fault, const TemporaryFolder& folder, Sum& sum) {
  const std::string path = folder.file(std::to_string(sum.runs)) + "/store.db";
  const Remains remains = Victim::run(scene, fault, path);
  std::ostringstream complaints;
  if (remains.wrong_answers != 0) complaints << " told as another failure;";
  if (remains.refused_reads != 0) complaints << " reads were refused;";
  if (remains.is_aborted) ++sum.aborted;
  // After a failed sync the system shows what is not on the disk.
  const Afterwards afterwards =
      fault.hits == Fault::Hits::syncs ? Afterwards::another_power_cut : Afterwards::nothing;
  for (const Files* files : {&remains.killed, &remains.cut_off}) {
    const Recovery recovery =
        recover(scene.history, *files, remains.known, folder, fault.call, afterwards);
    ++sum.runs;
    sum.lost += recovery.lost;
    if (!recovery.complaint.empty()) ++sum.inconsistent;
    if (recovery.is_sound()) continue;
    complaints << (files == &remains.killed ? " killed: " : " power cut: ") << recovery.lost
               << " lost " << recovery.complaint;
  }
  if (!complaints.str().empty()) sum.complaints += describe(fault) + ":" + complaints.str() + "\n";
}

// Runs the faults in a process of its own, and adds what it found to `sum`.
void look_at_some(const Scene& scene, const Fault* begin, const Fault* end, Sum& sum) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    // Stores say why they stop, thousands of times; disk_test reads that line.
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(8);
    Sum found;
    {
      const TemporaryFolder folder(TemporaryFolder::On::memory);
      alarm(300);
      for (const Fault* fault = begin; fault != end; ++fault) look_at(scene, *fault, folder, found);
    }
    std::ostringstream text;
    text << found.runs << " " << found.aborted << " " << found.lost << " " << found.inconsistent
         << " " << found.complaints;
    const std::string bytes = text.str();
    _exit(write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) ? 0 : 9);
  }
  close(ends[1]);
  std::string bytes;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0) << "the process of " << describe(*begin) << " and the next ones";
  std::istringstream text(bytes);
  Sum found;
  text >> found.runs >> found.aborted >> found.lost >> found.inconsistent;
  std::getline(text, found.complaints, '\0');
  EXPECT_EQ(found.complaints, " ");
  sum.runs += found.runs;
  sum.aborted += found.aborted;
  sum.lost += found.lost;
  sum.inconsistent += found.inconsistent;
}

class IoFault : public testing::Test {
 protected:
  void look_at_every_call(const Scene& scene) {
    constexpr std::size_t faults_per_process = 60;
    const char* wanted = std::getenv("THREADKEEP_FAULT_STEP");
    const std::uint64_t step = wanted == nullptr ? 1 : std::strtoull(wanted, nullptr, 10);
    const Remains whole = Victim::run(scene, Fault(), folder_.file("whole") + "/store.db");
    ASSERT_EQ(whole.known.acknowledged, scene.history.changes().size());
    calls_ += whole.operations.size();
    std::vector<Fault> faults;
    for (std::uint64_t call = 1; call <= whole.operations.size(); call += step) {
      const auto here = faults_at(call, whole.operations[call - 1]);
      faults.insert(faults.end(), here.begin(), here.end());
    }
    for (std::size_t i = 0; i < faults.size() && !HasFatalFailure(); i += faults_per_process) {
      const std::size_t end = std::min(faults.size(), i + faults_per_process);
      look_at_some(scene, faults.data() + i, faults.data() + end, sum_);
    }
  }

  // The files of a process that was killed after the first half of the history.
  Scene scene_after_kill(std::uint64_t seed, std::size_t length) {
    Scene scene{History(seed, length, History::Bursts::none), length / 2, {}};
    SimulatedDisk disk(seed);
    ManualClock clock;
    UlidMaker ids(clock);
    const auto store = open_sqlite_store(options_on(disk, folder_.file("store.db")), clock, ids);
    for (std::size_t i = 0; i < scene.begin; ++i) {
      clock.set(scene.history.changes()[i].time);
      EXPECT_TRUE(make(**store, scene.history.changes()[i]));
    }
    scene.files = disk.files();
    return scene;
  }

  void expect_no_loss(const char* what) const {
    std::printf(
        "%s: faults at each of %llu calls, %llu runs, %llu stores ended by abort, %llu lost, "
        "%llu inconsistent\n",
        what, static_cast<unsigned long long>(calls_), static_cast<unsigned long long>(sum_.runs),
        static_cast<unsigned long long>(sum_.aborted), static_cast<unsigned long long>(sum_.lost),
        static_cast<unsigned long long>(sum_.inconsistent));
    EXPECT_EQ(sum_.lost, 0U);
    EXPECT_EQ(sum_.inconsistent, 0U);
    EXPECT_GT(sum_.aborted, 0U);
  }

  TemporaryFolder folder_{TemporaryFolder::On::memory};
  std::uint64_t calls_ = 0;
  Sum sum_;
};

TEST_F(IoFault, AtEachCallOfANewStoreLosesNothing) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    look_at_every_call({History(seed, 7, History::Bursts::none), 0, {}});
  }
  expect_no_loss("a new store");
}

TEST_F(IoFault, AtEachCallBehindACrashLosesNothing) {
  for (std::uint64_t seed = 11; seed <= 12; ++seed) {
    look_at_every_call(scene_after_kill(seed, 16));
  }
  expect_no_loss("behind a crash");
}

}  // namespace
}  // namespace threadkeep::test
