// Threadkeep's own export: {"format": "threadkeep", "version", "exportedAt", "conversations":
// [...]}, each a conversation of docs/api.md with "messages", all of its tree by position.
//
// Everything keeps its id, so that an export that is imported where it comes from adds nothing, and
// elsewhere gives the same conversations. Messages that were deleted are no part of it.
#pragma once

#include "transfer/format.h"

namespace threadkeep::own_export {

Format format();

}  // namespace threadkeep::own_export
