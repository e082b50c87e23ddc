// What the connections of one listener share. Listener's thread, except where it says otherwise.
#pragma once

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/http.h"
#include "http/listener.h"
#include "http/server/connection_list.h"
#include "http/server/head_parser.h"
#include "http/server/response_head.h"
#include "http/server/task.h"

namespace threadkeep::http {

// The concrete executor, not any_io_executor: a virtual call and an allocation less per operation.
using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

struct ListenerState {
  ListenerState(const ListenerOptions& options, Application& application);

  // Milliseconds of a clock that never steps back, a few milliseconds coarse. Any thread.
  static std::int64_t now_ms();
  // The document for what the listener refuses: made by the request when it was let in (`admitted`
  // is not null), otherwise by the application. Any thread.
  Response refusal(const Refusal& refusal, std::uint64_t request_number,
                   const AdmittedRequest* admitted);
  // Gives a task to the workers at the end of this turn of the loop, together with what else comes
  // up in it: one wake-up for many.
  void submit(std::shared_ptr<Task> task);
  // Any thread.
  void report_failure(std::uint64_t request_number, const char* what);

  const ListenerOptions options;
  Application& application;
  boost::asio::io_context io{1};
  const std::shared_ptr<Inbox> inbox;
  Workers workers;
  // A thread of its own for bodies that are spooled: a disk that stalls must not stop the sockets,
  // and handlers that take long must not stop uploads.
  Workers spooler;
  DateText date;
  std::array<char, 64U << 10> scratch{};  // what one recv brings
  std::string heads;                      // answers of one send
  ConnectionList connections;
  IdleList idle;  // the one that is idle for the longest time first
  int connection_count = 0;
  bool stopping = false;
  std::function<void()> on_empty;  // when stopping: the last connection is gone

 private:
  std::vector<std::shared_ptr<Task>> submitted_;
};

}  // namespace threadkeep::http
