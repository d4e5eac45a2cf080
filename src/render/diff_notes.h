/* SPDX-License-Identifier: MIT */
/* The notes (render/notes.h) of two profiles: which is which, and what to know before all else. */
#ifndef PYPROF_RENDER_DIFF_NOTES_H
#define PYPROF_RENDER_DIFF_NOTES_H

#include "render/diff.h"
#include "render/diff_text.h"
#include "render/notes.h"

/*
 * Warnings are the first lines. notes->total is `weight`, what the picture is wide. The owner calls
 * notes_deinit(), also after a failure (NOMEM).
 */
enum pyprof_status diff_notes_init(struct notes *notes, const struct pair *pair,
				   const struct diff_svg_opts *opts,
				   const struct diff_terms *terms, uint64_t weight,
				   struct pyprof_error *err);

/* What more and less of a metric are called: "slower" and "faster", "more" and "less". */
const char *diff_more(const struct diff_svg_opts *opts, const struct diff_terms *terms);
const char *diff_less(const struct diff_svg_opts *opts, const struct diff_terms *terms);

#endif
