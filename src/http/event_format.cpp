#include "http/event_format.h"

#include <utility>

namespace threadkeep::http {

void append_event(std::string& out, std::string_view event, std::string_view id,
                  std::string_view data) {
  if (!event.empty()) out.append("event: ").append(event).append("\n");
  if (!id.empty()) out.append("id: ").append(id).append("\n");
  for (;;) {
    const std::size_t end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    data.remove_prefix(data.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  out += '\n';
}

EventReader::EventReader(std::size_t event_bytes_max, std::function<void(const Event&)> on_event)
    : event_bytes_max_(event_bytes_max), on_event_(std::move(on_event)) {}

bool EventReader::feed(std::string_view bytes) {
  while (!overflowed_ && !bytes.empty()) {
    if (std::exchange(after_carriage_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + part.size() + event_.data.size() > event_bytes_max_) {
      overflowed_ = true;
      break;
    }
    line_ += part;
    if (end == std::string_view::npos) break;
    after_carriage_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line();
  }
  return !overflowed_;
}

void EventReader::end_line() {
  std::string_view line = line_;
  if (std::exchange(at_start_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.empty()) {
    dispatch();
  } else if (line.front() != ':') {
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == line.npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data") {
      if (has_data_) event_.data += '\n';
      event_.data += value;
      has_data_ = true;
    } else if (field == "event") {
      event_.event = value;
    } else if (field == "id" && value.find('\0') == value.npos) {
      event_.id = value;
    }
  }
  line_.clear();
}

void EventReader::dispatch() {
  if (has_data_) on_event_(event_);
  event_.event.clear();
  event_.data.clear();
  has_data_ = false;
}

void EventReader::finish() {
  if (overflowed_) return;
  if (!line_.empty()) end_line();
  dispatch();
}

}  // namespace threadkeep::http
