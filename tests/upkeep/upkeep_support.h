// Stores full of random lives, and ways to look at them and to break them by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "store/sqlite/sqlite_store.h"
#include "store/stores.h"
#include "store/story.h"
#include "upkeep/opened_store.h"

namespace threadkeep::test {

class UpkeepTest : public testing::Test {
 protected:
  std::unique_ptr<Store> open(const std::string& path);
  // A store of so many random changes; answers what it tells.
  std::vector<std::string> fill(const std::string& path, std::uint64_t seed, int changes = 500);
  // What a store tells about what these lines name.
  std::vector<std::string> told(const std::string& path, const std::vector<std::string>& lines);
  // Runs SQL on a store that nobody has open.
  static void run(const std::string& path, const std::string& sql);
  static std::int64_t number(const std::string& path, const std::string& sql);
  // Overwrites the head of a page that holds words.
  static void damage_page(const std::string& path);

  ManualClock clock_;
  UlidMaker ids_{clock_};
  TemporaryFolder folder_{TemporaryFolder::On::memory};
  std::string path_ = folder_.file("store.db");
  Progress progress_{nullptr};
};

}  // namespace threadkeep::test
