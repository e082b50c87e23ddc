// The text of PDFs, and what those that were made to harm come to.
#include "renditions/pdf_text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "renditions/confined.h"
#include "renditions/pdf_texts.h"

namespace threadkeep::renditions {
namespace {

using Outcome = PdfText::Outcome;

using PdfTextTest = Confined;
using PdfTextsTest = Confined;

// An object for each text, numbered from 1, and a table of where they are.
std::string pdf_of_objects(const std::vector<std::string>& objects, const std::string& trailer) {
  std::string pdf = "%PDF-1.4\n";
  std::string table;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    char row[21];
    std::snprintf(row, sizeof row, "%010zu 00000 n \n", pdf.size());
    table += row;
    pdf += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  const std::string at = std::to_string(pdf.size());
  const std::string count = std::to_string(objects.size() + 1);
  return pdf + "xref\n0 " + count + "\n0000000000 65535 f \n" + table + "trailer<</Size " + count +
         "/Root 1 0 R" + trailer + ">>\nstartxref\n" + at + "\n%%EOF";
}

std::string stream(const std::string& bytes) {
  return "<</Length " + std::to_string(bytes.size()) + ">>stream\n" + bytes + "\nendstream";
}

std::string pdf_of_pages(const std::vector<std::string>& pages, const std::string& trailer = "") {
  std::string kids;
  for (std::size_t i = 0; i < pages.size(); ++i) kids += std::to_string(4 + 2 * i) + " 0 R ";
  std::vector<std::string> objects = {
      "<</Type/Catalog/Pages 2 0 R>>",
      "<</Type/Pages/Kids[" + kids + "]/Count " + std::to_string(pages.size()) + ">>",
      "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"};
  for (const std::string& page : pages) {
    objects.push_back(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 "
        "R>>>>/Contents " +
        std::to_string(objects.size() + 2) + " 0 R>>");
    objects.push_back(stream("BT /F1 12 Tf 72 720 Td (" + page + ") Tj ET"));
  }
  return pdf_of_objects(objects, trailer);
}

PdfTextLimits within(std::chrono::milliseconds time) {
  PdfTextLimits limits;
  limits.time_max = time;
  return limits;
}

TEST_F(PdfTextTest, IsReadPageByPage) {
  const PdfText text = text_of_pdf(pdf_of_pages({"The first page", "and the second"}));
  EXPECT_EQ(text.outcome, Outcome::read);
  EXPECT_EQ(text.text, "The first page\n\nand the second\n");
  EXPECT_FALSE(text.is_cut);
}

TEST_F(PdfTextTest, WithoutTheProgramThereIsNoReader) {
  PdfTextLimits limits;
  limits.program = "/usr/bin/no-such-pdftotext";
  EXPECT_EQ(text_of_pdf(pdf_of_pages({"Words"}), limits).outcome, Outcome::no_reader);
}

TEST_F(PdfTextTest, OfTenThousandPagesTheBeginningIsKept) {
  std::vector<std::string> pages;
  for (int i = 0; i < 10'000; ++i)
    pages.push_back("This is page " + std::to_string(i) + " of a document without an end");
  PdfTextLimits limits = within(std::chrono::seconds(60));
  limits.text_bytes_max = 100'000;
  const PdfText text = text_of_pdf(pdf_of_pages(pages), limits);
  EXPECT_EQ(text.outcome, Outcome::read);
  EXPECT_EQ(text.text.size(), 100'000U);
  EXPECT_TRUE(text.is_cut);
}

TEST_F(PdfTextTest, WhatIsNoPdfOrEmptyOrCutHasNoText) {
  const std::string whole = pdf_of_pages({"Words"});
  for (const std::string& bytes :
       {std::string(), std::string("%PDF-1.7 and so on"), std::string("Not a PDF at all"),
        whole.substr(0, 100), std::string("%PDF-1.4\n") + std::string(100'000, '\xFF')}) {
    const PdfText text = text_of_pdf(bytes);
    EXPECT_EQ(text.outcome, Outcome::no_text) << bytes.substr(0, 20);
    EXPECT_EQ(text.text, "");
  }
}

TEST_F(PdfTextTest, CutAnywhereItEndsWithinItsTime) {
  const std::string whole = pdf_of_pages({"Words", "More words"});
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 12)
    EXPECT_NE(text_of_pdf(whole.substr(0, size)).outcome, Outcome::no_reader) << size;
}

TEST_F(PdfTextTest, ALockedOneHasNoText) {
  const std::string key(64, '0');
  const std::string locked =
      "/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" + key + ">/U<" + key + ">>>/ID[<00><00>]";
  EXPECT_EQ(text_of_pdf(pdf_of_pages({"Words"}, locked)).outcome, Outcome::no_text);
}

TEST_F(PdfTextTest, CirclesAndBombsEndWithinTheirTime) {
  // A page tree that is its own child, and forms that draw each other ten times, thirty deep.
  const std::string circle = pdf_of_objects(
      {"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000000>>"}, "");
  std::vector<std::string> objects = {"<</Type/Catalog/Pages 2 0 R>>",
                                      "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                                      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 "
                                      "792]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 "
                                      "0 R>>",
                                      stream("/X Do")};
  for (int depth = 0; depth < 30; ++depth) {
    std::string draws;
    for (int i = 0; i < 10; ++i) draws += "/X Do ";
    objects.push_back("<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X " +
                      std::to_string(6 + depth) + " 0 R>>>>/Length " +
                      std::to_string(draws.size()) + ">>stream\n" + draws + "\nendstream");
  }
  objects.push_back(stream(""));
  for (const std::string& pdf : {circle, pdf_of_objects(objects, "")}) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(text_of_pdf(pdf, within(std::chrono::seconds(2))).outcome, Outcome::no_text);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  }
}

std::shared_ptr<const std::string> shared(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

TEST_F(PdfTextsTest, TheSameFileIsReadOnceAndKept) {
  PdfTexts texts;
  const auto pdf = shared(pdf_of_pages({"Words"}));
  for (int round = 0; round < 2; ++round) {
    std::vector<std::promise<PdfTexts::Text>> promises(8);
    for (auto& promise : promises)
      texts.read("a", pdf, [&](PdfTexts::Text text) { promise.set_value(std::move(text)); });
    for (auto& promise : promises) EXPECT_EQ(promise.get_future().get()->text, "Words\n");
  }
  EXPECT_EQ(texts.reads(), 1);
}

TEST_F(PdfTextsTest, OldOnesMakeRoom) {
  PdfTextsOptions options;
  options.kept_bytes_max = 600;
  PdfTexts texts(options);
  const auto pdf = shared(pdf_of_pages({"Words"}));
  for (const char* id : {"a", "b", "c", "c", "a"}) {
    std::promise<void> done;
    texts.read(id, pdf, [&](const PdfTexts::Text&) { done.set_value(); });
    done.get_future().get();
  }
  EXPECT_EQ(texts.reads(), 4) << "c was kept, a was not";
}

TEST_F(PdfTextsTest, ThoseThatAreTooManyAreNotWaitedFor) {
  PdfTextsOptions options;
  options.threads = 1;
  options.waiting_max = 2;
  std::atomic<int> none = 0;
  std::atomic<int> all = 0;
  PdfTexts texts(options);
  const auto pdf = shared(pdf_of_pages({"Words"}));
  for (int i = 0; i < 50; ++i) {
    texts.read(std::to_string(i), pdf, [&](const PdfTexts::Text& text) {
      none += text->outcome == Outcome::no_text ? 1 : 0;
      ++all;
    });
  }
  EXPECT_GT(none, 0);
  while (all < 50) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_LT(none, 50);
}

TEST_F(PdfTextsTest, TheEndDoesNotWaitForThoseThatWait) {
  const auto pdf = shared(pdf_of_pages({"Words"}));
  std::atomic<int> done = 0;
  {
    PdfTexts texts;
    for (int i = 0; i < 60; ++i)
      texts.read(std::to_string(i), pdf, [&](const PdfTexts::Text&) { ++done; });
  }
  EXPECT_LT(done, 60);
}

}  // namespace
}  // namespace threadkeep::renditions
