#include "transfer/text_import.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/ascii.h"
#include "transfer/new_ids.h"
#include "transfer/recognise.h"

namespace threadkeep {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
// Exports that are one object hold their conversations in a list of this name.
constexpr std::string_view list_name = "conversations";
// Values before the first one that shows the format. More of them are no export.
constexpr std::size_t waiting_max = 10'000;
constexpr std::size_t waiting_bytes_max = std::size_t{32} << 20;

// The store can take nothing now: the next conversation would fare no better.
bool ends_import(Errc code) {
  return code == Errc::storage_full || code == Errc::storage_unavailable ||
         code == Errc::outcome_unknown;
}

// The ids belong to somebody else, or to something else: others must be made.
bool needs_new_ids(Errc code) { return code == Errc::not_found || code == Errc::id_conflict; }

// The title that an object with this beginning has, when it is there whole.
std::string title_in(std::string_view beginning) {
  constexpr std::string_view name = "\"title\"";
  std::size_t at = beginning.find(name);
  if (at == std::string_view::npos) return "";
  at = beginning.find_first_not_of(" \t\r\n:", at + name.size());
  if (at == std::string_view::npos || beginning[at] != '"') return "";
  std::size_t end = at + 1;
  while (end < beginning.size() && beginning[end] != '"') end += beginning[end] == '\\' ? 2 : 1;
  if (end >= beginning.size()) return "";
  const auto title =
      json::Document::parse(std::string(beginning.substr(at, end + 1 - at)), json::Mode::foreign);
  return title ? std::string(title->root().string()) : "";
}

}  // namespace

Converter& ConversationImport::converter_of(const Format& format) {
  std::unique_ptr<Converter>& converter = converters_[format.name];
  if (!converter) {
    converter = format.make_converter(context_);
    book_.name_format(format.name);
  }
  return *converter;
}

void ConversationImport::add(SourceConversation source) {
  if (failure_) return;
  if (source.merge.messages.empty()) {
    book_.add_failed(source, "It holds no messages.");
  } else {
    merge_and_count(source);
  }
  if (auto going = go_on_(); !going && !failure_) failure_ = going.error();
}

void ConversationImport::add(const SourcePreset& source) {
  if (failure_) return;
  edit_and_count(source);
  if (auto going = go_on_(); !going && !failure_) failure_ = going.error();
}

void ConversationImport::edit_and_count(const SourcePreset& source) {
  if (!source.reason.empty()) return book_.add_failed(source, source.reason);
  const auto before = store_.read(
      [&](const Reader& reader) { return reader.presets().find(context_.user, source.id); });
  const auto stored = store_.write(context_.user, EditPreset{source.id, source.patch, {}});
  if (!stored) {
    if (ends_import(stored.error().code)) failure_ = stored.error();
    return book_.add_failed(source, stored.error().detail);
  }
  const bool is_same = stored->value.deleted_at || (before && before->rev == stored->value.rev);
  book_.add_preset(is_same ? ReportBook::PresetOutcome::already_here
                           : ReportBook::PresetOutcome::imported);
}

void ConversationImport::merge_and_count(SourceConversation& source) {
  bool is_erased = false;
  const auto merged = merge(source, is_erased);
  if (is_erased) {
    book_.add_erased(source);
  } else if (merged) {
    book_.add_merged(source, *merged);
  } else if (ends_import(merged.error().code)) {
    failure_ = merged.error();
  } else {
    book_.add_failed(source, merged.error().detail);
  }
}

