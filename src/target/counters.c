/* SPDX-License-Identifier: MIT */
/*
 * All counters of a thread are one group of the kernel's where that is possible: one read then
 * gives all of them, of one moment. A hardware counter leads, since only a group that it leads may
 * hold both kinds from the start. Such a group counts as a whole or not at all, so one that
 * asks for more than the processor has would stay at 0 for ever. Then each hardware counter is a
 * group of its own and they take turns, and the software counters are another, which always
 * counts.
 *
 * Of a counter that takes turns the kernel tells for how long it was meant to count and for how
 * long it did. What it counted between two reads is taken for the share of that time, and
 * estimated up. Estimating from the totals would be steadier, but could go backwards, and would
 * book on this sample what is news of earlier ones.
 */
#include "target/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "target/counter_error.h"
#include "target/counter_event.h"
#include "target/procfs.h"

/* How long a group may wait for its first turn before we say that it never gets one. */
#define PROBE_NS 50000000u
/* An estimate from less than an 8th of the time waits for more, unless it is from this much. */
#define ENOUGH_SHARE 8
#define ENOUGH_NS    100000u

/* ---- opening ------------------------------------------------------------------------ */

static bool is_hardware(const struct counter *row)
{
	return row->type != PERF_TYPE_SOFTWARE;
}

/* The first of the kind; where there is none, `otherwise`. */
static size_t first_of(const struct counter_set *set, bool hardware, size_t otherwise)
{
	for (size_t i = 0; i < set->n; i++)
		if (is_hardware(set->rows[i]) == hardware)
			return i;
	return otherwise;
}

/* Who leads whom. */
static void lay_out(const struct counter_set *set, struct counter_slot *slots)
{
	size_t together = first_of(set, true, 0), software = first_of(set, false, 0);

	for (size_t i = 0; i < set->n; i++) {
		bool hardware = is_hardware(set->rows[i]);
		size_t leader = !set->apart ? together : hardware ? i : software;

		slots[i] = (struct counter_slot){
			.fd = -1, .leader = (uint8_t)leader, .hardware = hardware
		};
	}
}

static void close_slots(struct counter_slot *slots, size_t n)
{
	/* Leaders last: their members would each become a group of their own. */
	for (int leaders = 0; leaders <= 1; leaders++)
		for (size_t i = 0; i < n; i++)
			if ((slots[i].leader == i) == leaders && slots[i].fd >= 0) {
				close(slots[i].fd);
				slots[i].fd = -1;
			}
}

/* 0, or the errno of the row set->rows[*failed]; then nothing is open. */
static int open_slots(struct counter_slot *slots, const struct counter_set *set, pid_t tid,
		      size_t *failed)
{
	lay_out(set, slots);
	for (int leaders = 1; leaders >= 0; leaders--)
		for (size_t i = 0; i < set->n; i++) {
			struct counter_slot *slot = &slots[i];

			if ((slot->leader == i) != leaders)
				continue;
			slot->fd = counter_event_open(set->rows[i], tid, slots[slot->leader].fd,
						      set->user_only);
			if (slot->fd < 0) {
				int os_errno = errno;

				*failed = i;
				close_slots(slots, set->n);
				return os_errno;
			}
		}
	return 0;
}

/* ---- reading ------------------------------------------------------------------------ */

/* What `count`, made in `running` of `enabled` ns, comes to in all of them. */
static uint64_t estimate(uint64_t count, uint64_t enabled, uint64_t running)
{
	unsigned __int128 whole = count;

	if (running >= enabled)
		return count;
	whole = whole * enabled / running;
	return whole > UINT64_MAX ? UINT64_MAX : (uint64_t)whole;
}

static bool is_enough(uint64_t enabled, uint64_t running)
{
	return running >= ENOUGH_NS || (running && running >= enabled / ENOUGH_SHARE);
}

