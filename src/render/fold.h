/* SPDX-License-Identifier: MIT */
/*
 * Which boxes a picture of bounded size shows of a tree of any size. What weighs nothing is not
 * there.
 *
 * A frame is drawn where it is wide enough, not too high up, and among the widest that fit
 * into the picture's number of boxes; a drawn frame's callers are always drawn. What a
 * drawn frame calls that is not drawn itself is gathered into one box beside its drawn
 * callees, which stands for so many frames; where even that would be too thin there is a
 * gap. Everything not drawn is counted, so that the picture can say so.
 */
#ifndef PYPROF_RENDER_FOLD_H
#define PYPROF_RENDER_FOLD_H

#include "profile/view.h"

struct fold_limits {
	size_t max_boxes;    /* at least 2 */
	uint32_t max_levels; /* rows of frames, the root's among them; at least 1 */
	uint64_t width;	     /* of the root; any unit */
	uint64_t min_width;  /* of the thinnest box, in the same unit */
};

struct fold_box {
	uint32_t node;	 /* the frame, or the one under a gathering box */
	uint64_t more;	 /* 0, or how many frames the gathering box stands for */
	uint32_t level;	 /* the root's is 0 */
	uint64_t start;	 /* weight left of it: its x is start * width / total */
	uint64_t weight;
};

struct fold {
	struct fold_box *boxes; /* callers before callees, left before right */
	size_t n;
	uint32_t levels;	/* rows that are drawn */
	uint32_t all_levels;	/* rows of frames in the whole tree */
	uint64_t folded_frames; /* frames without a box of their own… */
	uint64_t folded_weight; /* …and the weight of their stacks */
};

/*
 * `nodes` are a view's, or such as have other weights and siblings in another order: only total
 * and the links count. The owner calls fold_deinit(), also after a failure (NOMEM).
 */
enum pyprof_status fold_init(struct fold *fold, const struct view_node *nodes,
			     const struct fold_limits *limits, struct pyprof_error *err);
void fold_deinit(struct fold *fold);

#endif
