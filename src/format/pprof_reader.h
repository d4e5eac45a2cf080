/* SPDX-License-Identifier: MIT */
/*
 * What the reader of pprof files knows while it reads one; of use to pprof_read.c, pprof_tables.c
 * and pprof_samples.c alone.
 *
 * A file's messages refer to each other in any order, so it is gone through twice: first all but
 * the samples is found (pprof_read.c) and made (pprof_tables.c), then the samples are read
 * (pprof_samples.c). Errors of all: CORRUPT, LIMIT, NOMEM, in r->err.
 */
#ifndef PYPROF_FORMAT_PPROF_READER_H
#define PYPROF_FORMAT_PPROF_READER_H

#include "format/proto.h"
#include "profile/profile.h"

/* Where a message with an id stands; its fields are kept as they are in the file. */
struct pprof_function {
	uint64_t id;
	uint64_t name, file; /* numbers of texts */
	int64_t start_line;
	struct proto at;
	uint32_t to; /* id in the profile; PROFILE_NONE: not made yet */
	bool pruned; /* drop_frames matches it, and keep_frames does not */
};

struct pprof_mapping {
	uint64_t id;
	struct profile_mapping to; /* texts: numbers in the file, until they are the profile's */
	struct proto at;
};

/* A location's frames are a run of locations of the profile, the innermost first. */
struct pprof_location {
	uint64_t id;
	struct proto message;
	uint32_t first, n;
};

/* Of the profile's location: what the samples need to know. */
struct pprof_frame {
	uint32_t location;
	bool pruned;
};

struct pprof_reader {
	struct profile *profile;
	struct proto file;
	struct pyprof_error *err;
	struct proto *texts;
	size_t n_texts, cap_texts;
	uint32_t *strings; /* of the profile, by number of the text; PROFILE_NONE: none yet */
	struct proto *types;
	size_t n_types, cap_types;
	struct pprof_function *functions;
	size_t n_functions, cap_functions;
	struct pprof_mapping *mappings;
	size_t n_mappings, cap_mappings;
	struct pprof_location *locations;
	size_t n_locations, cap_locations;
	struct pprof_frame *frames;
	size_t n_frames, cap_frames;
	uint64_t *comments;
	size_t n_comments, cap_comments;
	uint64_t drop_frames, keep_frames, default_type, time, duration, period;
	struct proto period_type;
	bool has_period_type;
	struct proto timeline;
	bool has_timeline;
	uint32_t *samples; /* of the profile, in the order of the file; only where there is a timeline */
	size_t n_samples, cap_samples;
	bool ours;  /* pyprof wrote it */
	bool prunes; /* some function is pruned */
	struct str text; /* scratch */

	/* Of the sample at hand. */
	struct pprof_frame *stack; /* leaf first */
	size_t n_stack, cap_stack;
	uint64_t n_stack_frames; /* of all before it */
	uint64_t values[PROFILE_MAX_METRICS];
	size_t n_values;
	struct profile_label *labels;
	size_t n_labels, cap_labels;
	struct map threads; /* of the profile, by what their labels say */
	/* The path of the last one: locations and nodes from the root on. */
	struct step {
		uint32_t location, node;
	} *path;
	size_t n_path, cap_path;
};

/* The text of this number, unescaped, in r->text; `at`: what asks for it, for errors. */
enum pyprof_status pprof_reader_text(struct pprof_reader *r, uint64_t number,
				     const struct proto *at);

/* The same as a string of the profile. */
enum pyprof_status pprof_reader_string(struct pprof_reader *r, uint64_t number,
				       const struct proto *at, uint32_t *id);

/* What has this id among items that begin with theirs and are sorted by it; NULL: nothing. */
void *pprof_reader_find(void *items, size_t n, size_t size, uint64_t id);

/* Makes what samples refer to. */
enum pyprof_status pprof_reader_make_tables(struct pprof_reader *r);

/* Reads all samples. */
enum pyprof_status pprof_reader_samples(struct pprof_reader *r);

#endif
