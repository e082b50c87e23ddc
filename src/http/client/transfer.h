// One outgoing request: what libcurl is told, and what it tells.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/outbound.h"
#include "http/public_outbound.h"

namespace threadkeep::http {

class Transfer {
 public:
  // `may_connect`: which addresses; none: all of them.
  Transfer(OutboundRequest request, OutboundEvents events, MayConnect may_connect = nullptr);

  // Any thread but the outbound one: when it returns no callback runs and none will. On the
  // outbound thread: none will after the one that is running.
  void cancel(std::thread::id outbound_thread);
  bool cancelled() const { return cancelled_; }

  // All that follows: the outbound thread.

  // Sets up the handle; an error when the request cannot be sent at all.
  std::optional<Error> prepare(std::int64_t now_ms);
  CURL* handle() const { return easy_.get(); }
  // What a result of libcurl means for this transfer; nothing: all is well.
  std::optional<Error> outcome(CURLcode code) const;
  // What is wrong when the time is over; nothing when it is not.
  std::optional<Error> overdue(std::int64_t now_ms) const;
  // The last callback. Lets go of everything that the callbacks own.
  void finish(const std::optional<Error>& error);

 private:
  struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  // False: the transfer is to end.
  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);
  std::optional<Error> add_headers();
  void set_method();
  void set_transport();
  template <class Option, class Value>
  void set(Option option, Value value) {
    curl_easy_setopt(easy_.get(), option, value);
  }
  template <class Call>
  void call(Call run);

  OutboundRequest request_;
  OutboundEvents events_;
  MayConnect may_connect_ = nullptr;
  bool was_refused_ = false;  // an address, by may_connect_
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::unique_ptr<CURL, FreeHandle> easy_;

  std::mutex callback_mutex_;  // held while a callback runs
  std::atomic<bool> cancelled_ = false;

  std::int64_t started_ms_ = 0;
  std::int64_t last_byte_ms_ = 0;
  int status_ = 0;
  std::vector<Header> received_headers_;
  std::size_t header_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  bool has_head_ = false;
  bool too_large_ = false;
};

// Milliseconds of a clock that never steps back.
std::int64_t steady_ms();

}  // namespace threadkeep::http
