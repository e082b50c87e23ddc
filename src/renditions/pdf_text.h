// The text of a PDF, by poppler's pdftotext, confined.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>

namespace threadkeep::renditions {

struct PdfText {
  enum class Outcome {
    read,
    no_text,    // it is damaged, locked, takes too long, or has pictures of words alone
    no_reader,  // the program is not installed, or cannot be confined on this machine
  };
  Outcome outcome = Outcome::no_reader;
  std::string text;     // UTF-8 without NUL
  bool is_cut = false;  // there may be more
};

struct PdfTextLimits {
  std::string program = "/usr/bin/pdftotext";
  std::chrono::milliseconds time_max{10'000};
  std::size_t text_bytes_max = 512U << 10;
};

// In the order in which a person reads it, as far as that can be told. What came before a limit was
// met is kept. Blocks.
PdfText text_of_pdf(std::string_view pdf, const PdfTextLimits& limits = {},
                    const std::stop_token& stop = {});

}  // namespace threadkeep::renditions
