/* SPDX-License-Identifier: MIT */
/* The counters by name, one row each. Those that every machine has come first. */
#include <linux/perf_event.h>
#include <string.h>

#include "base/cleanup.h"
#include "target/counters.h"

#define SOFTWARE(name, unit, config, in_kernel)                                          \
	{ name, unit, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_##config, in_kernel }
#define HARDWARE(name, config)                                                           \
	{ name, "count", PERF_TYPE_HARDWARE, PERF_COUNT_HW_##config, false }

static const struct counter rows[] = {
	SOFTWARE("task-clock", "nanoseconds", TASK_CLOCK, false),
	SOFTWARE("page-faults", "count", PAGE_FAULTS, false),
	SOFTWARE("minor-faults", "count", PAGE_FAULTS_MIN, false),
	SOFTWARE("major-faults", "count", PAGE_FAULTS_MAJ, false),
	SOFTWARE("context-switches", "count", CONTEXT_SWITCHES, true),
	SOFTWARE("cpu-migrations", "count", CPU_MIGRATIONS, true),
	HARDWARE("instructions", INSTRUCTIONS),
	HARDWARE("cycles", CPU_CYCLES),
	HARDWARE("branches", BRANCH_INSTRUCTIONS),
	HARDWARE("branch-misses", BRANCH_MISSES),
	HARDWARE("cache-references", CACHE_REFERENCES),
	HARDWARE("cache-misses", CACHE_MISSES),
};

_Static_assert(ARRAY_SIZE(rows) <= COUNTERS_MAX, "a set must be able to hold all rows");

const struct counter *counter_row(size_t index)
{
	return index < ARRAY_SIZE(rows) ? &rows[index] : NULL;
}

const struct counter *counter_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

void counter_add_names(struct str *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		str_add_cstr(out, i ? ", " : "");
		str_add_cstr(out, rows[i].name);
	}
}

bool counter_set_add(struct counter_set *set, const struct counter *row)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->rows[i] == row)
			return false;
	set->rows[set->n++] = row;
	return true;
}
