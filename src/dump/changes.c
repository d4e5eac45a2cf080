/* SPDX-License-Identifier: MIT */
#include "dump/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

/* Less than this share of the time, in percent, is waking up now and then, and no work.
 */
#define IDLE_PERCENT 1

struct changes *changes_create(void)
{
	return calloc(1, sizeof(struct changes));
}

static void drop_frames(struct changes_thread *thread, size_t from)
{
	for (size_t i = from; i < thread->n_common; i++) {
		free(thread->common[i].function);
		free(thread->common[i].file);
	}
	if (from < thread->n_common)
		thread->n_common = from;
}

void changes_destroy(struct changes *changes)
{
	if (!changes)
		return;
	for (size_t i = 0; i < changes->n; i++) {
		drop_frames(&changes->threads[i], 0);
		free(changes->threads[i].common);
		free(changes->threads[i].last);
		free(changes->threads[i].name);
	}
	for (size_t i = 0; i < changes->n_processes; i++) {
		free(changes->processes[i].command);
		free(changes->processes[i].cwd);
	}
	free(changes->processes);
	free(changes->threads);
	free(changes);
}

static bool is_thread(const struct changes_thread *known, pid_t pid,
		      const struct snapshot_thread *thread)
{
	return known->pid == pid && known->tid == thread->tid &&
	       known->ident == thread->ident;
}

/* They mostly come in the order that they had: `hint` is where the next one is to be
 * expected. */
static size_t find(const struct changes *changes, pid_t pid,
		   const struct snapshot_thread *thread, size_t hint)
{
	for (size_t i = 0; i < changes->n; i++) {
		size_t at = (hint + i) % changes->n;

		if (is_thread(&changes->threads[at], pid, thread))
			return at;
	}
	return SNAPSHOT_NONE;
}

const struct changes_thread *changes_of(const struct changes *changes, pid_t pid,
					const struct snapshot_thread *thread,
					size_t *hint)
{
	size_t at = find(changes, pid, thread, *hint);

	if (at == SNAPSHOT_NONE)
		return NULL;
	*hint = at + 1;
	return &changes->threads[at];
}

/* ---- stacks ---------------------------------------------------------------------- */

static bool is_whole(const struct snapshot_thread *thread)
{
	return !thread->failed && !thread->truncated && !thread->rootless;
}

/* What the first whole look saw is what all have in common, until another one comes. */
static bool keep_all(struct changes_thread *known, const struct snapshot_thread *thread)
{
	known->common = calloc(thread->n_frames + 1, sizeof(*known->common));
	if (!known->common)
		return false;
	for (size_t i = 0; i < thread->n_frames; i++) {
		const struct snapshot_frame *frame = &thread->frames[i];
		struct changes_frame *kept = &known->common[i];

		*kept = (struct changes_frame){ .code = frame->code,
						.address = frame->address,
						.line = frame->line,
						.last_line = frame->line };
		known->n_common = i + 1;
		kept->function = strdup(frame->function ? frame->function : "");
		kept->file = strdup(frame->file ? frame->file : "");
		if (!kept->function || !kept->file)
			return false;
	}
	return true;
}

/* What is in common with one more stack: a call that went on in another line ends it. */
static void keep_common(struct changes_thread *known,
			const struct snapshot_thread *thread)
{
	size_t n =
		known->n_common < thread->n_frames ? known->n_common : thread->n_frames;

	for (size_t i = 0; i < n; i++) {
		const struct snapshot_frame *frame = &thread->frames[i];
		struct changes_frame *kept = &known->common[i];

		if (frame->code != kept->code || frame->address != kept->address ||
		    strcmp(frame->function ? frame->function : "", kept->function) != 0) {
			n = i;
			break;
		}
		if (frame->line == kept->line && frame->line == kept->last_line)
			continue;
		if (frame->line < kept->line)
			kept->line = frame->line;
		if (frame->line > kept->last_line)
			kept->last_line = frame->line;
		n = i + 1;
		break;
	}
	drop_frames(known, n);
}

static bool same_as_last(const struct changes_thread *known,
			 const struct snapshot_thread *thread)
{
	if (!known->last || known->n_last != thread->n_frames)
		return false;
	for (size_t i = 0; i < thread->n_frames; i++) {
		const struct snapshot_frame *frame = &thread->frames[i];
		const struct changes_call *last = &known->last[i];

		if (frame->address != last->address || frame->code != last->code ||
		    frame->line != last->line)
			return false;
	}
	return true;
}

static bool keep_last(struct changes_thread *known, const struct snapshot_thread *thread)
{
	struct changes_call *last = calloc(thread->n_frames + 1, sizeof(*last));

	if (!last)
		return false;
	for (size_t i = 0; i < thread->n_frames; i++) {
		const struct snapshot_frame *frame = &thread->frames[i];

		last[i] =
			(struct changes_call){ frame->address, frame->code, frame->line };
	}
	free(known->last);
	known->last = last;
	known->n_last = thread->n_frames;
	return true;
}

/* ---- verdicts -------------------------------------------------------------------- */

/* Did it do nothing in the time of all looks? Where its CPU time is not known its states
 * tell. */
static bool is_idle(const struct changes_thread *known)
{
	uint64_t time = known->last_ns - known->first_ns;

	if (!known->cpu_known)
		return !known->ran;
	return known->cpu_last - known->cpu_first <= time / 100 * IDLE_PERCENT;
}

/* Where nobody counts how often it got a CPU, its CPU time has to do. */
static bool is_woken(const struct changes_thread *known)
{
	return known->woken_known && known->woken > 0;
}

