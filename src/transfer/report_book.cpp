#include "transfer/report_book.h"

#include <utility>

#include "base/utf8.h"

namespace threadkeep {
namespace {

constexpr std::size_t shown_bytes_max = 200;  // of a foreign id or title

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) {
    if (!text.empty()) text.push_back(' ');
    text += sentence;
  }
  return text;
}

std::string deleted_sentence(std::int64_t count) {
  const std::string which =
      count == 1 ? "One of its messages was deleted here and stays"
                 : std::to_string(count) + " of its messages were deleted here and stay";
  return which + " so: see the deleted messages of the conversation.";
}

}  // namespace

void ReportBook::add_merged(const SourceConversation& source, const Merged& merged) {
  ++report_.conversations.found;
  const bool was_here = merged.conversation_was_there || merged.is_in_trash;
  ++(was_here ? report_.conversations.already_here : report_.conversations.imported);
  report_.messages.found += source.messages_found;
  report_.messages.imported += merged.messages_added;
  report_.messages.already_here += merged.messages_already_here;
  report_.messages.skipped +=
      source.messages_found - merged.messages_added - merged.messages_already_here;
  hidden_ += source.messages_hidden;
  add_verbatim(source);
  std::vector<std::string> reasons = source.reasons;
  if (merged.is_in_trash) reasons.emplace_back("It is in the trash here, so nothing was added.");
  if (merged.messages_deleted > 0) reasons.push_back(deleted_sentence(merged.messages_deleted));
  if (!reasons.empty()) {
    add_problem({source.source_id, source.merge.conversation.title, joined(reasons)});
  }
}

void ReportBook::add_failed(const SourceConversation& source, std::string reason) {
  report_.messages.found += source.messages_found;
  report_.messages.skipped += source.messages_found;
  std::vector<std::string> reasons{std::move(reason)};
  reasons.insert(reasons.end(), source.reasons.begin(), source.reasons.end());
  add_unreadable({source.source_id, source.merge.conversation.title, joined(reasons)});
}

void ReportBook::add_preset(PresetOutcome outcome) {
  ++report_.presets.found;
  ++(outcome == PresetOutcome::imported ? report_.presets.imported : report_.presets.already_here);
}

void ReportBook::add_failed(const SourcePreset& source, std::string reason) {
  ++report_.presets.found;
  ++report_.presets.failed;
  const auto& name = source.patch.name;
  add_problem({source.id, name ? name->value_or("") : "", std::move(reason)});
}

void ReportBook::add_erased(const SourceConversation& source) {
  ++report_.conversations.found;
  ++report_.conversations.deleted_for_ever;
  report_.messages.found += source.messages_found;
  report_.messages.skipped += source.messages_found;
  add_problem({source.source_id, source.merge.conversation.title,
               "It was deleted for ever here, so it did not come in again."});
}

void ReportBook::add_unreadable(ImportReport::Problem problem) {
  ++report_.conversations.found;
  ++report_.conversations.failed;
  add_problem(std::move(problem));
}

// A file may be made of nothing but new content types; a report is for people.
void ReportBook::add_verbatim(const SourceConversation& source) {
  constexpr std::size_t types_max = 200;
  for (const auto& [type, count] : source.verbatim) {
    const bool has_room = report_.verbatim.size() < types_max || report_.verbatim.contains(type);
    report_.verbatim[has_room ? type : "others"] += count;
  }
}

void ReportBook::add_problem(ImportReport::Problem problem) {
  if (report_.problems.size() == ImportReport::problems_max) {
    ++report_.problems_left_out;
    return;
  }
  problem.conversation = utf8_prefix(problem.conversation, shown_bytes_max);
  problem.title = utf8_prefix(problem.title, shown_bytes_max);
  report_.problems.push_back(std::move(problem));
}

void ReportBook::close(const std::vector<std::string>& left_out) {
  const auto say = [this](std::string sentence) {
    report_.problems.push_back({"", "", std::move(sentence)});
  };
  for (const std::string& sentence : left_out) say(sentence);
  if (report_.conversations.deleted_for_ever > 0)
    say("What was deleted for ever here stays away unless you ask for it: import the file once "
        "more "
        "and choose to bring it in anew.");
  if (hidden_ == 0) return;
  const std::string which =
      hidden_ == 1 ? "One message was left out that the source itself does not show"
                   : std::to_string(hidden_) +
                         " messages were left out that the source itself does not show";
  say(which + ", such as custom instructions.");
}

}  // namespace threadkeep
