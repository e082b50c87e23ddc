// kill -9 at random times: no acknowledged message is lost, none is there twice, all numbers agree.
//
// A child process opens the store; eight threads append and report each acknowledged message
// through a pipe. The parent kills it, and the next child sends each thread's last message, whose
// fate nobody knows, again with the same id. This finds what is acknowledged before its commit, a
// transaction that is not one, and a database that does not open again. It cannot find a missing
// fsync: the kernel survives and writes everything. That is power_loss_test's work.
//
// THREADKEEP_KILLS sets the number of kills.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>
#include <thread>

#include "store/audit.h"
#include "store/sqlite/sqlite_store.h"
#include "store/stores.h"

namespace threadkeep::test {
namespace {

constexpr std::uint64_t threads = 8;
constexpr std::uint64_t shared_conversation = 900;
const UserId user = id_of(1);

// Round, thread and number of a message make its id, its conversation and its words.
NewMessage numbered(std::uint64_t round, std::uint64_t thread, std::uint64_t number) {
  const MessageId id = id_of((round * threads + thread) * 1'000'000 + number + 1);
  const std::uint64_t conversation = number % 2 == 0 ? shared_conversation : 901 + thread;
  std::string text = id.text();
  while (text.size() < 200 + 400 * (number % 3)) text += " and more";
  return said(id, id_of(conversation), text);
}

void report(int pipe, std::uint64_t thread, std::uint64_t number) {
  const std::string line = std::to_string(thread) + " " + std::to_string(number) + "\n";
  if (write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(1);
}

// `known`: for each thread the number of the previous round's message whose fate is not known.
[[noreturn]] void run_child(const std::string& path, std::uint64_t round, int pipe,
                            const std::vector<std::uint64_t>& known) {
  UlidMaker ids(system_clock());
  SqliteOptions options;
  options.path = path;
  auto store = open_sqlite_store(options, system_clock(), ids);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().detail.c_str());
    _exit(2);
  }
  for (std::uint64_t i = 0; i <= threads; ++i) {
    if (!(*store)->write(user, chat(id_of(shared_conversation + i), "Title"))) {
      _exit(3);
    }
  }
  std::vector<std::thread> writers;
  for (std::uint64_t thread = 0; thread < threads; ++thread) {
    writers.emplace_back([&, thread] {
      if (round > 0 && !(*store)->write(user, numbered(round - 1, thread, known[thread]))) {
        _exit(4);
      }
      for (std::uint64_t number = 0;; ++number) {
        const auto stored = (*store)->write(user, numbered(round, thread, number));
        if (!stored || stored->was_there) _exit(5);
        report(pipe, thread, number);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  _exit(6);
}

std::string read_to_end(int pipe) {
  std::string text;
  std::array<char, 1 << 16> buffer{};
  ssize_t count = 0;
  while ((count = read(pipe, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

struct Round {
  std::vector<std::uint64_t> acknowledged = std::vector<std::uint64_t>(threads);  // how many
};

void wait_for_report(int pipe) {
  pollfd ready{pipe, POLLIN, 0};
  poll(&ready, 1, 10'000);
}

// When a child is killed: counted from its start, or from its first report.
struct Life {
  std::chrono::microseconds time;
  enum class From { start, first_report } from = From::start;
};

// Starts a child, kills it, and answers what it reported.
Round run_round(const std::string& path, std::uint64_t round, const Round& before, Life life) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  std::vector<std::string> arguments{"/proc/self/exe", "--child", path, std::to_string(round),
                                     std::to_string(ends[1])};
  for (const std::uint64_t count : before.acknowledged) {
    arguments.push_back(std::to_string(count));
  }
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    fcntl(ends[1], F_SETFD, 0);
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  close(ends[1]);
  if (life.from == Life::From::first_report) wait_for_report(ends[0]);
  std::this_thread::sleep_for(life.time);
  kill(child, SIGKILL);
  const std::string reports = read_to_end(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);

  Round result;
  std::istringstream lines(reports);
  std::uint64_t thread = 0;
  std::uint64_t number = 0;
  while (lines >> thread >> number) {
    EXPECT_EQ(number, result.acknowledged.at(thread)) << "reported out of order";
    ++result.acknowledged[thread];
  }
  return result;
}

TEST(KillLoop, WhatIsAcknowledgedIsThereOnce) {
  const char* wanted = std::getenv("THREADKEEP_KILLS");
  const std::uint64_t kills = wanted == nullptr ? 100 : std::strtoull(wanted, nullptr, 10);
  const TemporaryFolder folder;
  const std::string path = folder.file("store.db");
  std::mt19937_64 random(5);
  std::vector<Round> rounds;
  std::uint64_t acknowledged = 0;
  for (std::uint64_t round = 0; round < kills; ++round) {
    const Life life{std::chrono::microseconds(random() % 80'000),
                    random() % 5 == 0 ? Life::From::start : Life::From::first_report};
    rounds.push_back(run_round(path, round, round == 0 ? Round() : rounds.back(), life));
    const Round& result = rounds.back();
    // A child that was killed before its threads ran leaves the one before it in doubt.
    const Audit audit(path);
    for (std::uint64_t thread = 0; thread < threads; ++thread) {
      acknowledged += result.acknowledged[thread];
      for (std::uint64_t number = 0; number < result.acknowledged[thread]; ++number) {
        ASSERT_EQ(audit.count(numbered(round, thread, number).id), 1) << "round " << round;
      }
      // The one in flight may be there or not, and nothing behind it.
      const std::uint64_t next = result.acknowledged[thread];
      ASSERT_LE(audit.count(numbered(round, thread, next).id), 1);
      ASSERT_EQ(audit.count(numbered(round, thread, next + 1).id), 0);
    }
    if (round % 10 == 9 || round + 1 == kills) {
      ASSERT_EQ(audit.complaint(Audit::History::created_and_appended), "") << "round " << round;
    }
  }
  const Audit audit(path);
  for (std::uint64_t round = 0; round < kills; ++round) {
    for (std::uint64_t thread = 0; thread < threads; ++thread) {
      for (std::uint64_t number = 0; number < rounds[round].acknowledged[thread]; ++number) {
        ASSERT_EQ(audit.count(numbered(round, thread, number).id), 1);
      }
    }
  }
  EXPECT_GT(acknowledged, kills) << "the children did not come to work";
  std::printf("%llu kills, %llu acknowledged, %lld stored\n",
              static_cast<unsigned long long>(kills), static_cast<unsigned long long>(acknowledged),
              static_cast<long long>(audit.messages()));
}

}  // namespace
}  // namespace threadkeep::test

int main(int count, char** arguments) {
  if (count > 5 && std::string(arguments[1]) == "--child") {
    std::vector<std::uint64_t> known;
    for (int i = 5; i < count; ++i) known.push_back(std::strtoull(arguments[i], nullptr, 10));
    threadkeep::test::run_child(arguments[2], std::strtoull(arguments[3], nullptr, 10),
                                std::atoi(arguments[4]), known);
  }
  testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
