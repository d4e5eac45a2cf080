/* SPDX-License-Identifier: MIT */
/* profile_info.revision, for people. Pure. */
#ifndef PYPROF_PROFILE_REVISION_H
#define PYPROF_PROFILE_REVISION_H

#include "base/str.h"

/* Appends it with 12 digits of the commit, "0123456789ab (main)"; what is no such text as it is. */
void revision_short(struct str *out, const char *revision);

#endif
