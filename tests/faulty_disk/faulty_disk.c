/* A disk and a clock that fail, under the real binary: LD_PRELOAD=libfaulty_disk.so.
 *
 * What is written to the watched files is kept as "not on the disk yet" until it is synced. At the chosen write the power goes: what
 * is not on the disk yet is undone, all of it or a random part, the last piece that stays torn in the middle; then SIGKILL.
 *
 *   FAULTY_DIR      the folder whose SQLite files are watched (the shared memory beside them is no disk)
 *   FAULTY_AT       at which write the power goes, from 1; not at all when not given
 *   FAULTY_KEEP     "none": all that is not on the disk is lost; "some": a random part stays
 *   FAULTY_SEED     of the chance
 *   FAULTY_SWALLOW  "1": syncing is promised and not done
 *   FAULTY_FULL     a file: while it is there, the disk has FAULTY_LEFT bytes left
 *   FAULTY_BROKEN   a file: while it is there, syncing fails with EIO
 *   FAULTY_CLOCK    a file of 8 bytes: milliseconds that the wall clock is off, changed while the process runs
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FDS 4096

/* One write that is not on the disk yet: what was there before, and what is there now. */
struct piece {
    int fd;
    ino_t file;
    off_t at;
    off_t size_before;
    size_t old_len, new_len;
    char *old, *new;
    struct piece *next, *before;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct piece *first, *last;
static char watched[FDS];
static long writes, at_write, left;
static uint64_t chance = 88172645463325252ull;
static int keep_some, swallow;
static const char *folder, *full, *broken;
static volatile int64_t *clock_off_ms;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

static uint64_t roll(void) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance;
}

static void find(void) {
    if (real_pwrite) return;
    real_write = dlsym(RTLD_NEXT, "write");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_open = dlsym(RTLD_NEXT, "open64");
    real_close = dlsym(RTLD_NEXT, "close");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
}

__attribute__((constructor)) static void begin(void) {
    find();
    const char *text;
    folder = getenv("FAULTY_DIR");
    full = getenv("FAULTY_FULL");
    broken = getenv("FAULTY_BROKEN");
    if ((text = getenv("FAULTY_AT"))) at_write = atol(text);
    if ((text = getenv("FAULTY_SEED"))) chance ^= strtoull(text, 0, 10) * 0x9E3779B97F4A7C15ull;
    if ((text = getenv("FAULTY_KEEP"))) keep_some = !strcmp(text, "some");
    if ((text = getenv("FAULTY_SWALLOW"))) swallow = !strcmp(text, "1");
    if ((text = getenv("FAULTY_CLOCK"))) {
        int fd = real_open(text, O_RDONLY);
        void *page = fd < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
        if (page != MAP_FAILED) clock_off_ms = page;
    }
    for (int n = 0; n < 8; n++) roll();
}

/* The files of the journal, without the shared memory. */
static int is_watched(const char *path) {
    if (!folder || strncmp(path, folder, strlen(folder))) return 0;
    size_t length = strlen(path);
    return strstr(path, ".sqlite3") && !(length > 4 && !strcmp(path + length - 4, "-shm"));
}

static void look(int fd, const char *path) {
    if (fd >= 0 && fd < FDS) watched[fd] = is_watched(path);
}

static ino_t file_of(int fd, off_t *size) {
    struct stat state;
    if (fstat(fd, &state)) return 0;
    if (size) *size = state.st_size;
    return state.st_ino;
}

static void note(int fd, const char *new, size_t new_len, off_t at, size_t old_len) {
    struct piece *piece = calloc(1, sizeof *piece);
    piece->fd = fd;
    piece->file = file_of(fd, &piece->size_before);
    piece->at = at;
    piece->old = malloc(old_len + 1);
    ssize_t read = pread(fd, piece->old, old_len, at);
    piece->old_len = read > 0 ? read : 0;
    piece->new_len = new_len;
    piece->new = malloc(new_len + 1);
    memcpy(piece->new, new, new_len);
    piece->before = last;
    if (last) last->next = piece; else first = piece;
    last = piece;
}

static void synced(int fd) {
    ino_t file = file_of(fd, 0);
    for (struct piece *piece = first, *next; piece; piece = next) {
        next = piece->next;
        if (piece->file != file) continue;
        if (piece->before) piece->before->next = piece->next; else first = piece->next;
        if (piece->next) piece->next->before = piece->before; else last = piece->before;
        free(piece->old);
        free(piece->new);
        free(piece);
    }
}

