// What is not a clean request is refused with the right status and ends the connection.
#include <random>

#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

struct BadInput {
  const char* name;
  std::string bytes;
  int status;
};

std::string chunked(std::string_view rest) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(rest);
}

std::string with(std::string_view headers) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

std::string with_length(std::string_view length) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:" + std::string(length) + "\r\n\r\nhello";
}

std::string to(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string many_headers(int count) {
  std::string headers;
  for (int i = 0; i < count; ++i) headers += "X-" + std::to_string(i) + ": v\r\n";
  return with(headers);
}

std::string nul(std::string text) {
  for (char& c : text) c = c == '@' ? '\0' : c;
  return text;
}

const std::vector<BadInput>& bad_inputs() {
  static const std::vector<BadInput> inputs = {
      // two lengths, unclear lengths
      {"length_and_chunked",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
       "0\r\n\r\n",
       400},
      {"chunked_and_length",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
       "0\r\n\r\n",
       400},
      {"two_lengths", with_length(" 5\r\nContent-Length: 6"), 400},
      {"same_length_twice", with_length(" 5\r\nContent-Length: 5"), 400},
      {"length_with_sign", with_length(" +5"), 400},
      {"length_negative", with_length(" -5"), 400},
      {"length_list", with_length(" 5,5"), 400},
      {"length_list_spaced", with_length(" 5, 5"), 400},
      {"length_two_words", with_length(" 5 5"), 400},
      {"length_vertical_tab", with_length(" \v5"), 400},
      {"length_hex", with_length(" 0x5"), 400},
      {"length_two_to_64", with_length(" 18446744073709551616"), 400},
      {"length_empty", with_length(""), 400},
      {"length_fraction", with_length(" 5.0"), 400},
      // transfer codings
      {"coding_unknown", with("Transfer-Encoding: xchunked\r\n"), 501},
      {"coding_gzip", with("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"coding_after_chunked", with("Transfer-Encoding: chunked, identity\r\n"), 501},
      {"coding_vertical_tab", with("Transfer-Encoding: \vchunked\r\n"), 400},
      {"coding_twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"coding_empty", with("Transfer-Encoding:\r\n"), 501},
      {"coding_unknown_with_length", with("Content-Length: 5\r\nTransfer-Encoding: x\r\n"), 400},
      {"coding_in_http_1_0",
       "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      // chunks
      {"chunk_size_negative", chunked("-1\r\n"), 400},
      {"chunk_size_huge", chunked("FFFFFFFFFFFFFFFFF\r\n"), 400},
      {"chunk_size_2_to_64", chunked("10000000000000000\r\n"), 400},
      {"chunk_size_empty", chunked("\r\n"), 400},
      {"chunk_size_prefixed", chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk_size_space", chunked(" 5\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk_size_space_behind", chunked("5 \r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk_without_end", chunked("5\r\nhello0\r\n\r\n"), 400},
      {"chunk_longer", chunked("5\r\nhello!\r\n0\r\n\r\n"), 400},
      {"chunk_bare_line_feed", chunked("5\nhello\n0\n\n"), 400},
      {"chunk_bare_line_feed_later", chunked("5\r\nhello\n0\r\n\r\n"), 400},
      {"chunk_bare_return", chunked("5\rhello\r\n0\r\n\r\n"), 400},
      {"chunk_extension_long",
       chunked("5;ext=" + std::string(64U << 10, 'x') + "\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk_extension_line_feed", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n"), 400},
      {"trailer_length", chunked("0\r\nContent-Length: 5\r\n\r\n"), 400},
      {"trailer_host", chunked("0\r\nhost: b\r\n\r\n"), 400},
      {"trailer_coding", chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
      {"trailer_folded", chunked("0\r\nX: a\r\n b\r\n\r\n"), 400},
      {"trailer_no_colon", chunked("0\r\nX\r\n\r\n"), 400},
      {"trailer_long", chunked("0\r\nX: " + std::string(16U << 10, 'x') + "\r\n\r\n"), 400},
      // headers
      {"space_before_colon", with("X : a\r\n"), 400},
      {"folded", with("X: a\r\n b\r\n"), 400},
      {"folded_empty", with("X:\r\n b\r\n"), 400},
      {"folded_length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 5\r\n\r\nhello", 400},
      {"nul_in_value", nul(with("X: a@b\r\n")), 400},
      {"nul_in_name", nul(with("X@Y: a\r\n")), 400},
      {"return_in_value", with("X: a\rb\r\n"), 400},
      {"line_feed_in_value", with("X: a\nY: b\r\n"), 400},
      {"control_in_value", with("X: a\x01\r\n"), 400},
      {"empty_name", with(": a\r\n"), 400},
      {"no_colon", with("X\r\n"), 400},
      {"first_line_indented", "GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n", 400},
      {"bare_line_feeds", "GET / HTTP/1.1\nHost: a\n\n", 400},
      // hosts
      {"no_host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"no_host_1_0", "GET / HTTP/1.0\r\n\r\n", 400},
      {"two_hosts", with("Host: a\r\n"), 400},
      {"host_with_path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"host_with_user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
      {"host_with_space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"host_list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      // sizes
      {"line_too_long", to("/" + std::string(16U << 10, 'a')), 414},
      {"line_without_end", "GET /" + std::string(20U << 10, 'a'), 414},
      {"header_too_long", with("X: " + std::string(16U << 10, 'a') + "\r\n"), 431},
      {"cookies_too_long", with("Cookie: " + std::string(40U << 10, 'a') + "\r\n"), 431},
      {"too_many_headers", many_headers(100), 431},
      {"head_too_long",
       with("A: " + std::string(15'000, 'a') + "\r\nB: " + std::string(15'000, 'a') +
            "\r\nC: " + std::string(15'000, 'a') + "\r\n"),
       431},
      // request lines
      {"version_9_9", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505},
      {"version_2_0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"version_1_2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"tls_hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11), 400},
      {"version_0_9", "GET /\r\n", 400},
      {"version_missing", "GET / \r\nHost: a\r\n\r\n", 400},
      {"version_lower_case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"three_words", "GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"two_spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"method_lower_case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"method_unknown", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"method_trace", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"method_connect", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 405},
      {"method_empty", " / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"many_empty_lines", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"expectation", with("Expect: foo\r\n"), 417},
      // targets
      {"target_up", to("/../x"), 400},
      {"target_up_escaped", to("/%2e%2e%2fx"), 400},
      {"target_up_mixed", to("/a/.%2E"), 400},
      {"target_here", to("/a/./b"), 400},
      {"target_nul", to("/%00"), 400},
      {"target_percent", to("/%"), 400},
      {"target_percent_one", to("/%4"), 400},
      {"target_percent_bad", to("/%zz"), 400},
      {"target_overlong", to("/%c0%ae"), 400},
      {"target_surrogate", to("/%ed%a0%80"), 400},
      {"target_backslash", to("/a\\b"), 400},
      {"target_backslash_escaped", to("/a%5cb"), 400},
      {"target_fragment", to("/a#b"), 400},
      {"target_fragment_in_query", to("/a?b#c"), 400},
      {"target_byte", to("/\xC3\xA4"), 400},
      {"target_star", to("*"), 400},
      {"target_word", to("a"), 400},
      {"target_other_scheme", to("https://a/"), 400},
      {"target_user", to("http://u:p@a/"), 400},
      {"target_no_host", to("http:///a"), 400},
      {"target_control", to("/a\x01"), 400},
  };
  return inputs;
}

class Framing : public testing::TestWithParam<BadInput> {
 protected:
  void SetUp() override { server_.start(); }
  // The answer, and that nothing follows it, although a clean request stands behind.
  void expect_refusal(Client& client) {
    client.send(get("/never"));
    client.close_sending_side();
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, GetParam().status) << answer->body;
    EXPECT_EQ(answer->header("Connection"), "close");
    EXPECT_EQ(client.receive_rest(), "");
  }
  Server server_;
};

TEST_P(Framing, IsRefusedAndTheConnectionEnds) {
  Client client(server_.listener->port());
  client.send(GetParam().bytes);
  expect_refusal(client);
}

TEST_P(Framing, IsRefusedTheSameInSmallPieces) {
  Client client(server_.listener->port());
  const std::string& bytes = GetParam().bytes;
  const std::size_t piece = bytes.size() > 300 ? 700 : 1;
  for (std::size_t i = 0; i < bytes.size(); i += piece) {
    if (!client.send(std::string_view(bytes).substr(i, piece))) break;
  }
  expect_refusal(client);
}

TEST_P(Framing, LeavesTheServerAlive) {
  {
    Client client(server_.listener->port());
    client.send(GetParam().bytes);
  }
  Client other(server_.listener->port());
  other.send(get("/"));
  EXPECT_EQ(other.receive()->status, 200);
}

INSTANTIATE_TEST_SUITE_P(Row, Framing, testing::ValuesIn(bad_inputs()),
                         [](const auto& row) { return std::string(row.param.name); });

struct GoodInput {
  const char* name;
  std::string bytes;
  std::vector<std::string> bodies;
};

const std::vector<GoodInput>& good_inputs() {
  static const std::vector<GoodInput> inputs = {
      {"plain", get("/a?b=c"), {"GET\n/a\nb=c\n"}},
      {"empty_line_first", "\r\n" + get("/a"), {"GET\n/a\n\n"}},
      {"empty_line_between", get("/a") + "\r\n" + get("/b"), {"GET\n/a\n\n", "GET\n/b\n\n"}},
      {"escapes", get("/%41%2F%25%c3%a4;x"), {"GET\n/A/%\xC3\xA4;x\n\n"}},
      {"double_escape_decoded_once", get("/%2541"), {"GET\n/%41\n\n"}},
      {"two_slashes", get("//"), {"GET\n//\n\n"}},
      {"dots_in_names", get("/..a/b.."), {"GET\n/..a/b..\n\n"}},
      {"absolute", "GET http://b.example:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n", {"GET\n/x\ny\n"}},
      {"absolute_root", "GET http://b?y HTTP/1.1\r\nHost: a\r\n\r\n", {"GET\n/\ny\n"}},
      {"body", post("/p", "hello"), {"POST\n/p\n\nhello"}},
      {"length_zero", post("/p", ""), {"POST\n/p\n\n"}},
      {"length_spaced",
       "POST /p HTTP/1.1\r\nHost:a\r\nContent-Length: \t 5 \r\n\r\nhello",
       {"POST\n/p\n\nhello"}},
      {"get_with_body",
       "GET /g HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
       {"GET\n/g\n\nhi"}},
      {"chunks",
       chunked("5\r\nhello\r\n6;a=\"b\"\r\n world\r\n00\r\n\r\n"),
       {"POST\n/\n\nhello world"}},
      {"chunks_empty", chunked("0\r\n\r\n"), {"POST\n/\n\n"}},
      {"chunks_trailer",
       chunked("A ;x=1\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n"),
       {"POST\n/\n\n0123456789"}},
      {"chunks_then_more",
       chunked("1\r\na\r\n0\r\n\r\n") + get("/next"),
       {"POST\n/\n\na", "GET\n/next\n\n"}},
      {"coding_upper_case",
       "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
       {"POST\n/\n\na"}},
      {"bodies_in_a_row",
       post("/1", "a") + post("/2", "bc") + get("/3"),
       {"POST\n/1\n\na", "POST\n/2\n\nbc", "GET\n/3\n\n"}},
  };
  return inputs;
}

class CleanInput : public testing::TestWithParam<GoodInput> {
 protected:
  void SetUp() override { server_.start(); }
  void expect_answers(Client& client) {
    for (const std::string& body : GetParam().bodies) {
      const auto answer = client.receive();
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->status, 200);
      EXPECT_EQ(answer->body, body);
    }
  }
  Server server_;
};

TEST_P(CleanInput, IsUnderstoodCutAtEveryByte) {
  Client client(server_.listener->port());
  const std::string_view bytes = GetParam().bytes;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    client.send(bytes.substr(0, cut));
    if (cut > 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
    client.send(bytes.substr(cut));
    expect_answers(client);
    if (HasFailure()) FAIL() << "cut at " << cut;
  }
}

TEST_P(CleanInput, IsUnderstoodByteByByte) {
  Client client(server_.listener->port());
  for (const char byte : GetParam().bytes) client.send({&byte, 1});
  expect_answers(client);
}

INSTANTIATE_TEST_SUITE_P(Row, CleanInput, testing::ValuesIn(good_inputs()),
                         [](const auto& row) { return std::string(row.param.name); });

// Whatever comes: an answer or the end of the connection, soon, and never a fault.
TEST(Damage, AtRandomIsSurvived) {
  Server server;
  server.start();
  std::vector<std::string> seeds;
  for (const GoodInput& good : good_inputs()) seeds.push_back(good.bytes);
  for (const BadInput& bad : bad_inputs()) {
    if (bad.bytes.size() < 1'000) seeds.push_back(bad.bytes);
  }
  std::mt19937 random(20'240'229);
  const auto below = [&](std::size_t end) { return random() % end; };
  for (int round = 0; round < 3'000; ++round) {
    std::string bytes = seeds[below(seeds.size())] + seeds[below(seeds.size())];
    for (std::size_t i = below(4); i > 0; --i) {
      const std::size_t at = below(bytes.size());
      const std::size_t size = std::min(below(12), bytes.size() - at);
      switch (below(4)) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, size);
          break;
        case 2:
          bytes.insert(at, bytes.substr(below(bytes.size()), size));
          break;
        default:
          bytes.insert(at, 1, "\r\n :;0\t\0"[below(8)]);
      }
      if (bytes.empty()) bytes = "\r";
    }
    Client client(server.listener->port());
    const std::size_t cut = below(bytes.size());
    client.send(std::string_view(bytes).substr(0, cut));
    client.send(std::string_view(bytes).substr(cut));
    client.close_sending_side();
    ASSERT_TRUE(client.wait_for_end(std::chrono::seconds(5))) << bytes;
  }
  Client client(server.listener->port());
  client.send(get("/"));
  EXPECT_EQ(client.receive()->status, 200);
}

TEST(AbsoluteTarget, ItsHostCountsInsteadOfTheHostHeader) {
  Server server;
  server.application.handler = [](Request request, const Responder&) -> Reply {
    return text_response(std::string(*request.header("host")) + " " + request.target);
  };
  server.start();
  Client client(server.listener->port());
  client.send("GET http://evil.example/x?y HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.receive()->body, "evil.example /x?y");
}

TEST(Limits, WhatIsJustWithinThemIsAccepted) {
  Server server;
  server.start();
  Client client(server.listener->port());
  client.send(many_headers(99));
  EXPECT_EQ(client.receive()->status, 200);
  client.send(to("/" + std::string(16'300, 'a')));
  EXPECT_EQ(client.receive()->status, 200);
  client.send(
      with("A: " + std::string(16'000, 'a') + "\r\nB: " + std::string(16'000, 'a') + "\r\n"));
  EXPECT_EQ(client.receive()->status, 200);
}

TEST(Refusal, OfAMethodNamesThoseThatAreAllowed) {
  Server server;
  server.start();
  Client client(server.listener->port());
  client.send("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(client.receive()->header("Allow").find("PATCH"), std::string::npos);
}

}  // namespace
}  // namespace threadkeep::http
