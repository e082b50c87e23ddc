// What of a conversation's files a model is not given.
#pragma once

#include <vector>

#include "domain/left_out_files.h"
#include "llm/provider.h"

namespace threadkeep::llm {

// Of the files that the user's turns refer to, those that a model which takes so much is not given
// whole, each once for each reason: those of the last question first, then the newer ones.
std::vector<LeftOutFile> left_out_files(const std::vector<Turn>& turns,
                                        const Attachments* attachments, const Takes& takes);

}  // namespace threadkeep::llm
