// Which addresses may be asked for a stranger, and that a request goes to no other.
#include "http/public_address.h"

#include <future>

#include "http/public_outbound.h"
#include "http/server_under_test.h"
#include "http/web_address.h"

namespace threadkeep::http {
namespace {

TEST(PublicAddress, IsOneOfThePublicInternet) {
  for (const char* address :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.0",
        "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
        "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:4860:4860::8888"})
    EXPECT_TRUE(is_public_address(address)) << address;
}

TEST(PublicAddress, IsNothingElse) {
  for (const char* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "10.255.255.255",
                              "100.64.0.1",
                              "100.100.100.200",
                              "127.0.0.1",
                              "127.255.255.254",
                              "168.63.129.16",
                              "169.254.169.254",
                              "169.254.170.2",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.192",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.0.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::ffff:127.0.0.1",
                              "::ffff:7f00:1",
                              "::ffff:8.8.8.8",
                              "::7f00:1",
                              "64:ff9b::7f00:1",
                              "64:ff9b:1::1",
                              "100::1",
                              "fc00::1",
                              "fd00:ec2::254",
                              "fe80::1",
                              "fec0::1",
                              "ff02::1",
                              "2001::1",
                              "2001:db8::1",
                              "2002:7f00:1::",
                              "3fff::1",
                              "",
                              "tea",
                              "127.1",
                              "0x7f000001",
                              "2130706433",
                              "017700000001",
                              "1.1.1.1 ",
                              "1.1.1"})
    EXPECT_FALSE(is_public_address(address)) << address;
}

TEST(EnteredAddress, IsWhereAModelCanBe) {
  for (const char* address :
       {"1.1.1.1", "10.0.0.1", "172.16.0.1", "192.168.1.5", "127.0.0.1", "127.255.255.254",
        "100.64.0.1", "::1", "fd12:3456::1", "2606:4700:4700::1111"})
    EXPECT_TRUE(may_be_entered(address)) << address;
  for (const char* address : {"0.0.0.0",
                              "169.254.169.254",
                              "169.254.170.2",
                              "168.63.129.16",
                              "100.100.100.200",
                              "192.0.0.192",
                              "198.18.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::ffff:127.0.0.1",
                              "::ffff:169.254.169.254",
                              "64:ff9b::a9fe:a9fe",
                              "2002:a9fe:a9fe::",
                              "fe80::1",
                              "fd00:ec2::254",
                              "fd20:ce::254",
                              "ff02::1",
                              "tea",
                              "127.1"})
    EXPECT_FALSE(may_be_entered(address)) << address;
}

TEST(WebAddress, IsReadAsTheClientReadsIt) {
  EXPECT_EQ(parse_web_address("HTTP://A.example:80/x#y")->url, "http://A.example:80/x");
  EXPECT_EQ(parse_web_address("https://a.example")->port, 443);
  EXPECT_EQ(parse_web_address("http://[::1]/")->host, "[::1]");
  // Other ways to write 127.0.0.1: the socket decides, whatever the name is.
  for (const char* url :
       {"http://0x7f.1/", "http://2130706433/", "http://localhost./", "http://127.1/"})
    EXPECT_TRUE(parse_web_address(url)) << url;
  for (const char* url :
       {"file:///x", "ftp://a/", "gopher://a/", "http://u:p@a/", "http://u@a/", "a.example",
        "http://", "http://a b/", "http://a\\@b/", "http://a/\r\nX: y"})
    EXPECT_FALSE(parse_web_address(url)) << url;
}

// Asks and waits. Empty: it went well.
std::string failure_of(Outbound& outbound, const std::string& url) {
  std::promise<std::string> done;
  OutboundRequest request;
  request.url = url;
  OutboundEvents events;
  events.on_done = [&](const Error* error) { done.set_value(error ? error->detail : ""); };
  const auto call = outbound.start(std::move(request), std::move(events));
  return done.get_future().get();
}

bool may_connect_anywhere(const sockaddr*) { return true; }

TEST(EnteredOutbound, ConnectsToThisMachineAndToNoneThatHidesIt) {
  Server server;
  server.start();
  const std::string port = std::to_string(server.listener->port());
  const auto to_entered = create_entered_outbound();
  EXPECT_EQ(failure_of(*to_entered, "http://127.0.0.1:" + port + "/"), "");
  for (const std::string host : {"0.0.0.0", "[::ffff:127.0.0.1]", "169.254.169.254"}) {
    EXPECT_EQ(failure_of(*to_entered, "http://" + host + ":" + port + "/"),
              "No connection is made to this kind of address.")
        << host;
  }
}

TEST(PublicOutbound, ConnectsToNoMachineOfOurs) {
  Server server;
  server.start();
  const std::string port = std::to_string(server.listener->port());
  const auto to_public = create_public_outbound();
  for (const std::string host : {"127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]",
                                 "[::ffff:127.0.0.1]", "0.0.0.0"}) {
    EXPECT_EQ(failure_of(*to_public, "http://" + host + ":" + port + "/"),
              "No connection is made to this kind of address.")
        << host;
  }
  // Not every machine knows it by that name.
  EXPECT_NE(failure_of(*to_public, "http://localhost.:" + port + "/"), "");
  const auto anywhere = create_outbound_to(may_connect_anywhere);
  EXPECT_EQ(failure_of(*anywhere, "http://127.0.0.1:" + port + "/"), "");
}

}  // namespace
}  // namespace threadkeep::http
