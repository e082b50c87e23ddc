#include "tools/current_time.h"

#include <array>
#include <ctime>
#include <string>

namespace threadkeep::tools {
namespace {

std::string spelled(const std::tm& time, const char* form) {
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), form, &time);
  return {text.data(), length};
}

ToolResult tell(UnixMs now) {
  const auto seconds = static_cast<std::time_t>(now / 1'000);
  std::tm utc{};
  std::tm here{};
  gmtime_r(&seconds, &utc);
  localtime_r(&seconds, &here);
  std::string out;
  json::Writer(out)
      .begin_object()
      .member("utc", spelled(utc, "%Y-%m-%dT%H:%M:%SZ"))
      .member("weekday", spelled(utc, "%A"))
      .member("atTheServer", spelled(here, "%Y-%m-%dT%H:%M:%S%z"))
      .member("unixMs", now)
      .end_object();
  return {std::move(out), false};
}

}  // namespace

RunnableTool current_time(const Clock& clock) {
  RunnableTool tool;
  tool.offer = {"current_time", "Tells the date and the time, in UTC and where the server is.",
                R"({"type":"object","properties":{},"additionalProperties":false})"};
  // Some models refuse every question that comes with a tool.
  tool.access = Access::when_allowed;
  tool.run = [&clock](const UserId&, const json::Value&, const std::stop_token&) {
    return tell(clock.now_ms());
  };
  return tool;
}

}  // namespace threadkeep::tools
