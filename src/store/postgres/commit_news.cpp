#include "store/postgres/commit_news.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>
#include <system_error>
#include <utility>

namespace threadkeep::postgres {
namespace {

constexpr int connect_again_ms = 1'000;
// At most twenty notes in a second.
constexpr std::chrono::milliseconds pause_after_send{50};
// A note holds less than 8,000 bytes.
constexpr std::size_t users_in_note_max = 150;

bool run_command(PGconn* connection, const std::string& command) {
  const ResultPtr result(PQexec(connection, command.c_str()));
  return PQresultStatus(result.get()) == PGRES_COMMAND_OK;
}

bool notify(PGconn* connection, const std::string& channel, const std::string& note) {
  const std::array<const char*, 2> values = {channel.c_str(), note.c_str()};
  const ResultPtr result(PQexecParams(connection, "SELECT pg_notify($1, $2)", 2, nullptr,
                                      values.data(), nullptr, nullptr, 0));
  return PQresultStatus(result.get()) == PGRES_TUPLES_OK;
}

// What is no note of ours is left out.
std::vector<sql::Moved> parse_note(const char* note) {
  std::vector<sql::Moved> moved;
  std::istringstream words(note);
  std::string user;
  std::int64_t seq = 0;
  while (words >> user >> seq) {
    if (const auto id = Ulid::parse(user)) moved.push_back({*id, seq});
  }
  return moved;
}

}  // namespace

CommitNews::CommitNews(std::string url, std::string channel, Hear hear)
    : url_(std::move(url)), channel_(std::move(channel)), hear_(std::move(hear)) {
  if (pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe2");
  }
  thread_ = std::thread([this] { run(); });
}

CommitNews::~CommitNews() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  static_cast<void>(::write(wake_[1], "", 1));
  thread_.join();
  close(wake_[0]);
  close(wake_[1]);
}

void CommitNews::tell(const std::vector<sql::Moved>& moved) {
  if (moved.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    // The lanes do not tell in the order of the numbers.
    for (const sql::Moved& each : moved) {
      std::int64_t& latest = to_tell_[each.user];
      latest = std::max(latest, each.seq);
    }
  }
  // A full pipe wakes the thread as well.
  static_cast<void>(::write(wake_[1], "", 1));
}

void CommitNews::run() {
  bool goes_on = true;
  while (goes_on) {
    if (!connection_ && !connect()) {
      goes_on = wait(connect_again_ms);
      continue;
    }
    if (!receive() || !send()) {
      // What was not told is lost: those who follow look by themselves after a while.
      connection_.reset();
      continue;
    }
    goes_on = wait(-1);
  }
}

bool CommitNews::connect() {
  connection_ = open_connection(url_);
  PQsetNoticeReceiver(
      connection_.get(), [](void*, const PGresult*) {}, nullptr);
  if (PQstatus(connection_.get()) == CONNECTION_OK &&
      run_command(connection_.get(), "LISTEN " + channel_)) {
    return true;
  }
  connection_.reset();
  return false;
}

bool CommitNews::wait(int timeout_ms) {
  const int socket = connection_ ? PQsocket(connection_.get()) : -1;
  std::array<pollfd, 2> wanted = {{{wake_[0], POLLIN, 0}, {socket, POLLIN, 0}}};
  poll(wanted.data(), wanted.size(), timeout_ms);
  std::array<char, 256> ignored{};
  while (::read(wake_[0], ignored.data(), ignored.size()) > 0) {
  }
  const std::lock_guard lock(mutex_);
  return !is_ending_;
}

bool CommitNews::send() {
  std::map<UserId, std::int64_t> latest;
  {
    const std::lock_guard lock(mutex_);
    latest.swap(to_tell_);
  }
  // Outside of the write's transaction: PostgreSQL lets all transactions that notify commit one by
  // one.
  if (latest.empty()) return true;
  while (!latest.empty()) {
    std::string note;
    for (std::size_t i = 0; i < users_in_note_max && !latest.empty(); ++i) {
      const auto first = latest.begin();
      note += first->first.text() + " " + std::to_string(first->second) + " ";
      latest.erase(first);
    }
    if (!notify(connection_.get(), channel_, note)) return false;
  }
  std::this_thread::sleep_for(pause_after_send);
  return true;
}

bool CommitNews::receive() {
  if (PQconsumeInput(connection_.get()) != 1) return false;
  struct Free {
    void operator()(PGnotify* note) const { PQfreemem(note); }
  };
  for (;;) {
    const std::unique_ptr<PGnotify, Free> note(PQnotifies(connection_.get()));
    if (!note) return true;
    // Our own notes come back to us as well.
    if (note->be_pid != PQbackendPID(connection_.get())) hear_(parse_note(note->extra));
  }
}

}  // namespace threadkeep::postgres
