/* SPDX-License-Identifier: MIT */
/* The processes of a recording. Private to api/. */
#ifndef PYPROF_API_MEMBERS_H
#define PYPROF_API_MEMBERS_H

#include "api/member.h"
#include "target/processes.h"

struct members {
	struct member **members; /* in the order of their coming; the first stays when it is over */
	size_t n, cap;
	uint32_t n_recorded, n_missed; /* of those that are over and gone from the list */
	bool unread_alive; /* one of them was left alone as it could not be read */
	struct process_table *table; /* where others may come; else NULL */
	struct profile *profile;     /* not owned */
	struct sampler_opts opts;
	struct pyprof_stats retired; /* of samplers that are gone */
	struct pyprof_error unread;  /* why the last one that lives cannot be read; status OK: none */
	uint64_t checked_ns;
};

void members_init(struct members *members, struct profile *profile,
		  const struct sampler_opts *opts);
void members_deinit(struct members *members);

/* Adds a process; *out (may be NULL) is valid until members_tend(). Errors: NOMEM. */
enum pyprof_status members_add(struct members *members, pid_t pid, uint64_t start_time,
			       uint64_t now_ns, struct member **out, struct pyprof_error *err);

/* The one with this number that is not over; NULL: there is none. */
struct member *members_find(const struct members *members, pid_t pid);

/* From now on their children are looked for. Errors: those of processes_follow(). */
enum pyprof_status members_follow(struct members *members, pid_t pid, struct pyprof_error *err);

/* From now on all processes that match are. Errors: those of processes_match(). */
enum pyprof_status members_match(struct members *members, const char *pattern, bool descendants,
				 struct pyprof_error *err);

/* Threads that wait are looked at from the next tick on, or not any more; of those to come, too. */
void members_set_idle(struct members *members, bool include_idle);

/* That process is not met; 0: any is. */
void members_leave_out(struct members *members, pid_t pid);

/*
 * As members_tend(), for the first time: who is there already is not given time to become Python.
 * Errors: NOMEM.
 */
enum pyprof_status members_begin(struct members *members, uint64_t now_ns);

/*
 * What is to be done between ticks: sees who has come, seeks interpreters, and notices ends. Soon
 * enough if called every MEMBERS_TEND_NS. Errors: NOMEM.
 */
#define MEMBERS_TEND_NS 10000000u
enum pyprof_status members_tend(struct members *members, uint64_t now_ns);

/* May anything of interest still come: is one sampled, or sought, or lives? */
bool members_alive(const struct members *members);

/* How many are sampled now. */
size_t members_sampled(const struct members *members);

/* One tick for all. See sampler_tick(). */
enum pyprof_status members_tick(struct members *members, uint64_t now_ns, uint64_t ticks,
				uint64_t *answered);

/* Does one of them have to be settled within half a millisecond? */
bool members_settle(struct members *members);

/* The recording is over: `named`: ask once more what the threads are called. */
void members_finish(struct members *members, uint64_t now_ns, bool named);

/* Adds up what all have counted. */
void members_stats(const struct members *members, struct pyprof_stats *stats);

#endif
