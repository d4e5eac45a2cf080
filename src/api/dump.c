/* SPDX-License-Identifier: MIT */
/* Looking at processes now: which ones, and one after the other. */
#include "api/dump.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "dump/take.h"
#include "python/value.h"
#include "python/runtime_wait.h"
#include "target/pause.h"
#include "target/processes.h"
#include "target/procfs.h"

/* What did not stop in time is let go as soon as it has; so long at most that is waited for. */
#define SETTLE_MAX_NS	1000000000u
#define SETTLE_PAUSE_NS 200000

/* A process that may be looked at. */
struct candidate {
	pid_t pid, ppid; /* ppid: 0 not known */
	bool named;	 /* by its number: it should be Python */
};

struct dump_list {
	struct candidate *candidates;
	size_t n, cap;
	const char *pattern; /* that they were found by; NULL: some were named */
};

/* ---- which processes ------------------------------------------------------------------------- */

static struct candidate *find_candidate(const struct dump_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->candidates[i].pid == pid)
			return &list->candidates[i];
	return NULL;
}

static enum pyprof_status add_candidate(struct dump_list *list, pid_t pid, pid_t ppid, bool named,
					struct pyprof_error *err)
{
	if (find_candidate(list, pid))
		return PYPROF_OK;
	if (!array_grow(list->candidates, list->n, list->cap))
		return error_nomem(err);
	list->candidates[list->n++] = (struct candidate){ pid, ppid, named };
	return PYPROF_OK;
}

static enum pyprof_status add_found(struct dump_list *list, struct process_table *table,
				    struct pyprof_error *err)
{
	struct process process;
	enum pyprof_status status = processes_refresh(table, clock_monotonic_ns(), err);

	while (!status && processes_next(table, &process))
		status = add_candidate(list, process.pid, process.ppid, false, err);
	return status;
}

static enum pyprof_status list_matching(struct dump_list *list, const char *pattern,
					bool subprocesses, struct pyprof_error *err)
{
	struct process_table *table;
	enum pyprof_status status = processes_create(&table, "/proc", err);

	if (status)
		return status;
	list->pattern = pattern;
	status = processes_match(table, pattern, subprocesses, err);
	if (!status)
		status = add_found(list, table, err);
	processes_destroy(table);
	if (status || list->n)
		return status;
	error_set(err, PYPROF_ERR_NO_PROCESS,
		  "no process has a command line that matches '%.100s'", pattern);
	error_hint(err, "try it: ps -eo pid,args | grep -E -e '%.100s'", pattern);
	return PYPROF_ERR_NO_PROCESS;
}

static enum pyprof_status list_named(struct dump_list *list, const pid_t *pids, size_t n,
				     bool subprocesses, struct pyprof_error *err)
{
	struct process_table *table = NULL;
	enum pyprof_status status = PYPROF_OK;

	if (!n)
		return error_set(err, PYPROF_ERR_USAGE, "no process was named");
	for (size_t i = 0; i < n && !status; i++)
		status = add_candidate(list, pids[i], 0, true, err);
	if (status || !subprocesses)
		return status;
	status = processes_create(&table, "/proc", err);
	/* One that is not there is told when it is looked at. */
	for (size_t i = 0; i < n && !status; i++) {
		status = processes_follow(table, pids[i], err);
		if (status == PYPROF_ERR_NO_PROCESS)
			status = PYPROF_OK;
	}
	if (!status)
		status = add_found(list, table, err);
	processes_destroy(table);
	return status;
}

/* ---- one process -------------------------------------------------------------------------------- */

/* Who did not stop in time was asked to, and must not stand when it does. */
static void settle(void)
{
	const struct timespec pause = { .tv_nsec = SETTLE_PAUSE_NS };
	uint64_t begin = clock_monotonic_ns();

	while (pausers_release_left() && clock_monotonic_ns() - begin < SETTLE_MAX_NS)
		nanosleep(&pause, NULL);
}

static pid_t parent_of(const struct target *target)
{
	struct proc_stat stat;

	return proc_stat_read(&stat, target->proc_fd, "stat") ? stat.ppid : 0;
}

