// A listener on a free port of 127.0.0.1 with an application that tests program, and a raw client.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "http/listener.h"

namespace threadkeep::http {

// Replies by functions that a test sets before start().
class TestApplication : public Application {
 public:
  using Plan = std::variant<BodyPlan, Response>;  // a response refuses
  std::function<Plan(const RequestHead&)> plan = [](const RequestHead&) {
    return BodyPlan{.kind = BodyPlan::Kind::memory, .bytes_max = 1U << 20};
  };
  std::function<Lane(const RequestHead&)> lane = [](const RequestHead&) { return Lane::read; };
  // Without one: the method, the path, the query and the body, one per line.
  std::function<Reply(Request, const Responder&)> handler;
  // When set, it makes the documents for requests that were let in.
  std::function<Response(const Refusal&)> refuse_admitted;

  HeadDecision decide(const RequestHead& head) override;
  Response refusal(const Refusal& refusal, std::uint64_t request_number) override;
};

Response text_response(std::string body);

// Hands things from handlers to the test.
template <class T>
class Box {
 public:
  Box() = default;
  ~Box() {
    const std::lock_guard lock(mutex_);  // what was put and never taken came from another thread
    things_.clear();
  }
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;
  void put(T thing) {
    const std::lock_guard lock(mutex_);
    things_.push_back(std::move(thing));
    filled_.notify_all();
  }
  // The oldest; fails the test and throws when none comes within ten seconds.
  T take() {
    std::unique_lock lock(mutex_);
    if (!filled_.wait_for(lock, std::chrono::seconds(10), [this] { return !things_.empty(); })) {
      throw std::runtime_error("nothing came");
    }
    T thing = std::move(things_.front());
    things_.erase(things_.begin());
    return thing;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return things_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<T> things_;
};

// Waits until `condition` holds, at most ten seconds; answers whether it does.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

struct Server {
  Server() { options.port = 0; }
  ~Server() {
    if (listener) listener->stop(0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  void start();

  ListenerOptions options;
  TestApplication application;
  std::unique_ptr<Listener> listener;
};

struct Received {
  int status = 0;
  std::string head;  // all of it, with the empty line
  std::string body;
  // The value of a header, empty when it is not there.
  std::string header(std::string_view name) const;
};

// A blocking socket that gives up after a few seconds.
class Client {
 public:
  // `own_address`: that the connection comes from.
  explicit Client(std::uint16_t port, int receive_buffer = 0, const char* own_address = nullptr);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // False when the connection broke.
  bool send(std::string_view bytes);
  // The next answer; nothing when the connection ends before one is whole. `to_head`: there is no
  // body.
  enum class Expect { body, head_only };
  std::optional<Received> receive(Expect expect = Expect::body);
  // Everything until the end of the connection.
  std::string receive_rest();
  // At least one byte more; empty at the end.
  std::string receive_some();
  bool wait_for_end(std::chrono::milliseconds limit);
  // Whether the other side reset the connection.
  bool was_reset() const { return was_reset_; }
  void close_sending_side();
  void reset();  // closes with RST
  int descriptor() const { return descriptor_; }

 private:
  bool fill();
  std::optional<std::string> decode_chunks();

  int descriptor_;
  std::atomic<bool> was_reset_ = false;  // one thread may send while another receives
  std::string buffer_;
};

// How many descriptors this process has open.
std::size_t open_files();

std::string get(std::string_view path, std::string_view headers = {});
std::string post(std::string_view path, std::string_view body, std::string_view headers = {});

}  // namespace threadkeep::http
