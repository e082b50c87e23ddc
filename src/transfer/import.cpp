#include "transfer/import.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "transfer/archive.h"
#include "transfer/archive_plan.h"
#include "transfer/format.h"
#include "transfer/input_file.h"
#include "transfer/report_book.h"
#include "transfer/text_import.h"

namespace threadkeep {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10;

// What a file of an archive may fail with while the others come in.
bool is_of_one_file(Errc code) {
  return code == Errc::unknown_format || code == Errc::invalid_json || code == Errc::too_large;
}

class Importer {
 public:
  Importer(Store& store, const UserId& user, const ImportSource& source,
           const std::function<bool(const ImportProgress&)>& on_progress)
      : source_(source),
        on_progress_(on_progress),
        conversations_(store, {user, system_clock().now_ms()}, source.erased, book_,
                       [this] { return go_on(); }) {}

  Result<ImportReport> run();

 private:
  Result<void> import_json(const InputFile& file);
  Result<void> import_archive(const InputFile& file);
  Result<void> import_files(Archive& archive, const ArchivePlan& plan);
  Result<bool> import_file_of(Archive& archive, const Archive::Entry& entry,
                              ArchivePlan::Certainty certainty);
  void explain_rest(Archive& archive, const ArchivePlan& plan);
  Error explained(Error error, std::int64_t conversations) const;
  Result<void> go_on();

