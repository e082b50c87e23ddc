#include "keys/secret.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "base/ascii.h"
#include "base/files.h"

namespace threadkeep::keys {
namespace {

constexpr std::size_t secret_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t id_bytes = 8;
constexpr std::size_t file_bytes_max = 200;
// Beyond the owner a group may read it, as where a cluster hands it to its servers.
constexpr mode_t refused_modes = 0027;

class File {
 public:
  File(const std::string& path, int flags) : descriptor_(open(path.c_str(), flags | O_CLOEXEC)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

tl::unexpected<Error> refuse(const std::string& path, const std::string& why) {
  return fail(Errc::invalid_field, "the secret " + path + " " + why);
}

// Null: there is no file.
Result<SecretPtr> read_file(const std::string& path) {
  const File file(path, O_RDONLY);
  if (file.descriptor() < 0) {
    if (errno == ENOENT) return SecretPtr();
    return refuse(path, std::string("cannot be read: ") + std::strerror(errno));
  }
  struct stat state {};
  if (fstat(file.descriptor(), &state) != 0 || !S_ISREG(state.st_mode))
    return refuse(path, "is no file");
  if ((state.st_mode & refused_modes) != 0)
    return refuse(path, "can be read or written by others: chmod 600 it");
  std::string text(file_bytes_max, '\0');
  const ssize_t got = ::read(file.descriptor(), text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  SecretPtr secret = Secret::parse(text);
  wipe(text);
  if (!secret) return refuse(path, "is none: it must hold 64 hexadecimal digits");
  return secret;
}

Result<void> write_file(const Secret& secret, const std::string& path) {
  const std::string draft = path + ".new";
  if (auto made = make_private_file(draft); !made) return made;
  std::string text = secret.text() + "\n";
  ssize_t put = -1;
  {
    const File file(draft, O_WRONLY);
    if (file.descriptor() >= 0) put = ::write(file.descriptor(), text.data(), text.size());
  }
  const bool is_whole = put == static_cast<ssize_t>(text.size());
  wipe(text);
  if (!is_whole) {
    const bool is_full = errno == ENOSPC || errno == EDQUOT || put > 0;
    unlink(draft.c_str());
    return fail(is_full ? Errc::storage_full : Errc::storage_unavailable,
                "The secret for keys cannot be stored.");
  }
  if (auto placed = put_in_place(draft, path); !placed)
    return fail(placed.error().code, "The secret for keys cannot be stored.");
  return {};
}

}  // namespace

void wipe(std::string& text) { sodium_memzero(text.data(), text.size()); }

void Secret::Free::operator()(unsigned char* bytes) const { sodium_free(bytes); }

Secret::Secret() {
  // A second time it does nothing.
  if (sodium_init() < 0) throw std::runtime_error("libsodium did not start");
  bytes_.reset(static_cast<unsigned char*>(sodium_malloc(secret_bytes)));
  if (!bytes_) throw std::bad_alloc();
}

void Secret::note_id() {
  constexpr std::string_view purpose = "threadkeep secret id";
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(),
                     reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(),
                     bytes_.get(), secret_bytes);
  id_.assign(reinterpret_cast<const char*>(hash.data()), id_bytes);
}

SecretPtr Secret::make() {
  const std::shared_ptr<Secret> secret(new Secret());
  randombytes_buf(secret->bytes_.get(), secret_bytes);
  secret->note_id();
  return secret;
}

SecretPtr Secret::parse(std::string_view text) {
  text = trimmed(text);
  if (text.size() != 2 * secret_bytes) return nullptr;
  const std::shared_ptr<Secret> secret(new Secret());
  for (std::size_t i = 0; i < secret_bytes; ++i) {
    const int high = hex_digit(text[2 * i]);
    const int low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return nullptr;
    secret->bytes_.get()[i] = static_cast<unsigned char>(high * 16 + low);
  }
  secret->note_id();
  return secret;
}

std::string Secret::text() const {
  std::string text(2 * secret_bytes + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes_.get(), secret_bytes);
  text.pop_back();
  return text;
}

Result<std::unique_ptr<SecretSource>> SecretSource::open(SecretPlace place) {
  using Kind = SecretPlace::Kind;
  std::unique_ptr<SecretSource> source(new SecretSource(std::move(place)));
  const SecretPlace& where = source->place_;
  if (where.kind == Kind::memory) source->secret_ = Secret::make();
  if (where.kind == Kind::made_here || where.kind == Kind::given) {
    auto secret = read_file(where.path);
    if (!secret) return tl::unexpected(secret.error());
    if (!*secret && where.kind == Kind::given)
      return refuse(where.path, "is not there: make it once, for all servers of this database");
    source->secret_ = *std::move(secret);
  }
  return source;
}

SecretPtr SecretSource::find() const {
  const std::lock_guard lock(mutex_);
  return secret_;
}

Result<SecretPtr> SecretSource::find_or_make() {
  const std::lock_guard lock(mutex_);
  if (secret_) return secret_;
  if (place_.kind == SecretPlace::Kind::none)
    return fail(Errc::not_found, "This server has no secret that a key could be sealed with.");
  SecretPtr made = Secret::make();
  if (auto written = write_file(*made, place_.path); !written)
    return tl::unexpected(written.error());
  secret_ = std::move(made);
  return secret_;
}

}  // namespace threadkeep::keys
