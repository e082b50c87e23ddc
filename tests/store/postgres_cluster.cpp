#include "store/postgres_cluster.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "store/stores.h"

namespace threadkeep::test {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string find_folder() {
  if (const char* state = std::getenv("TEST_POSTGRES")) return content_of(state);
  const TemporaryFolder folder;
  const std::string state = folder.file("where");
  // From the root of the checkout, where tests run.
  const std::string command =
      "tests/store/postgres_cluster start " + state + " " + std::to_string(getpid());
  if (std::system(command.c_str()) != 0) throw std::runtime_error("PostgreSQL does not start");
  return content_of(state);
}

std::string database_url(const std::string& database) {
  return "postgres:///" + database + "?user=postgres&host=" + postgres_folder();
}

}  // namespace

std::string postgres_folder() {
  static const std::string folder = find_folder();
  return folder;
}

bool has_postgres() { return !postgres_folder().empty(); }

std::string fresh_postgres_url() {
  static const std::string database = [] {
    std::string name = "t" + std::to_string(getpid());
    run_sql(database_url("postgres"), "CREATE DATABASE " + name);
    return name;
  }();
  static std::atomic<int> count = 0;
  const std::string schema = "t" + std::to_string(++count);
  run_sql(database_url(database), "CREATE SCHEMA " + schema);
  return database_url(database) + "&options=-csearch_path%3D" + schema;
}

std::string through(const std::string& url, const std::string& socket_folder) {
  std::string result = url;
  const std::size_t begin = result.find(postgres_folder());
  return result.replace(begin, postgres_folder().size(), socket_folder);
}

std::vector<std::string> run_sql(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url.c_str()), &PQfinish);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()),
                                                              &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  std::vector<std::string> rows;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    rows.emplace_back(PQgetvalue(result.get(), row, 0));
  }
  return rows;
}

}  // namespace threadkeep::test
