#include "store/postgres/postgres_connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/ascii.h"

namespace threadkeep::postgres {
namespace {

using Cause = PostgresFailure::Cause;
using Kind = sql::StorageFailure::Kind;

constexpr int server_version_min = 150'000;
// How much longer than a statement may take its answer is waited for.
constexpr int network_patience_ms = 10'000;

std::string one_line(const char* message) {
  std::string line;
  for (const char c : std::string_view(message)) {
    const bool is_space = c == '\n' || c == '\t' || c == ' ';
    if (!is_space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string field(const PGresult& result, int code) {
  const char* text = PQresultErrorField(&result, code);
  return text == nullptr ? "" : text;
}

PostgresFailure failure_of(const PGresult& result) {
  const std::string state = field(result, PG_DIAG_SQLSTATE);
  const std::string what = one_line(PQresultErrorMessage(&result)) + " (" + state + ")";
  // Numbers of users and ids are looked up before they are written: who finds them taken was
  // overtaken by another process.
  if (state == "40001" || state == "40P01" || state == "23505") {
    return {Cause::conflict, Kind::unavailable, what};
  }
  if (state == "55P03") return {Cause::locked, Kind::unavailable, what};
  if (state == "53100") return {Cause::refused, Kind::full, what};
  // A server that has become a standby: there may be another one by now.
  const std::string severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  const bool is_lost = severity == "FATAL" || severity == "PANIC" || state == "25006";
  return {is_lost ? Cause::lost : Cause::refused, Kind::unavailable, what};
}

// What keeps a connection to a dead host from being waited for, unless the address says otherwise.
constexpr std::array<std::pair<const char*, const char*>, 7> usual_parameters = {{
    {"connect_timeout", "10"},
    {"keepalives_idle", "30"},
    {"keepalives_interval", "10"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "30000"},
    {"fallback_application_name", "threadkeep"},
    {"client_encoding", "UTF8"},
}};

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ParsedUrl = std::unique_ptr<PQconninfoOption, FreeOptions>;

ParsedUrl parse_url(const std::string& url) {
  char* message = nullptr;
  ParsedUrl parsed(PQconninfoParse(url.c_str(), &message));
  PQfreemem(message);
  return parsed;
}

// Whether the parts of an address are what they look like. libpq takes what follows the first '@'
// for the host, and what follows a host's ':' for its port: a piece of a password that holds such a
// character would be told as the host that was not found.
bool has_clear_parts(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view rest = url.substr(scheme + 3);
  const std::string_view before_query = rest.substr(0, rest.find('?'));
  const std::string_view authority = before_query.substr(0, before_query.find('/'));
  const std::size_t at = authority.find('@');
  if (before_query.find('@', at == std::string_view::npos ? authority.size() : at + 1) !=
      std::string_view::npos) {
    return false;
  }
  std::string_view hosts = at == std::string_view::npos ? authority : authority.substr(at + 1);
  while (!hosts.empty()) {
    std::string_view host = hosts.substr(0, hosts.find(','));
    hosts.remove_prefix(std::min(hosts.size(), host.size() + 1));
    if (host.substr(0, 1) == "[") host.remove_prefix(std::min(host.find(']'), host.size()));
    const std::size_t colon = host.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view port = host.substr(colon + 1);
    if (!std::all_of(port.begin(), port.end(), is_digit)) return false;
  }
  return true;
}

PostgresFailure unreachable(const std::string& why) {
  return {Cause::unreachable, Kind::unavailable, why};
}

}  // namespace

ConnectionPtr open_connection(const std::string& url) {
  const ParsedUrl parsed = parse_url(url);
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : usual_parameters) {
    names.push_back(name);
    values.push_back(value);
  }
  // Later ones win.
  for (const PQconninfoOption* option = parsed.get(); option && option->keyword; ++option) {
    if (option->val == nullptr || std::string_view(option->keyword) == "client_encoding") continue;
    names.push_back(option->keyword);
    values.push_back(option->val);
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  return ConnectionPtr(PQconnectdbParams(names.data(), values.data(), 0));
}

PostgresConnection::PostgresConnection(const PostgresOptions& options, Use use)
    : handle_(open_connection(options.url)) {
  if (PQstatus(handle_.get()) != CONNECTION_OK) {
    throw unreachable(one_line(PQerrorMessage(handle_.get())));
  }
  PQsetNoticeReceiver(handle_.get(), &on_notice, this);
  configure(options, use);
  if (PQenterPipelineMode(handle_.get()) != 1 || PQsetnonblocking(handle_.get(), 1) != 0) {
    throw unreachable(one_line(PQerrorMessage(handle_.get())));
  }
}

void PostgresConnection::configure(const PostgresOptions& options, Use use) {
  const bool is_patient = use == Use::preparing;
  const auto milliseconds = [&](int limit) { return std::to_string(is_patient ? 0 : limit); };
  if (!is_patient) patience_ms_ = options.statement_timeout_ms + network_patience_ms;
  const std::string settings =
      // Every statement is a short walk along an index.
      "SET synchronous_commit = on; SET jit = off; SET random_page_cost = 1.1; "
      "SET client_min_messages = warning"
      "; SET statement_timeout = " +
      milliseconds(options.statement_timeout_ms) +
      "; SET lock_timeout = " + milliseconds(options.lock_timeout_ms) +
      "; SET idle_in_transaction_session_timeout = " +
      milliseconds(options.idle_in_transaction_timeout_ms) +
      "; SELECT current_setting('synchronous_commit'), current_setting('fsync'), "
      "current_setting('server_encoding'), pg_is_in_recovery() OR "
      "current_setting('transaction_read_only')::boolean";
  const ResultPtr answer(PQexec(handle_.get(), settings.c_str()));
  if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK) {
    throw unreachable(one_line(PQerrorMessage(handle_.get())));
  }
  const auto setting = [&](int column) {
    return std::string_view(PQgetvalue(answer.get(), 0, column));
  };
  if (PQserverVersion(handle_.get()) < server_version_min) {
    throw unreachable("PostgreSQL 15 or newer is needed");
  }
  if (setting(0) != "on") throw unreachable("the server does not offer synchronous_commit=on");
  if (setting(1) != "on") throw unreachable("the server runs with fsync=off");
  if (setting(2) != "UTF8") throw unreachable("the database's encoding is not UTF8");
  if (setting(3) != "f") {
    throw unreachable(
        "the server can only be read: it is a standby (with several hosts, add "
        "target_session_attrs=read-write)");
  }
}

PostgresStatement& PostgresConnection::prepare(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return *found->second;
  std::string text(sql);
  std::string name = "s" + std::to_string(statements_.size());
  was_queued(PQsendPrepare(handle_.get(), name.c_str(), text.c_str(), 0, nullptr), Sent::statement);
  was_queued(PQsendDescribePrepared(handle_.get(), name.c_str()), Sent::statement);
  const ResultPtr description = wait();
  auto statement = std::make_unique<PostgresStatement>(*this, std::move(name), *description);
  return *statements_.emplace(std::move(text), std::move(statement)).first->second;
}

// Several statements in one text are not for a pipeline.
void PostgresConnection::run_script(const std::string& sql) {
  queue_sync();
  wait();
  PQexitPipelineMode(handle_.get());
  const ResultPtr result(PQexec(handle_.get(), sql.c_str()));
  const bool is_done = PQresultStatus(result.get()) == PGRES_COMMAND_OK ||
                       PQresultStatus(result.get()) == PGRES_TUPLES_OK;
  if (PQstatus(handle_.get()) != CONNECTION_OK || PQenterPipelineMode(handle_.get()) != 1) {
    lose(PQerrorMessage(handle_.get()));
  }
  if (!is_done) throw failure_of(*result);
}

std::string_view PostgresConnection::word(std::string_view name) const {
  if (name == "engine") return "postgres";
  if (name == "key") return "BIGINT PRIMARY KEY";
  if (name == "bytewise") return "COLLATE \"C\"";
  if (name == "now") return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
  if (name == "snapshot") return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  if (name == "lock if free") return " FOR NO KEY UPDATE SKIP LOCKED";
  if (name == "integrity") return "";
  return "BYTEA";
}

void PostgresConnection::queue(const char* command) {
  was_queued(PQsendQueryParams(handle_.get(), command, 0, nullptr, nullptr, nullptr, nullptr, 1),
             Sent::statement);
}

void PostgresConnection::commit() {
  has_warned_ = false;
  queue("COMMIT");
  queue_sync();
  ResultPtr result;
  try {
    result = wait();
  } catch (const PostgresFailure& failure) {
    if (failure.cause() != Cause::lost) throw;
    throw PostgresFailure(Cause::lost, Kind::unknown, failure.what());
  }
  if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
    throw PostgresFailure(Cause::refused, Kind::unavailable, "the transaction was rolled back");
  }
  // The server's way of saying that a standby may not have it.
  if (has_warned_) {
    throw PostgresFailure(Cause::refused, Kind::unknown, "the commit may not be on a standby");
  }
}

void PostgresConnection::end_reading() {
  queue("COMMIT");
  queue_sync();
  flush();
}

void PostgresConnection::roll_back() noexcept {
  try {
    if (is_lost_) return;
    queue("ROLLBACK");
    queue_sync();
    wait();
  } catch (const std::exception&) {
    is_lost_ = true;
  }
}

void PostgresConnection::was_queued(int libpq_answer, Sent what) {
  if (libpq_answer != 1) lose(PQerrorMessage(handle_.get()));
  sent_.push_back(what);
}

void PostgresConnection::flush() {
  for (;;) {
    const int unsent = PQflush(handle_.get());
    if (unsent < 0) lose(PQerrorMessage(handle_.get()));
    if (unsent == 0) return;
    pollfd socket{PQsocket(handle_.get()), POLLIN | POLLOUT, 0};
    const int ready = poll(&socket, 1, patience_ms_);
    if (ready == 0) lose("the server takes nothing");
    // The server may wait for us to read before it takes more.
    if (ready > 0 && (socket.revents & POLLIN) != 0 && PQconsumeInput(handle_.get()) != 1) {
      lose(PQerrorMessage(handle_.get()));
    }
  }
}

ResultPtr PostgresConnection::next_result() {
  const auto begin = std::chrono::steady_clock::now();
  while (PQisBusy(handle_.get()) == 1) {
    pollfd socket{PQsocket(handle_.get()), POLLIN, 0};
    const int ready = poll(&socket, 1, patience_ms_);
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (ready == 0 || (patience_ms_ >= 0 && waited > std::chrono::milliseconds(patience_ms_))) {
      lose("the server does not answer");
    }
    if (ready < 0 && errno == EINTR) continue;
    if (PQconsumeInput(handle_.get()) != 1) lose(PQerrorMessage(handle_.get()));
  }
  return ResultPtr(PQgetResult(handle_.get()));
}

ResultPtr PostgresConnection::wait() {
  if (is_lost_) lose("the connection is lost");
  if (PQsendFlushRequest(handle_.get()) != 1) lose(PQerrorMessage(handle_.get()));
  flush();
  ResultPtr last;
  while (!sent_.empty()) {
    ResultPtr result = next_result();
    if (!result) lose("an answer is missing");
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_SYNC) {
      fail_after(*result);
    }
    const Sent what = sent_.front();
    sent_.pop_front();
    if (what == Sent::sync) continue;
    // Each statement's results end with none.
    next_result();
    last = std::move(result);
  }
  return last;
}

// The server skips what was sent after a failure, up to the next sync.
void PostgresConnection::fail_after(const PGresult& result) {
  const PostgresFailure failure = failure_of(result);
  if (failure.cause() == Cause::lost || PQstatus(handle_.get()) != CONNECTION_OK) {
    lose(failure.what());
  }
  queue_sync();
  flush();
  auto syncs = std::count(sent_.begin(), sent_.end(), Sent::sync);
  sent_.clear();
  int missing = 0;
  while (syncs > 0) {
    const ResultPtr skipped = next_result();
    // One ends each statement, two mean that nothing more comes.
    missing = skipped ? 0 : missing + 1;
    if (missing > 2 || PQstatus(handle_.get()) != CONNECTION_OK) lose(failure.what());
    if (PQresultStatus(skipped.get()) == PGRES_PIPELINE_SYNC) --syncs;
  }
  throw failure;
}

void PostgresConnection::lose(const std::string& why) {
  is_lost_ = true;
  throw PostgresFailure(Cause::lost, Kind::unavailable, one_line(why.c_str()));
}

void PostgresConnection::on_notice(void* connection, const PGresult* notice) {
  if (field(*notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING") {
    static_cast<PostgresConnection*>(connection)->has_warned_ = true;
  }
}

}  // namespace threadkeep::postgres

namespace threadkeep {

Result<void> check_postgres_url(const std::string& url) {
  if (!postgres::has_clear_parts(url)) {
    return fail(Errc::invalid_field,
                "store: the address of the PostgreSQL database cannot be read clearly; in a name "
                "or a password, @ is written as %40, / as %2F, : as %3A, ? as %3F");
  }
  if (postgres::parse_url(url)) return {};
  return fail(Errc::invalid_field, "store: this is no address of a PostgreSQL database");
}

}  // namespace threadkeep
