// An answer says which files its model was not given.
#include <gtest/gtest.h>
#include <unistd.h>

#include "generation/generations_fixture.h"
#include "renditions/confinement.h"

namespace threadkeep::test {
namespace {

class LeftOutFiles : public GenerationsTest {
 protected:
  std::string block(const std::string& type, const std::string& name, const std::string& bytes) {
    auto upload = store_->blobs().upload(user_, "application/octet-stream").value();
    EXPECT_TRUE(upload->add(bytes));
    return block_of(type, name, upload->finish().value().hash.text(), bytes.size());
  }
  static std::string block_of(const std::string& type, const std::string& name,
                              const std::string& id, std::size_t size) {
    return R"({"type":")" + type + R"(","attachmentId":")" + id + R"(","name":")" + name +
           R"(","mediaType":"application/octet-stream","size":)" + std::to_string(size) + "}";
  }
  // What the finished answer to it says of itself.
  std::string metadata_of_answer_to(const std::string& content) {
    auto request = ask("");
    request.question->content = content;
    const std::size_t call = models_.count();
    EXPECT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
    EXPECT_TRUE(becomes_true([&] { return models_.count() > call; }));
    models_.say_text(call, "Seen");
    models_.finish(call);
    const MessageId id = request.answer_ids[0];
    EXPECT_TRUE(becomes_true([&] { return row(id).status == MessageStatus::complete; }));
    return row(id).metadata;
  }
};

const std::string png = "\x89PNG\r\n\x1a\nand so on";

TEST_F(LeftOutFiles, NothingIsSaidOfWhatIsGiven) {
  EXPECT_EQ(metadata_of_answer_to("[" + block("image", "a.png", png) + "," +
                                  block("file", "a.txt", "Milk") + "]"),
            "{}");
}

