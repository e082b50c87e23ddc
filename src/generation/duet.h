// A duet: two models that talk to each other. Whose turn it is, and what each of them is told of
// what the other said. Pure rules; every answer of a duet carries them in its metadata, so that
// they travel and last as long as the row does.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "domain/message.h"
#include "llm/provider.h"

namespace threadkeep::generation {

// A place in a duet. The first model speaks at odd turns, the second at even ones; they may be one
// model.
struct DuetTurn {
  std::array<std::string, 2> models;
  std::int64_t number = 1;
  std::int64_t last = 1;  // the turn that ends the duet

  const std::string& model() const { return models[number % 2 == 1 ? 0 : 1]; }
};

// The metadata of an answer, with its turn: {"duet":{turn,turns,models}}.
std::string metadata_with(const DuetTurn& turn);
// Nothing: the message is no answer of a duet.
std::optional<DuetTurn> duet_turn_of(const Message& message);

// The first turn of a duet that goes on after `before`: it counts on where that is an answer of the
// same two models.
DuetTurn first_turn(const std::array<std::string, 2>& models, std::int64_t turns,
                    const std::optional<Message>& before);

// The text blocks of a content alone: what the other model hears. "[]": it said nothing.
std::string spoken(const std::string& content);

// A message of the path as the model of this turn is given it: what the other model of a duet said
// as the user's words, everything else as it is.
llm::Turn heard_by(const DuetTurn& listener, const Message& message);

}  // namespace threadkeep::generation
