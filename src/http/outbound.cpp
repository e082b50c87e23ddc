#include "http/outbound.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <utility>

#include "http/client/multi.h"
#include "http/client/transfer.h"
#include "http/public_address.h"
#include "http/public_outbound.h"

namespace threadkeep::http {

namespace {

namespace asio = boost::asio;

constexpr auto sweep_interval = std::chrono::milliseconds(100);

// The outbound thread and the transfers it runs. Calls share it, so that one that lives longer than
// the Outbound finds it stopped instead of gone.
class Loop {
 public:
  Loop() : multi_(io_, [this](CURL* handle, CURLcode code) { on_finished(handle, code); }) {}

  void start() {
    thread_ = std::thread([this] { io_.run(); });
    thread_id_ = thread_.get_id();
  }
  void add(std::shared_ptr<Transfer> transfer) {
    asio::post(io_, [this, transfer = std::move(transfer)] { begin(transfer); });
  }
  void cancel(const std::shared_ptr<Transfer>& transfer) {
    transfer->cancel(thread_id_);
    asio::post(io_, [this, transfer] { end(*transfer, std::nullopt); });
  }
  // Ends all transfers and joins.
  void stop() {
    asio::post(io_, [this] { end_all(); });
    guard_.reset();
    thread_.join();
  }

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock,
                                 asio::wait_traits<std::chrono::steady_clock>, CurlMulti::Executor>;

  void begin(const std::shared_ptr<Transfer>& transfer) {
    if (transfer->cancelled()) return transfer->finish(std::nullopt);
    if (stopping_) return transfer->finish(stopped_error());
    if (const auto error = transfer->prepare(steady_ms())) return transfer->finish(error);
    running_.emplace(transfer->handle(), transfer);
    multi_.add(transfer->handle());
    if (running_.size() == 1) sweep();
  }

  void on_finished(CURL* handle, CURLcode code) {
    const auto found = running_.find(handle);
    if (found != running_.end()) end(*found->second, found->second->outcome(code));
  }

  void end(const Transfer& transfer, const std::optional<Error>& error) {
    const auto found = running_.find(transfer.handle());
    if (found == running_.end()) return;
    const auto ended = std::move(found->second);
    running_.erase(found);
    multi_.remove(ended->handle());
    ended->finish(error);
  }

  void sweep() {
    const std::int64_t now_ms = steady_ms();
    std::vector<std::pair<std::shared_ptr<Transfer>, std::optional<Error>>> overdue;
    for (const auto& [handle, transfer] : running_) {
      if (auto error = transfer->overdue(now_ms)) overdue.emplace_back(transfer, std::move(error));
    }
    for (const auto& [transfer, error] : overdue) end(*transfer, error);
    if (running_.empty()) return;
    sweep_timer_.expires_after(sweep_interval);
    sweep_timer_.async_wait([this](boost::system::error_code error) {
      if (!error) sweep();
    });
  }

  void end_all() {
    stopping_ = true;
    while (!running_.empty()) end(*running_.begin()->second, stopped_error());
    sweep_timer_.cancel();
    io_.stop();
  }

  static Error stopped_error() { return {Errc::cancelled, "The program is stopping."}; }

  asio::io_context io_{1};
  asio::executor_work_guard<CurlMulti::Executor> guard_{io_.get_executor()};
  Timer sweep_timer_{io_};
  CurlMulti multi_;
  std::unordered_map<CURL*, std::shared_ptr<Transfer>> running_;
  std::thread thread_;
  std::thread::id thread_id_;
  bool stopping_ = false;
};

class CurlCall final : public OutboundCall {
 public:
  CurlCall(std::shared_ptr<Loop> loop, std::shared_ptr<Transfer> transfer)
      : loop_(std::move(loop)), transfer_(std::move(transfer)) {}
  ~CurlCall() override { loop_->cancel(transfer_); }
  CurlCall(const CurlCall&) = delete;
  CurlCall& operator=(const CurlCall&) = delete;

 private:
  std::shared_ptr<Loop> loop_;
  std::shared_ptr<Transfer> transfer_;
};

class CurlOutbound final : public Outbound {
 public:
  explicit CurlOutbound(MayConnect may_connect) : may_connect_(may_connect) { loop_->start(); }
  ~CurlOutbound() override { loop_->stop(); }
  CurlOutbound(const CurlOutbound&) = delete;
  CurlOutbound& operator=(const CurlOutbound&) = delete;

  std::unique_ptr<OutboundCall> start(OutboundRequest request, OutboundEvents events) override {
    auto transfer = std::make_shared<Transfer>(std::move(request), std::move(events), may_connect_);
    auto call = std::make_unique<CurlCall>(loop_, transfer);
    loop_->add(std::move(transfer));
    return call;
  }

 private:
  const MayConnect may_connect_;
  std::shared_ptr<Loop> loop_ = std::make_shared<Loop>();
};

}  // namespace

std::unique_ptr<Outbound> Outbound::create() { return create_outbound_to(nullptr); }

std::unique_ptr<Outbound> create_public_outbound() { return create_outbound_to(is_public_address); }

std::unique_ptr<Outbound> create_entered_outbound() { return create_outbound_to(may_be_entered); }

std::unique_ptr<Outbound> create_outbound_to(MayConnect may_connect) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
  return std::make_unique<CurlOutbound>(may_connect);
}

}  // namespace threadkeep::http
