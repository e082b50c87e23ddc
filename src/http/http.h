// Requests and answers as the rest of the program sees them. No event loop and no library type
// crosses this header.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace threadkeep::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

std::string_view method_name(Method method);

struct Header {
  std::string name;
  std::string value;
};

// The request line and the headers, checked: framing, sizes and characters are right, there is
// exactly one Host.
struct RequestHead {
  Method method = Method::get;
  std::string target;  // as sent: origin form
  std::string path;    // percent-decoded once, without the query; always begins with '/'; holds no
                       // NUL and no "." or ".." segment
  std::string query;   // as sent, without the '?'
  std::vector<Header> headers;
  std::optional<std::uint64_t> content_length;  // none: chunked or no body
  bool has_body = false;
  std::uint64_t request_number = 0;  // unique within the process: for logs and problem documents

  // The first header of that name (case-insensitive); nothing when there is none.
  std::optional<std::string_view> header(std::string_view name) const;
  std::size_t header_count(std::string_view name) const;
};

// A body that was written to an unlinked temporary file while it arrived. Owns the file descriptor.
class SpooledBody {
 public:
  explicit SpooledBody(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}
  ~SpooledBody();
  SpooledBody(const SpooledBody&) = delete;
  SpooledBody& operator=(const SpooledBody&) = delete;
  int descriptor() const { return descriptor_; }  // at offset 0, readable and seekable
  std::uint64_t size() const { return size_; }

 private:
  int descriptor_;
  std::uint64_t size_;
};

// Why a request fails before a handler has it. The views point to literals. `problem` is one of
//   400 bad-framing, bad-target (the path), bad-host; 405 method-not-allowed (TRACE, CONNECT);
//   408 request-timeout; 413 too-large; 414 uri-too-long; 417 expectation-failed;
//   431 headers-too-large; 500 internal; 501 not-implemented (method, transfer coding);
//   503 unavailable (no room for more connections, memory or waiting requests); 505
//   http-version-not-supported; 507 storage-full;
// or what a BodySink says.
struct Refusal {
  int status;
  std::string_view problem;
  std::string_view detail;
};

// Where the program takes a body while it arrives. One thread at a time, never the listener's: it
// may wait for a disk.
class BodySink {
 public:
  // Without a handler that has had it: nothing of the body stays.
  virtual ~BodySink() = default;
  // Nothing, or why no more of the body is taken.
  virtual std::optional<Refusal> add(std::string_view bytes) = 0;
};

struct Request : RequestHead {
  std::string body;                      // BodyPlan::memory
  std::shared_ptr<SpooledBody> spooled;  // BodyPlan::spool
  std::unique_ptr<BodySink> sink;        // BodyPlan::sink
};

// The body of an answer that is read while it is sent: a piece when the piece before it is with the
// kernel, so that a reader who takes nothing costs no thread. One thread at a time, never the
// listener's: it may wait for a disk.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Of the whole body; it does not change.
  virtual std::uint64_t size() const = 0;
  // The bytes that come next, at most so many. None before the end: the rest cannot be read, and
  // the connection is broken off.
  virtual std::string read(std::size_t bytes_max) = 0;
};

struct Response {
  int status = 200;
  // Without Content-Length, Date, Connection and Transfer-Encoding: the listener writes those.
  std::vector<Header> headers;
  std::string body;
  // Instead of `body`: bytes that live for ever (the web client inside the binary). Not copied.
  std::string_view static_body = {};
  // Instead of `body`: read while it is sent.
  std::shared_ptr<BodySource> source = nullptr;
};

