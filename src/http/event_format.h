// The text of server-sent events (WHATWG HTML, section 9.2), writing and reading.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace threadkeep::http {

// Appends one event. `data` may hold line breaks; `event` and `id` must not. Empty `event` or `id`:
// the field is left out.
void append_event(std::string& out, std::string_view event, std::string_view id,
                  std::string_view data);

// Cuts a byte stream into events, whatever the pieces; all three line ends; comments, a leading
// byte order mark and unknown fields ignored; an event without a closing blank line is dropped by
// the standard, and is handed over by finish() because providers cut streams.
class EventReader {
 public:
  struct Event {
    std::string event;  // empty: "message"
    std::string data;
    std::string id;
  };
  EventReader(std::size_t event_bytes_max, std::function<void(const Event&)> on_event);
  // False once an event was longer than event_bytes_max; nothing is read any more then.
  bool feed(std::string_view bytes);
  void finish();

 private:
  void end_line();
  void dispatch();

  std::size_t event_bytes_max_;
  std::function<void(const Event&)> on_event_;
  std::string line_;
  Event event_;
  bool has_data_ = false;
  bool after_carriage_return_ = false;
  bool at_start_ = true;
  bool overflowed_ = false;
};

}  // namespace threadkeep::http
