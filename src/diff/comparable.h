/* SPDX-License-Identifier: MIT */
/*
 * Can these recordings be compared? Each reason why not, named, with both sides' values.
 */
#ifndef PYPROF_DIFF_COMPARABLE_H
#define PYPROF_DIFF_COMPARABLE_H

#include "base/str.h"
#include "profile/match.h"

enum reason_kind {
	REASON_METRIC,	  /* no metric that all have, or other units */
	REASON_RATE,	  /* other rates: refuses for numbers of samples; else a warning */
	REASON_PYTHON,	  /* another minor version of Python; a patch release warns */
	REASON_MACHINE,	  /* another processor, or another number of them; a kernel warns */
	REASON_TRUNCATED, /* the truncated shares differ by more than 5 points */
	REASON_WINDOW,	  /* some ran to their end, some were cut; cut ones that last longer: warns */
	REASON_LOST,	  /* a side lost many ticks, or its rate was lowered: a warning */
	REASON_ORDER,	  /* all of one side ran before the other: a warning */
};

struct reason {
	enum reason_kind kind;
	bool refuses; /* without --force; else it is a warning */
	/* A sentence on one line, "BASE was recorded on …, HEAD on …: why", without a full stop. */
	struct str text;
};

struct comparable {
	struct reason *reasons;
	size_t n, cap;
	bool refused;
};

/* Runs of one side may differ among themselves: that is a reason just as well, and says so.
 * `metric`: the one that is compared, NULL: each profile's usual one. What a file does not know is
 * no reason. comparable_deinit() it, also after a failure. Errors: NOMEM. */
enum pyprof_status comparable_init(struct comparable *comparable,
				   const struct match_side sides[SIDES], const char *metric,
				   struct pyprof_error *err);
void comparable_deinit(struct comparable *comparable);

/* A refusal as an error: USAGE, the reasons in the message, --force in the hint. */
enum pyprof_status comparable_refuse(const struct comparable *comparable,
				     struct pyprof_error *err);

#endif
