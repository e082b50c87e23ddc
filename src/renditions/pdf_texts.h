// The texts of PDFs, made when they are needed and kept in memory for a while.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "renditions/pdf_text.h"

namespace threadkeep::renditions {

struct PdfTextsOptions {
  std::size_t threads = 2;
  std::size_t kept_bytes_max = 32U << 20;
  std::size_t waiting_max = 64;  // beyond it there is no text, this time
  PdfTextLimits limits;
};

// Derived from the files and from nothing else: nothing of it is stored, and what is kept is found
// by nobody who has not got the file. Safe from several threads. Its threads are started by the
// first use.
class PdfTexts {
 public:
  explicit PdfTexts(const PdfTextsOptions& options = {});
  // Ends what is being read; nothing is `done` any more.
  ~PdfTexts();
  PdfTexts(const PdfTexts&) = delete;
  PdfTexts& operator=(const PdfTexts&) = delete;

  using Text = std::shared_ptr<const PdfText>;
  using Done = std::function<void(Text)>;
  // `id` names the bytes: the hash of the file. `done` is called once, from a thread of its own or
  // from inside read(), and must not block for long. The same file is read once at a time.
  void read(const std::string& id, std::shared_ptr<const std::string> pdf, Done done);

  // How many were read, by the program.
  std::int64_t reads() const;

 private:
  struct Task {
    std::string id;
    std::shared_ptr<const std::string> pdf;
    std::vector<Done> waiting;
  };
  using TaskPtr = std::shared_ptr<Task>;

  void work();
  // With the mutex held.
  void keep(const std::string& id, const Text& text);

  const PdfTextsOptions options_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable work_;
  std::deque<TaskPtr> waiting_;
  std::vector<TaskPtr> unfinished_;  // waiting or being read
  std::map<std::string, Text, std::less<>> kept_;
  std::deque<std::string> kept_since_;  // the oldest first
  std::size_t kept_bytes_ = 0;
  std::int64_t reads_ = 0;
  std::stop_source stop_;
  std::vector<std::thread> threads_;
};

}  // namespace threadkeep::renditions
