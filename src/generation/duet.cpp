#include "generation/duet.h"

#include "base/limits.h"
#include "json/json.h"

namespace threadkeep::generation {

std::string metadata_with(const DuetTurn& turn) {
  std::string metadata;
  json::Writer writer(metadata);
  writer.begin_object().key("duet").begin_object();
  writer.member("turn", turn.number).member("turns", turn.last).key("models").begin_array();
  for (const std::string& model : turn.models) writer.string(model);
  writer.end_array().end_object().end_object();
  return metadata;
}

std::optional<DuetTurn> duet_turn_of(const Message& message) {
  if (message.role != Role::assistant || message.metadata.find("\"duet\"") == std::string::npos)
    return std::nullopt;
  const auto metadata = json::Document::parse(message.metadata, json::Mode::foreign);
  if (!metadata) return std::nullopt;
  const json::Value duet = metadata->root()["duet"];
  DuetTurn turn;
  turn.number = duet["turn"].integer().value_or(0);
  turn.last = duet["turns"].integer().value_or(0);
  if (turn.number < 1 || turn.last < turn.number || duet["models"].size() != turn.models.size())
    return std::nullopt;
  for (std::size_t i = 0; i < turn.models.size(); ++i)
    turn.models[i] = std::string(duet["models"].at(i).string());
  return turn;
}

DuetTurn first_turn(const std::array<std::string, 2>& models, std::int64_t turns,
                    const std::optional<Message>& before) {
  DuetTurn turn{models, 1, turns};
  const auto earlier = before ? duet_turn_of(*before) : std::nullopt;
  if (earlier && earlier->models == models && earlier->number < limits::count_max - turns) {
    turn.number = earlier->number + 1;
    turn.last = earlier->number + turns;
  }
  return turn;
}

std::string spoken(const std::string& content) {
  const auto blocks = json::Document::parse(content, json::Mode::foreign);
  if (!blocks) return "[]";
  std::string text;
  json::Writer writer(text);
  writer.begin_array();
  for (const json::Value block : blocks->root().items()) {
    if (block["type"].string() == "text" && !block["text"].string().empty())
      writer.raw(block.raw());
  }
  writer.end_array();
  return text;
}

llm::Turn heard_by(const DuetTurn& listener, const Message& message) {
  const auto turn = duet_turn_of(message);
  // Two turns of one model are told apart by their numbers.
  const bool is_own =
      !turn || (listener.models[0] == listener.models[1] ? turn->number % 2 == listener.number % 2
                                                         : turn->model() == listener.model());
  if (is_own) return {message.role, message.content};
  return {Role::user, spoken(message.content)};
}

}  // namespace threadkeep::generation
