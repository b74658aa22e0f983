/* A disk that fails, loaded before the C library (LD_PRELOAD).

   Counts what changes a disk: files opened to be written, writes to files, syncs, renames, removals, folders made.
   `arm(at, how, number)` makes the operation `at` (counted from 0) go wrong:
     1 fails once with the error `number`; 2 from then on there is no room, after half of a write; 3 half of a write is
     made, as POSIX allows; 4 the process is killed, after half of a write. `made()` says how many were counted. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OFF, ONCE, FULL, SHORT, KILL };
static int how = OFF, number, at, count;

void arm(int a, int h, int n) { at = a; how = h; number = n; count = 0; }
int made(void) { return count; }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Whether the operation goes wrong; `half` makes what can be made of it before. `takes` is whether it needs room. */
#define COUNTED(half, takes)                                     \
  if (how) {                                                     \
    int now = count++;                                           \
    if (now == at && how == ONCE) { errno = number; return -1; } \
    if (now == at && how == KILL) { half; kill(getpid(), SIGKILL); } \
    if (now > at && how == FULL && (takes)) { errno = ENOSPC; return -1; } \
  }

static int is_file(int fd) { struct stat s; return how && fstat(fd, &s) == 0 && S_ISREG(s.st_mode); }

ssize_t write(int fd, const void *data, size_t size) {
  ssize_t (*real)(int, const void *, size_t) = REAL(write);
  if (!is_file(fd)) return real(fd, data, size);
  int now = count;
  COUNTED(real(fd, data, size / 2), 1)
  if (now == at && (how == SHORT || how == FULL) && size > 1) return real(fd, data, size / 2);
  return real(fd, data, size);
}

#define OPEN(name)                                            \
  int name(const char *path, int flags, ...) {                \
    va_list rest; va_start(rest, flags);                      \
    mode_t mode = va_arg(rest, int); va_end(rest);            \
    if (flags & (O_WRONLY | O_RDWR) && flags & O_CREAT) { COUNTED((void)0, 1) } \
    return REAL(name)(path, flags, mode);                     \
  }
OPEN(open)
OPEN(open64)

int fsync(int fd) { COUNTED((void)0, 0) return REAL(fsync)(fd); }
int rename(const char *a, const char *b) { COUNTED((void)0, 0) return REAL(rename)(a, b); }
int unlink(const char *path) { COUNTED((void)0, 0) return REAL(unlink)(path); }
int rmdir(const char *path) { COUNTED((void)0, 0) return REAL(rmdir)(path); }
int mkdir(const char *path, mode_t mode) { COUNTED((void)0, 1) return REAL(mkdir)(path, mode); }
int fchmod(int fd, mode_t mode) { COUNTED((void)0, 0) return REAL(fchmod)(fd, mode); }
int ftruncate(int fd, off_t size) { COUNTED((void)0, 0) return REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { COUNTED((void)0, 0) return REAL(ftruncate64)(fd, size); }
