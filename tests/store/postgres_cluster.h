// The private PostgreSQL of a test run. ctest starts one for all; a test that is run by hand starts
// its own.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace threadkeep::test {

// Whether there is one. Waits for its start at the first call.
bool has_postgres();

// The folder of its socket.
std::string postgres_folder();

// The address of an empty database, each time another one. (A schema of its own in one database of
// this process: that is much quicker to make.)
std::string fresh_postgres_url();
// The same database through another socket.
std::string through(const std::string& url, const std::string& socket_folder);

// Runs SQL as its administrator; answers the first column of the rows.
std::vector<std::string> run_sql(const std::string& url, const std::string& sql);

}  // namespace threadkeep::test

// In a test or its SetUp: without PostgreSQL it is skipped, and fails where CI=true.
#define NEEDS_POSTGRES()                                                  \
  if (!threadkeep::test::has_postgres()) {                                \
    const char* ci = std::getenv("CI");                                   \
    if (ci != nullptr && std::string(ci) == "true") {                     \
      FAIL() << "PostgreSQL 15 is not installed";                         \
    }                                                                     \
    GTEST_SKIP() << "PostgreSQL 15 is not installed: scripts/setup test"; \
  }                                                                       \
  static_assert(true)
