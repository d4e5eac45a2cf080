/* SPDX-License-Identifier: MIT */
/* Who is wanted, and telling it. */
#include "target/processes.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "target/pid_counter.h"
#include "target/proc_mount.h"
#include "target/process_pattern.h"
#include "target/process_table.h"

#define MS 1000000ull

/* From the first look at a command line to the second, and the longest time between two. */
#define TEST_GAP_MIN_MS 10
#define TEST_GAP_MAX_MS 1000

/* Of processes that are not young any more: 10 us each, so half a percent of the time at most. */
#define TESTS_A_SECOND 500

static enum pyprof_status failed(int os_errno, struct pyprof_error *err)
{
	if (os_errno == ENOMEM)
		return error_nomem(err);
	return error_set_errno(err, PYPROF_ERR_IO, os_errno, "cannot look at the processes");
}

/* ---- creation --------------------------------------------------------------------- */

static enum pyprof_status open_proc(struct process_table *table, const char *proc,
				    struct pyprof_error *err)
{
	enum pyprof_status status = proc_mount_check(proc, err);

	if (status != PYPROF_OK) {
		error_prefix(err, "cannot look at the processes");
		return status;
	}
	table->proc_fd = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (table->proc_fd < 0)
		return failed(errno, err);
	table->counter_fd = pid_counter_open(table->proc_fd);
	return PYPROF_OK;
}

enum pyprof_status processes_create(struct process_table **out, const char *proc,
				    struct pyprof_error *err)
{
	struct process_table *table = calloc(1, sizeof(*table));
	enum pyprof_status status;

	*out = NULL;
	if (!table)
		return error_nomem(err);
	table->proc_fd = table->counter_fd = -1;
	table->self = getpid();
	status = open_proc(table, proc, err);
	if (status != PYPROF_OK) {
		processes_destroy(table);
		return status;
	}
	*out = table;
	return PYPROF_OK;
}

void processes_destroy(struct process_table *table)
{
	if (!table)
		return;
	process_pattern_destroy(table->pattern);
	cleanup_fd(&table->proc_fd);
	cleanup_fd(&table->counter_fd);
	free(table->entries);
	free(table->fresh.pids);
	free(table->parents.pids);
	free(table->news.pids);
	free(table);
}

/* ---- who is wanted ---------------------------------------------------------------- */

static bool want(struct process_table *table, struct process_entry *entry, bool follows)
{
	pid_t pid = entry->process.pid;

	if (pid == table->self || pid == table->left_out)
		return true;
	if (!entry->wanted) {
		if (!pid_queue_add(&table->news, pid))
			return false;
		entry->wanted = true;
	}
	if (follows && !entry->follows) {
		if (!pid_queue_add(&table->parents, pid))
			return false;
		entry->follows = true;
	}
	return true;
}

/*
 * The parent of an entry is as it was first seen, so it may be long gone, and its number another
 * process's: but then one that is younger than the child.
 */
static bool comes_from(const struct process_entry *entry, const struct process_entry *ancestor)
{
	pid_t pid = ancestor->process.pid;

	return (entry->process.ppid == pid || entry->session == pid) &&
	       entry->process.start_time >= ancestor->process.start_time;
}

static bool comes_from_followed(const struct process_table *table,
				const struct process_entry *entry)
{
	const struct process_entry *parent = process_entry_find(table, entry->process.ppid);
	const struct process_entry *leader = process_entry_find(table, entry->session);

	return (parent && parent->follows && comes_from(entry, parent)) ||
	       (leader && leader->follows && comes_from(entry, leader));
}

/* Of those first seen, what comes from a followed one. */
static bool want_fresh(struct process_table *table)
{
	for (; table->fresh.next < table->fresh.n; table->fresh.next++) {
		struct process_entry *entry =
			process_entry_find(table, table->fresh.pids[table->fresh.next]);
		if (entry && comes_from_followed(table, entry) && !want(table, entry, true))
			return false;
	}
	return true;
}

/* What is in the table already and comes from one that is followed only now. */
static bool want_children(struct process_table *table, const struct process_entry *parent)
{
	for (size_t i = 0; i < table->n; i++) {
		struct process_entry *entry = &table->entries[i];
		if (comes_from(entry, parent) && !want(table, entry, true))
			return false;
	}
	return true;
}

