// Loaded before the C library (LD_PRELOAD) into the server as it is shipped: a disk that fails when it is told to. The first
// byte of the file that FAILING_DISK names says how: 'F' no room, 'R' read-only, 'W' writing fails, 'S' syncing fails, anything
// else nothing. SQLite alone in the server writes with pwrite and syncs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile const char *mode;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAILING_DISK");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  void *memory = file < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
  if (memory != MAP_FAILED) mode = memory;
}

static int write_error(void) {
  switch (mode == NULL ? '-' : *mode) {
    case 'F':
      return ENOSPC;
    case 'R':
      return EROFS;
    case 'W':
      return EIO;
    default:
      return 0;
  }
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  static ssize_t (*next)(int, const void *, size_t, off64_t);
  if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "pwrite64");
  const int error = write_error();
  if (error == 0) return next(file, bytes, count, offset);
  errno = error;
  return -1;
}

static int sync_with(const char *name, int file) {
  int (*next)(int);
  *(void **)&next = dlsym(RTLD_NEXT, name);
  if (mode == NULL || *mode != 'S') return next(file);
  errno = EIO;
  return -1;
}

int fsync(int file) { return sync_with("fsync", file); }
int fdatasync(int file) { return sync_with("fdatasync", file); }
