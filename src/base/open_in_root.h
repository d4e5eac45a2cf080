/* SPDX-License-Identifier: MIT */
/* Files below somebody else's root. */
#ifndef PYPROF_BASE_OPEN_IN_ROOT_H
#define PYPROF_BASE_OPEN_IN_ROOT_H

/*
 * A descriptor of the place only (O_PATH, close-on-exec; the caller's): nothing is opened for reading.
 * `path` and the links and ".." on its way stay below the folder `root`, as after chroot(2). -1 and
 * errno: those of openat2(2); ENOSYS before Linux 5.6.
 */
int open_in_root(int root, const char *path);

#endif
