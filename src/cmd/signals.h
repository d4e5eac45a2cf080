/* SPDX-License-Identifier: MIT */
/*
 * Signals while recording.
 *
 * A process that we attached to: INT, TERM and HUP end the recording, and the profile is
 * written. A program that we launched: it is the one that is meant. What the kernel sends (a
 * terminal's Ctrl-C, Ctrl-\ and hang-up) reached it already with its process group; what a
 * process sent to us alone (kill, a supervisor) is passed on. Either way we go on until it ends.
 *
 * USR1 asks us to write what there is so far. A program that we launched gets it too, as it may be
 * the one that is meant, but only where it catches or blocks it: any other would be ended by it.
 *
 * Signals that were ignored when we were started stay ignored (nohup, background jobs of
 * scripts). There is one recording in a process: the state is the file's own. Handlers
 * call only what is async-signal-safe.
 */
#ifndef PYPROF_CMD_SIGNALS_H
#define PYPROF_CMD_SIGNALS_H

#include <stdbool.h>
#include <sys/types.h>

#include "libpyprof.h"

/*
 * A pipe that nobody reads, a file that grows beyond the limit: the write fails and is told of,
 * and does not end us with a half-written file behind. Programs that we launch do not inherit it.
 */
void signals_spare_writes(void);

/* From now on USR1 is kept, for signals_write_asked(). */
void signals_catch_write(void);

/* Has USR1 come since the last call? */
bool signals_write_asked(void);

/* For a process that was forked to write, with all signals blocked: none of ours ends it. */
void signals_in_writer(void);

/* From now on INT, TERM and HUP stop `recorder`. */
void signals_stop(struct pyprof_recorder *recorder);

/* From now on INT, TERM and HUP call this; `fn` NULL: they do nothing. */
void signals_call(void (*fn)(void *arg), void *arg);

/* The last one that did; 0: none. */
int signals_called_by(void);

/* It is about to be destroyed: signals that come yet do nothing. */
void signals_recorder_gone(void);

/* A child is about to be launched: signals are kept until its id is known… */
void signals_hold(void);

/* …and passed on, those kept and all later ones. */
void signals_pass_on(pid_t child);

/* The child has ended: its id may soon be somebody else's. */
void signals_child_ended(void);

/* May INT, TERM and HUP end us now? (Nothing is left behind by that.) */
void signals_may_end(bool yes);

#endif
