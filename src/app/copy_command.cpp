#include <cstdlib>
#include <iostream>

#include "app/upkeep_commands.h"
#include "app/upkeep_terminal.h"
#include "upkeep/copy.h"
#include "upkeep/store_files.h"

namespace threadkeep {
namespace {

int tell(const upkeep::Comparison& comparison, bool source_is_in_use) {
  std::cout << "source  " << comparison.from.rows << " rows, digest " << comparison.from.text
            << "\ntarget  " << comparison.to.rows << " rows, digest " << comparison.to.text
            << std::endl;
  for (const std::string& difference : comparison.shown) {
    std::cerr << "threadkeep: " << difference << std::endl;
  }
  for (const std::string& lost : comparison.lost_blobs) {
    std::cerr << "threadkeep: the file " << lost << std::endl;
  }
  if (!comparison.is_equal()) {
    std::cerr << "threadkeep: the two stores differ in " << comparison.differences << " rows"
              << std::endl;
    return EXIT_FAILURE;
  }
  std::cout << "equal, row by row" << std::endl;
  if (source_is_in_use) {
    std::cout << "a server is using the source: what it has written since this copy began is not "
                 "in the target. Stop that server and run the same command again: it copies only "
                 "what changed."
              << std::endl;
  }
  return EXIT_SUCCESS;
}

int compare_only(upkeep::OpenedStore& from, const StoreLocation& location) {
  auto to = look_at_store(location);
  if (!to) return complain_about(to.error());
  UpkeepProgress shown("compare");
  const auto comparison =
      upkeep::compare_stores(*from.connection, *to->connection, shown.progress());
  shown.done();
  if (!comparison) return complain_about(comparison.error());
  return tell(*comparison, from.is_in_use);
}

// Whether one would be written over the other, whatever their names.
bool overlap(const StoreLocation& a, const StoreLocation& b) {
  if (a.kind != b.kind) return false;
  if (a.path == b.path) return true;
  return a.kind == StoreLocation::Kind::sqlite &&
         (upkeep::StoreFiles(a.path).holds(b.path) || upkeep::StoreFiles(b.path).holds(a.path));
}

}  // namespace

int copy_store(const CopyChoice& choice) {
  if (overlap(choice.from, choice.to)) {
    return complain_about({Errc::invalid_field, "--from and --to name the same store"});
  }
  auto from = look_at_store(choice.from);
  if (!from) return complain_about(from.error());
  if (upkeep::is_unfinished_copy(*from->connection)) {
    return complain_about(
        {Errc::storage_unavailable, "the source is itself a copy that has not come to its end"});
  }
  if (choice.only_compares) return compare_only(*from, choice.to);
  auto to = claim_store(choice.to, system_clock());
  if (!to) return complain_about(to.error());
  UpkeepProgress shown("copy");
  const auto comparison = upkeep::copy_store(*from, *to, shown.progress());
  shown.done();
  if (!comparison) return complain_about(comparison.error());
  return tell(*comparison, from->is_in_use);
}

}  // namespace threadkeep
