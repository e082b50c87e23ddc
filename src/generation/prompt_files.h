// The files that the turns of a prompt refer to.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generation/files_room.h"
#include "llm/provider.h"
#include "renditions/pdf_text.h"
#include "store/store.h"

namespace threadkeep {

// Those of the user's turns, the newest first, and then the pictures that tools gave, as many as a
// model is given at once; the others are named with the reason. A null pointer: there are none.
// Nothing: `share` has no room for them. Blocks.
std::optional<std::shared_ptr<const llm::Attachments>> load_attachments(
    Store& store, const UserId& user, const std::vector<llm::Turn>& turns, FilesRoom::Share& share);

// And the pictures that tools gave within this turn, as an answer that goes on has new ones; those
// for which there is no room now are left out. What is returned takes its room as long as it is
// there. Blocks.
std::shared_ptr<const llm::Attachments> with_pictures_of_tools(
    std::shared_ptr<const llm::Attachments> attachments, Store& store, const UserId& user,
    const llm::Turn& turn, const FilesRoom& room);

// The PDFs among them whose text was not asked for yet, those of the newest turns first.
std::vector<std::string> pdfs_among(const llm::Attachments& attachments,
                                    const std::vector<llm::Turn>& turns);

// The same files with the texts of these, as far as all texts are given at once.
using TextsOfPdfs = std::vector<std::pair<std::string, std::shared_ptr<const renditions::PdfText>>>;
std::shared_ptr<const llm::Attachments> with_texts(const llm::Attachments& attachments,
                                                   const TextsOfPdfs& texts);

}  // namespace threadkeep
