// libcurl's multi interface on Asio: libcurl says which sockets and which time to wait for, Asio
// waits. Its cost does not grow with the number of idle transfers, as that of curl_multi_poll does.
#pragma once

#include <curl/curl.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>

namespace threadkeep::http {

// One thread: the one that runs the io_context.
class CurlMulti {
 public:
  using Executor = boost::asio::io_context::executor_type;

  CurlMulti(boost::asio::io_context& io, std::function<void(CURL*, CURLcode)> on_finished);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // `on_finished` tells the end of each, later; never from inside add or remove.
  void add(CURL* handle);
  // Not from inside a callback of libcurl.
  void remove(CURL* handle);

 private:
  class Watch;
  using Timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  static int on_socket(CURL* handle, curl_socket_t socket, int what, void* self, void* watch);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);
  void watch(curl_socket_t socket, int what);
  void act(curl_socket_t socket, int events);

  boost::asio::io_context& io_;
  std::function<void(CURL*, CURLcode)> on_finished_;
  Timer timer_;
  CURLM* multi_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
};

}  // namespace threadkeep::http
