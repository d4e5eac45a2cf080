/* SPDX-License-Identifier: MIT */
#include "sample/metrics.h"

const struct profile_metric sample_metrics[SAMPLE_N_METRICS] = {
	[SAMPLE_COUNT] = { "samples", "count" },
	[SAMPLE_WALL] = { "wall", "nanoseconds" },
	[SAMPLE_CPU] = { "cpu", "nanoseconds" },
	[SAMPLE_GIL] = { "gil", "nanoseconds" },
	[SAMPLE_GIL_WAIT] = { "gil-wait", "nanoseconds" },
};
