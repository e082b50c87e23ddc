// One JSON text of an import, from its first byte to its last conversation in the store.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/json.h"
#include "json/value_splitter.h"
#include "transfer/format.h"
#include "transfer/import.h"
#include "transfer/merge_slices.h"
#include "transfer/report_book.h"

namespace threadkeep {

// What the texts of one import share. The converters live as long as the import: a format may need
// several files of an archive for one conversation.
class ConversationImport {
 public:
  // `go_on` is asked after every conversation; what it fails with ends the import.
  ConversationImport(Store& store, const ImportContext& context, ErasedBefore erased,
                     ReportBook& book, std::function<Result<void>()> go_on)
      : store_(store), context_(context), erased_(erased), book_(book), go_on_(std::move(go_on)) {}

  Converter& converter_of(const Format& format);
  // Merges it and counts what became of it. Once the store can take nothing or the import was
  // stopped, nothing is tried any more.
  void add(SourceConversation source);
  // Edits the preset as of the time that the source says: what was edited here later stays.
  void add(const SourcePreset& source);
  // Lets each converter give what it still holds.
  void finish();
  // Fails with what the store failed with, when the next conversation would fare no better;
  // cancelled.
  Result<void> outcome() const;
  ReportBook& book() { return book_; }

 private:
  void merge_and_count(SourceConversation& source);
  void edit_and_count(const SourcePreset& source);
  Result<Merged> merge(SourceConversation& source, bool& is_erased);
  // Merges one slice, and takes its time.
  Result<Merged> merge_slice(const ConversationMerge& slice);
  // The slices after the first one. What fails leaves the rest out, and is a reason of the report.
  void merge_rest(MergeSlices& slices, SourceConversation& source, Merged& merged);

  Store& store_;
  const ImportContext context_;
  const ErasedBefore erased_;
  ReportBook& book_;
  const std::function<Result<void>()> go_on_;
  std::map<std::string_view, std::unique_ptr<Converter>> converters_;  // by name of the format
  SlicePace pace_;
  std::optional<Error> failure_;
};

// Takes the bytes of the text in pieces of any size. Errors are those of import_file.
class TextImport {
 public:
  explicit TextImport(ConversationImport& import);

  Result<void> feed(std::string_view bytes);
  // The end of the text. Returns whether there were conversations: false for an empty array. Fails
  // with unknown_format when none of what was there is of a known format, and then nothing of it
  // was counted.
  Result<bool> finish();

  // Whether a value of a known format was found so far.
  bool is_recognised() const { return converter_ != nullptr; }

 private:
  using Origin = json::ValueSplitter::Origin;
  // Until the format is known: what may be of it, and what cannot be read.
  struct Waiting {
    std::string text;  // of one that is too large: its beginning
    std::string number;
    bool is_too_large = false;
  };

  Result<void> look_at_head(std::string_view bytes);
  Result<void> take(std::string text, Origin origin);
  Result<void> take_value(const json::Value& value, const std::string& number);
  Result<void> recognise(const json::Value& value);
  Result<void> take_too_large(std::string_view beginning, Origin origin);
  void refuse_too_large(std::string_view beginning, const std::string& number);
  Result<void> keep_waiting(Waiting value);
  void refuse_entry(const json::Value& value, const std::string& number, std::string reason);
  std::string number() const { return "#" + std::to_string(values_); }

  ConversationImport& import_;
  json::ValueSplitter splitter_;
  std::string head_;
  bool has_begun_ = false;
  std::int64_t values_ = 0;
  std::int64_t elements_ = 0;
  Converter* converter_ = nullptr;
  std::string number_;  // of the value that is being converted: its name when it has no other
  std::vector<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace threadkeep