static enum pyprof_status look_at(struct candidate *candidate, const struct take_opts *take,
				  uint64_t wait_ns, struct snapshot **out,
				  struct pyprof_error *err)
{
	struct target *target;
	struct py_runtime rt;
	enum pyprof_status status = target_open(&target, candidate->pid, err);

	if (status)
		return status;
	if (!candidate->ppid)
		candidate->ppid = parent_of(target);
	status = py_runtime_wait(&rt, &target, wait_ns, false, NULL, err);
	if (!status)
		status = snapshot_take(out, &rt, take, err);
	settle();
	target_close(target);
	return status;
}

/* ---- all of them ---------------------------------------------------------------------------------- */

static enum pyprof_status keep(struct snapshots *all, struct snapshot *snapshot,
			       struct pyprof_error *err)
{
	size_t cap = all->n;

	if (!array_reserve((void **)&all->processes, &cap, all->n + 1, sizeof(all->processes[0]))) {
		snapshot_destroy(snapshot);
		return error_nomem(err);
	}
	all->processes[all->n++] = snapshot;
	return PYPROF_OK;
}

static enum pyprof_status keep_failure(struct snapshots *all, pid_t pid,
				       const struct pyprof_error *why, struct pyprof_error *err)
{
	size_t cap = all->n_failed;

	if (!array_reserve((void **)&all->failed, &cap, all->n_failed + 1, sizeof(all->failed[0])))
		return error_nomem(err);
	all->failed[all->n_failed++] = (struct snapshot_failure){ pid, *why };
	return PYPROF_OK;
}

/* What was found by its parent or its command line may be anything, and may be gone by now. */
static bool is_left_out(const struct candidate *candidate, const struct pyprof_dump_opts *opts,
			enum pyprof_status status)
{
	if (status == PYPROF_ERR_NOT_PYTHON)
		return !candidate->named || opts->subprocesses;
	return !candidate->named &&
	       (status == PYPROF_ERR_NO_PROCESS || status == PYPROF_ERR_GONE);
}

/* Which were asked for is said, not one of those that were looked at beside them. */
static enum pyprof_status none_runs_python(const struct dump_list *list, bool subprocesses,
					   struct pyprof_error *err)
{
	size_t named = 0;

	for (size_t i = 0; i < list->n; i++)
		named += list->candidates[i].named;
	if (list->pattern) {
		error_set(err, PYPROF_ERR_NOT_PYTHON,
			  "of the processes whose command line matches '%.100s'%s none runs CPython",
			  list->pattern, subprocesses ? ", and their children," : "");
		error_hint(err, "see which they are: ps -eo pid,args | grep -E -e '%.100s'",
			   list->pattern);
		return PYPROF_ERR_NOT_PYTHON;
	}
	/* Those that were named come first. */
	if (named > 1)
		return error_set(err, PYPROF_ERR_NOT_PYTHON,
				 "none of the %zu processes runs CPython, nor do their children",
				 named);
	if (list->n > 1)
		return error_set(err, PYPROF_ERR_NOT_PYTHON,
				 "neither PID %d nor its children run CPython",
				 (int)list->candidates[0].pid);
	return error_set(err, PYPROF_ERR_NOT_PYTHON, "PID %d runs no CPython, and has no children",
			 (int)list->candidates[0].pid);
}

/* Nothing could be looked at: one reason is the error, several are the dump's to tell. */
static enum pyprof_status nothing_seen(const struct snapshots *all, const struct dump_list *list,
				       bool subprocesses, struct pyprof_error *err)
{
	if (!all->n_failed)
		return none_runs_python(list, subprocesses, err);
	if (all->n_failed > 1)
		return PYPROF_OK;
	if (err)
		*err = all->failed[0].error;
	return all->failed[0].error.status;
}

static enum pyprof_status look_at_all(struct snapshots *all, struct dump_list *list,
				      const struct take_opts *take,
				      const struct pyprof_dump_opts *opts,
				      struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	for (size_t i = 0; i < list->n && !status; i++) {
		struct candidate *candidate = &list->candidates[i];
		struct snapshot *snapshot = NULL;
		struct pyprof_error why;

		switch (look_at(candidate, take, opts->wait_ns, &snapshot, &why)) {
		case PYPROF_OK:
			status = keep(all, snapshot, err);
			continue;
		case PYPROF_ERR_NOMEM:
			return error_nomem(err);
		default:
			break;
		}
		if (is_left_out(candidate, opts, why.status))
			log_info("PID %d is left out: %s", (int)candidate->pid, why.message);
		else
			status = keep_failure(all, candidate->pid, &why, err);
	}
	return status || all->n ? status : nothing_seen(all, list, opts->subprocesses, err);
}

