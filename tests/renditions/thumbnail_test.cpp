// Small pictures, and what pictures that were made to harm come to.
#include "renditions/thumbnail.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "renditions/confined.h"
#include "renditions/picture_head.h"
#include "renditions/thumbnails.h"

namespace threadkeep::renditions {
namespace {

using Kind = PictureHead::Kind;
using Outcome = Thumbnail::Outcome;

using ThumbnailTest = Confined;
using ThumbnailsTest = Confined;

std::string big(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string chunk(const std::string& type, const std::string& bytes) {
  const std::string named = type + bytes;
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(named.data()), static_cast<uInt>(named.size()));
  return big(static_cast<std::uint32_t>(bytes.size())) + named +
         big(static_cast<std::uint32_t>(sum));
}

std::string packed(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string result(size, '\0');
  compress(reinterpret_cast<Bytef*>(result.data()), &size,
           reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
  result.resize(size);
  return result;
}

constexpr char grey = 0;
constexpr char rgb = 2;
constexpr char rgba = 6;

// The upper half red, the lower half blue; of alpha, half.
std::string png(std::uint32_t width, std::uint32_t height, char colour = rgb,
                const std::string& more = "") {
  std::string rows;
  for (std::uint32_t y = 0; y < height; ++y) {
    std::string pixel = y < height / 2 ? std::string("\xFF\0\0", 3) : std::string("\0\0\xFF", 3);
    if (colour == rgba) pixel += '\x80';
    rows += '\0';
    for (std::uint32_t x = 0; x < width; ++x) rows += pixel;
  }
  return "\x89PNG\r\n\x1A\n" +
         chunk("IHDR", big(width) + big(height) + '\x08' + colour + std::string(3, '\0')) + more +
         chunk("IDAT", packed(rows)) + chunk("IEND", "");
}

std::string gm(const std::vector<std::string>& arguments, const std::string& input) {
  std::vector<std::string> command = {"/usr/bin/gm", "convert", "-limit", "Threads", "1"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_confined(command, input, {}).output;
}

// With the words of a camera before its pixels: that it is to be turned, and where it was.
std::string jpeg(std::uint32_t width, std::uint32_t height, char orientation = 1) {
  const std::string plain = gm({"png:-", "jpeg:-"}, png(width, height));
  const std::string exif =
      std::string("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 25) + orientation +
      std::string(6, '\0') + "the place of my house";
  const auto size = static_cast<std::uint32_t>(exif.size() + 2);
  const std::string comment = "a word of the camera";
  return plain.substr(0, 2) + "\xFF\xE1" + big(size).substr(2) + exif + "\xFF\xFE" +
         big(static_cast<std::uint32_t>(comment.size() + 2)).substr(2) + comment + plain.substr(2);
}

std::string size_of(const Thumbnail& thumbnail) {
  const auto head = picture_head(thumbnail.bytes);
  return head ? std::to_string(head->width) + "x" + std::to_string(head->height) : "none";
}

ThumbnailLimits within(std::chrono::milliseconds time) {
  ThumbnailLimits limits;
  limits.time_max = time;
  return limits;
}

TEST(PictureHeadTest, SaysWhatIsInTheFirstBytes) {
  const auto head = picture_head(png(600, 400, rgba));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->kind, Kind::png);
  EXPECT_EQ(head->width, 600);
  EXPECT_EQ(head->height, 400);
  EXPECT_TRUE(head->may_be_transparent);
  EXPECT_FALSE(picture_head(png(600, 400))->may_be_transparent);
  const std::string clear = chunk("tRNS", std::string("\0\xFF\0\0\0\0", 6));
  EXPECT_TRUE(picture_head(png(600, 400, rgb, clear))->may_be_transparent);
  EXPECT_EQ(picture_head("GIF89a\x02\x01\x03" + std::string(40, '\0'))->width, 0x102);
}

TEST(PictureHeadTest, WhatIsNoPictureOrCutHasNone) {
  const std::string whole = png(600, 400);
  for (std::size_t size = 0; size < 20; ++size)
    EXPECT_FALSE(picture_head(whole.substr(0, size))) << size;
  for (const std::string& bytes :
       {std::string("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        std::string("GIF89a"), std::string("RIFF....WEBPVP8X"), std::string("RIFF\0\0\0\0WEBP", 12),
        std::string("\xFF\xD8\xFF\xE0\0\0", 6), std::string("\xFF\xD8\xFF\xDA\0\x10", 6) + whole,
        std::string("\xFF\xD8\xFF") + std::string(1000, '\xFF'),
        std::string("push graphic-context")})
    EXPECT_FALSE(picture_head(bytes)) << bytes.substr(0, 20);
}

TEST_F(ThumbnailTest, IsSmallAndShowsTheSame) {
  const Thumbnail thumbnail = thumbnail_of(png(3000, 1500), 640);
  ASSERT_EQ(thumbnail.outcome, Outcome::made);
  EXPECT_EQ(thumbnail.media_type, "image/jpeg");
  EXPECT_EQ(size_of(thumbnail), "640x320");
  EXPECT_LT(thumbnail.bytes.size(), 20'000U);
  // Red above, blue below.
  const std::string pixels =
      gm({"jpeg:-", "-thumbnail", "1x2!", "-depth", "8", "rgb:-"}, thumbnail.bytes);
  ASSERT_EQ(pixels.size(), 6U);
  EXPECT_GT(static_cast<unsigned char>(pixels[0]), 200);
  EXPECT_LT(static_cast<unsigned char>(pixels[3]), 50);
}

TEST_F(ThumbnailTest, OfWhatIsSmallAlreadyIsNoLarger) {
  EXPECT_EQ(size_of(thumbnail_of(png(30, 20), 640)), "30x20");
  EXPECT_EQ(size_of(thumbnail_of(png(1, 1), 160)), "1x1");
  EXPECT_EQ(size_of(thumbnail_of(png(5000, 1), 160)), "160x1");
}

TEST_F(ThumbnailTest, WhatMayBeTransparentStaysSo) {
  const Thumbnail thumbnail = thumbnail_of(png(900, 600, rgba), 160);
  ASSERT_EQ(thumbnail.outcome, Outcome::made);
  EXPECT_EQ(thumbnail.media_type, "image/png");
  EXPECT_EQ(size_of(thumbnail), "160x107");
  const std::string pixel =
      gm({"png:-", "-thumbnail", "1x1!", "-depth", "8", "rgba:-"}, thumbnail.bytes);
  ASSERT_EQ(pixel.size(), 4U);
  EXPECT_NEAR(static_cast<unsigned char>(pixel[3]), 0x80, 4);
}

TEST_F(ThumbnailTest, IsTurnedAndSaysNothingOfWhereThePictureWasTaken) {
  const std::string picture = jpeg(800, 400, 6);
  ASSERT_NE(picture.find("my house"), std::string::npos);
  const Thumbnail thumbnail = thumbnail_of(picture, 160);
  ASSERT_EQ(thumbnail.outcome, Outcome::made);
  EXPECT_EQ(size_of(thumbnail), "80x160") << "by a quarter";
  for (const char* word : {"Exif", "my house", "a word of the camera"})
    EXPECT_EQ(thumbnail.bytes.find(word), std::string::npos) << word;
  EXPECT_EQ(size_of(thumbnail_of(jpeg(800, 400), 160)), "160x80");
  const std::string text = chunk("tEXt", std::string("Comment\0the place of my house", 29));
  const Thumbnail of_png = thumbnail_of(png(800, 400, rgba, text), 160);
  EXPECT_EQ(of_png.outcome, Outcome::made);
  EXPECT_EQ(of_png.bytes.find("my house"), std::string::npos);
}

TEST_F(ThumbnailTest, OfPicturesThatMoveTheFirstIsShown) {
  const std::string frame = gm({"png:-", "gif:-"}, png(300, 200));
  const Thumbnail thumbnail = thumbnail_of(frame, 160);
  ASSERT_EQ(thumbnail.outcome, Outcome::made);
  EXPECT_EQ(thumbnail.media_type, "image/png");
  EXPECT_EQ(size_of(thumbnail), "160x107");
  // Its pictures again and again, without an end mark between them.
  std::string many = frame.substr(0, frame.size() - 1);
  const std::size_t first = frame.find('\x2C');
  ASSERT_NE(first, std::string::npos);
  for (int i = 0; i < 2'000; ++i) many += frame.substr(first, frame.size() - 1 - first);
  EXPECT_EQ(size_of(thumbnail_of(many + ";", 160)), "160x107");
}

TEST_F(ThumbnailTest, ThePageOfAPdfIsShown) {
  const std::string pdf =
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count "
      "1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 600]>>endobj\ntrailer<</Size "
      "4/Root 1 0 R>>\n%%EOF";
  const Thumbnail thumbnail = thumbnail_of(pdf, 160);
  ASSERT_EQ(thumbnail.outcome, Outcome::made);
  EXPECT_EQ(thumbnail.media_type, "image/jpeg");
  EXPECT_EQ(size_of(thumbnail), "80x160");
  EXPECT_EQ(thumbnail_of("%PDF-1.7 and so on", 160).outcome, Outcome::failed);
}

TEST_F(ThumbnailTest, WhatIsNoPictureHasNone) {
  for (const char* bytes : {"", "Words", "<svg xmlns='http://www.w3.org/2000/svg'/>",
                            "push graphic-context\nimage over 0,0 1,1 '/etc/passwd'",
                            "%!PS-Adobe-3.0\n", "#define x_width 1\n", "8BPS\0\x01"})
    EXPECT_EQ(thumbnail_of(bytes, 160).outcome, Outcome::no_picture) << bytes;
}

TEST_F(ThumbnailTest, BombsAreNotDrawnAndEndWithinTheirTime) {
  const auto begin = std::chrono::steady_clock::now();
  // 60,000 x 60,000 pixels that are said, in a file of a few bytes, and 900 million that are there.
  EXPECT_EQ(thumbnail_of(png(0, 0).replace(16, 8, big(60'000) + big(60'000)), 160).outcome,
            Outcome::too_large);
  EXPECT_EQ(thumbnail_of(png(0, 0).replace(16, 8, big(0x7FFFFFFF) + big(0x7FFFFFFF)), 160).outcome,
            Outcome::too_large);
  const std::string rows = packed(std::string(30'000'000, '\0'));
  const std::string empty = "\x89PNG\r\n\x1A\n" + chunk("IHDR", big(30'000) + big(1'000) + '\x08' +
                                                                    grey + std::string(3, '\0'));
  EXPECT_NE(thumbnail_of(empty + chunk("IDAT", rows) + chunk("IEND", ""), 160).outcome,
            Outcome::no_maker);
  // Words that unpack to a hundred megabytes.
  const std::string words =
      chunk("zTXt", std::string("Comment\0\0", 9) + packed(std::string(100'000'000, 'x')));
  EXPECT_NE(thumbnail_of(png(300, 200, rgb, words), 160).outcome, Outcome::no_maker);
  // A picture that is said to be small, with one inside that is not.
  std::string gif = gm({"png:-", "gif:-"}, png(30, 20));
  const std::size_t inside = gif.find('\x2C') + 5;
  gif.replace(inside, 4, "\xFF\xFF\xFF\xFF");
  EXPECT_EQ(thumbnail_of(gif, 160).outcome, Outcome::failed);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(40));
}

TEST_F(ThumbnailTest, WhatTakesTooLongHasNone) {
  EXPECT_EQ(thumbnail_of(png(1'000, 1'000), 640, within(std::chrono::milliseconds(5))).outcome,
            Outcome::failed);
}

TEST_F(ThumbnailTest, CutOrFalseAnywhereItEndsWithinItsTime) {
  for (const std::string& whole :
       {png(300, 200), jpeg(300, 200), gm({"png:-", "gif:-"}, png(300, 200))}) {
    ASSERT_GT(whole.size(), 100U);
    for (std::size_t size = 0; size < whole.size(); size += whole.size() / 12) {
      EXPECT_NE(thumbnail_of(whole.substr(0, size), 160).outcome, Outcome::no_maker) << size;
      std::string false_byte = whole;
      false_byte[size] = static_cast<char>(~false_byte[size]);
      EXPECT_NE(thumbnail_of(false_byte, 160).outcome, Outcome::no_maker) << size;
    }
  }
}

TEST_F(ThumbnailTest, WithoutTheProgramThereIsNoMaker) {
  ThumbnailLimits limits;
  limits.picture_program = "/usr/bin/no-such-gm";
  EXPECT_EQ(thumbnail_of(png(300, 200), 160, limits).outcome, Outcome::no_maker);
}

// One that was taken over gives something else, or something larger.
TEST_F(ThumbnailTest, WhatIsNoThumbnailIsNotGiven) {
  ThumbnailLimits limits;
  limits.picture_program = "/usr/bin/echo";
  EXPECT_EQ(thumbnail_of(png(300, 200), 160, limits).outcome, Outcome::failed);
  limits.pdf_program = "/usr/bin/echo";
  EXPECT_EQ(thumbnail_of("%PDF-1.4", 160, limits).outcome, Outcome::failed);
}

std::shared_ptr<const Thumbnail> made(Thumbnails& thumbnails, const std::string& id, int side_max,
                                      const std::string& file) {
  std::promise<std::shared_ptr<const Thumbnail>> promise;
  thumbnails.make(
      id, side_max, [&] { return file; },
      [&](std::shared_ptr<const Thumbnail> thumbnail) { promise.set_value(std::move(thumbnail)); });
  return promise.get_future().get();
}

TEST_F(ThumbnailsTest, TheSameIsMadeOnceAndKept) {
  Thumbnails thumbnails;
  const std::string file = png(300, 200);
  for (int round = 0; round < 3; ++round)
    EXPECT_EQ(size_of(*made(thumbnails, "a", 160, file)), "160x107");
  EXPECT_EQ(thumbnails.count(), 1);
  EXPECT_EQ(size_of(*made(thumbnails, "a", 200, file)), "200x133") << "another size is another";
  EXPECT_EQ(made(thumbnails, "b", 160, "words")->outcome, Outcome::no_picture);
  EXPECT_EQ(made(thumbnails, "b", 160, "words")->outcome, Outcome::no_picture);
  EXPECT_EQ(thumbnails.count(), 3);
}

TEST_F(ThumbnailsTest, AFileThatCannotBeReadIsReadTheNextTime) {
  Thumbnails thumbnails;
  std::promise<bool> is_none;
  thumbnails.make(
      "a", 160, []() -> std::string { throw std::runtime_error("the disk"); },
      [&](const std::shared_ptr<const Thumbnail>& thumbnail) { is_none.set_value(!thumbnail); });
  EXPECT_TRUE(is_none.get_future().get());
  EXPECT_EQ(made(thumbnails, "a", 160, png(300, 200))->outcome, Outcome::made);
}

TEST_F(ThumbnailsTest, AStopEndsWhatIsBeingMade) {
  Thumbnails thumbnails;
  std::atomic<int> done = 0;
  const std::string file = png(1'500, 1'500);
  for (int i = 0; i < 20; ++i) {
    thumbnails.make(
        std::to_string(i), 640, [&] { return file; },
        [&](const std::shared_ptr<const Thumbnail>&) { ++done; });
  }
  const auto begin = std::chrono::steady_clock::now();
  thumbnails.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_LT(done, 20);
  bool is_none = false;
  thumbnails.make(
      "later", 640, [&] { return file; },
      [&](const std::shared_ptr<const Thumbnail>& thumbnail) { is_none = !thumbnail; });
  EXPECT_TRUE(is_none);
}

}  // namespace
}  // namespace threadkeep::renditions
