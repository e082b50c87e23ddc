// The small parts: times, ids, foreign JSON.
#include "base/derived_id.h"
#include "support.h"
#include "transfer/source_time.h"
#include "transfer/strict_json.h"

namespace threadkeep {
namespace {

std::optional<UnixMs> time_of(std::string_view json) {
  const auto document = json::Document::parse(std::string(json), json::Mode::foreign);
  return parse_source_time(document.value().root());
}

TEST(SourceTime, TakesSecondsMillisecondsAndMicroseconds) {
  EXPECT_EQ(time_of("1756000000.123456"), 1'756'000'000'123);
  EXPECT_EQ(time_of("1756000000"), 1'756'000'000'000);
  EXPECT_EQ(time_of("1756000000123"), 1'756'000'000'123);
  EXPECT_EQ(time_of("1756000000123456"), 1'756'000'000'123);
  EXPECT_EQ(time_of(R"("1699543575.6077936")"), 1'699'543'575'607);
}

TEST(SourceTime, TakesIso8601) {
  EXPECT_EQ(time_of(R"("2026-07-16T14:00:00+00:00")"), 1'784'210'400'000);
  EXPECT_EQ(time_of(R"("2026-07-16T16:00:00+02:00")"), 1'784'210'400'000);
  EXPECT_EQ(time_of(R"("2026-07-16T08:30:00-0530")"), 1'784'210'400'000);
  EXPECT_EQ(time_of(R"("2026-07-16 14:00:00.250Z")"), 1'784'210'400'250);
  EXPECT_EQ(time_of(R"("2026-07-16T14:00")"), 1'784'210'400'000);
  EXPECT_EQ(time_of(R"("2026-07-16")"), 1'784'160'000'000);
}

TEST(SourceTime, RefusesWhatIsNoTimeOfAChat) {
  for (const char* json : {"null",
                           "true",
                           "{}",
                           "[]",
                           R"("")",
                           R"("soon")",
                           "0",
                           "-1",
                           "-11644473600",
                           "253402300799",
                           "1e400",
                           "-1e400",
                           "1e300",
                           R"("nan")",
                           R"("inf")",
                           R"("1601-01-01T00:00:00Z")",
                           R"("9999-12-31T23:59:59Z")",
                           R"("2026-02-30")",
                           R"("2026-07-16T")",
                           R"("2026-07-16T25:00")",
                           R"("2026-07-16T14:00:00+")",
                           R"("2026-07-16T14:00:00x")",
                           R"("2026-7-1")",
                           "946684799",
                           "4102444800"}) {
    EXPECT_EQ(time_of(json), std::nullopt) << json;
  }
  EXPECT_EQ(time_of("946684800"), 946'684'800'000);
}

TEST(SourceId, KeepsTheTimeAndDependsOnEveryPart) {
  const Ulid id = derive_id(1'700'000'000'123, {"user", "chatgpt", "c", "m"});
  EXPECT_EQ(id.time_ms(), 1'700'000'000'123);
  EXPECT_EQ(id, derive_id(1'700'000'000'123, {"user", "chatgpt", "c", "m"}));
  EXPECT_NE(id, derive_id(1'700'000'000'123, {"usex", "chatgpt", "c", "m"}));
  EXPECT_NE(id, derive_id(1'700'000'000'123, {"user", "chatgpt", "c", "n"}));
  EXPECT_NE(id, derive_id(1'700'000'000'123, {"user", "chatgpt", "cm", ""}));
  EXPECT_NE(id, derive_id(1'700'000'000'123, {"user", "chatgpt", "c"}));
  EXPECT_EQ(derive_id(-5, {"x"}).time_ms(), 0);
  // So that an id never changes by a change of the code: what was imported once must be found
  // again.
  EXPECT_EQ(derive_id(1'700'000'000'123, {"a", "b"}).text(), "01HF7YAT3VSXNBC4Z3JGHS3Y4E");
}

TEST(SourceId, ADigestIsSha256) {
  EXPECT_EQ(digest_name("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(StrictJson, LeavesWhatStrictReadersTake) {
  const std::string source = R"({"b":[1,-2,1.0,1e5,"x",null,true,false],"a":{}})";
  const auto document = json::Document::parse(source, json::Mode::foreign);
  std::string out;
  json::Writer writer(out);
  write_strict(writer, document.value().root());
  EXPECT_EQ(out, source);
}

}  // namespace
}  // namespace threadkeep
