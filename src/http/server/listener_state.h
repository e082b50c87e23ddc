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
#include <vector>

#include "http/http.h"
#include "http/listener.h"
#include "http/server/clients.h"
#include "http/server/connection_list.h"
#include "http/server/head_parser.h"
#include "http/server/memory_account.h"
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
  // Gives a task to the threads of a lane at the end of this turn of the loop, together with what
  // else comes up in it: one wake-up for many. False, and nothing else, when as many wait there as
  // may.
  bool submit(Lane lane, std::shared_ptr<Task> task);
  Workers& workers(Lane lane) { return lanes_[static_cast<std::size_t>(lane)].workers; }
  void start_lanes();
  // Drops what waits and waits for what runs.
  void stop_lanes();
  // Closes a connection that waits for its client, to make room: the oldest idle one, else the one
  // that is longest at sending a head, else the one that stands still for the longest time; of one
  // client, or of any (null). False when there is none.
  bool drop_waiting(const ClientShare* client);
  // When more than three quarters of the memory are taken: ends the requests and answers whose
  // clients have stood still for the longest time, until it is half.
  void relieve_memory();
  // Any thread.
  void report_failure(std::uint64_t request_number, const char* what);

  const ListenerOptions options;
  Application& application;
  boost::asio::io_context io{1};
  const std::shared_ptr<Inbox> inbox;
  const std::shared_ptr<MemoryAccount> memory;
  Clients clients;
  // A thread of its own for bodies that are spooled: a disk that stalls must not stop the sockets,
  // and handlers that take long must not stop uploads.
  Workers spooler;
  // Threads that read the bodies of answers while these are sent.
  Workers feeders;
  DateText date;
  std::array<char, 64U << 10> scratch{};  // what one recv brings
  std::string heads;                      // answers of one send
  ConnectionList connections;
  WaitingList idle;        // the one that is idle for the longest time first
  WaitingList half_heads;  // have sent a part of a head, and wait for nothing; the oldest first
  int connection_count = 0;
  int spool_count = 0;
  bool stopping = false;
  std::function<void()> on_empty;  // when stopping: the last connection is gone

 private:
  struct LaneState {
    Workers workers;
    std::vector<std::shared_ptr<Task>> submitted;
    std::size_t waiting_max = 0;
  };
  // The connections whose client has not moved what it should for a second and more, longest first.
  std::vector<std::shared_ptr<Connection>> standing_still(const ClientShare* client);

  std::array<LaneState, lane_count> lanes_;
  bool has_submitted_ = false;
};

}  // namespace threadkeep::http
