// Which files belong to a SQLite store, so that no command writes over them.
#pragma once

#include <string>

namespace threadkeep::upkeep {

class StoreFiles {
 public:
  // Of the store that the name leads to, whether it is there or not: the database, its log, index,
  // journal and lock, what a restore makes beside it, and the folder of its blobs.
  explicit StoreFiles(const std::string& path);

  // Whether the name leads to one of them, or to a place among the blobs: through symbolic links,
  // hard links and other mounts. Also to a file that is not there, but would be one of them.
  bool holds(const std::string& name) const;
  // Whether the name of one of them is `name` with more behind it.
  bool begin_with(const std::string& name) const;

 private:
  const std::string path_;  // without symbolic links
};

}  // namespace threadkeep::upkeep
