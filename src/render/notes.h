/* SPDX-License-Identifier: MIT */
/*
 * What a picture says in words of its recording: all from profile->info, each thing only
 * where it is known. One place writes it, for the static picture and for the script.
 *
 * Title and lines are raw text: names in them are the target's (render/text.h).
 */
#ifndef PYPROF_RENDER_NOTES_H
#define PYPROF_RENDER_NOTES_H

#include "profile/profile.h"
#include "base/str.h"

#define NOTES_MAX 5

struct notes {
	const struct profile_metric *metric; /* the one that is shown */
	uint64_t total;			     /* its sum over the whole profile */
	struct str title;		     /* what was recorded */
	struct str subtitle;		     /* what a width means, and the sum */
	struct str empty;		     /* what to say where there are no samples */
	struct str lines[NOTES_MAX];	     /* process, samples, what was missed */
	size_t n;
};

/* The owner calls notes_deinit(), also after a failure (NOMEM). */
enum pyprof_status notes_init(struct notes *notes, const struct profile *profile,
			      size_t metric, uint64_t total, struct pyprof_error *err);
void notes_deinit(struct notes *notes);

#endif
