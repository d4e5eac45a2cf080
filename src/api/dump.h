/* SPDX-License-Identifier: MIT */
/* What a struct pyprof_dump is inside. */
#ifndef PYPROF_API_DUMP_H
#define PYPROF_API_DUMP_H

#include "dump/snapshot.h"

struct pyprof_dump {
	struct snapshots all;
};

#endif
