/* SPDX-License-Identifier: MIT */
/*
 * The doctor's notebook: what its steps share; private to api/.
 *
 * A step writes lines as it goes. What fails is written where it failed, the first failure is
 * kept for the caller, and the next step does what it still can.
 */
#ifndef PYPROF_API_DOCTOR_H
#define PYPROF_API_DOCTOR_H

#include <stdio.h>

#include "base/str.h"
#include "python/runtime.h"
#include "target/target.h"

struct doctor {
	FILE *out;
	pid_t pid;
	int proc_fd;		    /* /proc/PID; -1 */
	struct str status_text;	    /* its status file, "" where it could not be read */
	struct target *target;	    /* NULL where it could not be opened */
	struct py_runtime rt;	    /* as far as it was found */
	bool found;		    /* rt holds */
	struct pyprof_error first;  /* of the first step that failed; status OK: none did */
};

void doctor_heading(struct doctor *doctor, const char *title);

/* "  label   text": on one line, control characters replaced. */
void doctor_line(struct doctor *doctor, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The step failed, for the reason in *err. */
void doctor_fail(struct doctor *doctor, const struct pyprof_error *err);

/* The steps of doctor_system.c, which ask the system only. */
void doctor_identity(struct doctor *doctor);
void doctor_namespaces(struct doctor *doctor);
void doctor_access(struct doctor *doctor);

/* The steps of doctor_python.c, which read the target. */
void doctor_runtime(struct doctor *doctor);
void doctor_modules(struct doctor *doctor);
void doctor_threads(struct doctor *doctor);

#endif