static void power_goes(void) {
    for (struct piece *piece = last; piece; piece = piece->before) {
        real_pwrite(piece->fd, piece->old, piece->old_len, piece->at);
        real_ftruncate(piece->fd, piece->size_before);
    }
    for (struct piece *piece = first; keep_some && piece; piece = piece->next) {
        uint64_t what = roll() % 4;
        /* Half of them stay whole, one in four is torn, one in four is lost. Disks write in any order. */
        size_t length = what < 2 ? piece->new_len : what == 2 ? roll() % (piece->new_len + 1) : 0;
        if (length) real_pwrite(piece->fd, piece->new, length, piece->at);
    }
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Whether the disk takes so many bytes. */
static int takes(size_t length) {
    const char *text = getenv("FAULTY_LEFT");
    if (!full || access(full, F_OK)) {
        left = text ? atol(text) : 0;
        return 1;
    }
    if (left < (long)length) return 0;
    left -= length;
    return 1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
    find();
    if (fd < 0 || fd >= FDS || !watched[fd]) return real_pwrite(fd, bytes, length, at);
    pthread_mutex_lock(&lock);
    if (!takes(length)) {
        pthread_mutex_unlock(&lock);
        errno = ENOSPC;
        return -1;
    }
    note(fd, bytes, length, at, length);
    ssize_t written = real_pwrite(fd, bytes, length, at);
    if (++writes == at_write) power_goes();
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

ssize_t write(int fd, const void *bytes, size_t length) {
    find();
    if (fd < 0 || fd >= FDS || !watched[fd]) return real_write(fd, bytes, length);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t written = pwrite64(fd, bytes, length, at);
    if (written > 0) lseek(fd, at + written, SEEK_SET);
    return written;
}

int ftruncate64(int fd, off_t length) {
    find();
    if (fd >= 0 && fd < FDS && watched[fd]) {
        off_t size = 0;
        pthread_mutex_lock(&lock);
        file_of(fd, &size);
        if (length < size) note(fd, "", 0, length, size - length);
        int result = real_ftruncate(fd, length);
        pthread_mutex_unlock(&lock);
        return result;
    }
    return real_ftruncate(fd, length);
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int sync_with(int (*real)(int), int fd) {
    if (fd < 0 || fd >= FDS || !watched[fd]) return real(fd);
    if (broken && !access(broken, F_OK)) {
        errno = EIO;
        return -1;
    }
    if (swallow) return 0;
    pthread_mutex_lock(&lock);
    int result = real(fd);
    if (!result) synced(fd);
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int fd) { find(); return sync_with(real_fsync, fd); }
int fdatasync(int fd) { find(); return sync_with(real_fdatasync, fd); }

static int opened(const char *path, int flags, va_list rest) {
    find();
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    int fd = real_open(path, flags, mode);
    look(fd, path);
    return fd;
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int fd = opened(path, flags, rest);
    va_end(rest);
    return fd;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int fd = opened(path, flags, rest);
    va_end(rest);
    return fd;
}

int close(int fd) {
    find();
    if (fd >= 0 && fd < FDS && watched[fd]) {
        pthread_mutex_lock(&lock);
        /* What is undone later needs a descriptor; it is never closed, so that no lock of the process goes with it. */
        int other = fcntl(fd, F_DUPFD_CLOEXEC, FDS);
        for (struct piece *piece = first; piece; piece = piece->next)
            if (piece->fd == fd && other >= 0) piece->fd = other;
        watched[fd] = 0;
        pthread_mutex_unlock(&lock);
    }
    return real_close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    find();
    int result = real_clock_gettime(clock, now);
    if (!result && clock == CLOCK_REALTIME && clock_off_ms) {
        int64_t ms = *clock_off_ms;
        now->tv_sec += ms / 1000;
        now->tv_nsec += ms % 1000 * 1000000;
        if (now->tv_nsec < 0) { now->tv_nsec += 1000000000; now->tv_sec--; }
        if (now->tv_nsec >= 1000000000) { now->tv_nsec -= 1000000000; now->tv_sec++; }
    }
    return result;
}
