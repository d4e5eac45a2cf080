/* SPDX-License-Identifier: MIT */
/* Cleanup by attribute: what a scope opened, its end closes. */
#ifndef PYPROF_BASE_CLEANUP_H
#define PYPROF_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_(fn)	__attribute__((cleanup(fn)))
#define _cleanup_free_	_cleanup_(cleanup_free)
#define _cleanup_fd_	_cleanup_(cleanup_fd)
#define _cleanup_file_	_cleanup_(cleanup_file)

/* Hands `p` over to the caller: the scope's cleanup finds NULL. */
#define take_ptr(p)                                                                      \
	({                                                                               \
		__typeof__(p) taken_ = (p);                                              \
		(p) = NULL;                                                              \
		taken_;                                                                  \
	})

/* The same for a file descriptor. */
static inline int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
