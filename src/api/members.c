/* SPDX-License-Identifier: MIT */
#include "api/members.h"

#include <stdlib.h>
#include <time.h>

#include "api/mappings.h"
#include "base/array.h"
#include "base/clock.h"
#include "base/log.h"
#include "target/pause.h"

/* Whether a sampled process is still itself is asked this often. */
#define CHECK_NS 50000000u
/* What is late in the end is waited for so long; who waits for the program goes on with it. */
#define SETTLE_MAX_NS 500000000u

void members_init(struct members *members, struct profile *profile,
		  const struct sampler_opts *opts)
{
	*members = (struct members){ .profile = profile, .opts = *opts };
}

void members_deinit(struct members *members)
{
	for (size_t i = 0; i < members->n; i++)
		member_destroy(members->members[i]);
	free(members->members);
	processes_destroy(members->table);
	*members = (struct members){ 0 };
}

enum pyprof_status members_add(struct members *members, pid_t pid, uint64_t start_time,
			       uint64_t now_ns, struct member **out, struct pyprof_error *err)
{
	struct member *member;

	if (!array_grow(members->members, members->n, members->cap))
		return error_nomem(err);
	member = member_create(pid, start_time, now_ns);
	if (!member)
		return error_nomem(err);
	members->members[members->n++] = member;
	if (out)
		*out = member;
	return PYPROF_OK;
}

struct member *members_find(const struct members *members, pid_t pid)
{
	for (size_t i = 0; i < members->n; i++)
		if (members->members[i]->pid == pid && members->members[i]->state != MEMBER_OVER)
			return members->members[i];
	return NULL;
}

static enum pyprof_status need_table(struct members *members, struct pyprof_error *err)
{
	return members->table ? PYPROF_OK : processes_create(&members->table, "/proc", err);
}

enum pyprof_status members_follow(struct members *members, pid_t pid, struct pyprof_error *err)
{
	enum pyprof_status status = need_table(members, err);

	return status ? status : processes_follow(members->table, pid, err);
}

enum pyprof_status members_match(struct members *members, const char *pattern, bool descendants,
				 struct pyprof_error *err)
{
	enum pyprof_status status = need_table(members, err);

	return status ? status : processes_match(members->table, pattern, descendants, err);
}

void members_set_idle(struct members *members, bool include_idle)
{
	members->opts.include_idle = include_idle;
	for (size_t i = 0; i < members->n; i++)
		if (members->members[i]->sampler)
			sampler_set_idle(members->members[i]->sampler, include_idle);
}

void members_leave_out(struct members *members, pid_t pid)
{
	if (members->table)
		processes_leave_out(members->table, pid);
}

/* Who has come? */
static enum pyprof_status meet(struct members *members, uint64_t now_ns)
{
	struct process process;

	if (!members->table)
		return PYPROF_OK;
	/* What could not be seen now will be at the next refresh. */
	if (processes_refresh(members->table, now_ns, NULL) == PYPROF_ERR_NOMEM)
		return PYPROF_ERR_NOMEM;
	while (processes_next(members->table, &process)) {
		log_info("PID %d, started by PID %d", (int)process.pid, (int)process.ppid);
		if (members_add(members, process.pid, process.start_time, now_ns, NULL, NULL))
			return PYPROF_ERR_NOMEM;
	}
	return PYPROF_OK;
}

/* That one has ended, or is no Python, is nothing to tell of; that we may not read it is. */
static void note_unread(struct members *members, const struct member *member,
			const struct pyprof_error *why)
{
	if (member->state != MEMBER_OVER || member->why == PYPROF_ERR_GONE ||
	    member->why == PYPROF_ERR_NO_PROCESS || member->why == PYPROF_ERR_NOT_PYTHON)
		return;
	members->unread = *why;
}

/* It is over, but lives: we may not read it, or cannot. */
static bool is_unread(const struct member *member)
{
	return member->state == MEMBER_OVER && member->why != PYPROF_ERR_GONE &&
	       member->why != PYPROF_ERR_NO_PROCESS;
}

