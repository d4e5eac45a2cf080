/* SPDX-License-Identifier: MIT */
/*
 * Which processes there are, who is whose child, and which of them are wanted: those that come from
 * a process that is followed, and those whose command line matches a pattern.
 *
 * Made to be asked between samples. A refresh is one system call (2 us) where nothing was forked,
 * and one stat file more for each fork (30 us), whatever else runs on the machine: the kernel says
 * which number it gave last (pid_counter.h), so only the numbers given since are looked at. They
 * are looked at once more 50 ms later, since a number is given before its process can be seen.
 * Beside that /proc is listed, once a second, in parts of 680 processes every 100 ms: what is not
 * in it any more is dropped, and what is wanted is looked at anew. All at once is listed only by
 * the first refresh, after a break of a second, and where the kernel does not tell the number
 * (1 us a process, 15 us one that is not known). Nothing is allocated while no more processes are
 * there than before, but by regexec(3).
 *
 * A child belongs to the parent that it has when it is first seen, and what is followed stays so
 * until it ends, by whomever it is adopted, whatever it executes; its own children are followed
 * too. A process that was orphaned before it was first seen does not tell its parent any more. It
 * is followed if its session is led by a process that is followed: nobody gets into a session but
 * by being forked in it. Its process group proves nothing, as a shell makes one group of what it
 * starts in one line: the neighbours of a followed process in a pipeline are not its children. So
 * what is missed is a process whose parent ended within ms of the fork and was not seen itself
 * (`sh -c 'command &'`, a daemon that forks twice), in a session that is not ours. And an orphan
 * not seen before passes for a child of the followed process that adopts it: init, or one that
 * asked for orphans by prctl(2).
 *
 * A number that is given again is noticed, as it is among those given since. If somebody chose it
 * (see pid_counter.h) a new process is found by the next listing, and one in the place of another
 * is noticed then if the other was wanted.
 *
 * A process that we may not look at (hidepid) is not there, or has no parent that we know of, until
 * we may. This process itself is never wanted, nor what it starts unless it is followed. The owner
 * calls processes_destroy(). One thread at a time.
 */
#ifndef PYPROF_TARGET_PROCESSES_H
#define PYPROF_TARGET_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct process {
	pid_t pid;
	pid_t ppid;	     /* the parent when it was first seen; 0: none in our namespace */
	uint64_t start_time; /* clock ticks after boot, as in struct target; 0 unknown */
};

struct process_table;

/*
 * `proc` is where proc(5) is mounted: "/proc". Nothing is looked at yet.
 * Errors: IO (it cannot be opened, or shows another PID namespace than ours), NOMEM.
 */
enum pyprof_status processes_create(struct process_table **out, const char *proc,
				    struct pyprof_error *err);
void processes_destroy(struct process_table *table); /* NULL is fine */

/*
 * Wants the process `pid` and, from the next refresh on, all that comes from it, also what it has
 * started before: as far as all between are alive, or were when they were first seen, so the
 * earlier the better. processes_next() does not tell it, as the caller knows it, and holds it so
 * that the number stays its own (a pidfd asked afterwards, a child that was not waited for).
 * Errors: NO_PROCESS (also for a thread), IO, NOMEM.
 */
enum pyprof_status processes_follow(struct process_table *table, pid_t pid,
				    struct pyprof_error *err);

/*
 * Wants every process whose command line matches (see process_pattern.h), with `descendants` also
 * all that comes from it. A process is tried when it is first seen, 10 ms later, 20 ms after that,
 * 40, and so on, since most execute another program soon after their fork; then each second, 500
 * processes a second at most. Until its exec a child has the command line of its parent: children
 * of a match may be told which then become something else. What matched once stays wanted. A
 * second pattern takes the place of the first.
 * Errors: USAGE (see process_pattern_create()), NOMEM; then the one before stays.
 */
enum pyprof_status processes_match(struct process_table *table, const char *regex,
				   bool descendants, struct pyprof_error *err);

/* From now on this one is not wanted for its parent or its command line; 0: any may be. */
void processes_leave_out(struct process_table *table, pid_t pid);

/*
 * Looks what has changed. `now_ns` is of clock_monotonic_ns(). May be called as often as one
 * likes: within 10 ms of the last look (50 ms where each lists /proc) it does nothing. A process
 * that cannot be looked at is no error. Errors: IO (no descriptor left), NOMEM; the table is as
 * good as before, and the next refresh makes up for it.
 */
enum pyprof_status processes_refresh(struct process_table *table, uint64_t now_ns,
				     struct pyprof_error *err);

/*
 * The next wanted process that was not told yet; false where there is none. It lived at the last
 * look; zombies are not told. To be called after each refresh until it says false. That a target
 * opened by that number is this process, its start_time says.
 */
bool processes_next(struct process_table *table, struct process *out);

/*
 * How many wanted processes live, followed ones themselves included, also those that run no Python:
 * while one does, another may come. Ends are noticed within 1.2 s, and 0.1 s more for every 680
 * processes on the machine. Looks at the table only.
 */
size_t processes_alive(const struct process_table *table);

#endif
