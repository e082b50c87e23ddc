// One connection: reads requests, has them handled, writes the answers in their order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"
#include "http/server/chunk_decoder.h"
#include "http/server/connection_list.h"
#include "http/server/exchange.h"
#include "http/server/head_parser.h"
#include "http/server/listener_state.h"
#include "http/server/memory_account.h"
#include "http/server/output.h"
#include "http/server/pace.h"
#include "http/server/spool.h"

namespace threadkeep::http {

// Listener's thread. Keeps itself alive until drop(). Every event ends in progress(): first what
// can be written is written, then what can be read is read, until nothing moves. An idle connection
// holds no buffer.
class Connection final : public ConnectionHooks, public std::enable_shared_from_this<Connection> {
 public:
  Connection(ListenerState& listener, Socket socket, std::shared_ptr<ClientShare> client);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  // Answers 503 and closes.
  void start_refused();
  // Something that belongs to an exchange of this connection has become ready.
  void on_delivery();
  // A stream of this connection is to end without its proper end.
  void break_off(Stream& stream);
  // Called a few times per second.
  void on_sweep(std::int64_t now_ms);
  // Closes at once when nothing is under way; otherwise the answer under way is the last one.
  void on_stopping();
  // Closes the socket at once. Whoever calls it holds a shared_ptr.
  void drop();
  // What the client has to move, and has not moved fast enough since then, so that memory is held
  // for it; nothing when it is not the client that is waited for.
  std::optional<std::int64_t> waits_for_client_since() const;
  // Ends what the client leaves waiting: a request with 503, an answer by closing.
  void give_up();

  const ClientShare& client() const { return *client_; }
  // What this connection holds.
  const MemoryAccount& memory() const { return *memory_; }

 private:
  // What the bytes that come next are.
  enum class Reading {
    head,
    held,  // a head is parsed, its request has to wait for the answers before it
    body,
    ended,   // nothing more is read; the connection closes after its last answer
    linger,  // all is said: what still comes is thrown away, so that the last answer is not lost to
             // a reset
  };
  // The list of the listener that it is in.
  enum class Waiting { none, idle, half_head };
  static constexpr std::uint32_t body_bytes_per_s_min = 1U << 10;
  static constexpr std::uint32_t steady_bytes_per_s_min = 64U << 10;
  // A request whose body is still to come.
  struct Incoming {
    explicit Incoming(const std::shared_ptr<MemoryAccount>& memory) : charge(memory) {}

    ParsedHead parsed;
    std::unique_ptr<const AdmittedRequest> admitted;  // null while it is held
    BodyPlan plan;
    std::string body;
    MemoryCharge charge;  // of `body`, or of what the spool gathers
    std::shared_ptr<Spool> spool;
    ChunkDecoder chunks;
    std::uint64_t received = 0;
    Pace pace{body_bytes_per_s_min};              // slower gets 408
    Pace pace_when_full{steady_bytes_per_s_min};  // slower makes room when memory is short
    bool complete = false;
  };

  // connection.cpp: events
  void wait_readable();
  void on_readable();
  void on_end_of_input();
  void wait_writable();
  void on_writable();
  void progress(std::string_view fresh);
  void keep(std::string_view rest);
  void place();
  void settle();
  void finish();
  std::int64_t deadline() const;
  bool is_idle() const;
  bool waits_for_head() const;

  // connection_input.cpp: from bytes to exchanges. Each returns whether it got on.
  bool read(std::string_view& input);
  bool read_head(std::string_view& input);
  bool begin(ParsedHead parsed, std::string_view input);
  bool may_begin(const ParsedHead& parsed) const;
  void begin_body(ParsedHead parsed, std::unique_ptr<const AdmittedRequest> admitted,
                  std::string_view input);
  bool read_body(std::string_view& input);
  void add_to_body(std::string_view bytes);
  bool make_room_in_body(std::size_t more);
  bool end_body();
  void submit(ParsedHead parsed, std::unique_ptr<const AdmittedRequest> admitted,
              const std::shared_ptr<Exchange>& exchange);
  std::shared_ptr<Exchange> make_exchange(const ParsedHead& parsed);
  void hand_over(const std::shared_ptr<Exchange>& exchange);
  bool resume_waiting();
  // Answers the request under way and reads nothing after it.
  void refuse(const Refusal& refusal);
  void refuse_with(Response response, std::shared_ptr<Exchange> exchange);
  void forget_incoming();

  // connection_output.cpp: from exchanges to bytes.
  void write_answers();
  void append_answer(Exchange& exchange);
  bool write_stream(Exchange& exchange);
  bool write_source(Exchange& exchange);
  void send(std::string_view head, Piece body);
  void pop_exchange();
  AfterAnswer after(const Exchange& exchange) const;

  ListenerState& listener_;
  Socket socket_;
  const std::shared_ptr<ClientShare> client_;
  const std::shared_ptr<MemoryAccount> memory_;
  MemoryCharge buffers_{memory_};  // input_ and output_
  std::shared_ptr<Connection> self_;
  std::string input_;  // came in, not read yet
  std::unique_ptr<Incoming> incoming_;
  std::vector<std::shared_ptr<Exchange>> exchanges_;  // in the order of the requests
  Output output_;
  std::size_t scanned_ = 0;  // of input_: holds no end of a head
  std::int64_t last_input_ms_ = 0;
  std::int64_t last_output_ms_ = 0;
  Pace output_pace_{steady_bytes_per_s_min};
  std::int64_t head_since_ms_ = 0;
  std::int64_t phase_since_ms_ = 0;  // idle, lingering
  Reading reading_ = Reading::head;
  Waiting waiting_ = Waiting::none;
  bool waiting_readable_ = false;
  bool waiting_writable_ = false;
  bool in_progress_ = false;
  bool input_ended_ = false;
  bool empty_line_skipped_ = false;
  bool wants_room_ = false;  // for the next piece of an answer: asked for again at every sweep
  bool open_ = true;
};

}  // namespace threadkeep::http
