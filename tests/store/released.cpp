#include "store/released.h"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "store/sql/migrate.h"
#include "store/sqlite/sqlite_store.h"
#include "store/story.h"

namespace threadkeep::test {
namespace {

const std::string kept = "tests/store/released";  // tests run at the root of the checkout
constexpr std::uint64_t seed = 20;
constexpr int changes = 300;

std::string stem(const std::string& folder, std::int64_t version) {
  return folder + "/v" + std::to_string(version);
}

}  // namespace

void Released::unpack(const std::string& path) const {
  const gzFile packed = gzopen((stem(kept, version) + ".db.gz").c_str(), "rb");
  if (packed == nullptr)
    throw std::runtime_error("there is no database of version " + std::to_string(version));
  std::ofstream out(path, std::ios::binary);
  char buffer[1 << 16];
  int count = 0;
  while ((count = gzread(packed, buffer, sizeof buffer)) > 0) out.write(buffer, count);
  gzclose(packed);
  if (count < 0 || !out.flush()) throw std::runtime_error("cannot unpack to " + path);
}

std::vector<Released> all_released() {
  std::vector<Released> all;
  for (const auto& entry : std::filesystem::directory_iterator(kept)) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".jsonl") continue;
    Released released{std::stoll(name.substr(1)), {}};
    std::ifstream lines(entry.path());
    for (std::string line; std::getline(lines, line);) released.told.push_back(line);
    all.push_back(std::move(released));
  }
  std::sort(all.begin(), all.end(),
            [](const Released& a, const Released& b) { return a.version < b.version; });
  return all;
}

void keep_released(const std::string& folder) {
  const TemporaryFolder scratch(TemporaryFolder::On::memory);
  ManualClock clock;
  UlidMaker ids(clock);
  SqliteOptions options;
  options.path = scratch.file("store.db");
  Story story(seed);
  std::vector<std::string> told;
  {
    const auto store = open_sqlite_store(options, clock, ids).value();
    story.live(*store, clock, changes);
    told = story.told_by(*store);
  }
  const std::string name = stem(folder, sql::all_migrations().back().version);
  std::ofstream lines(name + ".jsonl", std::ios::binary);
  for (const std::string& line : told) lines << line << "\n";
  std::ifstream file(options.path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  const gzFile packed = gzopen((name + ".db.gz").c_str(), "wb9");
  if (packed == nullptr ||
      gzwrite(packed, bytes.data(), static_cast<unsigned>(bytes.size())) <= 0 ||
      gzclose(packed) != Z_OK || !lines.flush()) {
    throw std::runtime_error("cannot write " + name);
  }
}

}  // namespace threadkeep::test
