// `threadkeep import FILE...`
#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "transfer/import.h"

namespace threadkeep {

// Imports each file (and the exports in each folder) for the local user, with progress on standard
// error and a report on standard output. Returns the exit code: 0 when every file was read
// (whatever the report says), 1 when one could not be, exit_config when the store cannot be opened.
// Ctrl-C and SIGTERM stop it after the conversation at hand; it says what came in, and exits
// with 1.
int import_files(const Config& config, const std::vector<std::string>& paths, ErasedBefore erased);

}  // namespace threadkeep
