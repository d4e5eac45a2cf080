/* SPDX-License-Identifier: MIT */
/*
 * A speedscope file while it is read; of use to speedscope_read.c (frames, metrics,
 * threads) and speedscope_stacks.c (samples, events) alone.
 */
#ifndef PYPROF_FORMAT_SPEEDSCOPE_READER_H
#define PYPROF_FORMAT_SPEEDSCOPE_READER_H

#include "base/json_read.h"
#include "profile/profile.h"

/* A frame of the stack that was read last, which the next one mostly shares. */
struct speedscope_step {
	uint32_t frame, node;
};

/* What the weights of a profile are. */
struct speedscope_kind {
	size_t metric;
	long double scale; /* of the metric's unit in one of the file's */
};

struct speedscope_reader {
	struct json_read json;
	struct profile *profile;
	struct profile_metric metrics[PROFILE_MAX_METRICS]; /* texts: the tree's, or constant */
	size_t n_metrics, default_metric;
	uint32_t *locations; /* of the frames */
	bool *truncations;   /* is a frame the mark? */
	size_t n_frames;
	struct speedscope_step *steps;
	size_t n_steps, cap_steps;
	struct str scratch;
	const char *exporter;	     /* "" unknown */
	size_t at;		     /* the profile that is read, an index */
	uint32_t thread;	     /* its thread, */
	struct speedscope_kind kind; /* what it counts, */
	long double carried;	     /* and what rounding left over so far */
	struct pyprof_error *err;
};

/* Sets the error, whose message begins with a place in the file; returns `status`. */
enum pyprof_status speedscope_fail(struct speedscope_reader *r, enum pyprof_status status,
				   const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The text of a string that need not be there: "" then, or where it is none. */
const char *speedscope_text(const json_t *object, const char *key);

/* False: it is no number. */
bool speedscope_number(const json_t *value, long double *number);

/* Add the samples of r->at, a profile of that type. Errors: CORRUPT, LIMIT, NOMEM. */
enum pyprof_status speedscope_sampled(struct speedscope_reader *r, const json_t *profile);
enum pyprof_status speedscope_evented(struct speedscope_reader *r, const json_t *profile);

#endif
