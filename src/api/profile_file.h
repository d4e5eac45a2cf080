/* SPDX-License-Identifier: MIT */
/* What a struct pyprof_profile holds; private to api/. */
#ifndef PYPROF_API_PROFILE_FILE_H
#define PYPROF_API_PROFILE_FILE_H

#include "profile/profile.h"
#include "target/source_file.h"

struct pyprof_profile {
	struct profile *profile;
	struct source_root root; /* of this process: files are looked for on this machine */
};

#endif
