/* SPDX-License-Identifier: MIT */
#include "api/ready.h"

#include <sys/ioctl.h>

#include "api/recorder.h"

/*
 * Between two calls: whoever does not read what is there would else be called without end, and
 * nobody's finger is faster.
 */
#define READY_NS 10000000u

void pyprof_recorder_on_ready(struct pyprof_recorder *recorder, int fd, pyprof_ready_fn *fn,
			      void *arg)
{
	recorder->ready = (struct ready){ .fd = fn ? fd : -1, .fn = fn, .arg = arg };
}

struct pollfd ready_entry(const struct ready *ready, uint64_t now_ns)
{
	return (struct pollfd){ .fd = now_ns >= ready->due_ns ? ready->fd : -1,
				.events = POLLIN };
}

uint64_t ready_wake(const struct ready *ready, uint64_t now_ns, uint64_t wake_ns)
{
	if (ready->fd >= 0 && now_ns < ready->due_ns && ready->due_ns < wake_ns)
		return ready->due_ns;
	return wake_ns;
}

/* Nothing can come any more. What a pipe still holds when its writer goes is told of first. */
static bool at_end(const struct ready *ready, short revents)
{
	int left;

	if (!(revents & (POLLHUP | POLLERR | POLLNVAL)))
		return false;
	return ioctl(ready->fd, FIONREAD, &left) < 0 || left == 0;
}

void ready_tell(struct ready *ready, struct pyprof_recorder *recorder, short revents,
		uint64_t now_ns)
{
	const struct ready told = *ready;
	bool end;

	if (ready->fd < 0 || !revents)
		return;
	end = at_end(ready, revents);
	/* Forgotten first: the function may ask for another one. */
	if (end)
		ready->fd = -1;
	else
		ready->due_ns = now_ns + READY_NS;
	told.fn(recorder, told.fd, told.arg);
}