static uint64_t growth(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* Takes over what the kernel says of one slot. */
static void take_count(struct counter_slot *slot, uint64_t raw, uint64_t enabled, uint64_t running)
{
	uint64_t more = growth(raw, slot->raw);

	slot->value += estimate(more, enabled, running);
	slot->raw += more;
}

/*
 * `said`: the number of members, times enabled and running, and a count each: the leader's, then
 * the others' as they were opened. True where the thread has run since the read before.
 */
static bool take_group(struct counter_slot *slots, size_t n, size_t leader, const uint64_t *said)
{
	struct counter_slot *lead = &slots[leader];
	uint64_t enabled = growth(said[1], lead->enabled);
	uint64_t running = growth(said[2], lead->running);
	bool moved = said[1] > lead->seen;
	const uint64_t *counts = said + 3;

	lead->seen = said[1];
	if (!lead->hardware)
		running = enabled; /* it takes no turns */
	else if (!is_enough(enabled, running))
		return moved;
	take_count(lead, *counts++, enabled, running);
	for (size_t i = 0; i < n; i++)
		if (i != leader && slots[i].leader == leader)
			take_count(&slots[i], *counts++, enabled, running);
	lead->enabled = said[1];
	lead->running = said[2];
	return moved;
}

static size_t n_members(const struct counter_slot *slots, size_t n, size_t leader)
{
	size_t members = 0;

	for (size_t i = 0; i < n; i++)
		members += slots[i].leader == leader;
	return members;
}

/* True where the thread has run since the read before. */
static bool read_slots(struct counter_slot *slots, size_t n)
{
	bool moved = false;

	for (size_t i = 0; i < n; i++) {
		uint64_t said[3 + COUNTERS_MAX];
		size_t bytes;

		if (slots[i].leader != i)
			continue;
		bytes = (3 + n_members(slots, n, i)) * sizeof(*said);
		if (read(slots[i].fd, said, sizeof(said)) == (ssize_t)bytes)
			moved |= take_group(slots, n, i, said);
	}
	return moved;
}

/* Is it still a thread of this process? In doubt (no descriptor left): yes. */
static bool thread_lives(int proc_fd, pid_t tid)
{
	struct proc_stat stat;
	char path[40];

	snprintf(path, sizeof(path), "task/%d/stat", tid);
	if (!proc_stat_read(&stat, proc_fd, path))
		return errno != ENOENT && errno != ESRCH;
	return stat.state != 'Z' && stat.state != 'X';
}

/*
 * A counter outlives its thread and does not tell. But it only stands still where the thread
 * does: so whoever has run since last time lives, or has lived, and of the others we ask.
 */
bool counters_read(struct counter_group *group, uint64_t *values)
{
	bool moved = read_slots(group->slots, group->n);

	for (size_t i = 0; i < group->n; i++)
		values[i] = group->slots[i].value;
	return moved || thread_lives(group->proc_fd, group->tid);
}

/* ---- what may be counted ------------------------------------------------------------- */

static int try_open(const struct counter_set *set, pid_t tid, size_t *failed)
{
	struct counter_slot slots[COUNTERS_MAX];
	int os_errno = open_slots(slots, set, tid, failed);

	if (!os_errno)
		close_slots(slots, set->n);
	return os_errno;
}

static bool is_refusal(int os_errno)
{
	return os_errno == EACCES || os_errno == EPERM;
}

/*
 * Some processors refuse a group that is too large at once (EINVAL). Others do not see that one
 * of their counters is taken for good, as by the watchdog: so see whether it ever gets its turn,
 * on this thread, which can be made to run.
 */
static bool fits_at_once(const struct counter_set *set)
{
	struct counter_slot slots[COUNTERS_MAX];
	size_t leader = first_of(set, true, 0), failed;
	uint64_t begin = clock_monotonic_ns();
	bool ran;

	if (open_slots(slots, set, 0, &failed))
		return true;
	do {
		read_slots(slots, set->n);
		ran = slots[leader].running > 0;
	} while (!ran && clock_monotonic_ns() - begin < PROBE_NS);
	close_slots(slots, set->n);
	return ran;
}

static bool may_not_fit(const struct counter_set *set)
{
	return set->n > 1 && first_of(set, true, set->n) < set->n;
}

/* A row that gives nothing where only user space is counted; set->n: none. */
static size_t first_in_kernel(const struct counter_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->rows[i]->in_kernel)
			return i;
	return set->n;
}

static enum pyprof_status error_image(struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_UNSUPPORTED, "a recorded image has no counters");
}

enum pyprof_status counters_check(struct counter_set *set, const struct target *target,
				  struct pyprof_error *err)
{
	size_t failed = 0;
	int os_errno;

	set->user_only = set->apart = false;
	if (!target_lives(target))
		return error_image(err);
	os_errno = try_open(set, target->mem_tid, &failed);
	if (is_refusal(os_errno)) {
		set->user_only = true;
		os_errno = try_open(set, target->mem_tid, &failed);
	}
	if (os_errno == EINVAL && may_not_fit(set)) {
		set->apart = true;
		os_errno = try_open(set, target->mem_tid, &failed);
	}
	if (os_errno)
		return counter_explain(set, failed, target->pid, target->mem_tid, os_errno, err);
	failed = first_in_kernel(set);
	if (set->user_only && failed < set->n)
		return counter_explain(set, failed, target->pid, target->mem_tid, EACCES, err);
	if (!set->apart && may_not_fit(set))
		set->apart = !fits_at_once(set);
	return PYPROF_OK;
}

/* ---- a thread ------------------------------------------------------------------------ */

enum pyprof_status counter_group_open(struct counter_group *group, const struct counter_set *set,
				      const struct target *target, pid_t tid,
				      struct pyprof_error *err)
{
	size_t failed = 0;
	int os_errno;

	*group = (struct counter_group){ .tid = tid, .proc_fd = target->proc_fd };
	if (!target_lives(target))
		return error_image(err);
	os_errno = open_slots(group->slots, set, tid, &failed);
	if (os_errno)
		return counter_explain(set, failed, target->pid, tid, os_errno, err);
	group->n = set->n;
	/* It was opened by number, and may be the thread of another process by now. */
	if (!thread_lives(group->proc_fd, tid)) {
		counter_group_close(group);
		return counter_explain(set, failed, target->pid, tid, ESRCH, err);
	}
	return PYPROF_OK;
}

void counter_group_close(struct counter_group *group)
{
	close_slots(group->slots, group->n);
	group->n = 0;
}
