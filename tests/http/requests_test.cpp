// Ordinary requests and their answers.
#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

TEST(Requests, AreAnsweredOneAfterAnotherOnOneConnection) {
  Server server;
  server.start();
  Client client(server.listener->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(get("/a%20b?q=%41")));
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "GET\n/a b\nq=%41\n");
    EXPECT_FALSE(answer->header("Date").empty());
    EXPECT_EQ(answer->header("Connection"), "");
  }
  ASSERT_TRUE(client.send(post("/p", "hello")));
  EXPECT_EQ(client.receive()->body, "POST\n/p\n\nhello");
}

}  // namespace
}  // namespace threadkeep::http