static bool want_descendants(struct process_table *table)
{
	/* The queue grows while we go. */
	for (; table->parents.next < table->parents.n; table->parents.next++) {
		const struct process_entry *parent =
			process_entry_find(table, table->parents.pids[table->parents.next]);
		if (parent && parent->follows && !want_children(table, parent))
			return false;
	}
	return true;
}

/* ---- command lines ---------------------------------------------------------------- */

static bool test(struct process_table *table, struct process_entry *entry, uint64_t now_ns)
{
	unsigned int gap = entry->test_gap_ms ? 2u * entry->test_gap_ms
			   : entry->young     ? TEST_GAP_MIN_MS
					      : TEST_GAP_MAX_MS;

	entry->test_gap_ms = (uint16_t)(gap < TEST_GAP_MAX_MS ? gap : TEST_GAP_MAX_MS);
	entry->test_ns = now_ns + entry->test_gap_ms * MS;
	if (!process_pattern_matches(table->pattern, table->proc_fd, entry->process.pid))
		return true;
	return want(table, entry, table->pattern_follows);
}

/* How many tests may be made now, of those in turn. */
static size_t tests_allowed(struct process_table *table, uint64_t now_ns)
{
	uint64_t ms = (now_ns - table->tested_ns) / MS;

	table->tested_ns = now_ns;
	return (size_t)((ms < 1000 ? ms : 1000) * TESTS_A_SECOND / 1000);
}

/* Tests whose time has come: of young processes all, of others some, in turn. */
static bool test_command_lines(struct process_table *table, uint64_t now_ns)
{
	size_t at = table->test_at, left = tests_allowed(table, now_ns);

	for (size_t i = 0; i < table->n; i++, at++) {
		if (at >= table->n)
			at = 0;
		struct process_entry *entry = &table->entries[at];
		bool in_turn = entry->test_gap_ms == TEST_GAP_MAX_MS;

		if (entry->wanted || entry->dead || now_ns < entry->test_ns || (in_turn && !left))
			continue;
		if (in_turn && --left == 0)
			table->test_at = at + 1;
		if (!test(table, entry, now_ns))
			return false;
	}
	return true;
}

/* ---- asking ----------------------------------------------------------------------- */

enum pyprof_status processes_follow(struct process_table *table, pid_t pid,
				    struct pyprof_error *err)
{
	struct process_entry *entry;

	if (pid > 0 && !process_look_at(table, pid))
		return failed(errno, err);
	entry = process_entry_find(table, pid);
	if (!entry)
		return error_set(err, PYPROF_ERR_NO_PROCESS, "no process with PID %d", pid);
	if (!entry->follows && !pid_queue_add(&table->parents, pid))
		return error_nomem(err);
	/* What comes from it is wanted at the next refresh. */
	entry->wanted = entry->follows = entry->told = true;
	return PYPROF_OK;
}

enum pyprof_status processes_match(struct process_table *table, const char *regex,
				   bool descendants, struct pyprof_error *err)
{
	struct process_pattern *pattern;
	enum pyprof_status status = process_pattern_create(&pattern, regex, err);

	if (status != PYPROF_OK)
		return status;
	process_pattern_destroy(table->pattern);
	table->pattern = pattern;
	table->pattern_follows = descendants;
	for (size_t i = 0; i < table->n; i++) {
		table->entries[i].test_gap_ms = 0;
		table->entries[i].test_ns = 0;
	}
	return PYPROF_OK;
}

void processes_leave_out(struct process_table *table, pid_t pid)
{
	table->left_out = pid;
}

enum pyprof_status processes_refresh(struct process_table *table, uint64_t now_ns,
				     struct pyprof_error *err)
{
	if (!process_look_due(table, now_ns))
		return PYPROF_OK;
	if (!process_look(table, now_ns) || !want_fresh(table) ||
	    (table->pattern && !test_command_lines(table, now_ns)) || !want_descendants(table))
		return failed(errno, err);
	return PYPROF_OK;
}

bool processes_next(struct process_table *table, struct process *out)
{
	while (table->news.next < table->news.n) {
		struct process_entry *entry =
			process_entry_find(table, table->news.pids[table->news.next++]);
		/* It may have ended since, and the number may be another's. */
		if (!entry || !entry->wanted || entry->told || entry->dead)
			continue;
		entry->told = true;
		*out = entry->process;
		return true;
	}
	return false;
}

size_t processes_alive(const struct process_table *table)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n; i++)
		n += table->entries[i].wanted && !table->entries[i].dead;
	return n;
}
