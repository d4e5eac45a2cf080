/* SPDX-License-Identifier: MIT */
/* Looking at /proc as little as will do: see processes.h. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "target/pid_counter.h"
#include "target/process_table.h"
#include "target/procfs.h"

#define MS 1000000ull

/* Between two looks: with the kernel's word for what is new, and by listing. */
#define LOOK_NS	     (10 * MS)
#define LIST_LOOK_NS (50 * MS)

/*
 * A number is looked at again so long after it was given, or a little later: a fork is that far
 * by then, even where the scheduler took the processor away in the middle of it. One that is not
 * is found by the listing.
 */
#define SETTLE_NS (50 * MS)

/*
 * From the end of one listing to the next one, and from one buffer of it to the next: 680
 * processes, some 0.6 ms. After a break as long as the former nothing is taken for known.
 */
#define ROUND_NS (1000 * MS)
#define PART_NS	 (100 * MS)

/*
 * More numbers than this, and an eighth of the processes: then it is cheaper to list /proc (1 us a
 * process) than to ask for each (3 to 15 us).
 */
#define WALK_MAX 64

/* ---- one process ------------------------------------------------------------------ */

enum seen { SEEN, SEEN_NUMBER_ONLY, GONE, FAILED };

static enum seen read_stat(const struct process_table *table, pid_t pid, struct proc_stat *stat)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/stat", pid);
	if (proc_stat_read(stat, table->proc_fd, path))
		return stat->exit_signal == -1 ? GONE : SEEN; /* -1: a thread has the number */
	switch (errno) {
	case ENOENT:
	case ESRCH:
		return GONE;
	case EACCES:
	case EPERM:
	case EPROTO:
		return SEEN_NUMBER_ONLY;
	default:
		return FAILED;
	}
}

/* A main thread that ended by itself is a zombie too, but others still run. */
static bool is_dead(const struct proc_stat *stat)
{
	return (stat->state == 'Z' || stat->state == 'X') && stat->n_threads <= 1;
}

/* A process is seen for the first time. */
static bool fill(struct process_table *table, struct process_entry *entry,
		 const struct proc_stat *stat)
{
	if (!pid_queue_add(&table->fresh, entry->process.pid))
		return false;
	entry->process.ppid = stat->ppid;
	entry->process.start_time = stat->start_time;
	entry->session = stat->session;
	entry->readable = true;
	return true;
}

static struct process_entry new_entry(const struct process_table *table, pid_t pid)
{
	return (struct process_entry){ .process = { .pid = pid }, .young = table->looked };
}

bool process_look_at(struct process_table *table, pid_t pid)
{
	struct process_entry *entry = process_entry_find(table, pid);
	struct process_entry new = new_entry(table, pid);
	struct proc_stat stat;
	enum seen seen = read_stat(table, pid, &stat);

	if (seen == FAILED)
		return false;
	if (seen == GONE) {
		if (entry)
			process_entry_drop(table, entry);
		return true;
	}
	if (!entry)
		entry = process_entry_add(table, &new);
	if (!entry)
		return false;
	entry->round = table->round;
	if (seen == SEEN_NUMBER_ONLY)
		return true;
	if (entry->readable && entry->process.start_time != stat.start_time) {
		*entry = new; /* the number was given again */
		entry->round = table->round;
	}
	entry->dead = is_dead(&stat);
	return entry->readable || fill(table, entry, &stat);
}

/* ---- all of them ------------------------------------------------------------------ */

/* In a listing: is the number enough? */
static bool is_settled(const struct process_entry *entry)
{
	return entry->readable && (!entry->wanted || entry->dead);
}

static void begin_round(struct process_table *table)
{
	lseek(table->proc_fd, 0, SEEK_SET);
	table->round++;
	table->in_round = true;
}

/* Numbers above `after` and up to `last`. Those are below where it began anew meanwhile. */
struct range {
	pid_t after, last;
};

static const struct range NO_NUMBER = { 0, 0 }, EVERY_NUMBER = { 0, INT_MAX };

