/* SPDX-License-Identifier: MIT */
#include "sample/extra.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"

#define RSS_NAME "rss"

_Static_assert(SAMPLE_N_METRICS + COUNTERS_MAX + 1 <= PROFILE_MAX_METRICS,
	       "a profile has no room for all metrics");

static bool is_called(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && !memcmp(name, text, len);
}

/* One name of the list. */
static bool add_name(struct extra_set *set, const char *text, size_t len)
{
	const struct counter *row;

	for (size_t i = 0; i < SAMPLE_N_METRICS; i++)
		if (is_called(sample_metrics[i].name, text, len))
			return true;
	if (is_called(RSS_NAME, text, len)) {
		set->rss = true;
		return true;
	}
	for (size_t i = 0; (row = counter_row(i)) != NULL; i++) {
		if (is_called(row->name, text, len)) {
			counter_set_add(&set->counters, row);
			return true;
		}
	}
	return false;
}

enum pyprof_status extra_set_parse(struct extra_set *set, const char *list,
				   struct pyprof_error *err)
{
	while (list && *list) {
		size_t len = strcspn(list, ",");

		if (!add_name(set, list, len)) {
			_cleanup_(str_deinit) struct str names = STR_INIT;

			for (size_t i = 0; i < SAMPLE_N_METRICS; i++)
				str_printf(&names, "%s, ", sample_metrics[i].name);
			str_add_cstr(&names, RSS_NAME ", ");
			counter_add_names(&names);
			error_set(err, PYPROF_ERR_USAGE, "there is no metric '%.*s'",
				  len < 60 ? (int)len : 60, list);
			error_hint(err, "there are: %s", str_cstr(&names));
			return PYPROF_ERR_USAGE;
		}
		list += len + (list[len] == ',');
	}
	return PYPROF_OK;
}

size_t extra_set_metrics(const struct extra_set *set,
			 struct profile_metric metrics[PROFILE_MAX_METRICS])
{
	size_t n = 0;

	for (; n < SAMPLE_N_METRICS; n++)
		metrics[n] = sample_metrics[n];
	for (size_t i = 0; i < set->counters.n; i++)
		metrics[n++] = (struct profile_metric){ set->counters.rows[i]->name,
							set->counters.rows[i]->unit };
	if (set->rss)
		metrics[n++] = (struct profile_metric){ RSS_NAME, "bytes" };
	return n;
}

void extra_thread_add(struct extra_thread *thread, const struct extra_set *set,
		      const struct target *target, pid_t tid, uint64_t *values)
{
	uint64_t now[COUNTERS_MAX];
	struct pyprof_error err;

	if (!set->counters.n || thread->failed || !tid)
		return;
	if (!thread->open) {
		thread->failed =
			counter_group_open(&thread->group, &set->counters, target, tid, &err) != 0;
		thread->open = !thread->failed;
		if (thread->failed)
			log_info("thread %d is not counted: %s", (int)tid, err.message);
		return;
	}
	/* Of a thread that has ended they are what it came to. */
	counters_read(&thread->group, now);
	for (size_t i = 0; i < set->counters.n; i++) {
		values[SAMPLE_N_METRICS + i] = now[i] - thread->seen[i];
		thread->seen[i] = now[i];
	}
}

void extra_thread_close(struct extra_thread *thread)
{
	if (thread->open)
		counter_group_close(&thread->group);
	thread->open = false;
}

void extra_memory_ask(struct extra_memory *memory, const struct target *target)
{
	uint64_t bytes;

	if (memory->watch.fd < 0) {
		if (!rss_watch_init(&memory->watch, target) ||
		    !rss_read(&memory->watch, &memory->seen))
			extra_memory_close(memory);
		return;
	}
	if (!rss_read(&memory->watch, &bytes)) {
		extra_memory_close(memory); /* the thread has ended, perhaps: begun anew */
		return;
	}
	if (bytes > memory->seen)
		memory->grown += bytes - memory->seen;
	memory->seen = bytes;
}

void extra_memory_close(struct extra_memory *memory)
{
	rss_watch_deinit(&memory->watch);
	memory->watch.fd = -1;
}
