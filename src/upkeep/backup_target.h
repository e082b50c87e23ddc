// Whether a backup may go to a place: nothing that is there is lost by it but an earlier backup.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "upkeep/store_files.h"

namespace threadkeep::upkeep {

// What is done with what is there already.
enum class Replace { no, yes };

// `own` are the files of the store that is backed up, when it has files. Fails:
// storage_unavailable, with a line for the person, when `file` leads to one of them, or the backup
// would pass through one of them on its way; when something is there that is no backup of
// Threadkeep, or is used by a server; when a backup is there, and Replace::no.
Result<void> check_backup_target(const std::string& file, const std::optional<StoreFiles>& own,
                                 Replace replace);

}  // namespace threadkeep::upkeep
