#include "renditions/pdf_text.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "renditions/confined_program.h"

namespace threadkeep::renditions {
namespace {

// Of a program that may have been taken over, anything may come.
std::string clean(std::string text) {
  std::erase(text, '\0');
  for (std::size_t bad = find_invalid_utf8(text); bad != std::string_view::npos;) {
    // The limit may have cut the last character.
    if (text.size() - bad < 4) {
      text.resize(bad);
      break;
    }
    text[bad] = '?';
    const std::size_t next = find_invalid_utf8(std::string_view(text).substr(bad));
    bad = next == std::string_view::npos ? next : bad + next;
  }
  return text;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f") == std::string_view::npos;
}

}  // namespace

PdfText text_of_pdf(std::string_view pdf, const PdfTextLimits& limits,
                    const std::stop_token& stop) {
  ProgramLimits program_limits;
  program_limits.time_max = limits.time_max;
  program_limits.output_bytes_max = limits.text_bytes_max;
  ProgramResult result =
      run_confined({limits.program, "-q", "-enc", "UTF-8", "-eol", "unix", "-nopgbrk", "-", "-"},
                   pdf, program_limits, stop);
  using End = ProgramResult::End;
  PdfText text;
  if (result.end == End::cannot_run) return text;
  text.text = clean(std::move(result.output));
  // One line break ends the last page, however many it has.
  while (text.text.ends_with("\n\n")) text.text.pop_back();
  text.outcome = is_blank(text.text) ? PdfText::Outcome::no_text : PdfText::Outcome::read;
  if (text.outcome == PdfText::Outcome::no_text) text.text.clear();
  text.is_cut = text.outcome == PdfText::Outcome::read && result.end != End::done;
  return text;
}

}  // namespace threadkeep::renditions
