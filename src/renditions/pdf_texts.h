// The texts of PDFs, made when they are needed and kept in memory for a while.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "renditions/kept_renditions.h"
#include "renditions/pdf_text.h"

namespace threadkeep::renditions {

struct PdfTextsOptions {
  std::size_t threads = 2;
  std::size_t kept_bytes_max = 32U << 20;
  std::size_t waiting_max = 64;  // beyond it there is no text, this time
  PdfTextLimits limits;
};

// As KeptRenditions. What is kept is found by nobody who has not got the file. Its end ends what is
// being read; nothing is `done` any more.
class PdfTexts {
 public:
  explicit PdfTexts(const PdfTextsOptions& options = {})
      : limits_(options.limits),
        kept_({options.threads, options.kept_bytes_max, options.waiting_max}) {}

  using Text = std::shared_ptr<const PdfText>;
  using Done = std::function<void(Text)>;
  // `id` names the bytes: the hash of the file. `done` is called once, from a thread of its own or
  // from inside read(), and must not block for long. The same file is read once at a time.
  void read(const std::string& id, std::shared_ptr<const std::string> pdf, Done done);

  // How many were read, by the program.
  std::int64_t reads() const { return kept_.count(); }

 private:
  const PdfTextLimits limits_;
  KeptRenditions kept_;
};

}  // namespace threadkeep::renditions
