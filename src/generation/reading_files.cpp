// Before a model is asked: the texts of documents, for models that take no documents themselves.
#include <algorithm>
#include <utility>

#include "generation/engine.h"
#include "generation/prompt_files.h"

namespace threadkeep {

struct Generations::Impl::Reading {
  GenerationPtr generation;
  std::vector<RunningAnswer*> answers;
  std::shared_ptr<const llm::Attachments> attachments;
  std::mutex mutex;
  TextsOfPdfs texts;  // guarded by the mutex, as is what is left to be read
  std::size_t left = 0;
};

// A hostile file takes its time with a program that may take no more: nothing waits for that but
// the answers that need it. They may be stopped meanwhile.
void Generations::Impl::ask_models(const GenerationPtr& generation,
                                   const std::vector<RunningAnswer*>& answers) {
  const bool needs_text = std::any_of(answers.begin(), answers.end(), [&](RunningAnswer* answer) {
    const llm::Takes takes = models_.takes(generation->user, answer->model);
    return takes.documents == llm::Takes::Documents::none && takes.texts == llm::Takes::Texts::all;
  });
  auto reading = std::make_shared<Reading>();
  if (needs_text) {
    const std::lock_guard lock(generation->mutex);
    reading->attachments = generation->prompt.attachments;
    if (reading->attachments) {
      for (std::string& id : pdfs_among(*reading->attachments, generation->prompt.turns))
        reading->texts.emplace_back(std::move(id), nullptr);
    }
  }
  if (reading->texts.empty()) {
    for (RunningAnswer* answer : answers) ask_model(generation, *answer);
    return;
  }
  reading->generation = generation;
  reading->answers = answers;
  reading->left = reading->texts.size();
  for (std::size_t i = 0; i < reading->texts.size(); ++i) {
    const std::string id = reading->texts[i].first;
    const std::shared_ptr<const std::string> pdf(reading->attachments,
                                                 &reading->attachments->at(id).bytes);
    pdf_texts_.read(id, pdf, [this, reading, i](renditions::PdfTexts::Text text) {
      on_text(reading, i, std::move(text));
    });
  }
}

void Generations::Impl::on_text(const std::shared_ptr<Reading>& reading, std::size_t index,
                                std::shared_ptr<const renditions::PdfText> text) {
  {
    const std::lock_guard lock(reading->mutex);
    reading->texts[index].second = std::move(text);
    if (--reading->left > 0) return;
  }
  do_later([this, reading] {
    auto attachments = with_texts(*reading->attachments, reading->texts);
    {
      const std::lock_guard lock(reading->generation->mutex);
      // Of one that has ended nothing is kept.
      if (reading->generation->ended_at) return;
      reading->generation->prompt.attachments = std::move(attachments);
    }
    for (RunningAnswer* answer : reading->answers) ask_model(reading->generation, *answer);
  });
}

}  // namespace threadkeep
