/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For RTLD_NEXT; and each function is to be the one of its name. */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS

#include "disk-faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wdeclaration-after-statement"

#define EXPORT __attribute__ ((visibility ("default")))

static char             directory[4096];
static char             kinds[16]; /* letters of DiskFault */
static char             only[64];  /* the name of files whose beginning alone is hurt; or empty */
static int              chosen;    /* the number of the operation that fails; 0: by @chance */
static unsigned         chance;    /* one in so many; 0: never */
static atomic_int       n_done;
static _Atomic uint64_t random_state;

static uint64_t
next_random (void)
{
  uint64_t x = atomic_fetch_add (&random_state, UINT64_C (0x9e3779b97f4a7c15));

  x = (x ^ x >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C (0x94d049bb133111eb);

  return x ^ x >> 31;
}

void
disk_faults_arm (const char *new_directory, DiskFault fault, int number)
{
  snprintf (directory, sizeof directory, "%s", new_directory);
  snprintf (kinds, sizeof kinds, "%c", fault);
  chosen = number;
  chance = 0;
  atomic_store (&n_done, 0);
}

int
disk_faults_count (void)
{
  return atomic_load (&n_done);
}

__attribute__ ((constructor)) static void
read_environment (void)
{
  const char        *text = getenv ("DISK_FAULTS");
  unsigned long long seed = 0;

  if (text == NULL ||
      sscanf (text, "%4095[^:]:%15[^:]:%u:%llu:%63s", directory, kinds, &chance, &seed, only) < 4)
    return;

  /* Each process its own. */
  atomic_store (&random_state, seed * 1000003 + (uint64_t) getpid ());
}

static int
is_ours (int fd, int is_begin)
{
  char    link[64];
  char    path[4096];
  char   *name;
  ssize_t length;

  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, path, sizeof path - 1);
  if (length < 0)
    return 0;
  path[length] = '\0';
  name = strrchr (path, '/');
  if (*only != '\0' && (!is_begin || name == NULL || strcmp (name + 1, only) != 0))
    return 0;

  /* Not the log, and not what a checker wrote. */
  return strncmp (path, directory, strlen (directory)) == 0 && strstr (path, "/LOG") == NULL;
}

/* Which of the two faults happens to this operation; 0: none. */
static int
draw (int fd, int is_begin, char error, char flip)
{
  int      saved_errno = errno;
  int      fault = 0;
  int      can_error = strchr (kinds, error) != NULL;
  int      can_flip = flip != 0 && strchr (kinds, flip) != NULL;
  uint64_t number = 0;

  if (*directory == '\0' || (!can_error && !can_flip) || !is_ours (fd, is_begin))
    {
      errno = saved_errno;
      return 0;
    }

  number = next_random ();
  if (chance == 0 ? atomic_fetch_add (&n_done, 1) + 1 == chosen : number % chance == 0)
    fault = !can_flip || (can_error && number >> 40 & 1) ? error : flip;
  if (fault != 0 && getenv ("DISK_FAULTS") != NULL)
    {
      char text[128];
      int  length = snprintf (text, sizeof text, "[disk] fault '%c' on fd %d\n", fault, fd);

      (void) !syscall (SYS_write, 2, text, (size_t) length);
    }
  errno = saved_errno;

  return fault;
}

static void
flip_bit (void *data, ssize_t length)
{
  uint64_t number = next_random ();

  if (length > 0)
    ((unsigned char *) data)[number % (uint64_t) length] ^=
        (unsigned char) (1 << (number >> 60 & 7));
}

