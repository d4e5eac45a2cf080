/* SPDX-License-Identifier: MIT */
/* Memory of a live process, by process_vm_readv(2): one system call a read. */
#include "memory/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>

struct live {
	struct memory memory; /* first: it is what we give out */
	pid_t pid;
	struct iovec local[MEMORY_MAX_PIECES];
	struct iovec remote[MEMORY_MAX_PIECES];
};

static enum pyprof_status status_of(int os_errno)
{
	switch (os_errno) {
	case ESRCH:
		return PYPROF_ERR_GONE;
	case EPERM:
	case ENOSYS: /* what some seccomp filters answer */
		return PYPROF_ERR_PERMISSION;
	case ENOMEM:
		return PYPROF_ERR_NOMEM;
	default:
		return PYPROF_ERR_FAULT;
	}
}

/*
 * The manual says that a short read never splits a piece; the kernel does split it, at a
 * page (process_vm_rw_core() counts the bytes copied). So whole pieces are counted by
 * their bytes, and the rest of a split one is not trusted.
 */
static size_t whole_pieces(const struct memory_piece *pieces, size_t n, size_t bytes)
{
	size_t i = 0;

	for (; i < n && pieces[i].len <= bytes; i++)
		bytes -= pieces[i].len;
	return i;
}

static size_t live_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
			 enum pyprof_status *status)
{
	struct live *live = (struct live *)memory;
	size_t total = 0;
	ssize_t got;

	for (size_t i = 0; i < n; i++) {
		live->local[i].iov_base = pieces[i].buf;
		live->local[i].iov_len = pieces[i].len;
		live->remote[i].iov_base = (void *)(uintptr_t)pieces[i].addr;
		live->remote[i].iov_len = pieces[i].len;
		total += pieces[i].len;
	}
	got = process_vm_readv(live->pid, live->local, n, live->remote, n, 0);
	if (got >= 0 && (size_t)got == total)
		return n;
	if (got < 0) {
		*status = status_of(errno);
		/* Empty pieces in front of the one that failed have nothing to fail. */
		return *status == PYPROF_ERR_FAULT ? whole_pieces(pieces, n, 0) : 0;
	}
	*status = PYPROF_ERR_FAULT;
	return whole_pieces(pieces, n, (size_t)got);
}

static void live_destroy(struct memory *memory)
{
	free(memory);
}

static const struct memory_ops live_ops = {
	.name = "live",
	.readv = live_readv,
	.destroy = live_destroy,
};

void memory_live_rebind(struct memory *memory, pid_t tid)
{
	((struct live *)memory)->pid = tid;
}

struct memory *memory_live_create(pid_t pid)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return NULL;
	live->memory.ops = &live_ops;
	live->pid = pid;
	return &live->memory;
}
