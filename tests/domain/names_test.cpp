#include <gtest/gtest.h>

#include <set>

#include "domain/conversation.h"
#include "domain/message.h"

namespace threadkeep {
namespace {

TEST(Names, OfRoles) {
  EXPECT_EQ(role_name(Role::user), "user");
  EXPECT_EQ(role_name(Role::assistant), "assistant");
  EXPECT_EQ(role_name(Role::system), "system");
  EXPECT_EQ(role_name(Role::tool), "tool");
  for (const Role role : {Role::user, Role::assistant, Role::system, Role::tool}) {
    EXPECT_EQ(parse_role(role_name(role)), role);
  }
}

TEST(Names, OfStatuses) {
  using enum MessageStatus;
  EXPECT_EQ(status_name(complete), "complete");
  EXPECT_EQ(status_name(reserved), "reserved");
  EXPECT_EQ(status_name(streaming), "streaming");
  EXPECT_EQ(status_name(cancelled), "cancelled");
  EXPECT_EQ(status_name(interrupted), "interrupted");
  EXPECT_EQ(status_name(error), "error");
  std::set<MessageStatus> final_ones;
  for (const MessageStatus status :
       {complete, reserved, streaming, cancelled, interrupted, error}) {
    EXPECT_EQ(parse_status(status_name(status)), status);
    if (is_final(status)) final_ones.insert(status);
  }
  EXPECT_EQ(final_ones, (std::set<MessageStatus>{complete, cancelled, interrupted, error}));
}

TEST(Names, OfTitleSources) {
  EXPECT_EQ(title_source_name(TitleSource::none), "default");
  EXPECT_EQ(title_source_name(TitleSource::excerpt), "excerpt");
  EXPECT_EQ(title_source_name(TitleSource::model), "model");
  EXPECT_EQ(title_source_name(TitleSource::user), "user");
  for (const TitleSource source :
       {TitleSource::none, TitleSource::excerpt, TitleSource::model, TitleSource::user}) {
    EXPECT_EQ(parse_title_source(title_source_name(source)), source);
  }
}

TEST(Names, OthersAreNotGuessed) {
  for (const std::string_view name :
       {"", "User", "USER", " user", "user ", "none", "human", "0", "completed"}) {
    EXPECT_EQ(parse_role(name), std::nullopt) << name;
    EXPECT_EQ(parse_status(name), std::nullopt) << name;
    EXPECT_EQ(parse_title_source(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace threadkeep