/* Who starts a thousand processes a second is not to fill our memory. */
static void drop_over(struct members *members)
{
	size_t kept = 1;

	for (size_t i = 1; i < members->n; i++) {
		struct member *member = members->members[i];

		if (member->state != MEMBER_OVER) {
			members->members[kept++] = member;
			continue;
		}
		members->n_recorded += member->recorded;
		members->n_missed += !member->recorded;
		members->unread_alive |= is_unread(member);
		member_destroy(member);
	}
	if (members->n)
		members->n = kept;
}

enum pyprof_status members_begin(struct members *members, uint64_t now_ns)
{
	enum pyprof_status status = meet(members, now_ns);

	for (size_t i = 0; i < members->n; i++)
		members->members[i]->try_ns = now_ns;
	return status ? status : members_tend(members, now_ns);
}

enum pyprof_status members_tend(struct members *members, uint64_t now_ns)
{
	enum pyprof_status status = meet(members, now_ns);
	bool check = now_ns - members->checked_ns >= CHECK_NS;
	struct pyprof_error why;

	if (check)
		members->checked_ns = now_ns;
	for (size_t i = 0; i < members->n && !status; i++) {
		struct member *member = members->members[i];

		if (check)
			member_check(member, now_ns, &members->retired);
		if (member->state != MEMBER_SOUGHT)
			continue;
		status = member_seek(member, members->profile, &members->opts, now_ns, &why);
		note_unread(members, member, &why);
	}
	if (check)
		drop_over(members);
	return status;
}

bool members_alive(const struct members *members)
{
	bool unread = members->unread_alive;

	for (size_t i = 0; i < members->n; i++) {
		if (members->members[i]->state != MEMBER_OVER)
			return true;
		unread |= is_unread(members->members[i]);
	}
	/* What we may not read, or cannot, may have children that we can. The table is slower. */
	return unread && members->table && processes_alive(members->table) > 0;
}

size_t members_sampled(const struct members *members)
{
	size_t n = 0;

	for (size_t i = 0; i < members->n; i++)
		n += members->members[i]->state == MEMBER_SAMPLED;
	return n;
}

enum pyprof_status members_tick(struct members *members, uint64_t now_ns, uint64_t ticks,
				uint64_t *answered)
{
	enum pyprof_status status = PYPROF_OK;

	*answered = 1;
	for (size_t i = 0; i < members->n && !status; i++) {
		uint64_t n;

		if (members->members[i]->state != MEMBER_SAMPLED)
			continue;
		status = sampler_tick(members->members[i]->sampler, now_ns, ticks, &n);
		if (n > *answered)
			*answered = n;
	}
	return status;
}

bool members_settle(struct members *members)
{
	bool soon = pausers_release_left();

	for (size_t i = 0; i < members->n; i++)
		if (members->members[i]->state == MEMBER_SAMPLED)
			soon |= sampler_settle(members->members[i]->sampler);
	return soon;
}

void members_finish(struct members *members, uint64_t now_ns, bool named)
{
	const struct timespec pause = { .tv_nsec = 200000 };

	for (size_t i = 0; i < members->n; i++) {
		struct member *member = members->members[i];

		if (member->state != MEMBER_SAMPLED)
			continue;
		sampler_finish(member->sampler, now_ns);
		if (named)
			sampler_name_threads(member->sampler, now_ns, true);
	}
	/* What was asked to stop is let go before anything else is done, which may take long. */
	while (members_settle(members) && clock_monotonic_ns() - now_ns < SETTLE_MAX_NS)
		nanosleep(&pause, NULL);
	/* Modules that were loaded meanwhile; where memory is short they are left out. */
	for (size_t i = 0; i < members->n; i++)
		if (members->members[i]->state == MEMBER_SAMPLED)
			mappings_add(members->profile, members->members[i]->target);
}

void members_stats(const struct members *members, struct pyprof_stats *stats)
{
	member_add_stats(stats, &members->retired);
	stats->processes = members->n_recorded;
	stats->processes_missed = members->n_missed;
	for (size_t i = 0; i < members->n; i++) {
		const struct member *member = members->members[i];

		stats->processes += member->recorded;
		stats->processes_missed += !member->recorded && member->state == MEMBER_OVER;
		if (member->sampler)
			member_add_stats(stats, sampler_stats(member->sampler));
	}
}
