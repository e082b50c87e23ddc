#include "transfer/input_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace threadkeep {

Result<InputFile> InputFile::open(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    throw std::system_error(errno, std::generic_category(), "the file to import");
  }
  if (!S_ISREG(status.st_mode)) return fail(Errc::unknown_format, "It is not a file.");
  return InputFile(descriptor, static_cast<std::uint64_t>(status.st_size));
}

std::string InputFile::read(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::generic_category(), "the file to import");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace threadkeep
