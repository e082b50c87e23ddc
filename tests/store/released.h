// The stored databases of earlier releases: tests/store/released/vN.db.gz is a whole file of schema
// N as that program left it, vN.jsonl what the store told about it then (Story::told_by).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace threadkeep::test {

struct Released {
  std::int64_t version = 0;
  std::vector<std::string> told;

  // Writes the database to `path`.
  void unpack(const std::string& path) const;
};

// All that there are, oldest first.
std::vector<Released> all_released();

// Makes the two files of the program's present schema in `folder`.
void keep_released(const std::string& folder);

}  // namespace threadkeep::test