static bool is_shown(const struct snapshots *all, pid_t pid)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->processes[i]->pid == pid)
			return true;
	return false;
}

/* Whom each came from: also by way of others that run no Python. */
static void find_parents(struct snapshots *all, const struct dump_list *list)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct candidate *at = find_candidate(list, all->processes[i]->pid);
		pid_t pid = at ? at->ppid : 0;

		for (size_t steps = 0; steps < list->n && pid && !is_shown(all, pid); steps++) {
			at = find_candidate(list, pid);
			pid = at ? at->ppid : 0;
		}
		all->processes[i]->parent = is_shown(all, pid) ? pid : 0;
	}
}

void dump_take_opts_deinit(struct take_opts *take)
{
	regex_destroy(take->redact);
	regex_destroy(take->redact_text);
	take->redact = take->redact_text = NULL;
}

enum pyprof_status dump_take_opts(struct take_opts *take, const struct pyprof_dump_opts *opts,
				  struct pyprof_error *err)
{
	const char *pattern = opts->redact ? opts->redact : py_value_redact_default;
	enum pyprof_status status;

	*take = (struct take_opts){ .nonblocking = opts->nonblocking,
				    .source = opts->source,
				    .locals = opts->locals };
	status = pattern[0] ? regex_create(&take->redact, pattern, "--redact", err) : PYPROF_OK;
	if (!status && !opts->redact)
		status = regex_create(&take->redact_text, py_value_redact_text_default, "--redact",
				      err);
	if (status)
		dump_take_opts_deinit(take);
	return status;
}

static enum pyprof_status take_all(struct pyprof_dump *dump, struct dump_list *list,
				   const struct pyprof_dump_opts *opts, struct pyprof_error *err)
{
	struct take_opts take;
	enum pyprof_status status = dump_take_opts(&take, opts, err);

	if (!status)
		status = look_at_all(&dump->all, list, &take, opts, err);
	if (!status)
		find_parents(&dump->all, list);
	dump_take_opts_deinit(&take);
	return status;
}

static enum pyprof_status make_list(struct dump_list *list, const pid_t *pids, size_t n,
				    const char *pattern, const struct pyprof_dump_opts *opts,
				    struct pyprof_error *err)
{
	if (pids)
		return list_named(list, pids, n, opts->subprocesses, err);
	if (!pattern)
		return error_set(err, PYPROF_ERR_USAGE, "no process was named, nor a pattern");
	return list_matching(list, pattern, opts->subprocesses, err);
}

enum pyprof_status pyprof_dump_take(struct pyprof_dump **out, const pid_t *pids, size_t n,
				    const char *pattern, const struct pyprof_dump_opts *opts,
				    struct pyprof_error *err)
{
	struct pyprof_dump_opts own = PYPROF_DUMP_OPTS_INIT;
	struct pyprof_dump *dump = calloc(1, sizeof(*dump));
	struct dump_list list = { 0 };
	enum pyprof_status status;

	error_clear(err);
	*out = NULL;
	if (!dump)
		return error_nomem(err);
	if (opts)
		memcpy(&own, opts, opts->size < sizeof(own) ? opts->size : sizeof(own));
	status = make_list(&list, pids, n, pattern, &own, err);
	if (!status)
		status = take_all(dump, &list, &own, err);
	free(list.candidates);
	if (status)
		pyprof_dump_destroy(dump);
	else
		*out = dump;
	return status;
}

void pyprof_dump_destroy(struct pyprof_dump *dump)
{
	if (!dump)
		return;
	for (size_t i = 0; i < dump->all.n; i++)
		snapshot_destroy(dump->all.processes[i]);
	free(dump->all.processes);
	free(dump->all.failed);
	free(dump);
}
