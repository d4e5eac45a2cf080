/* SPDX-License-Identifier: MIT */
#include "base/open_in_root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of a walk that was disturbed; each takes some microseconds. */
#define ATTEMPTS 1000

int open_in_root(int root, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = -1;

	/*
	 * A ".." on the way could lead out of the root where something was moved meanwhile. The kernel
	 * cannot tell what was: any rename or mount on the machine makes it say EAGAIN.
	 */
	for (int i = 0; i < ATTEMPTS; i++) {
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd;
}