// The body of an answer that is written little by little (server-sent events). Every method may be
// called from any thread, also after the listener is gone. A reader that takes nothing for
// ListenerOptions::body_stall_ms is dropped, and when memory is short one that leaves bytes waiting
// is dropped sooner. When the last copy goes without close(), the stream is
// aborted.
class EventStream {
 public:
  virtual ~EventStream() = default;
  // Queues bytes. False when the reader is gone, or is dropped now because it leaves bytes waiting
  // and more than `backlog_bytes_max` are queued behind them. One write may be of any size: write
  // together what is there together, such as a replay. Nothing is sent any more after false.
  virtual bool write(std::string_view bytes) = 0;
  // After what is queued, ends the body properly.
  virtual void close() = 0;
  // Breaks the connection without a proper end, so that the reader sees that the stream was cut.
  virtual void abort() = 0;
  // `on_gone` is called once, from the listener's thread, when the reader has left or was dropped,
  // also when that was before it was set; not after close() or abort(). It must not block.
  virtual void on_gone(std::function<void()> on_gone) = 0;
};

inline constexpr std::size_t backlog_bytes_max = 256U << 10;

// Where the answer of one request goes. Copies share it; the first call of send or stream counts,
// later ones are ignored. Any thread. When all copies are gone without an answer, the client gets
// 500.
class Responder {
 public:
  struct Target;
  explicit Responder(std::shared_ptr<Target> target) : target_(std::move(target)) {}
  void send(Response response) const;
  // Sends the head at once (Transfer-Encoding: chunked) and gives the body to write.
  std::shared_ptr<EventStream> stream(Response head) const;

 private:
  std::shared_ptr<Target> target_;
};

// What a handler gives back: the response, or the promise to use the responder later (a commit is
// awaited, or events are streamed).
struct Deferred {};
using Reply = std::variant<Response, Deferred>;

// How the body of a request that was let in is taken.
struct BodyPlan {
  enum class Kind { memory, spool, sink };
  Kind kind = Kind::memory;
  std::uint64_t bytes_max = 0;  // more gets `too_large`
  // Kind::sink: called once, when the first bytes are to be taken, where it may wait for a disk,
  // and perhaps after the client has gone. An exception that leaves it, or the sink, becomes
  // `internal`.
  using OpenSink = std::function<tl::expected<std::unique_ptr<BodySink>, Refusal>()>;
  OpenSink open_sink = nullptr;
};

// Which threads run a handler. Work of one lane never waits for that of another.
enum class Lane : std::uint8_t {
  immediate,  // the listener's own thread: must not block, takes microseconds
  read,       // short reads
  write,      // what is stored and acknowledged
  upstream,   // waits for another server, as a list of models does
  files,      // waits for a disk: to keep a file that has come in
  bulk,       // seconds to minutes of work, such as an import
  probe,      // whether the program can work at all
};
inline constexpr std::size_t lane_count = 7;

// A request that the program has let in: what it decided about the head, kept until the reply.
class AdmittedRequest {
 public:
  virtual ~AdmittedRequest() = default;
  virtual BodyPlan body_plan() const = 0;
  virtual Lane lane() const = 0;
  // Called at most once, on a thread of its lane, when the body is whole. Not called for a safe
  // request (GET, HEAD, OPTIONS) whose client has gone before its turn came. `responder` is used
  // only when the reply is Deferred. An exception that leaves it is told to
  // ListenerOptions::on_failure and becomes `internal`.
  virtual Reply handle(Request request, const Responder& responder) const = 0;
  // Makes the document for what the listener refuses after all (the body, a handler that failed).
  // Any thread, also while handle() runs.
  virtual Response refusal(const Refusal& refusal, std::uint64_t request_number) const = 0;
};

// A response is sent at once and no byte of a body is taken: the connection is closed when one was
// announced.
using HeadDecision = std::variant<std::unique_ptr<AdmittedRequest>, Response>;

// What the listener needs from the program.
class Application {
 public:
  virtual ~Application() = default;
  // Once for every request, with or without a body, after its head. On the listener's thread: must
  // not block, takes microseconds. An exception becomes `internal`.
  virtual HeadDecision decide(const RequestHead& head) = 0;
  // Makes the document for what the listener refuses before it could ask decide(). Any thread.
  virtual Response refusal(const Refusal& refusal, std::uint64_t request_number) = 0;
};

}  // namespace threadkeep::http
