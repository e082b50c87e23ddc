// The files that the model of an answer was not given, or not whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace threadkeep {

struct LeftOutFile {
  std::string name;
  std::string_view reason;  // one word for programs, of static storage
  bool is_earlier = false;  // of a question before the one that is answered
};

// An answer keeps in its metadata how many they are, and the first of them, as "filesLeftOut".
std::string metadata_with_left_out_files(std::string_view metadata,
                                         const std::vector<LeftOutFile>& files);

}  // namespace threadkeep
