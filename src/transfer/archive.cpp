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

std::string_view Archive::Entry::file_name() const {
  const std::size_t slash = name.find_last_of("/\\");
  return slash == name.npos ? std::string_view(name) : std::string_view(name).substr(slash + 1);
}

Result<void> Archive::list() {
  zip_t* const zip = handle_->zip;
  const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(zip, 0));
  if (count > limits_.entries_max) return refuse("The archive has too many entries.");
  std::unordered_set<std::string_view> names;
  for (zip_uint64_t index = 0; index < count; ++index) {
    zip_stat_t entry;
    if (zip_stat_index(zip, index, ZIP_FL_ENC_RAW, &entry) != 0 || entry.name == nullptr) {
      return refuse(ZIP_ER_INCONS);
    }
    const std::string_view name = entry.name;
    if (leads_out(name)) return refuse("The archive holds a name that leads out of it.");
    if (is_symbolic_link(zip, index)) return refuse("The archive holds a symbolic link.");
    if (!names.insert(name).second) return refuse("The archive holds two entries of one name.");
    const bool is_folder = name.ends_with('/');
    if (is_folder || name.starts_with("__MACOSX/")) continue;
    entries_.push_back(Entry{index, std::string(name), entry.size, entry.comp_size});
  }
  return {};
}

Result<std::uint64_t> Archive::check(const std::vector<Entry>& entries, const OnBytes& on_bytes) {
  // Entries may lie over each other: what the whole file can hold bounds them together.
  const std::uint64_t all_bytes_max = std::min(
      limits_.unpacked_bytes_max, limits_.ratio_free_bytes + limits_.ratio_max * file_bytes_);
  std::uint64_t budget_bytes = all_bytes_max;
  for (const Entry& entry : entries) {
    const auto unpacked = unpack(entry, budget_bytes, on_bytes);
    if (!unpacked) return tl::unexpected(unpacked.error());
  }
  return all_bytes_max - budget_bytes;
}

Result<void> Archive::read(const Entry& entry, const OnBytes& on_bytes) {
  std::uint64_t budget_bytes = limits_.unpacked_bytes_max;
  return unpack(entry, budget_bytes, on_bytes);
}

std::optional<std::string> Archive::find_text(const Entry& entry, std::size_t bytes_max) {
  std::string text;
  std::uint64_t budget_bytes = bytes_max;
  const auto unpacked = unpack(entry, budget_bytes, [&](std::string_view bytes) {
    text += bytes;
    return Result<void>();
  });
  return unpacked ? std::optional(std::move(text)) : std::nullopt;
}

Result<void> Archive::unpack(const Entry& entry, std::uint64_t& budget_bytes,
                             const OnBytes& on_bytes) {
  zip_t* const zip = handle_->zip;
  const std::unique_ptr<zip_file_t, CloseEntry> file(zip_fopen_index(zip, entry.index, 0));
  if (!file) return refuse(zip_error_code_zip(zip_get_error(zip)));
  const auto packed_bytes = std::max<std::uint64_t>(1, std::min(entry.packed_bytes, file_bytes_));
  std::vector<char> piece(std::size_t{256} << 10);
  for (std::uint64_t unpacked_bytes = 0;;) {
    const zip_int64_t got = zip_fread(file.get(), piece.data(), piece.size());
    if (got < 0) return refuse(zip_error_code_zip(zip_file_get_error(file.get())));
    if (got == 0) return {};
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
