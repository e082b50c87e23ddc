// The source tables of this program's schema.
#pragma once

#include <vector>

#include "store/tables/tables.h"

namespace threadkeep::upkeep {

// By name, read out of a database in memory on which the migrations ran.
const std::vector<tables::Table>& all_tables();

}  // namespace threadkeep::upkeep
