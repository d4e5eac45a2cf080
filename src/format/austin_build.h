/* SPDX-License-Identifier: MIT */
/*
 * A profile from what Austin records, for its two formats: MOJO (mojo.c) and text (austin.c).
 *
 * Metrics are those of the file's mode (its metadata "mode"):
 *
 *   wall     samples, wall                            cpu   samples, cpu
 *   memory   samples, rss-grown, rss-shrunk           full  all of these
 *
 * Where no mode is told they are those that a sample had. wall is the time since the thread was
 * last seen, cpu that of it in which Austin did not find the thread idle; rss-grown and rss-shrunk
 * are bytes that the process's resident memory changed by meanwhile. The default metric is the
 * second. Austin's microseconds become nanoseconds.
 *
 * Austin's idle may wait for the GIL or not, so no sample has a mark for it. ":GC:" (the garbage
 * collector ran) and ":INVALID:" (frames could not be read) are frames without a file, "GC" and
 * "INVALID". A native frame's file is that of the mapping that its address lies in; unknown where
 * none is told, or several that differ. What Austin calls its line is an offset into the
 * function and is dropped. Interpreters other than the first are a label, "interpreter".
 */
#ifndef PYPROF_FORMAT_AUSTIN_BUILD_H
#define PYPROF_FORMAT_AUSTIN_BUILD_H

#include "base/str.h"
#include "profile/profile.h"

#define AUSTIN_MAX_MAPPINGS 65536u /* more of them are an error: each may move all others */

/* The addresses from `start` up to the next one's. */
struct austin_range {
	uint64_t start;
	uint32_t file; /* string id; 0: unknown, AUSTIN_SEVERAL: of several mappings' */
};

#define AUSTIN_SEVERAL UINT32_MAX

struct austin_build {
	struct profile *profile;
	struct austin_range *ranges; /* of the mappings, by address */
	size_t n_ranges, cap_ranges;
	struct map threads; /* of the profile, by process, id and name */
	struct str comments, scratch;
	char mode[8]; /* "" not told */
	bool any_time, any_memory, any_idle;
	struct pyprof_error *err;
};

struct austin_text {
	const char *bytes;
	size_t len;
};

struct austin_sample {
	uint32_t node;
	uint64_t pid;
	int64_t interpreter;	   /* 0: the first, or not told */
	struct austin_text thread; /* its id; what is no number is taken for a name */
	bool hexadecimal;	   /* how the id is written */
	bool has_time, has_memory, idle;
	uint64_t time;	       /* microseconds */
	uint64_t grown, shrunk; /* bytes */
};

/* The owner calls austin_end(), whatever happens. */
enum pyprof_status austin_begin(struct austin_build *b, struct pyprof_error *err);

/* What is known of the recording. Errors: NOMEM, LIMIT. */
enum pyprof_status austin_metadata(struct austin_build *b, struct austin_text key,
				   struct austin_text value);

/* A string of the profile; bytes that are no UTF-8 are lone surrogates in it. NONE: no memory. */
uint32_t austin_string(struct austin_build *b, struct austin_text text);

/* PROFILE_NONE: no memory. */
uint32_t austin_location(struct austin_build *b, struct austin_text name,
			 struct austin_text file, int32_t line, int32_t column);

/* Errors: NOMEM. */
enum pyprof_status austin_add(struct austin_build *b, const struct austin_sample *sample);

/* Frees all but the profile, which it hands over where `status` is OK; gives the status. */
enum pyprof_status austin_end(struct austin_build *b, enum pyprof_status status,
			      struct profile **out);

/* Digits alone, all of them. False: it is none, or too large. */
bool austin_number(struct austin_text text, unsigned base, uint64_t *number);

#endif