static enum changes_verdict judge(const struct changes_thread *known)
{
	if (known->looks < 2)
		return CHANGES_NEW;
	if (known->moved && !known->leaf_stays)
		return CHANGES_MOVING;
	if (known->missing || !known->last)
		return CHANGES_UNKNOWN;
	if (known->moved)
		return CHANGES_SLOW;
	if (!is_idle(known))
		return CHANGES_BUSY;
	return is_woken(known) ? CHANGES_WAITING : CHANGES_STUCK;
}

const char *changes_verdict_name(enum changes_verdict verdict)
{
	switch (verdict) {
	case CHANGES_NEW:
		return "new";
	case CHANGES_STUCK:
		return "stuck";
	case CHANGES_WAITING:
		return "waiting";
	case CHANGES_BUSY:
		return "busy";
	case CHANGES_SLOW:
		return "slow";
	case CHANGES_MOVING:
		return "moving";
	case CHANGES_UNKNOWN:
		break;
	}
	return "unknown";
}

/* ---- a look ---------------------------------------------------------------------- */

/* Compares its stack with those before, and keeps it as the last one. */
static bool take_stack(struct changes_thread *known, const struct snapshot_thread *thread,
		       uint64_t now)
{
	bool first = !known->last;

	if (!is_whole(thread)) {
		known->missing = true;
		known->same = 0;
		return true;
	}
	if (first && !keep_all(known, thread))
		return false;
	if (!first)
		keep_common(known, thread);
	if (known->same && same_as_last(known, thread)) {
		known->same++;
		return true;
	}
	known->moved |= !first && !same_as_last(known, thread);
	known->leaf_stays =
		known->n_common == thread->n_frames &&
		(first || (known->leaf_stays && known->n_last == thread->n_frames));
	known->same = 1;
	known->since_ns = now;
	known->woken_same = 0;
	known->cpu_since = thread->cpu_ns;
	return keep_last(known, thread);
}

/* A thread that we paused gets a CPU when it goes on, and perhaps to come to a stop. */
#define SWITCHES_PAUSED 2

/*
 * A thread that slept all the while has the same count: no look touches who sleeps.
 */
static void take_switches(struct changes_thread *known,
			  const struct snapshot_thread *thread, bool first)
{
	uint64_t n = 0, ours = 0;

	known->woken_known &= thread->switches_known &&
			      thread->switches >= known->switches_last;
	if (!first && known->woken_known)
		n = thread->switches - known->switches_last;
	if (thread->paused || known->paused_last)
		ours = n < SWITCHES_PAUSED ? n : SWITCHES_PAUSED;
	known->woken += n - ours;
	known->woken_same += n - ours;
	known->switches_last = thread->switches;
	known->paused_last = thread->paused;
}

static bool take_thread(struct changes *changes, const struct snapshot *snapshot,
			const struct snapshot_thread *thread, size_t *hint)
{
	size_t at = find(changes, snapshot->pid, thread, *hint);
	struct changes_thread *known;
	uint64_t now = snapshot->taken_ns;

	if (at == SNAPSHOT_NONE) {
		if (!array_grow(changes->threads, changes->n, changes->cap))
			return false;
		at = changes->n;
		known = &changes->threads[at];
		*known = (struct changes_thread){ .pid = snapshot->pid,
						  .tid = thread->tid,
						  .ident = thread->ident,
						  .first_look = changes->looks,
						  .first_ns = now,
						  .cpu_first = thread->cpu_ns,
						  .cpu_last = thread->cpu_ns,
						  .cpu_known = true,
						  .woken_known = true };
		changes->n++;
	}
	known = &changes->threads[at];
	*hint = at + 1;
	free(known->name);
	known->name = strdup(thread->name ? thread->name : "");
	known->looks++;
	known->last_seen = changes->looks;
	known->last_ns = now;
	known->ran |= thread->state == SNAPSHOT_RUNNING;
	known->cpu_known &= thread->cpu_known && thread->cpu_ns >= known->cpu_last;
	known->cpu_before = known->cpu_last;
	known->cpu_last = thread->cpu_ns;
	take_switches(known, thread, known->looks == 1);
	if (!known->name || !take_stack(known, thread, now))
		return false;
	known->verdict = judge(known);
	return true;
}

static bool take_process(struct changes *changes, const struct snapshot *snapshot)
{
	struct changes_process *process;
	size_t i = 0;

	while (i < changes->n_processes && changes->processes[i].pid != snapshot->pid)
		i++;
	if (i == changes->n_processes) {
		if (!array_grow(changes->processes, changes->n_processes,
				changes->cap_processes))
			return false;
		changes->processes[changes->n_processes++] =
			(struct changes_process){ .pid = snapshot->pid };
	}
	process = &changes->processes[i];
	process->last_seen = changes->looks;
	if (!process->command)
		process->command = strdup(snapshot->command ? snapshot->command : "");
	if (!process->cwd)
		process->cwd = strdup(snapshot->cwd ? snapshot->cwd : "");
	return process->command && process->cwd;
}

enum pyprof_status changes_add(struct changes *changes, const struct snapshots *snapshots,
			       struct pyprof_error *err)
{
	size_t hint = 0;

	changes->looks++;
	for (size_t i = 0; i < snapshots->n; i++) {
		const struct snapshot *snapshot = snapshots->processes[i];

		if (!take_process(changes, snapshot))
			return error_nomem(err);
		if (!changes->first_ns)
			changes->first_ns = snapshot->taken_ns;
		if (changes->last_ns < snapshot->taken_ns)
			changes->last_ns = snapshot->taken_ns;
		for (size_t j = 0; j < snapshot->n_threads; j++)
			if (!take_thread(changes, snapshot, &snapshot->threads[j], &hint))
				return error_nomem(err);
	}
	return PYPROF_OK;
}