#define REAL(name)                                                                                 \
  static __typeof__ (name) *_Atomic known;                                                         \
  __typeof__ (name)                *real = atomic_load (&known);                                   \
  if (real == NULL)                                                                                \
  atomic_store (&known, real = (__typeof__ (name) *) dlsym (RTLD_NEXT, #name))

#define DEFINE_READ(name, is_begin, parameters, arguments)                                         \
  EXPORT ssize_t name parameters;                                                                  \
  ssize_t name        parameters                                                                   \
  {                                                                                                \
    REAL (name);                                                                                   \
    int     fault = draw (fd, is_begin, DISK_FAULT_READ_ERROR, DISK_FAULT_READ_FLIP);              \
    ssize_t length;                                                                                \
    if (fault == DISK_FAULT_READ_ERROR)                                                            \
      return errno = EIO, -1;                                                                      \
    length = real arguments;                                                                       \
    if (fault == DISK_FAULT_READ_FLIP)                                                             \
      flip_bit (data, length);                                                                     \
    return length;                                                                                 \
  }

DEFINE_READ (read, 0, (int fd, void *data, size_t size), (fd, data, size))
DEFINE_READ (pread,
             offset == 0,
             (int fd, void *data, size_t size, off_t offset),
             (fd, data, size, offset))
DEFINE_READ (pread64,
             offset == 0,
             (int fd, void *data, size_t size, off64_t offset),
             (fd, data, size, offset))

/* The caller's bytes stay as they are. */
#define DEFINE_WRITE(name, parameters, arguments)                                                  \
  EXPORT ssize_t name parameters;                                                                  \
  ssize_t name        parameters                                                                   \
  {                                                                                                \
    REAL (name);                                                                                   \
    int     fault = draw (fd, 0, DISK_FAULT_WRITE_ERROR, DISK_FAULT_WRITE_FLIP);                   \
    void   *data = (void *) original;                                                              \
    ssize_t length;                                                                                \
    if (fault == DISK_FAULT_WRITE_ERROR)                                                           \
      return errno = EIO, -1;                                                                      \
    if (fault == DISK_FAULT_WRITE_FLIP && size > 0)                                                \
      {                                                                                            \
        data = malloc (size);                                                                      \
        memcpy (data, original, size);                                                             \
        flip_bit (data, (ssize_t) size);                                                           \
      }                                                                                            \
    length = real arguments;                                                                       \
    if (data != original)                                                                          \
      free (data);                                                                                 \
    return length;                                                                                 \
  }

DEFINE_WRITE (write, (int fd, const void *original, size_t size), (fd, data, size))
DEFINE_WRITE (pwrite,
              (int fd, const void *original, size_t size, off_t offset),
              (fd, data, size, offset))
DEFINE_WRITE (pwrite64,
              (int fd, const void *original, size_t size, off64_t offset),
              (fd, data, size, offset))

#define DEFINE_SYNC(name)                                                                          \
  EXPORT int name (int fd);                                                                        \
  int        name (int fd)                                                                         \
  {                                                                                                \
    REAL (name);                                                                                   \
    if (draw (fd, 0, DISK_FAULT_WRITE_ERROR, 0) != 0)                                              \
      return errno = EIO, -1;                                                                      \
    return real (fd);                                                                              \
  }

DEFINE_SYNC (fsync)
DEFINE_SYNC (fdatasync)

/* CURRENT and MANIFEST are read by it. */
/* A macro, where glibc optimizes. */
#undef fread_unlocked
EXPORT size_t fread_unlocked (void *data, size_t size, size_t n, FILE *file);

size_t
fread_unlocked (void *data, size_t size, size_t n, FILE *file)
{
  REAL (fread_unlocked);
  int    fault = draw (fileno (file), 0, DISK_FAULT_READ_ERROR, DISK_FAULT_READ_FLIP);
  size_t got;

  /* As stdio does, with ferror() set: from a descriptor that can't be read. */
  if (fault == DISK_FAULT_READ_ERROR)
    {
      file->_flags |= 0x20; /* glibc's _IO_ERR_SEEN */
      errno = EIO;
      return 0;
    }
  got = real (data, size, n, file);
  if (fault == DISK_FAULT_READ_FLIP)
    flip_bit (data, (ssize_t) (got * size));

  return got;
}

#define DEFINE_FCNTL(name)                                                                         \
  EXPORT int name (int fd, int command, ...);                                                      \
  int        name (int fd, int command, ...)                                                       \
  {                                                                                                \
    REAL (name);                                                                                   \
    va_list args;                                                                                  \
    void   *argument;                                                                              \
    va_start (args, command);                                                                      \
    argument = va_arg (args, void *);                                                              \
    va_end (args);                                                                                 \
    if (command == F_SETLK && draw (fd, 0, DISK_FAULT_LOCK, 0) != 0)                               \
      return errno = ENOLCK, -1;                                                                   \
    return real (fd, command, argument);                                                           \
  }

DEFINE_FCNTL (fcntl)
DEFINE_FCNTL (fcntl64)
