#include <cstdlib>
#include <iostream>

#include "app/upkeep_commands.h"
#include "app/upkeep_terminal.h"

namespace threadkeep {

int migrate_store(const Config& config) {
  const auto store = claim_store(config.store, system_clock());
  if (!store) return complain_about(store.error());
  std::cout << "the store has schema " << upkeep::newest_schema() << ", the one of this program"
            << std::endl;
  return EXIT_SUCCESS;
}

}  // namespace threadkeep
