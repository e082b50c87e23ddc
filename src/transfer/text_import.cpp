#include "transfer/text_import.h"

#include <algorithm>
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
constexpr std::size_t waiting_bytes_max = std::size_t{64} << 20;

// The store can take nothing now: the next conversation would fare no better.
bool ends_import(Errc code) {
  return code == Errc::storage_full || code == Errc::storage_unavailable ||
         code == Errc::outcome_unknown;
}

// The ids belong to somebody else, or to something else: others must be made.
bool needs_new_ids(Errc code) { return code == Errc::not_found || code == Errc::id_conflict; }

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
    auto merged = store_.write(context_.user, source.merge);
    const bool is_taken = !merged && needs_new_ids(merged.error().code);
    is_erased = merged && merged->is_erased;
    const bool comes_in_anew = is_erased && erased_ == ErasedBefore::comes_in_anew;
    if ((!is_taken && !comes_in_anew) || attempt == attempts_max) return merged;
    source.merge = with_new_ids(std::move(source.merge), context_.user);
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
      splitter_(import_conversation_bytes_max, list_name,
                [this](std::string text, Origin origin) { return take(std::move(text), origin); }) {
}

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
  if (values_ > 0 && !is_recognised()) return fail(Errc::unknown_format, describe_product({}));
  return values_ > 0;
}

Result<void> TextImport::take(std::string text, Origin origin) {
  // The object around a list says nothing more, once its conversations are there.
  if (origin == Origin::document && elements_ > 0 && is_recognised()) return {};
  ++values_;
  if (origin == Origin::element) ++elements_;
  auto document = json::Document::parse(std::move(text), json::Mode::foreign);
  if (!document) {
    const bool is_all = origin == Origin::document && values_ == 1;
    if (is_all) return fail(Errc::invalid_json, document.error().detail);
    if (!is_recognised()) return keep_waiting("");
    refuse_entry({}, number(), "It is not valid JSON: " + document.error().detail);
    return {};
  }
  if (!is_recognised()) {
    if (auto known = recognise(document->root()); !known) return known;
    if (!is_recognised()) return keep_waiting(std::string(document->text()));
  }
  return take_value(document->root(), number());
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
    const auto document = json::Document::parse(before.text, json::Mode::foreign);
    if (!document) {
      refuse_entry({}, before.number, "It is not valid JSON.");
    } else if (auto taken = take_value(document->root(), before.number); !taken) {
      return taken;
    }
  }
  return {};
}

Result<void> TextImport::keep_waiting(std::string text) {
  waiting_bytes_ += text.size();
  waiting_.push_back({std::move(text), number()});
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
