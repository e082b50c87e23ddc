// The rules of conversations and messages that all stores share.
#include "domain/conversation.h"

#include <gtest/gtest.h>

#include "domain/content.h"
#include "domain/message.h"
#include "domain/title.h"

namespace threadkeep {
namespace {

TEST(CreationText, TellsWhatWasMovedBetweenItsParts) {
  NewConversation a;
  a.title = "1:a";
  NewConversation b;
  b.title = "1:";
  b.model = "a";
  EXPECT_NE(creation_text(a), creation_text(b));
  NewConversation later = a;
  later.created_at = 5;
  EXPECT_EQ(creation_text(a), creation_text(later));
  NewConversation set = a;
  set.settings.temperature = 0;
  EXPECT_NE(creation_text(a), creation_text(set));
}

TEST(EditText, DiffersWithEveryField) {
  std::vector<ConversationPatch> patches(24);
  patches[1].title = "";
  patches[2].is_archived = false;
  patches[3].is_archived = true;
  patches[4].is_pinned = true;
  patches[5].is_unread = true;
  patches[6].folder = std::optional<std::string>();
  patches[7].folder = "none";
  patches[8].tags = std::vector<std::string>{};
  patches[9].tags = std::vector<std::string>{"a", "b"};
  patches[10].model = std::optional<std::string>();
  patches[11].edited_at = 5;
  patches[12].settings.system = std::optional<std::string>();
  patches[13].settings.system = "none";
  patches[14].settings.temperature = std::optional<double>();
  patches[15].settings.temperature = 1.5;
  patches[16].settings.max_tokens = std::optional<std::int64_t>();
  patches[17].settings.max_tokens = 5;
  patches[18].settings.effort = Effort::low;
  patches[19].settings.tools = std::optional<std::vector<std::string>>();
  patches[20].settings.tools = std::vector<std::string>{};
  patches[21].settings.tools = std::vector<std::string>{"a"};
  patches[22].settings.allowed_tools = std::optional<std::vector<std::string>>();
  patches[23].settings.allowed_tools = std::vector<std::string>{"a"};
  for (std::size_t i = 0; i < patches.size(); ++i) {
    for (std::size_t j = 0; j < patches.size(); ++j)
      EXPECT_EQ(edit_text(patches[i]) == edit_text(patches[j]), i == j) << i << " " << j;
  }
}

TEST(Patch, ThatGivesTheTitleBackLeavesNoTitle) {
  Conversation row;
  row.title = "Mine";
  row.title_source = TitleSource::user;
  ConversationPatch patch;
  patch.title = "";
  apply(patch, row);
  EXPECT_TRUE(is_untitled(row));
  title_by(row, {Role::assistant, text_content("No question")});
  EXPECT_TRUE(is_untitled(row));
  title_by(row, {Role::user, text_content("Tea?")});
  EXPECT_EQ(row.title, "Tea?");
  EXPECT_EQ(row.title_source, TitleSource::excerpt);
}

TEST(Erasing, LeavesNoWord) {
  Conversation row;
  row.title = row.metadata = "word";
  row.folder = "word";
  row.tags = {"word"};
  row.settings.system = "word";
  row.message_count = 5;
  row.head_id = MessageId();
  erase_words(row);
  EXPECT_TRUE(row.is_erased && row.title.empty() && row.metadata == "{}" && !row.folder &&
              row.tags.empty() && row.settings.is_empty() && row.message_count == 0 &&
              !row.head_id);
  Message message;
  message.content = message.metadata = "word";
  message.usage = message.error = "word";
  message.status = MessageStatus::streaming;
  erase_words(message, 7);
  EXPECT_TRUE(message.content == "[]" && message.metadata == "{}" && !message.usage &&
              !message.error && message.status == MessageStatus::interrupted &&
              message.deleted_at == 7);
}

TEST(CanonicalContent, IsOneForEqualOnes) {
  EXPECT_EQ(canonical_content(R"([{"type":"text","text":"a\u0062"}])"),
            canonical_content(R"( [ {"text":"ab","type":"text"} ])"));
  EXPECT_NE(canonical_content(R"([{"n":1}])"), canonical_content(R"([{"n":1.0}])"));
}

}  // namespace
}  // namespace threadkeep
