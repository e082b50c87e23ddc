// One JSON text of an import, from its first byte to its last conversation in the store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "json/array_splitter.h"
#include "json/json.h"
#include "transfer/import.h"
#include "transfer/report_book.h"

namespace threadkeep {

// Takes the bytes of the text in pieces of any size. Errors are those of import_file.
class JsonImport {
 public:
  JsonImport(Store& store, const UserId& user, UnixMs now_ms, ReportBook& book);

  Result<bool> feed(std::string_view bytes);
  // The end of the text. Answers whether there were conversations: false for an empty array. Fails
  // with unknown_format when none of what was there is a conversation, and then nothing of it was
  // counted.
  Result<bool> finish();

  // Whether a conversation was found so far.
  bool is_recognised() const { return is_recognised_; }

 private:
  enum class Top { not_seen, array, value };

  Result<bool> look_at_head(std::string_view bytes);
  Result<bool> take(std::string text);
  Result<bool> take_value(const json::Value& value);
  Result<bool> take_conversation(const json::Value& value);
  Result<bool> refuse_entry(const json::Value& value, std::string reason);
  std::string number() const { return "#" + std::to_string(entries_); }

  Store& store_;
  const UserId user_;
  const UnixMs now_ms_;
  ReportBook& book_;
  json::ArraySplitter splitter_;
  std::string head_;
  Top top_ = Top::not_seen;
  std::int64_t entries_ = 0;
  bool is_recognised_ = false;
  // Entries before the first conversation that are none: of no interest when no conversation comes.
  std::vector<ImportReport::Problem> pending_;
};

}  // namespace threadkeep
