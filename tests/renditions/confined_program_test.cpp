// What a program that was taken over by its input can do.
#include "renditions/confined_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "renditions/confined.h"

namespace threadkeep::renditions {
namespace {

using End = ProgramResult::End;

using ConfinedProgram = Confined;

ProgramResult perl(const std::string& script, const ProgramLimits& limits = {},
                   std::string_view input = "") {
  return run_confined({"/usr/bin/perl", "-e", "$| = 1; " + script}, input, limits);
}

TEST_F(ConfinedProgram, ReadsItsInputAndWritesItsOutput) {
  const std::string input(300'000, 'x');
  const auto result = run_confined({"/usr/bin/cat", "-"}, input, {});
  EXPECT_EQ(result.end, End::done);
  EXPECT_EQ(result.output, input);
}

TEST_F(ConfinedProgram, OneThatIsNotThereIsTold) {
  EXPECT_EQ(run_confined({"/usr/bin/no-such-program"}, "", {}).end, End::cannot_run);
}

TEST_F(ConfinedProgram, OneThatFailsIsTold) { EXPECT_EQ(perl("exit 3").end, End::failed); }

TEST_F(ConfinedProgram, OneThatCrashesIsTold) {
  // It may signal nobody, not even itself.
  EXPECT_EQ(perl("unpack('p', pack('J', 8))").end, End::failed);
}

TEST_F(ConfinedProgram, HasNoEnvironmentAndNoDescriptorOfTheServer) {
  const int secret = open("/etc/passwd", O_RDONLY);  // inherited, if anything is
  ASSERT_GE(secret, 3);
  const auto result = perl(
      "print scalar(%ENV) + 0; for (3..200) { print qq( $_) if open(my $f, '<&=', $_) && -e $f }");
  close(secret);
  EXPECT_EQ(result.end, End::done);
  EXPECT_EQ(result.output, "0");
}

TEST_F(ConfinedProgram, ReadsNothingButWhatIsInstalled) {
  const auto folder = std::filesystem::temp_directory_path() / "threadkeep-confined";
  std::filesystem::create_directories(folder);
  const std::string path = folder / "secret";
  std::ofstream(path) << "secret";
  for (const std::string& file : {path, std::string("/etc/passwd"), std::string("/proc/self/maps"),
                                  "/proc/" + std::to_string(getpid()) + "/environ"}) {
    const auto result = perl("open(my $f, '<', '" + file + "') or exit 0; print <$f>");
    EXPECT_EQ(result.end, End::done) << file;
    EXPECT_EQ(result.output, "") << file;
  }
  EXPECT_EQ(perl("open(my $f, '<', '/usr/bin/perl') or exit 1").end, End::done);
  std::filesystem::remove_all(folder);
}

TEST_F(ConfinedProgram, WritesNothingAndConnectsToNobodyAndStartsNothing) {
  const auto path = std::filesystem::temp_directory_path() / "threadkeep-confined-new";
  std::filesystem::remove(path);
  EXPECT_EQ(perl("open(my $f, '>', '" + path.string() + "') and exit 1").end, End::done);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(perl("mkdir('" + path.string() + "') and exit 1").end, End::done);
  EXPECT_EQ(perl("socket(my $s, 2, 1, 0) and exit 1").end, End::done);
  EXPECT_EQ(perl("socket(my $s, 1, 1, 0) and exit 1").end, End::done);
  EXPECT_EQ(perl("defined(fork) and exit 1").end, End::done);
  EXPECT_EQ(perl("kill(0, " + std::to_string(getpid()) + ") and exit 1").end, End::done);
}

TEST_F(ConfinedProgram, ItsTimeItsMemoryAndItsOutputAreLimited) {
  ProgramLimits limits;
  limits.time_max = std::chrono::milliseconds(300);
  limits.output_bytes_max = 100'000;
  limits.memory_bytes_max = 128U << 20;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(perl("sleep 60", limits).end, End::out_of_time);
  const auto slow = perl("print 'some'; sleep 60", limits);
  EXPECT_EQ(slow.end, End::out_of_time);
  EXPECT_EQ(slow.output, "some");
  EXPECT_EQ(perl("close(STDOUT); sleep 60", limits).end, End::out_of_time);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  limits.time_max = std::chrono::seconds(20);
  EXPECT_EQ(perl("my $x = 'x' x 400_000_000", limits).end, End::failed);
  const auto flood = perl("print 'x' x 1000 while 1", limits);
  EXPECT_EQ(flood.end, End::too_much_output);
  EXPECT_EQ(flood.output.size(), 100'000U);
}

}  // namespace
}  // namespace threadkeep::renditions
