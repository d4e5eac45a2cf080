/* SPDX-License-Identifier: MIT */
#include "base/descriptors.h"

#include <sys/resource.h>

bool descriptor_to_spare(int fd)
{
	struct rlimit limit = { .rlim_cur = 256 };

	getrlimit(RLIMIT_NOFILE, &limit);
	return fd >= 0 && (rlim_t)fd < limit.rlim_cur / 2;
}
