/* SPDX-License-Identifier: MIT */
/* What the recorded processes take of the machine, asked now and then. */
#include <string.h>

#include "api/recorder.h"
#include "target/cpu_time.h"
#include "target/procfs.h"
#include "target/rss.h"

/* What a process has used since it was asked before; all of it the first time. */
static uint64_t new_cpu(struct member *member)
{
	uint64_t ns, more;

	if (!cpu_time_of_process(member->pid, &ns) || ns < member->cpu_ns)
		return 0;
	more = ns - member->cpu_ns;
	member->cpu_ns = ns;
	return more;
}

static uint64_t memory_of(const struct target *target)
{
	struct rss_watch watch;
	uint64_t bytes = 0;

	if (!rss_watch_init(&watch, target))
		return 0;
	if (!rss_read(&watch, &bytes))
		bytes = 0;
	rss_watch_deinit(&watch);
	return bytes;
}

static uint32_t threads_of(const struct target *target)
{
	struct proc_stat stat;

	return proc_stat_read(&stat, target->proc_fd, "stat") && stat.n_threads > 0 ?
		       (uint32_t)stat.n_threads :
		       0;
}

void pyprof_recorder_load(struct pyprof_recorder *recorder, struct pyprof_load *load)
{
	const struct profile_info *info = &recorder->profile->info;
	const struct members *members = &recorder->members;
	struct pyprof_load own = { .command = info->command ? info->command : "",
				   .version = info->python_version ? info->python_version : "" };
	size_t size = load->size < sizeof(own) ? load->size : sizeof(own);

	for (size_t i = 0; i < members->n; i++) {
		struct member *member = members->members[i];

		if (member->state != MEMBER_SAMPLED || target_check(member->target))
			continue;
		recorder->load_cpu_ns += new_cpu(member);
		own.rss_bytes += memory_of(member->target);
		own.threads += threads_of(member->target);
		own.processes++;
	}
	own.cpu_ns = recorder->load_cpu_ns;
	own.size = size;
	memcpy(load, &own, size);
}
