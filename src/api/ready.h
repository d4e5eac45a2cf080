/* SPDX-License-Identifier: MIT */
/* A descriptor of the caller's that run() waits for too. Private to api/. */
#ifndef PYPROF_API_READY_H
#define PYPROF_API_READY_H

#include <poll.h>

#include "libpyprof.h"

struct ready {
	int fd; /* -1: none */
	pyprof_ready_fn *fn;
	void *arg;
	uint64_t due_ns; /* fn is not called before */
};

/* What ppoll(2) is to wait for now; of fd -1 where there is nothing. */
struct pollfd ready_entry(const struct ready *ready, uint64_t now_ns);

/* When at the latest the wait has to end, so that the descriptor is asked for again. */
uint64_t ready_wake(const struct ready *ready, uint64_t now_ns, uint64_t wake_ns);

/*
 * Calls its function where `revents` says that there is something to read, or the end. Whose end has
 * come, with nothing left to read, is told so once and forgotten.
 */
void ready_tell(struct ready *ready, struct pyprof_recorder *recorder, short revents,
		uint64_t now_ns);

#endif
