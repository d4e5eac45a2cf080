/* SPDX-License-Identifier: MIT */
/*
 * Put before each file by scripts/lint, for the static analyser alone: it looks at one file
 * at a time, and cannot see that error_set() returns the status that it is given, which is
 * never PYPROF_OK.
 */
#include "base/error.h"

#define error_set(err, status, ...) (error_set(err, status, __VA_ARGS__), (status))
#define error_set_errno(err, status, ...) (error_set_errno(err, status, __VA_ARGS__), (status))
#define error_set_address(err, status, ...) \
	(error_set_address(err, status, __VA_ARGS__), (status))
#define error_nomem(err) (error_nomem(err), PYPROF_ERR_NOMEM)
