// Calls of Linux that the Swift overlay of Glibc hides, because it is built without _GNU_SOURCE.
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

int renameat2(int old_directory, const char *old_name, int new_directory, const char *new_name, unsigned int flags);
int fallocate(int descriptor, int mode, off_t offset, off_t length);
ssize_t copy_file_range(int source, off_t *source_offset, int target, off_t *target_offset, size_t length, unsigned int flags);
int sync_file_range(int descriptor, off_t offset, off_t length, unsigned int flags);

int memfd_create(const char *name, unsigned int flags);

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags);
int pipe2(int ends[2], int flags);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);


/* A descriptor that can be read from once the process has ended. */
static inline int clinux_pidfd_open(pid_t process) { return (int)syscall(434, process, 0); }

/* Opens for nothing but to be looked at. */
static const int clinux_o_path = 010000000;

/* With O_DIRECTORY it makes a file without a name. */
static const int clinux_o_tmpfile = 020000000;

static const short clinux_spawn_setsid = 0x80;

static const unsigned int clinux_memfd_cloexec = 1;
static const int clinux_f_ofd_getlk = 36;
static const int clinux_f_setsig = 10;
static const int clinux_f_setlease = 1024;
static const int clinux_seek_data = 3;
static const int clinux_seek_hole = 4;
static const unsigned long clinux_ficlone = FICLONE;
static const unsigned int clinux_rename_noreplace = RENAME_NOREPLACE;
static const unsigned int clinux_rename_exchange = RENAME_EXCHANGE;
static const unsigned int clinux_sync_file_range_write = 2;

#endif
