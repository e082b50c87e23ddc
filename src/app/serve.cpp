#include "app/serve.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/application.h"
#include "app/process_limits.h"
#include "app/web_client.h"
#include "generation/context_summaries.h"
#include "generation/generations.h"
#include "generation/titles.h"
#include "http/listener.h"
#include "http/outbound.h"
#include "http/public_outbound.h"
#include "keys/entered_vendors.h"
#include "llm/models.h"
#include "llm/vendors.h"
#include "store/memory/memory_store.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"
#include "sync/clock_watch.h"
#include "sync/hub.h"
#include "sync/jobs.h"
#include "tools/current_time.h"
#include "tools/fetch_url.h"
#include "tools/mcp_servers.h"
#include "tools/read_conversation.h"
#include "tools/search_conversations.h"

namespace threadkeep {
namespace {

constexpr std::int64_t stop_grace_ms = 5'000;
// Of all that is waited for at a stop: who runs the server kills it after ten seconds.
constexpr std::int64_t stop_ms_max = 8'000;

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// Every thread that is started later inherits the mask, so that only wait_for_signal sees them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  // A file that may not grow any more is told as a full disk.
  signal(SIGXFSZ, SIG_IGN);
  return set;
}

std::vector<std::string> own_hosts(const Config& config, std::uint16_t port) {
  std::vector<std::string> names = {"127.0.0.1", "localhost", "[::1]"};
  const bool is_v6 = config.listen_address.find(':') != std::string::npos;
  const std::string address = is_v6 ? "[" + config.listen_address + "]" : config.listen_address;
  if (std::find(names.begin(), names.end(), address) == names.end()) names.push_back(address);
  std::vector<std::string> hosts;
  for (const std::string& name : names) {
    hosts.push_back(name + ":" + std::to_string(port));
    if (port == 80) hosts.push_back(name);
  }
  return hosts;
}

std::string page_address(const Config& config, std::uint16_t port) {
  const bool is_v6 = config.listen_address.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + config.listen_address + "]" : config.listen_address) + ":" +
         std::to_string(port);
}

http::ListenerOptions listener_options(const Config& config, int open_files_max) {
  http::ListenerOptions options;
  options.address = config.listen_address;
  options.port = config.listen_port;
  options.connections_max = connections_max_for(open_files_max);
  // What stands before the server (a proxy, a network behind one address) may be one client.
  options.client_connections_max = options.connections_max / 4 * 3;
  options.client_memory_bytes_max = options.memory_bytes_max / 4 * 3;
  options.workers = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 2U, 8U));
  return options;
}

// What the store tells of its commits, and of those of other processes.
class CommitNews {
 public:
  // All must outlive it.
  CommitNews(Store& store, Hub& hub, Generations& generations) : store_(store) {
    store.set_commit_listener([&](const UserId& user, std::int64_t seq) {
      if (seq > 0) hub.poke(user, seq);
      generations.hear_of(user);
    });
  }
  ~CommitNews() { store_.set_commit_listener(nullptr); }
  CommitNews(const CommitNews&) = delete;
  CommitNews& operator=(const CommitNews&) = delete;

 private:
  Store& store_;
};

// Beside a SQLite store it is made when it is needed. Processes that share a PostgreSQL must be
// given the same one.
keys::SecretPlace secret_place(const Config& config) {
  using Kind = keys::SecretPlace::Kind;
  const std::string& given = config.secret_path;
  switch (config.store.kind) {
    case StoreLocation::Kind::memory:
      return {Kind::memory, ""};
    case StoreLocation::Kind::postgres:
      return {given.empty() ? Kind::none : Kind::given, given};
    case StoreLocation::Kind::sqlite:
      break;
  }
  if (!given.empty()) return {Kind::made_here, given};
  // Beside the file itself, whatever link led to it.
  std::error_code error;
  const auto path = std::filesystem::weakly_canonical(config.store.path, error);
  return {Kind::made_here, (error ? config.store.path : path.string()) + ".secret"};
}

// Returns the exit code.
int refuse_start(const Error& error) {
  std::cerr << "threadkeep: " << error.detail << std::endl;
  return exit_config;
}

// False: they could not be ended, which keeps nobody from reading.
bool end_earlier_answers(Generations& generations) {
  const auto ended = generations.interrupt_unfinished();
  if (!ended) {
    std::cerr << "threadkeep: the answers that the last stop cut short cannot be ended yet: "
              << ended.error().detail << " This is tried again until it succeeds." << std::endl;
    return false;
  }
  if (*ended > 0)
    std::cerr << "threadkeep: " << *ended << " answers were cut short by the last stop"
              << std::endl;
  return true;
}

