// What is done to whole files: made for the owner only, synced, put in place by one rename.
#pragma once

#include <string>

#include "base/result.h"

namespace threadkeep {

// "." for a bare name.
std::string folder_of(const std::string& path);
bool exists(const std::string& path);

// An empty file with mode 0600, in place of whatever was there. Fails: storage_unavailable,
// storage_full.
Result<void> make_private_file(const std::string& path);
// After this a loss of power finds `to` as `from` was, or as `to` was before. Fails:
// storage_unavailable, storage_full.
Result<void> put_in_place(const std::string& from, const std::string& to);
// A second name for the same file. Fails: storage_unavailable.
Result<void> link_file(const std::string& path, const std::string& name);

}  // namespace threadkeep
