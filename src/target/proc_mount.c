/* SPDX-License-Identifier: MIT */
#include "target/proc_mount.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum pyprof_status proc_mount_check(const char *proc, struct pyprof_error *err)
{
	char path[PATH_MAX], self[32];
	enum pyprof_status status;
	ssize_t len;

	snprintf(path, sizeof(path), "%s/self", proc);
	len = readlink(path, self, sizeof(self) - 1);
	self[len > 0 ? len : 0] = '\0';
	if (len > 0 && atol(self) == getpid())
		return PYPROF_OK;
	status = len > 0 ? error_set(err, PYPROF_ERR_IO,
				     "/proc shows another PID namespace than the one that pyprof "
				     "runs in")
			 : error_set(err, PYPROF_ERR_IO, "no /proc here");
	error_hint(err, "mount it: mount -t proc proc /proc");
	return status;
}
