/* SPDX-License-Identifier: MIT */
/* What a struct pyprof_recorder holds; private to api/. */
#ifndef PYPROF_API_RECORDER_H
#define PYPROF_API_RECORDER_H

#include "base/clock.h"
#include "profile/profile.h"
#include "python/runtime.h"
#include "sample/clock.h"
#include "sample/sampler.h"
#include "target/target.h"

struct pyprof_recorder {
	struct pyprof_record_opts opts;
	struct target *target;
	struct py_runtime rt;
	struct profile *profile;
	struct sampler *sampler; /* NULL until the interpreter has been found */
	struct sample_clock clock;
	uint64_t start_ns, start_cpu_ns, end_ns, end_cpu_ns; /* of the sampling; 0: not yet */
	uint64_t ticks, late_ticks;
	pid_t launched; /* 0: attached */
	bool ran; /* run() has been called */
	bool reaped;
	int exit_status;
	int wake_fd;		/* eventfd: stop() writes, run() waits on it */
	volatile int stop;
};

/* Finds the interpreter and makes the sampler. `starting`: a target launched just now. */
enum pyprof_status recorder_find(struct pyprof_recorder *recorder, uint64_t wait_ns,
				 bool starting, struct pyprof_error *err);

#endif
