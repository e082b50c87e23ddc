// Runs a program of others on bytes that may have been made to harm it.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace threadkeep::renditions {

struct ProgramLimits {
  std::chrono::milliseconds time_max{10'000};  // on the clock; of the processor about the same
  std::size_t memory_bytes_max = 512U << 20;
  std::size_t output_bytes_max = 1U << 20;
};

struct ProgramResult {
  enum class End {
    done,
    failed,           // by itself, or by a limit of memory or of the processor
    out_of_time,      // and was killed
    too_much_output,  // and was killed
    cannot_run,       // it is not installed, or cannot be confined here
  };
  End end = End::cannot_run;
  std::string output;  // whatever came, at most output_bytes_max
};

// `command`: the path of the program, and its arguments. It reads `input` as its standard input, a
// file without a name, and what it writes to its standard output is the output. It is confined as
// renditions/confinement.h says, has no environment, no other descriptor and no other process.
// Blocks; safe from several threads.
// When `stop` is requested its time is over.
ProgramResult run_confined(const std::vector<std::string>& command, std::string_view input,
                           const ProgramLimits& limits, const std::stop_token& stop = {});

}  // namespace threadkeep::renditions
