/* SPDX-License-Identifier: MIT */
/* What the reports share; of use to report*.c and annotate.c alone. */
#ifndef PYPROF_RENDER_REPORT_PARTS_H
#define PYPROF_RENDER_REPORT_PARTS_H

#include "profile/graph.h"
#include "render/ink.h"
#include "render/report.h"

struct report {
	const struct profile *profile;
	const struct report_opts *opts;
	FILE *out;
	struct scale scale;
	uint64_t shown; /* the metric's sum over the profile */
};

enum pyprof_status report_flat(const struct report *report, struct pyprof_error *err);
enum pyprof_status report_tree(const struct report *report, struct pyprof_error *err);
enum pyprof_status report_calls(const struct report *report, struct pyprof_error *err);
enum pyprof_status report_values(const struct report *report, struct pyprof_error *err);

/* The lines above a report. */
enum pyprof_status report_head(const struct report *report, struct pyprof_error *err);

/* `{"schema": …` up to where the report's own members follow, and what is at the end. */
void report_json_begin(const struct report *report, const char *name);
void report_json_end(const struct report *report);

/* "name": and a text. */
void report_json_text(const struct report *report, const char *name, const char *bytes,
		      size_t len);
/* "name": and the text of a string of the profile. */
void report_json_string(const struct report *report, const char *name, uint32_t string);
/* "function": the name of a function or of the mark. */
void report_json_function(const struct report *report, uint32_t function);
/* Members of a function or the mark: "function": …, "file": …, "line": N or null. */
void report_json_frame(const struct report *report, uint32_t function, int32_t line);

/*
 * Texts, appended as they are in the profile: a function's name, "[truncated]" for PROFILE_NONE;
 * "file:line" as far as it is known, of the line or, where that is 0, of the function's start.
 */
void report_name(struct str *out, const struct report *report, uint32_t function);
void report_place(struct str *out, const struct report *report, uint32_t function, int32_t line);

/* Order by name, then file and start line; the mark last. */
int report_compare_functions(const struct profile *profile, uint32_t a, uint32_t b);

/* Writes a line of its own in this ink: what is not in a table. */
enum pyprof_status report_line(const struct report *report, enum ink ink, const struct str *text,
			       struct pyprof_error *err);

#endif
