/* SPDX-License-Identifier: MIT */
/* What a sample is worth: the metrics that every recording has. */
#ifndef PYPROF_SAMPLE_METRICS_H
#define PYPROF_SAMPLE_METRICS_H

#include "profile/profile.h"

enum sample_metric {
	SAMPLE_COUNT,	 /* looks that met the stack */
	SAMPLE_WALL,	 /* time since the thread was last looked at */
	SAMPLE_CPU,	 /* of it on a CPU, as the scheduler keeps account */
	SAMPLE_GIL,	 /* of it holding the GIL */
	SAMPLE_GIL_WAIT, /* of it waiting for the GIL */
	SAMPLE_N_METRICS,
};

/* Their names and units, in this order. */
extern const struct profile_metric sample_metrics[SAMPLE_N_METRICS];

#endif