TEST_F(LeftOutFiles, EachReasonHasItsWord) {
  const std::string content = "[" + block("image", "large.png", png + std::string(2'000, 'x')) +
                              "," + block("file", "a.pdf", "%PDF-1.7 and so on") + "," +
                              block("file", "a.zip", std::string("PK\0", 3)) + "," +
                              block("file", "long.txt", std::string(llm::text_bytes_max + 1, 'a')) +
                              "," + block_of("file", "gone.txt", std::string(64, 'a'), 4) + "]";
  EXPECT_EQ(metadata_of_answer_to(content),
            R"({"filesLeftOut":{"count":5,"files":[{"name":"large.png","reason":"too-large"},)"
            R"({"name":"a.pdf","reason":"no-text"},{"name":"a.zip","reason":"kind"},)"
            R"({"name":"long.txt","reason":"cut"},{"name":"gone.txt","reason":"missing"}]}})");
}

// The files of all running answers have one room in memory, and give it back with their end.
TEST_F(LeftOutFiles, AnAnswerForWhoseFilesThereIsNoRoomSaysSo) {
  GenerationLimits limits;
  limits.files_bytes_max = 3'000;
  restart(limits);
  const std::string file = "[" + block("file", "a.txt", std::string(2'000, 'a')) + "]";
  const auto start = [&](const std::string& content) {
    auto request = ask("");
    request.question->content = content;
    EXPECT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
    return request.answer_ids[0];
  };
  const MessageId first = start(file);
  ASSERT_EQ(models_.count(), 1U);
  const MessageId refused = start(file);
  EXPECT_TRUE(becomes_true([&] { return row(refused).status == MessageStatus::error; }));
  EXPECT_NE(row(refused).error->find("overloaded"), std::string::npos) << *row(refused).error;
  EXPECT_EQ(models_.count(), 1U);
  models_.finish(0);
  EXPECT_TRUE(becomes_true([&] { return row(first).status == MessageStatus::complete; }));
  const MessageId again = start(file);
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  EXPECT_EQ(models_.request(1).attachments->size(), 1U);
  models_.finish(1);
  EXPECT_TRUE(becomes_true([&] { return row(again).status == MessageStatus::complete; }));
}

TEST_F(LeftOutFiles, EarlierOnesAreToldFromThoseOfTheQuestion) {
  const std::string pdf = block("file", "a.pdf", "%PDF-1.7 and so on");
  metadata_of_answer_to("[" + pdf + "]");
  EXPECT_EQ(
      metadata_of_answer_to(text_content("And now?")),
      R"({"filesLeftOut":{"count":1,"files":[{"name":"a.pdf","reason":"no-text","isEarlier":true}]}})");
  EXPECT_EQ(metadata_of_answer_to("[" + pdf + "]"),
            R"({"filesLeftOut":{"count":1,"files":[{"name":"a.pdf","reason":"no-text"}]}})")
      << "the same again is said once";
}

TEST_F(LeftOutFiles, ManyAreCountedAndTheFirstNamed) {
  std::string content;
  for (int i = 0; i < 25; ++i) {
    content += (i == 0 ? "[" : ",") +
               block_of("file", std::to_string(i) + std::string(500, 'n'), std::string(64, 'a'), 1);
  }
  const std::string metadata = metadata_of_answer_to(content + "]");
  const auto document = json::Document::parse(metadata, json::Mode::strict);
  const json::Value left_out = document->root()["filesLeftOut"];
  EXPECT_EQ(left_out["count"].integer(), 25);
  EXPECT_EQ(left_out["files"].size(), 20U);
  EXPECT_EQ(left_out["files"].items().begin().operator*()["name"].string().size(), 200U);
}

TEST_F(LeftOutFiles, ItStandsBesideWhatElseTheAnswerSays) {
  auto request = ask("");
  request.question->content = "[" + block("file", "a.pdf", "%PDF-1.7") + "]";
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 1; }));
  models_.say_text(0, "Se");
  models_.say(0, llm::Finished{llm::Finished::Reason::length});
  const MessageId id = request.answer_ids[0];
  ASSERT_TRUE(becomes_true([&] { return row(id).status == MessageStatus::complete; }));
  EXPECT_EQ(
      row(id).metadata,
      R"({"finishReason":"length","filesLeftOut":{"count":1,"files":[{"name":"a.pdf","reason":"no-text"}]}})");
}

// One page with these words.
std::string pdf_of(const std::string& words) {
  const std::string drawing = "BT /F1 12 Tf 72 720 Td (" + words + ") Tj ET";
  return "%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
         "2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n"
         "3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 "
         "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Contents 4 0 R>> endobj\n"
         "4 0 obj <</Length " +
         std::to_string(drawing.size()) + ">>stream\n" + drawing +
         "\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF";
}

TEST_F(LeftOutFiles, OfAPdfTheTextIsGivenToAModelThatTakesNoDocuments) {
  if (access("/usr/bin/pdftotext", X_OK) != 0) GTEST_SKIP() << "pdftotext is not installed";
  if (!renditions::Confinement().is_possible()) GTEST_SKIP() << "nothing can be confined here";
  const std::string content = "[" + block("file", "a.pdf", pdf_of("Milk and bread")) + "]";
  EXPECT_EQ(metadata_of_answer_to(content), "{}");
  const llm::Request request = models_.request(0);
  ASSERT_EQ(request.attachments->size(), 1U);
  EXPECT_EQ(request.attachments->begin()->second.text->words, "Milk and bread\n");
}

TEST_F(LeftOutFiles, AnAnswerThatWaitsForATextCanBeStopped) {
  auto request = ask("");
  request.question->content = "[" + block("file", "a.pdf", pdf_of("Milk")) + "]";
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  const auto stopped = generations_->cancel(user_, request.answer_ids[0]);
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->status, MessageStatus::cancelled);
  EXPECT_TRUE(becomes_true([&] { return models_.live_count() == 0; }));
}

TEST_F(LeftOutFiles, TheEndOfTheServerWaitsForNoText) {
  auto request = ask("");
  request.question->content = "[" + block("file", "a.pdf", pdf_of("Milk")) + "]";
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  generations_->stop(1'000);
  generations_.reset();
  EXPECT_TRUE(is_final(row(request.answer_ids[0]).status));
}

}  // namespace
}  // namespace threadkeep::test