  const ImportSource& source_;
  const std::function<bool(const ImportProgress&)>& on_progress_;
  ImportReport report_;
  ReportBook book_{report_};
  ConversationImport conversations_;
  std::vector<std::string> left_out_;
  ImportProgress progress_;
};

Result<ImportReport> Importer::run() {
  report_.name = source_.name;
  const auto file = InputFile::open(source_.descriptor);
  if (!file) return tl::unexpected(file.error());
  constexpr std::size_t head_bytes = 4;
  const bool is_archive = Archive::is_archive(file->read(0, head_bytes));
  if (auto done = is_archive ? import_archive(*file) : import_json(*file); !done)
    return tl::unexpected(explained(std::move(done.error()), report_.conversations.found));
  conversations_.finish();
  if (auto stored = conversations_.outcome(); !stored)
    return tl::unexpected(explained(std::move(stored.error()), report_.conversations.found));
  book_.close(left_out_);
  return std::move(report_);
}

// What a person wants to know of an error beside where it is.
Error Importer::explained(Error error, std::int64_t conversations) const {
  if (error.code == Errc::invalid_json && conversations > 0) {
    error.detail += " The " + std::to_string(conversations) +
                    (conversations == 1 ? " conversation before that was read."
                                        : " conversations before that were read.");
  }
  if (error.code == Errc::cancelled) {
    const auto& counts = report_.conversations;
    error.detail = "The import was stopped. Of the " + std::to_string(counts.found) +
                   " conversations that it had read, " + std::to_string(counts.imported) +
                   " came in with this file and " + std::to_string(counts.already_here) +
                   " were here already; " + std::to_string(report_.messages.imported) +
                   " messages were added. Import the file again for the rest.";
  }
  if (error.code == Errc::too_large) {
    error.detail = "The file holds only conversations of more than " +
                   std::to_string(import_conversation_bytes_max >> 20) + " MiB, or of more than " +
                   std::to_string(import_conversation_values_max) + " values.";
  }
  return error;
}

Result<void> Importer::import_json(const InputFile& file) {
  TextImport text(conversations_);
  progress_.bytes_total = file.size();
  for (std::string piece; !(piece = file.read(progress_.bytes_done, piece_bytes)).empty();) {
    if (auto fed = text.feed(piece); !fed) return fed;
    progress_.bytes_done += piece.size();
    if (auto going = go_on(); !going) return going;
  }
  const auto finished = text.finish();
  if (!finished) return tl::unexpected(finished.error());
  if (!*finished) return fail(Errc::unknown_format, "The file is an empty list.");
  return {};
}

Result<void> Importer::import_archive(const InputFile& file) {
  auto archive = Archive::open(file, {});
  if (!archive) return tl::unexpected(archive.error());
  const ArchivePlan plan = plan_of(*archive);
  if (plan.read.empty()) {
    if (plan.holds_archive) {
      return fail(Errc::invalid_archive, "The archive holds another archive. Unpack it once.");
    }
    return fail(Errc::unknown_format, "The archive holds no conversations.json.");
  }
  for (const Archive::Entry& entry : plan.read) progress_.bytes_total += entry.declared_bytes;
  const auto checked = archive->check(plan.read, [this](std::string_view) { return go_on(); });
  if (!checked) return tl::unexpected(checked.error());
  progress_.bytes_total = *checked;
  if (auto done = import_files(*archive, plan); !done) return done;
  explain_rest(*archive, plan);
  return {};
}

Result<void> Importer::import_files(Archive& archive, const ArchivePlan& plan) {
  const bool is_named = plan.certainty == ArchivePlan::Certainty::by_name;
  std::optional<Error> first_refusal;
  std::vector<ImportReport::Problem> refusals;
  bool has_any = false;
  for (const Archive::Entry& entry : plan.read) {
    const std::int64_t found_before = report_.conversations.found;
    auto done = import_file_of(archive, entry, plan.certainty);
    if (done) {
      has_any = has_any || *done || is_named;
      continue;
    }
    if (!is_of_one_file(done.error().code)) return tl::unexpected(std::move(done.error()));
    const std::int64_t found = report_.conversations.found - found_before;
    if (is_named || found > 0)
      refusals.push_back({entry.name, "", explained(done.error(), found).detail});
    if (!first_refusal) first_refusal = std::move(done.error());
  }
  // Alone it is told like a file that is no archive.
  const bool is_alone = plan.read.size() == 1 && first_refusal;
  if (!is_alone && (has_any || report_.conversations.found > 0)) {
    for (ImportReport::Problem& problem : refusals) book_.add_problem(std::move(problem));
    return {};
  }
  return tl::unexpected(
      first_refusal.value_or(Error{Errc::unknown_format, "The archive holds no conversations."}));
}

// Returns whether there were conversations. A file that only might be an export fails with
// unknown_format when it is not, whatever else is wrong with it.
Result<bool> Importer::import_file_of(Archive& archive, const Archive::Entry& entry,
                                      ArchivePlan::Certainty certainty) {
  TextImport text(conversations_);
  const auto read = archive.read(entry, [&](std::string_view bytes) -> Result<void> {
    progress_.bytes_done += bytes.size();
    auto fed = text.feed(bytes);
    return fed ? go_on() : fed;
  });
  auto done = read ? text.finish() : Result<bool>(tl::unexpected(read.error()));
  const bool is_guess = certainty == ArchivePlan::Certainty::by_guess;
  if (!done && is_guess && !text.is_recognised() && done.error().code != Errc::cancelled) {
    done.error().code = Errc::unknown_format;
  }
  return done;
}

void Importer::explain_rest(Archive& archive, const ArchivePlan& plan) {
  if (report_.format.empty()) report_.format = formats().front().name;
  const auto format = std::find_if(formats().begin(), formats().end(),
                                   [&](const Format& row) { return row.name == report_.format; });
  left_out_ = format->left_out(archive, plan.not_read);
}

Result<void> Importer::go_on() {
  progress_.conversations = report_.conversations.found;
  if (!on_progress_ || on_progress_(progress_)) return {};
  return fail(Errc::cancelled, "");  // what came in is counted at the end
}

}  // namespace

Result<ImportReport> import_file(Store& store, const UserId& user, const ImportSource& source,
                                 const std::function<bool(const ImportProgress&)>& on_progress) {
  return Importer(store, user, source, on_progress).run();
}

}  // namespace threadkeep
