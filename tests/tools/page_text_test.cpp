// The words of web pages.
#include "tools/page_text.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/utf8.h"

namespace threadkeep::tools {
namespace {

TEST(PageTexts, KeepTheWordsAndTheirParagraphs) {
  const PageText page = text_of_html(
      "<!doctype html><html><head><title>Tea &amp; more</title><style>p{color:red}</style></head>"
      "<body><h1>Tea</h1><p>A   <b>drink</b>\nof <a "
      "href=\"x\">leaves</a>.</p><ul><li>green<li>black"
      "</ul><script>alert('no')</script><!-- not this --><p title='a > b'>5 &lt; 6 &#x2013; "
      "&#8364; &nosuch; R&D"
      "</body></html>");
  EXPECT_EQ(page.title, "Tea & more");
  EXPECT_EQ(page.text,
            "Tea\n\nA drink of leaves.\n\ngreen\nblack\n\n"
            "5 < 6 \xE2\x80\x93 \xE2\x82\xAC &nosuch; R&D");
}

TEST(PageTexts, ComeOutOfAnything) {
  for (const char* html :
       {"", "<", "<>", "</", "<!--", "<p", "<p title='", "&", "&#", "&#x;", "&#0;", "&#xD800;",
        "&#99999999999;", "<script>", "<title>", "</p></p>", "a < b", "<?x"}) {
    EXPECT_EQ(find_invalid_utf8(text_of_html(html).text), std::string::npos) << html;
  }
  EXPECT_EQ(text_of_html("a < b").text, "a < b");
  EXPECT_EQ(text_of_html("<SCRIPT>x</Script >y").text, "y");
}

TEST(PageTexts, TakeTimeInProportion) {
  const auto begun = std::chrono::steady_clock::now();
  for (const char* piece : {"<script>", "</", "<!--", "&", "<p title='", "<title>", "<div>"}) {
    std::string html;
    while (html.size() < 2'000'000) html += piece;
    (void)text_of_html(html);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

TEST(PageTexts, AreUtf8WhateverTheyWere) {
  EXPECT_EQ(utf8_of("caf\xE9", "ISO-8859-1"), "caf\xC3\xA9");
  EXPECT_EQ(utf8_of("caf\xC3\xA9", "utf-8"), "caf\xC3\xA9");
  EXPECT_EQ(utf8_of("caf\xE9", "utf-8"), "caf\xEF\xBF\xBD");
  EXPECT_EQ(utf8_of(std::string_view("a\0b", 3), "latin"),
            "a\xEF\xBF\xBD"
            "b");
}

}  // namespace
}  // namespace threadkeep::tools
