#include <cstdlib>
#include <iostream>

#include "app/upkeep_commands.h"
#include "app/upkeep_terminal.h"
#include "store/sql/migrate.h"

namespace threadkeep {

int migrate_store(const Config& config) {
  const auto place = claim_store(config.store, system_clock());
  if (!place) return complain_about(place.error());
  std::cout << "the store has schema " << sql::all_migrations().back().version
            << ", the one of this program" << std::endl;
  return EXIT_SUCCESS;
}

}  // namespace threadkeep
