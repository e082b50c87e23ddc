#include "transfer/import.h"

#include <optional>
#include <utility>

#include "base/clock.h"
#include "transfer/archive.h"
#include "transfer/input_file.h"
#include "transfer/json_import.h"
#include "transfer/report_book.h"

namespace threadkeep {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10;

class Importer {
 public:
  Importer(Store& store, const UserId& user, const ImportSource& source,
           const std::function<bool(const ImportProgress&)>& on_progress)
      : store_(store), user_(user), source_(source), on_progress_(on_progress) {}

  Result<ImportReport> run();

 private:
  Result<bool> import_json(const InputFile& file);
  Result<bool> import_archive(const InputFile& file);
  Result<bool> import_part(Archive& archive, const Archive::Part& part);
  Result<bool> go_on();

  Store& store_;
  const UserId user_;
  const ImportSource& source_;
  const std::function<bool(const ImportProgress&)>& on_progress_;
  const UnixMs now_ms_ = system_clock().now_ms();
  ImportReport report_;
  ReportBook book_{report_};
  ImportProgress progress_;
};

Result<ImportReport> Importer::run() {
  report_.format = "chatgpt";
  report_.name = source_.name;
  const auto file = InputFile::open(source_.descriptor);
  if (!file) return tl::unexpected(file.error());
  constexpr std::size_t head_bytes = 4;
  const bool is_archive = Archive::is_archive(file->read(0, head_bytes));
  if (auto done = is_archive ? import_archive(*file) : import_json(*file); !done) {
    Error error = std::move(done.error());
    if (error.code == Errc::invalid_json && report_.conversations.found > 0) {
      error.detail += " The " + std::to_string(report_.conversations.found) +
                      " conversations before that were read.";
    }
    if (error.code == Errc::too_large) {
      error.detail = "The file holds a conversation of more than " +
                     std::to_string(import_conversation_bytes_max >> 20) + " MiB.";
    }
    return tl::unexpected(std::move(error));
  }
  book_.close();
  return std::move(report_);
}

Result<bool> Importer::import_json(const InputFile& file) {
  JsonImport text(store_, user_, now_ms_, book_);
  progress_.bytes_total = file.size();
  for (std::string piece; !(piece = file.read(progress_.bytes_done, piece_bytes)).empty();) {
    if (auto fed = text.feed(piece); !fed) return fed;
    progress_.bytes_done += piece.size();
    if (auto going = go_on(); !going) return going;
  }
  if (auto finished = text.finish(); !finished || *finished) return finished;
  return fail(Errc::unknown_format, "The file is an empty list.");
}

Result<bool> Importer::import_archive(const InputFile& file) {
  auto archive = Archive::open(file, {});
  if (!archive) return tl::unexpected(archive.error());
  if (archive->parts().empty()) {
    if (archive->holds_archive()) {
      return fail(Errc::invalid_archive, "The archive holds another archive. Unpack it once.");
    }
    return fail(Errc::unknown_format, "The archive holds no conversations.json.");
  }
  for (const Archive::Part& part : archive->parts()) progress_.bytes_total += part.declared_bytes;
  const auto checked = archive->check([this](std::string_view) { return go_on(); });
  if (!checked) return tl::unexpected(checked.error());
  progress_.bytes_total = *checked;

  std::optional<Error> first_refusal;
  bool has_any = false;
  for (const Archive::Part& part : archive->parts()) {
    auto done = import_part(*archive, part);
    if (done) {
      has_any = has_any || *done || archive->certainty() == Archive::Certainty::by_name;
    } else if (done.error().code != Errc::unknown_format) {
      return done;
    } else {
      if (archive->certainty() == Archive::Certainty::by_name) {
        book_.add_problem({part.name, "", done.error().detail});
      }
      if (!first_refusal) first_refusal = std::move(done.error());
    }
  }
  if (has_any) return true;
  return tl::unexpected(
      first_refusal.value_or(Error{Errc::unknown_format, "The archive holds no conversations."}));
}

// Answers whether there were conversations. A part that only might be an export fails with
// unknown_format when it is not, whatever else is wrong with it.
Result<bool> Importer::import_part(Archive& archive, const Archive::Part& part) {
  JsonImport text(store_, user_, now_ms_, book_);
  auto done = archive.read(part, [&](std::string_view bytes) {
    progress_.bytes_done += bytes.size();
    auto fed = text.feed(bytes);
    return fed ? go_on() : fed;
  });
  if (done) done = text.finish();
  const bool is_guess = archive.certainty() == Archive::Certainty::by_guess;
  if (!done && is_guess && !text.is_recognised() && done.error().code != Errc::cancelled) {
    done.error().code = Errc::unknown_format;
  }
  return done;
}

Result<bool> Importer::go_on() {
  progress_.conversations = report_.conversations.found;
  if (!on_progress_ || on_progress_(progress_)) return true;
  const auto& conversations = report_.conversations;
  return fail(Errc::cancelled,
              "The import was stopped. Of the " + std::to_string(conversations.found) +
                  " conversations that it had read, " + std::to_string(conversations.imported) +
                  " came in with this file and " + std::to_string(conversations.already_here) +
                  " were here already; " + std::to_string(report_.messages.imported) +
                  " messages were added. Import the file again for the rest.");
}

}  // namespace

Result<ImportReport> import_file(Store& store, const UserId& user, const ImportSource& source,
                                 const std::function<bool(const ImportProgress&)>& on_progress) {
  return Importer(store, user, source, on_progress).run();
}

}  // namespace threadkeep