// A conversation that was deleted for ever keeps its id from being used again, and stays away
// unless the person wants it back: then it comes in with the first ids that are free.
Result<Merged> ConversationImport::merge(SourceConversation& source, bool& is_erased) {
  constexpr int attempts_max = 100;
  for (int attempt = 1;; ++attempt) {
    MergeSlices slices(source.merge, pace_);
    ConversationMerge first = slices.next();
    auto merged = merge_slice(first);
    const bool is_taken = !merged && needs_new_ids(merged.error().code);
    is_erased = merged && merged->is_erased;
    const bool comes_in_anew = is_erased && erased_ == ErasedBefore::comes_in_anew;
    if ((!is_taken && !comes_in_anew) || attempt == attempts_max) {
      if (merged && !merged->is_in_trash) merge_rest(slices, source, *merged);
      return merged;
    }
    slices.give_back(std::move(first));
    source.merge = with_new_ids(std::move(source.merge), context_.user);
  }
}

Result<Merged> ConversationImport::merge_slice(const ConversationMerge& slice) {
  const auto began = std::chrono::steady_clock::now();
  auto merged = store_.write(context_.user, slice);
  const auto time = std::chrono::steady_clock::now() - began;
  std::size_t bytes = 0;
  for (const NewMessage& message : slice.messages) bytes += message.content.size();
  pace_.took(slice.messages.size(), bytes,
             std::chrono::duration_cast<std::chrono::microseconds>(time));
  return merged;
}

void ConversationImport::merge_rest(MergeSlices& slices, SourceConversation& source,
                                    Merged& merged) {
  while (!slices.is_over()) {
    if (auto going = go_on_(); !going) {
      failure_ = going.error();
      return;
    }
    const auto more = merge_slice(slices.next());
    if (!more) {
      if (ends_import(more.error().code)) failure_ = more.error();
      source.reasons.push_back("Only its beginning came in: " + more.error().detail);
      return;
    }
    merged.is_in_trash = more->is_in_trash;
    if (more->is_in_trash) return;
    merged.messages_added += more->messages_added;
    merged.messages_already_here += more->messages_already_here;
    merged.messages_deleted += more->messages_deleted;
  }
}

void ConversationImport::finish() {
  for (const auto& [name, converter] : converters_)
    converter->finish([this](SourceConversation source) { add(std::move(source)); });
}

Result<void> ConversationImport::outcome() const {
  if (failure_) return tl::unexpected(*failure_);
  return {};
}

TextImport::TextImport(ConversationImport& import)
    : import_(import),
      splitter_(
          {import_conversation_bytes_max, import_conversation_values_max}, list_name,
          [this](std::string text, Origin origin) { return take(std::move(text), origin); },
          [this](std::string_view beginning, Origin origin) {
            return take_too_large(beginning, origin);
          }) {}

Result<void> TextImport::feed(std::string_view bytes) {
  return has_begun_ ? splitter_.feed(bytes) : look_at_head(bytes);
}

// A byte order mark and white space may come before the value.
Result<void> TextImport::look_at_head(std::string_view bytes) {
  constexpr std::size_t enough_bytes = 8;  // tells apart what describe_bytes knows
  head_.append(bytes);
  if (head_.starts_with(byte_order_mark)) head_.erase(0, byte_order_mark.size());
  head_.erase(0, std::min(head_.find_first_not_of(ascii_space), head_.size()));
  if (head_.size() < enough_bytes) return {};
  if (head_.front() != '[' && head_.front() != '{')
    return fail(Errc::unknown_format, describe_bytes(head_));
  has_begun_ = true;
  return splitter_.feed(std::exchange(head_, {}));
}

Result<bool> TextImport::finish() {
  if (!has_begun_) {
    if (head_.empty()) return fail(Errc::unknown_format, describe_bytes({}));
    // A very short text: white space after it changes nothing.
    if (auto looked = look_at_head("        "); !looked) return tl::unexpected(looked.error());
  }
  if (auto finished = splitter_.finish(); !finished) return tl::unexpected(finished.error());
  const bool all_too_large = values_ > 0 && static_cast<std::int64_t>(waiting_.size()) == values_ &&
                             std::all_of(waiting_.begin(), waiting_.end(),
                                         [](const Waiting& value) { return value.is_too_large; });
  if (all_too_large) return fail(Errc::too_large, "");
  if (values_ > 0 && !is_recognised()) return fail(Errc::unknown_format, describe_product({}));
  return values_ > 0;
}

