#include "http/client/multi.h"

#include <utility>
#include <vector>

namespace threadkeep::http {

// Waits for one socket of libcurl's, without owning it.
class CurlMulti::Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(CurlMulti& multi, curl_socket_t socket)
      : multi_(multi), socket_(socket), descriptor_(multi.io_, socket) {}

  void want(int what) {
    wanted_ = what;
    arm();
  }
  // libcurl is about to close the socket.
  void release() {
    released_ = true;
    descriptor_.release();
  }

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;

  void arm() {
    if (released_) return;
    if ((wanted_ & CURL_POLL_IN) != 0 && !std::exchange(reading_, true)) {
      descriptor_.async_wait(Descriptor::wait_read,
                             [self = shared_from_this()](boost::system::error_code error) {
                               self->reading_ = false;
                               self->on_ready(CURL_POLL_IN, CURL_CSELECT_IN, !error);
                             });
    }
    if ((wanted_ & CURL_POLL_OUT) != 0 && !std::exchange(writing_, true)) {
      descriptor_.async_wait(Descriptor::wait_write,
                             [self = shared_from_this()](boost::system::error_code error) {
                               self->writing_ = false;
                               self->on_ready(CURL_POLL_OUT, CURL_CSELECT_OUT, !error);
                             });
    }
  }

  void on_ready(int awaited, int event, bool ok) {
    if (released_ || !ok) return;
    if ((wanted_ & awaited) != 0) multi_.act(socket_, event);
    arm();
  }

  CurlMulti& multi_;
  curl_socket_t socket_;
  Descriptor descriptor_;
  int wanted_ = 0;
  bool reading_ = false;
  bool writing_ = false;
  bool released_ = false;
};

CurlMulti::CurlMulti(boost::asio::io_context& io, std::function<void(CURL*, CURLcode)> on_finished)
    : io_(io), on_finished_(std::move(on_finished)), timer_(io), multi_(curl_multi_init()) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
}

CurlMulti::~CurlMulti() {
  curl_multi_cleanup(multi_);
  for (const auto& [socket, watch] : watches_) watch->release();
}

void CurlMulti::add(CURL* handle) { curl_multi_add_handle(multi_, handle); }

void CurlMulti::remove(CURL* handle) { curl_multi_remove_handle(multi_, handle); }

int CurlMulti::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<CurlMulti*>(self)->watch(socket, what);
  return 0;
}

void CurlMulti::watch(curl_socket_t socket, int what) {
  auto& watch = watches_[socket];
  if (what == CURL_POLL_REMOVE) {
    if (watch) watch->release();
    watches_.erase(socket);
    return;
  }
  if (!watch) watch = std::make_shared<Watch>(*this, socket);
  watch->want(what);
}

int CurlMulti::on_timer(CURLM*, long timeout_ms, void* data) {
  auto* self = static_cast<CurlMulti*>(data);
  self->timer_.cancel();
  if (timeout_ms < 0) return 0;
  self->timer_.expires_after(std::chrono::milliseconds(timeout_ms));
  self->timer_.async_wait([self](boost::system::error_code error) {
    if (!error) self->act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void CurlMulti::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  std::vector<std::pair<CURL*, CURLcode>>
      finished;  // collected first: telling of one may remove another
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) {
      finished.emplace_back(message->easy_handle, message->data.result);
    }
  }
  for (const auto& [handle, code] : finished) on_finished_(handle, code);
}

}  // namespace threadkeep::http