Job earlier_answers_job(Generations& generations) {
  constexpr std::chrono::milliseconds retry{2'000};
  constexpr std::chrono::milliseconds never = std::chrono::hours(24);
  return {"ending answers of before", retry, [&generations, retry, never] {
            return generations.interrupt_unfinished() ? never : retry;
          }};
}

void add_own_tools(tools::Registry& registry, const Config& config, Store& store,
                   const Clock& clock, http::Outbound& to_public) {
  registry.add(tools::search_conversations(store));
  registry.add(tools::read_conversation(store));
  registry.add(tools::current_time(clock));
  if (config.fetches_pages) registry.add(tools::fetch_url(to_public));
}

void tell_ready(const std::string& address, std::chrono::steady_clock::time_point started_at) {
  const auto took = std::chrono::steady_clock::now() - started_at;
  std::cout << "Threadkeep is at " << address << " (ready in "
            << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms)"
            << std::endl;
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const Config& config, const Clock& clock,
                                          UlidMaker& ids) {
  if (config.store.kind == StoreLocation::Kind::memory) return make_memory_store(clock, ids);
  if (config.store.kind == StoreLocation::Kind::postgres) {
    PostgresOptions options;
    options.url = config.store.path;
    return open_postgres_store(options, clock, ids);
  }
  SqliteOptions options;
  options.path = config.store.path;
  return open_sqlite_store(options, clock, ids);
}

int serve(const Config& config, std::chrono::steady_clock::time_point started_at) {
  keep_freed_memory();
  const sigset_t signals = block_signals();
  const int open_files_max = raise_open_files_max();
  const MemoryReturn memory_return;
  const Clock& clock = system_clock();
  UlidMaker ids(clock);
  const auto vendors = llm::vendors_from_environment(environment_variable);
  if (!vendors) return refuse_start(vendors.error());
  Hub hub;  // before the store, which tells it of commits to its end
  auto store = open_store(config, clock, ids);
  if (!store) return refuse_start(store.error());
  const auto secrets = keys::SecretSource::open(secret_place(config));
  if (!secrets) return refuse_start(secrets.error());
  const auto outbound = http::Outbound::create();
  const auto to_entered = http::create_entered_outbound();
  keys::EnteredVendors entered(**store, **secrets, *vendors);
  llm::ModelsOptions models_options;
  models_options.list.windows = config.windows;
  const auto models =
      llm::make_models({*vendors, [&entered](const UserId& user) { return entered.of(user); }},
                       {*outbound, *to_entered}, std::move(models_options));
  tools::Registry registry;
  const auto to_public = http::create_public_outbound();
  add_own_tools(registry, config, **store, clock, *to_public);
  const tools::McpServers mcp_servers(
      config.mcp_servers, {*outbound, registry, (*store)->blobs(), config.attachment_quota_bytes});
  ContextSummaries summaries(**store, *models);
  Generations generations(**store, *models, registry, clock, ids, {},
                          config.summarises_context ? &summaries : nullptr);
  Titles titles(**store, *models, [&hub](const UserId& user, const TitleChanged& changed) {
    hub.tell_title(user, changed);
  });
  const CommitNews news(**store, hub, generations);
  ClockWatch clock_watch(**store, clock);
  std::vector<Job> jobs = {lease_job(**store), purge_job(**store, clock, clock_watch)};
  if (!end_earlier_answers(generations)) jobs.push_back(earlier_answers_job(generations));
  const Ticker ticker(std::move(jobs));
  // Apart: it looks through messages, and the lease must not wait for it.
  const Ticker collector({collect_job(**store, clock, clock_watch)});
  api::Services services{**store,  generations, titles, hub, *models,
                         registry, entered,     clock,  ids, api::Cursors((*store)->cursor_key()),
                         {}};
  services.names_conversations = config.names_conversations;
  services.attachments = {config.attachment_bytes_max, config.attachment_quota_bytes};
  const api::LocalUser local_user((*store)->local_user());
  api::Application application(services, api::native_surfaces(local_user, web_client_response));
  auto listener = http::Listener::open(listener_options(config, open_files_max), application);
  if (!listener) return refuse_start(listener.error());
  services.hosts = own_hosts(config, (*listener)->port());
  (*listener)->start();
  tell_ready(page_address(config, (*listener)->port()), started_at);

  int received = 0;
  sigwait(&signals, &received);
  services.is_stopping = true;
  const auto stopping_at = std::chrono::steady_clock::now();
  generations.stop(stop_grace_ms);
  titles.stop();
  summaries.stop();
  hub.stop();
  services.thumbnails.stop();
  const auto stopping_for = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - stopping_at);
  const std::int64_t left_ms = stop_ms_max - stopping_for.count();
  (*listener)->stop(static_cast<int>(std::clamp<std::int64_t>(left_ms, 0, stop_grace_ms)));
  return EXIT_SUCCESS;
}

}  // namespace threadkeep