Result<void> TextImport::take(std::string text, Origin origin) {
  // Of the object around a list only what else it has, once its conversations are there.
  const bool is_around = origin == Origin::document && elements_ > 0 && is_recognised();
  if (!is_around) ++values_;
  if (origin == Origin::element) ++elements_;
  auto document = json::Document::parse(std::move(text), json::Mode::foreign);
  if (!document && is_around) return {};
  if (!document) {
    const bool is_all = origin == Origin::document && values_ == 1;
    if (is_all) return fail(Errc::invalid_json, document.error().detail);
    if (!is_recognised()) return keep_waiting({"", number()});
    refuse_entry({}, number(), "It is not valid JSON: " + document.error().detail);
    return {};
  }
  if (!is_recognised()) {
    if (auto known = recognise(document->root()); !known) return known;
    if (!is_recognised()) return keep_waiting({std::string(document->text()), number()});
  }
  const json::Value value = document->root();
  if (!is_around) {
    if (auto taken = take_value(value, number()); !taken) return taken;
  }
  if (origin == Origin::document)
    converter_->take_around(value, [this](const SourcePreset& source) { import_.add(source); });
  return import_.outcome();
}

Result<void> TextImport::recognise(const json::Value& value) {
  const auto format = std::find_if(formats().begin(), formats().end(),
                                   [&](const Format& row) { return row.recognises(value); });
  if (format == formats().end()) {
    const std::string_view product = name_of_product(value);
    if (product.empty()) return {};
    return fail(Errc::unknown_format, describe_product(product));
  }
  converter_ = &import_.converter_of(*format);
  for (const Waiting& before : std::exchange(waiting_, {})) {
    if (before.is_too_large) {
      refuse_too_large(before.text, before.number);
      continue;
    }
    const auto document = json::Document::parse(before.text, json::Mode::foreign);
    if (!document) {
      refuse_entry({}, before.number, "It is not valid JSON.");
    } else if (auto taken = take_value(document->root(), before.number); !taken) {
      return taken;
    }
  }
  return {};
}

Result<void> TextImport::take_too_large(std::string_view beginning, Origin origin) {
  ++values_;
  if (origin == Origin::element) ++elements_;
  if (!is_recognised()) return keep_waiting({std::string(beginning), number(), true});
  refuse_too_large(beginning, number());
  return import_.outcome();
}

void TextImport::refuse_too_large(std::string_view beginning, const std::string& number) {
  import_.book().add_unreadable({number, title_in(beginning),
                                 "It is larger than one conversation can be: " +
                                     std::to_string(import_conversation_bytes_max >> 20) +
                                     " MiB, or " + std::to_string(import_conversation_values_max) +
                                     " values."});
}

Result<void> TextImport::keep_waiting(Waiting value) {
  waiting_bytes_ += value.text.size();
  waiting_.push_back(std::move(value));
  if (waiting_.size() < waiting_max && waiting_bytes_ <= waiting_bytes_max) return {};
  return fail(Errc::unknown_format, describe_product({}));
}

Result<void> TextImport::take_value(const json::Value& value, const std::string& number) {
  auto refusal = converter_->take(value, [&](SourceConversation source) {
    if (source.source_id.empty()) source.source_id = number;
    import_.add(std::move(source));
  });
  if (refusal) refuse_entry(value, number, *std::move(refusal));
  return import_.outcome();
}

void TextImport::refuse_entry(const json::Value& value, const std::string& number,
                              std::string reason) {
  std::string_view id = value["conversation_id"].string();
  if (id.empty()) id = value["id"].string();
  import_.book().add_unreadable({id.empty() ? number : std::string(id),
                                 std::string(value["title"].string()), std::move(reason)});
}

}  // namespace threadkeep
