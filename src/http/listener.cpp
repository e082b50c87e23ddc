#include "http/listener.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "http/server/connection.h"
#include "http/server/listener_state.h"

namespace threadkeep::http {

namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using SweepTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr int accept_backlog = 4'096;
constexpr int keep_alive_after_s = 60;
constexpr auto sweep_interval = std::chrono::milliseconds(250);
constexpr int refused_connections_max = 64;  // beyond connections_max: those that are told so

class AsioListener final : public Listener {
 public:
  AsioListener(const ListenerOptions& options, Application& application)
      : state_(options, application), acceptor_(state_.io), sweep_timer_(state_.io) {}
  ~AsioListener() override { stop(0); }

  boost::system::error_code bind();
  std::uint16_t port() const override { return port_; }
  void start() override;
  void stop(int grace_ms) override;

 private:
  void accept();
  void on_acceptable();
  void serve(Socket socket, const Tcp::endpoint& from);
  void sweep();
  void begin_stop();
  void drop_all();
  std::vector<std::shared_ptr<Connection>> connections();

  ListenerState state_;
  Acceptor acceptor_;
  SweepTimer sweep_timer_;
  std::uint16_t port_ = 0;
  bool accepting_ = false;
  std::thread io_thread_;

  std::mutex stop_mutex_;
  std::mutex empty_mutex_;
  std::condition_variable emptied_;
  bool empty_ = false;
  bool stopped_ = false;
};

boost::system::error_code AsioListener::bind() {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(state_.options.address, error);
  if (error) return error;
  const Tcp::endpoint endpoint(address, state_.options.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(Acceptor::reuse_address(true), error);
  // Inherited by what is accepted. Keep-alive: a reader of a silent stream may have gone without a
  // word.
  if (!error) acceptor_.set_option(Tcp::no_delay(true), error);
  if (!error) acceptor_.set_option(Acceptor::keep_alive(true), error);
  ::setsockopt(acceptor_.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &keep_alive_after_s,
               sizeof keep_alive_after_s);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(accept_backlog, error);
  if (!error) acceptor_.non_blocking(true, error);
  // Otherwise Asio waits for the next connection, in the one thread that serves all of them.
  if (!error) acceptor_.set_option(asio::socket_base::enable_connection_aborted(true), error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  return error;
}

void AsioListener::start() {
  state_.on_empty = [this] {
    const std::lock_guard lock(empty_mutex_);
    empty_ = true;
    emptied_.notify_all();
  };
  state_.start_lanes();
  state_.spooler.start(1);
  state_.feeders.start(2);
  asio::post(state_.io, [this] {
    accept();
    sweep();
  });
  io_thread_ = std::thread([this] { state_.io.run(); });
}

// Waits first and then accepts one: an accept without a connection to accept also fails for want of
// descriptors, and would cost an idle connection for nothing.
void AsioListener::accept() {
  accepting_ = true;
  acceptor_.async_wait(Acceptor::wait_read, [this](boost::system::error_code error) {
    accepting_ = false;
    if (!error && !state_.stopping) on_acceptable();
  });
}

void AsioListener::on_acceptable() {
  boost::system::error_code error;
  Socket socket(state_.io);
  Tcp::endpoint from;
  acceptor_.accept(socket, from, error);
  const bool no_descriptor = error == asio::error::no_descriptors || error.value() == ENFILE;
  if (no_descriptor && state_.drop_waiting(nullptr)) acceptor_.accept(socket, from, error);
  if (!error) serve(std::move(socket), from);
  const bool go_on = !error || error == asio::error::would_block ||
                     error == asio::error::try_again || error == asio::error::connection_aborted;
  if (go_on) accept();  // otherwise the next sweep does
}

void AsioListener::serve(Socket socket, const Tcp::endpoint& from) {
  auto client = state_.clients.at(from.address());
  const ListenerOptions& options = state_.options;
  bool has_room =
      client->connections < options.client_connections_max || state_.drop_waiting(client.get());
  if (has_room && state_.connection_count >= options.connections_max) {
    has_room = state_.drop_waiting(nullptr);
  }
  const auto connection =
      std::make_shared<Connection>(state_, std::move(socket), std::move(client));
  if (has_room) {
    connection->start();
  } else if (state_.connection_count < options.connections_max + refused_connections_max) {
    connection->start_refused();
  }
}

std::vector<std::shared_ptr<Connection>> AsioListener::connections() {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(static_cast<std::size_t>(state_.connection_count));
  for (ConnectionHooks& hooks : state_.connections) {
    all.push_back(static_cast<Connection&>(hooks).shared_from_this());
  }
  return all;
}

void AsioListener::sweep() {
  if (state_.stopping && state_.connection_count == 0) return;
  const std::int64_t now_ms = ListenerState::now_ms();
  for (const auto& connection : connections()) connection->on_sweep(now_ms);
  state_.relieve_memory();
  if (!accepting_ && !state_.stopping) accept();
  sweep_timer_.expires_after(sweep_interval);
  sweep_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) sweep();
  });
}

void AsioListener::begin_stop() {
  boost::system::error_code error;
  // Who is connected already is still served.
  while (!error || error == asio::error::connection_aborted) {
    Socket socket(state_.io);
    Tcp::endpoint from;
    acceptor_.accept(socket, from, error);
    if (!error) serve(std::move(socket), from);
  }
  state_.stopping = true;
  acceptor_.close(error);
  for (const auto& connection : connections()) connection->on_stopping();
  if (state_.connection_count == 0) state_.on_empty();
}

void AsioListener::drop_all() {
  for (const auto& connection : connections()) connection->drop();
  sweep_timer_.cancel();
}

void AsioListener::stop(int grace_ms) {
  const std::lock_guard only_one(stop_mutex_);
  if (std::exchange(stopped_, true)) return;
  if (io_thread_.joinable()) {
    auto guard = asio::make_work_guard(state_.io);
    asio::post(state_.io, [this] { begin_stop(); });
    {
      std::unique_lock lock(empty_mutex_);
      emptied_.wait_for(lock, std::chrono::milliseconds(grace_ms), [this] { return empty_; });
    }
    asio::post(state_.io, [this] { drop_all(); });
    state_.stop_lanes();
    state_.spooler.stop();
    state_.feeders.stop();
    state_.inbox->close();
    guard.reset();
    io_thread_.join();
  }
  state_.inbox->close();
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const ListenerOptions& options,
                                                 Application& application) {
  auto listener = std::make_unique<AsioListener>(options, application);
  if (const auto error = listener->bind()) {
    return fail(Errc::storage_unavailable, "Cannot listen on " + options.address + " port " +
                                               std::to_string(options.port) + ": " +
                                               error.message() + ".");
  }
  return Result<std::unique_ptr<Listener>>(std::move(listener));
}

}  // namespace threadkeep::http
