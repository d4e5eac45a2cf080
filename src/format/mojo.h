/* SPDX-License-Identifier: MIT */
/*
 * MOJO, what Austin records since 3.4 (`austin -b`) and always since 4.0: versions 1 to 3.
 * Source: Austin's src/mojo.h and src/events.h, its wiki, and austin-python's reader for what
 * only it knows (events 13 to 16). What becomes of it is in austin_build.h.
 *
 *   file    = "MOJ" integer *event        the integer is the version
 *   event   = 1 key value                 metadata, two strings
 *           | 2 pid [interpreter] thread  a stack begins; the thread is a string, its id in
 *                                         hexadecimal, the interpreter there from version 3 on
 *           | 3 key file name line [line-end column column-end]   defines a frame; the last three
 *                                         from version 2 on, columns count from 1, 0 unknown
 *           | 4                           frames that could not be read
 *           | 5 key                       a frame of the stack, root first
 *           | 6 name                      a frame of the kernel's
 *           | 7                           the garbage collector ran
 *           | 8                           the thread is idle
 *           | 9 integer                   microseconds
 *           | 10 integer                  bytes, may be below 0
 *           | 11 key string               defines a string, to which frames refer
 *           | 12 key                      names a string; nothing of its own
 *           | 13                          the thread's last stack comes before the frames of
 *                                         this one, without native frames at its leaf; once
 *                                         in a stack at most
 *           | 14 task name n              the next n frames are where a task waits: passed over
 *           | 15 task waiter | 16 task    who awaits whom, which task ran: passed over
 *   integer = bytes of 7 bits, lowest first, with 0x80 in all but the last; the first has 6, and
 *             0x40 for the sign
 *   string  = bytes up to a NUL
 *
 * Keys of frames and strings are those of the process of the stack that they stand in, and may
 * be defined anew. String 1 is "<unknown>" unless defined. A sample is whole when the next stack
 * begins or the file ends; one without a metric, an event cut short, a reference to nothing and an
 * unknown event or version are errors, named with their byte.
 */
#ifndef PYPROF_FORMAT_MOJO_H
#define PYPROF_FORMAT_MOJO_H

#include "format/format.h"

extern const struct format format_mojo;

/* Errors: CORRUPT, LIMIT (AUSTIN_MAX_MAPPINGS), NOMEM. */
enum pyprof_status mojo_read(struct profile **out, const char *bytes, size_t len,
			     struct pyprof_error *err);

#endif
