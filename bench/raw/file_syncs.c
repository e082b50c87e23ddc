// Preloaded into a server whose files are measured. FILE_SYNCS=none: it waits for no disk.
// FILE_SYNCS=rename: what it gives its final name is on the disk before, and its folder after.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_set_to(const char* value) {
  const char* set = getenv("FILE_SYNCS");
  return set != NULL && strcmp(set, value) == 0;
}

static void sync_path(const char* path, int flags) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  const int file = open(path, flags | O_CLOEXEC);
  if (file < 0 || real(file) != 0) abort();
  close(file);
}

int fsync(int file) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return is_set_to("none") ? 0 : real(file);
}

int fdatasync(int file) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return is_set_to("none") ? 0 : real(file);
}

int rename(const char* from, const char* to) {
  static int (*real)(const char*, const char*);
  if (real == NULL) real = (int (*)(const char*, const char*))dlsym(RTLD_NEXT, "rename");
  if (!is_set_to("rename")) return real(from, to);
  sync_path(from, O_RDONLY);
  const int result = real(from, to);
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%s", to);
  if (result == 0) sync_path(dirname(folder), O_RDONLY | O_DIRECTORY);
  return result;
}
