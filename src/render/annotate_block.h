/* SPDX-License-Identifier: MIT */
/* One function's lines; of use to annotate.c alone. */
#ifndef PYPROF_RENDER_ANNOTATE_BLOCK_H
#define PYPROF_RENDER_ANNOTATE_BLOCK_H

#include "profile/source_reader.h"
#include "render/report_parts.h"

struct annotate_line {
	uint32_t function;
	int32_t line; /* 0 unknown */
	uint64_t self, total;
};

struct annotate_block {
	uint32_t function;
	uint64_t self, total;
	const struct annotate_line *lines; /* that have a value, by number */
	size_t n;
	int32_t first, last; /* to show; first above last: none */
};

/*
 * The lines to show of a block, from those that have a value, the line at which the function starts
 * and that at which the next one does (0: not known).
 */
void annotate_block_range(struct annotate_block *block, int32_t start, int32_t next);

/* The text of one file, and where its lines are. */
struct annotate_source {
	uint32_t file; /* string id; PROFILE_NONE: none yet */
	enum source_state state;
	struct str text;
	size_t *starts; /* of each line; one more is the end */
	size_t n, cap;
};

/* Nothing where the file is the one that was read last. Errors: NOMEM. */
enum pyprof_status annotate_source_read(struct annotate_source *source,
					const struct source_reader *reader,
					const struct profile *profile, uint32_t file,
					struct pyprof_error *err);
void annotate_source_deinit(struct annotate_source *source);

enum pyprof_status annotate_block_write(const struct report *report,
					const struct annotate_block *block,
					const struct annotate_source *source, bool every_line,
					struct pyprof_error *err);

#endif
