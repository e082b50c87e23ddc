// The table of formats.
#include "transfer/format.h"
#include "transfer/formats/chatgpt.h"
#include "transfer/formats/threadkeep.h"

namespace threadkeep {

const std::vector<Format>& formats() {
  static const std::vector<Format> table = {
      chatgpt::format(),
      own_export::format(),
  };
  return table;
}

}  // namespace threadkeep
