#include "api/foreign_ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "foreign_surface.h"

namespace threadkeep::api {
namespace {

const Ulid ann = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").value();
const Ulid bob = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAW").value();

class ForeignIds : public testing::Test {
 protected:
  Ulid read(const std::string& text, IdKind kind = IdKind::conversation,
            const UserId& user = ann) const {
    const auto id = read_id(surface_, user, kind, text);
    EXPECT_TRUE(id) << text;
    return id.value_or(Ulid());
  }

  TokenAuthenticator authenticator_{ann};
  Surface surface_ = foreign_surface(authenticator_);
};

TEST_F(ForeignIds, AnyTextIsTheSameIdEachTime) {
  for (const std::string text :
       {"conv_68a1", "3f0c2a34-7a0e-4c1e-9d06-0c5ae7ff2a10", "1", "a b", "\xC3\xA9", "日本",
        "conv_", "../etc/passwd", "conv_01ARZ3NDEKTSV4RRFFQ69G5FA"}) {
    EXPECT_EQ(read(text), read(text));
    EXPECT_EQ(read(text).time_ms(), 0) << "no clock makes such an id";
    EXPECT_EQ(Ulid::parse(read(text).text()).value(), read(text));
  }
}

// What is stored under it must be found by every later version.
TEST_F(ForeignIds, ItNeverChanges) {
  EXPECT_EQ(read("conv_68a1").text(), "0000000000X2Y35J2YJ0T2WCDK");
  EXPECT_EQ(read("msg_68a1", IdKind::message).text(), "00000000000MW4WW9HCCBNY20B");
}

TEST_F(ForeignIds, OtherTextsKindsUsersAndSurfacesGiveOtherIds) {
  std::set<Ulid> ids;
  for (int i = 0; i < 1'000; ++i) ids.insert(read("conv_" + std::to_string(i)));
  EXPECT_EQ(ids.size(), 1'000U);
  ids.insert(read("conv_1", IdKind::message));
  ids.insert(read("conv_1", IdKind::conversation, bob));
  ids.insert(read("CONV_1"));
  ids.insert(read("conv_1 "));
  surface_.name = "other";
  ids.insert(read("conv_1"));
  EXPECT_EQ(ids.size(), 1'005U);
}

TEST_F(ForeignIds, WhatTheServerCalledAThingIsThatThing) {
  const std::string conversation = write_id(surface_, IdKind::conversation, bob);
  EXPECT_EQ(conversation, "conv_01ARZ3NDEKTSV4RRFFQ69G5FAW");
  EXPECT_EQ(read(conversation), bob);
  EXPECT_EQ(write_id(surface_, IdKind::message, bob), "msg_01ARZ3NDEKTSV4RRFFQ69G5FAW");
  EXPECT_EQ(read("msg_01ARZ3NDEKTSV4RRFFQ69G5FAW", IdKind::message), bob);
}

TEST_F(ForeignIds, WhatOnlyReadsLikeOurIdIsTheClientsOwn) {
  for (const char* text : {"01ARZ3NDEKTSV4RRFFQ69G5FAW", "conv_01arz3ndektsv4rrffq69g5faw",
                           "msg_01ARZ3NDEKTSV4RRFFQ69G5FAW", "conv_01ARZ3NDEKTSV4RRFFQ69G5FAW "}) {
    EXPECT_NE(read(text), bob) << text;
  }
}

TEST_F(ForeignIds, NothingAndTooMuchAreNoIds) {
  for (const std::string& text : {std::string(), std::string(foreign_id_bytes_max + 1, 'x')}) {
    const auto id = read_id(surface_, ann, IdKind::message, text);
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code, Errc::invalid_id);
  }
  EXPECT_NE(read(std::string(foreign_id_bytes_max, 'x')), Ulid());
}

TEST_F(ForeignIds, ANativeSurfaceTakesUlidsOnly) {
  const Surface native = native_surfaces(authenticator_, {}).front();
  EXPECT_EQ(read_id(native, ann, IdKind::message, bob.text()), bob);
  EXPECT_EQ(write_id(native, IdKind::message, bob), bob.text());
  EXPECT_FALSE(read_id(native, ann, IdKind::message, "conv_1"));
}

}  // namespace
}  // namespace threadkeep::api
