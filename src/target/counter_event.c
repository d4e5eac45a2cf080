/* SPDX-License-Identifier: MIT */
#include "target/counter_event.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

int counter_event_open(const struct counter *row, pid_t tid, int leader_fd, bool user_only)
{
	struct perf_event_attr attr = {
		.type = row->type,
		/* The first layout is all that we need, and every kernel knows it. */
		.size = PERF_ATTR_SIZE_VER0,
		.config = row->config,
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
		.exclude_kernel = user_only,
		.exclude_hv = user_only,
	};

	return (int)syscall(SYS_perf_event_open, &attr, tid, -1, leader_fd,
			    PERF_FLAG_FD_CLOEXEC);
}
