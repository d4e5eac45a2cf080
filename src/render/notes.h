/* SPDX-License-Identifier: MIT */
/*
 * What a picture says in words of its recording: all from profile->info, each thing only
 * where it is known. One place writes it, for the static picture and for the script.
 *
 * Title and lines are raw text: names in them are the target's (render/text.h).
 */
#ifndef PYPROF_RENDER_NOTES_H
#define PYPROF_RENDER_NOTES_H

#include "base/str.h"
#include "profile/profile.h"

struct notes {
	const struct profile_metric *metric; /* the one that is shown */
	uint64_t total;			     /* its sum over the whole profile */
	struct str title;		     /* what was recorded */
	struct str subtitle;		     /* what a width means, and the sum */
	struct str empty;		     /* what to say where there are no samples */
	struct str *lines;		     /* process, samples, what was missed */
	size_t n, cap;
	const char *of;	    /* what a line begins with that is not begun yet; static */
	struct str dropped; /* what there was no memory for */
	bool failed;
};

/* The owner calls notes_deinit(), also after a failure (NOMEM). */
enum pyprof_status notes_init(struct notes *notes, const struct profile *profile,
			      size_t metric, uint64_t total, struct pyprof_error *err);
void notes_deinit(struct notes *notes);

/*
 * For other notes than of one recording (render/diff_notes.h): one more item of the line that is
 * being written, to add to until the next call; notes_end_line() puts it among the lines.
 */
struct str *notes_item(struct notes *notes);
void notes_end_line(struct notes *notes);
/* What is known of a recording but its command, in lines that begin with `of`. */
void notes_recording(struct notes *notes, const struct profile_info *info, const char *of);
bool notes_failed(const struct notes *notes);

#endif