static bool is_in(const struct range *range, pid_t pid)
{
	if (range->last < range->after)
		return pid > range->after || pid <= range->last;
	return pid > range->after && pid <= range->last;
}

/* Goes on with the listing by one buffer. Of `given`, also what is known is looked at. */
static bool go_on(struct process_table *table, const struct range *given)
{
	pid_t pids[PROC_IDS_MAX];
	ssize_t n = proc_next_ids(table->proc_fd, pids);

	if (n < 0)
		return false;
	for (ssize_t i = 0; i < n; i++) {
		struct process_entry *entry = process_entry_find(table, pids[i]);
		if (entry && is_settled(entry) && !is_in(given, pids[i]))
			entry->round = table->round;
		else if (!process_look_at(table, pids[i]))
			return false;
	}
	if (n == 0) {
		process_entries_keep(table, table->round);
		table->in_round = false;
	}
	return true;
}

static bool list(struct process_table *table, const struct range *given)
{
	begin_round(table);
	while (table->in_round) {
		if (!go_on(table, given))
			return false;
	}
	return true;
}

/* ---- the numbers given lately ----------------------------------------------------- */

static bool look_at_numbers(struct process_table *table, const struct range *given)
{
	if (given->last < given->after ||
	    (size_t)(given->last - given->after) > WALK_MAX + table->n / 8)
		return list(table, given);
	for (pid_t pid = given->after; pid < given->last;) {
		if (!process_look_at(table, ++pid))
			return false;
	}
	return true;
}

/* Once more at those that were given some time ago. */
static bool settle(struct process_table *table, uint64_t now_ns)
{
	const struct range given = { table->settle_after, table->settle_last };

	if (now_ns < table->settle_ns)
		return true;
	if (!look_at_numbers(table, &given))
		return false;
	table->settle_after = table->settle_last;
	table->settle_last = table->counter;
	table->settle_ns = now_ns + SETTLE_NS;
	return true;
}

/* A part of the listing that keeps the table clean. */
static bool sweep(struct process_table *table, uint64_t now_ns)
{
	if (now_ns < table->round_ns)
		return true;
	if (!table->in_round)
		begin_round(table);
	if (!go_on(table, &NO_NUMBER))
		return false;
	table->round_ns = now_ns + (table->in_round ? PART_NS : ROUND_NS);
	return true;
}

/* ---- a look ----------------------------------------------------------------------- */

bool process_look_due(const struct process_table *table, uint64_t now_ns)
{
	uint64_t least = table->counter_fd < 0 ? LIST_LOOK_NS : LOOK_NS;

	return !table->looked || now_ns - table->looked_ns >= least;
}

/* Where the numbers given are not known. */
static bool look_by_listing(struct process_table *table, uint64_t now_ns, bool lost)
{
	bool is_round = now_ns >= table->round_ns;

	if (!list(table, lost || is_round ? &EVERY_NUMBER : &NO_NUMBER))
		return false;
	if (is_round)
		table->round_ns = now_ns + ROUND_NS;
	return true;
}

static bool look_by_number(struct process_table *table, uint64_t now_ns, pid_t counter)
{
	const struct range given = { table->counter, counter };

	if (!look_at_numbers(table, &given))
		return false;
	table->counter = counter;
	return settle(table, now_ns) && sweep(table, now_ns);
}

bool process_look(struct process_table *table, uint64_t now_ns)
{
	pid_t counter = table->counter_fd < 0 ? 0 : pid_counter_read(table->counter_fd);
	bool lost = table->lost || now_ns - table->looked_ns > ROUND_NS;
	bool ok;

	if (!table->looked || lost || counter == 0) {
		ok = look_by_listing(table, now_ns, lost);
		table->counter = counter;
	} else {
		ok = look_by_number(table, now_ns, counter);
	}
	table->looked = true;
	table->looked_ns = now_ns;
	table->lost = !ok;
	return ok;
}
