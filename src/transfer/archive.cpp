#include "transfer/archive.h"

#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <unordered_set>
#include <utility>

namespace threadkeep {
namespace {

std::string_view file_name(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == path.npos ? path : path.substr(slash + 1);
}

// conversations.json, conversations-000.json
bool is_conversations(std::string_view name) {
  constexpr std::string_view stem = "conversations", ending = ".json";
  if (!name.starts_with(stem) || !name.ends_with(ending)) return false;
  name.remove_prefix(stem.size());
  name.remove_suffix(std::min(name.size(), ending.size()));
  return name.find_first_not_of("0123456789-_") == name.npos;
}

bool leads_out(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.front() == '\\') return true;
  if (path.size() > 1 && path[1] == ':') return true;
  while (true) {
    const std::size_t slash = path.find_first_of("/\\");
    if (path.substr(0, slash) == "..") return true;
    if (slash == path.npos) return false;
    path.remove_prefix(slash + 1);
  }
}

bool is_symbolic_link(zip_t* zip, zip_uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  constexpr zip_uint32_t kind_mask = 0170000, link = 0120000;
  return zip_file_get_external_attributes(zip, index, 0, &system, &attributes) == 0 &&
         system == ZIP_OPSYS_UNIX && ((attributes >> 16) & kind_mask) == link;
}

tl::unexpected<Error> refuse(std::string detail) {
  return fail(Errc::invalid_archive, std::move(detail));
}

tl::unexpected<Error> refuse(int libzip_code) {
  switch (libzip_code) {
    case ZIP_ER_NOPASSWD:
    case ZIP_ER_WRONGPASSWD:
    case ZIP_ER_ENCRNOTSUPP:
      return refuse("The archive is protected with a password. Unpack it first.");
    case ZIP_ER_COMPNOTSUPP:
      return refuse("The archive is compressed in a way that cannot be read. Unpack it first.");
    case ZIP_ER_CRC:
      return refuse("The archive is damaged: its content is not what its checksum says.");
    default: {
      zip_error_t error;
      zip_error_init_with_code(&error, libzip_code);
      std::string detail = "The archive is damaged: " + std::string(zip_error_strerror(&error));
      zip_error_fini(&error);
      return refuse(detail + ".");
    }
  }
}

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

}  // namespace

struct Archive::Handle {
  explicit Handle(zip_t* opened) : zip(opened) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { zip_discard(zip); }

  zip_t* zip;
};

Archive::Archive(std::unique_ptr<Handle> handle, const Limits& limits, std::uint64_t file_bytes)
    : handle_(std::move(handle)), limits_(limits), file_bytes_(file_bytes) {}
Archive::Archive(Archive&&) noexcept = default;
Archive::~Archive() = default;

bool Archive::is_archive(std::string_view head) {
  return head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06") ||
         head.starts_with("PK\x07\x08");
}

Result<Archive> Archive::open(const InputFile& file, const Limits& limits) {
  if (auto checked = check_directory(file, limits); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  const int copy = ::dup(file.descriptor());
  if (copy < 0) throw std::system_error(errno, std::generic_category(), "the file to import");
  int problem = 0;
  zip_t* const zip = zip_fdopen(copy, 0, &problem);
  if (zip == nullptr) {
    ::close(copy);
    return refuse(problem);
  }
  Archive archive(std::make_unique<Handle>(zip), limits, file.size());
  if (auto listed = archive.list(); !listed) return tl::unexpected(std::move(listed.error()));
  return archive;
}

Result<bool> Archive::list() {
  zip_t* const zip = handle_->zip;
  const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(zip, 0));
  if (count > limits_.entries_max) return refuse("The archive has too many entries.");
  std::unordered_set<std::string_view> names;
  std::vector<Part> guesses;
  for (zip_uint64_t index = 0; index < count; ++index) {
    zip_stat_t entry;
    if (zip_stat_index(zip, index, ZIP_FL_ENC_RAW, &entry) != 0 || entry.name == nullptr) {
      return refuse(ZIP_ER_INCONS);
    }
    const std::string_view name = entry.name;
    if (leads_out(name)) return refuse("The archive holds a name that leads out of it.");
    if (is_symbolic_link(zip, index)) return refuse("The archive holds a symbolic link.");
    if (!names.insert(name).second) return refuse("The archive holds two entries of one name.");
    if (name.starts_with("__MACOSX/")) continue;
    Part part{index, std::string(name), entry.size, entry.comp_size};
    if (is_conversations(file_name(name))) {
      parts_.push_back(std::move(part));
    } else if (name.ends_with(".json")) {
      guesses.push_back(std::move(part));
    } else if (name.ends_with(".zip")) {
      holds_archive_ = true;
    }
  }
  if (parts_.empty()) {
    parts_ = std::move(guesses);
    certainty_ = Certainty::by_guess;
  }
  std::sort(parts_.begin(), parts_.end(),
            [](const Part& a, const Part& b) { return a.name < b.name; });
  return true;
}

Result<std::uint64_t> Archive::check(const OnBytes& on_bytes) {
  // Entries may lie over each other: what the whole file can hold bounds them together.
  const std::uint64_t all_bytes_max = std::min(
      limits_.unpacked_bytes_max, limits_.ratio_free_bytes + limits_.ratio_max * file_bytes_);
  std::uint64_t budget_bytes = all_bytes_max;
  for (const Part& part : parts_) {
    const auto unpacked = unpack(part, budget_bytes, on_bytes);
    if (!unpacked) return tl::unexpected(unpacked.error());
  }
  return all_bytes_max - budget_bytes;
}

Result<bool> Archive::read(const Part& part, const OnBytes& on_bytes) {
  std::uint64_t budget_bytes = limits_.unpacked_bytes_max;
  return unpack(part, budget_bytes, on_bytes);
}

Result<bool> Archive::unpack(const Part& part, std::uint64_t& budget_bytes,
                             const OnBytes& on_bytes) {
  zip_t* const zip = handle_->zip;
  const std::unique_ptr<zip_file_t, CloseEntry> entry(zip_fopen_index(zip, part.index, 0));
  if (!entry) return refuse(zip_error_code_zip(zip_get_error(zip)));
  const auto packed_bytes = std::max<std::uint64_t>(1, std::min(part.packed_bytes, file_bytes_));
  std::vector<char> piece(std::size_t{256} << 10);
  for (std::uint64_t unpacked_bytes = 0;;) {
    const zip_int64_t got = zip_fread(entry.get(), piece.data(), piece.size());
    if (got < 0) return refuse(zip_error_code_zip(zip_file_get_error(entry.get())));
    if (got == 0) return true;
    const auto got_bytes = static_cast<std::uint64_t>(got);
    unpacked_bytes += got_bytes;
    const bool is_bomb = unpacked_bytes > limits_.ratio_free_bytes &&
                         unpacked_bytes / packed_bytes > limits_.ratio_max;
    if (is_bomb || got_bytes > budget_bytes) {
      return refuse("The archive unpacks to far more than an export can hold.");
    }
    budget_bytes -= got_bytes;
    auto taken = on_bytes({piece.data(), static_cast<std::size_t>(got)});
    if (!taken) return taken;
  }
}

}  // namespace threadkeep
