/* SPDX-License-Identifier: MIT */
/*
 * A view's tree as a terminal shows it: children by falling weight, and each run of library
 * frames (all that is not the program's own code, by palette_kind()) as one branch.
 *
 * Runs below one frame are one branch, whatever they ran through, so that own code that a
 * framework calls on many ways stands together below it. A branch's total is what was seen in or
 * below it, its self what ended in it.
 */
#ifndef PYPROF_RENDER_BRANCHES_H
#define PYPROF_RENDER_BRANCHES_H

#include "base/map.h"
#include "profile/view.h"

struct branch {
	uint32_t parent; /* PROFILE_NONE: the root's, which is branch 0 */
	uint32_t first_child, next_sibling; /* PROFILE_NONE: none */
	uint32_t text;	 /* of the view: of its frame, or of the first of a run */
	uint32_t frames; /* frames of the view that it stands for */
	bool library;	 /* it is no own code… */
	bool run;	 /* …and stands for frames of more than one text */
	uint64_t self, total;
};

struct branches {
	const struct view *view;
	struct branch *all; /* parents before children */
	size_t n, cap;
	uint32_t *of_node; /* branch of each node of the view */
	struct map map;
	bool any_own; /* is there own code at all? */
};

/*
 * `every_frame`: no runs; they are not made either where nothing is the program's own code.
 * The owner calls branches_deinit(), also after a failure (NOMEM).
 */
enum pyprof_status branches_init(struct branches *branches, const struct view *view,
				 const struct profile *profile, bool every_frame,
				 struct pyprof_error *err);
void branches_deinit(struct branches *branches);

/* A module that a run goes through, and how much of it was last seen there. */
struct branch_module {
	uint32_t branch;
	size_t offset, len; /* of its name in names */
	uint64_t weight;
};

struct branch_modules {
	struct str names;
	struct branch_module *all; /* by branch, then by falling weight */
	size_t n, cap;
	struct map map;
};

/*
 * Those of the runs among the branches for which `wanted` is set. The owner calls
 * branch_modules_deinit(), also after a failure (NOMEM).
 */
enum pyprof_status branch_modules_init(struct branch_modules *modules,
				       const struct branches *branches,
				       const struct profile *profile, const bool *wanted,
				       struct pyprof_error *err);
void branch_modules_deinit(struct branch_modules *modules);

/* The first of a branch's modules, and how many there are. */
const struct branch_module *branch_modules_of(const struct branch_modules *modules,
					      uint32_t branch, size_t *n);

#endif
