#include "renditions/pdf_texts.h"

#include <stop_token>
#include <utility>

namespace threadkeep::renditions {

void PdfTexts::read(const std::string& id, std::shared_ptr<const std::string> pdf, Done done) {
  kept_.get(
      id,
      [this, pdf = std::move(pdf)](const std::stop_token& stop) {
        auto text = std::make_shared<const PdfText>(text_of_pdf(*pdf, limits_, stop));
        // Where it cannot be read here it may be soon: somebody installs the program.
        const bool is_kept = text->outcome != PdfText::Outcome::no_reader;
        const std::size_t bytes = text->text.size();
        return KeptRenditions::Made{std::move(text), bytes, is_kept};
      },
      [done = std::move(done)](const KeptRenditions::Thing& thing) {
        auto text = std::static_pointer_cast<const PdfText>(thing);
        if (!text) text = std::make_shared<PdfText>(PdfText{PdfText::Outcome::no_text, {}, false});
        done(std::move(text));
      });
}

}  // namespace threadkeep::renditions
