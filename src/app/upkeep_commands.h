// The commands that look after a store: backup, restore, check, copy, migrate. Each works on the
// store that the configuration names, shows how far it is on standard error, and stops at Ctrl-C or
// SIGTERM at the next safe point. Each returns the exit code: 0 done, 1 not done (with one line
// why), 78 when a newer version of Threadkeep wrote the store.
#pragma once

#include <string>

#include "app/config.h"

namespace threadkeep {

struct BackupChoice {
  std::string file;
  bool replaces = false;  // an earlier backup of that name
};
int back_up_store(const Config& config, const BackupChoice& choice);

struct RestoreChoice {
  std::string file;
  bool replaces = false;  // what is there is kept aside
};
int restore_store(const Config& config, const RestoreChoice& choice);

// One line on standard output for each finding; 1 as long as one is left.
struct CheckChoice {
  bool repairs = false;
};
int check_store(const Config& config, const CheckChoice& choice);

struct CopyChoice {
  StoreLocation from;
  StoreLocation to;
  bool only_compares = false;
};
int copy_store(const CopyChoice& choice);

// Brings the tables to the form of this program, as a start of the server does.
int migrate_store(const Config& config);

}  // namespace threadkeep
