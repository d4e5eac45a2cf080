/* SPDX-License-Identifier: MIT */
#include "python/frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "python/climb.h"
#include "python/known.h"
#include "python/look.h"
#include "python/window.h"

/* Looks for one stack, at most: the first, and others after learning where frames lie. */
#define MAX_LOOKS 6
/* The same while nothing is known of the thread: a leaf lives for less than a search takes. */
#define MAX_FIRST_LOOKS 32
/* Looks that were held up, beside these: in a program that maps memory all the time, one in 20. */
#define MAX_SLOW_LOOKS 8

/* How following the links from the current frame ended. */
enum chain_end {
	CHAIN_ROOT,   /* at the root */
	CHAIN_MISS,   /* at a frame that was not read */
	CHAIN_BROKEN, /* at something that is no frame in use, or in a loop */
	CHAIN_DEPTH,  /* too deep */
	CHAIN_NOMEM,
};

/* Widens the span by a field, given from the frame's address. */
static void cover(struct py_walker *walker, int64_t offset, unsigned size)
{
	if (offset < walker->span_from)
		walker->span_from = (int32_t)offset;
	if (offset + size > walker->span_to)
		walker->span_to = (int32_t)(offset + size);
}

static void cover_field(struct py_walker *walker, uint32_t offset, unsigned size)
{
	if (offset != PY_ABSENT)
		cover(walker, offset < INT32_MAX / 2 ? offset : INT32_MAX / 2, size);
}

/* Which bytes of a thread state are read. */
static void init_thread_span(struct py_walker *walker)
{
	const struct py_layout *l = &walker->rt->layout;
	uint32_t frame = l->thread.frame, datastack = l->thread.datastack_chunk;

	walker->thread_from = frame;
	walker->thread_to = frame + 8;
	if (l->frame_model == PY_FRAMES_HEAP || datastack == PY_ABSENT)
		return;
	walker->has_datastack = true;
	if (datastack < frame)
		walker->thread_from = datastack;
	if (datastack + 16 > walker->thread_to)
		walker->thread_to = datastack + 16;
}

bool py_walker_init(struct py_walker *walker, const struct py_runtime *rt)
{
	const struct py_layout *l = &rt->layout;

	*walker = (struct py_walker){ .rt = rt, .clock = clock_monotonic_ns };
	cover_field(walker, l->frame.previous, 8);
	cover_field(walker, l->frame.executable, 8);
	cover_field(walker, l->frame.lasti, 8);
	if (l->frame_model == PY_FRAMES_HEAP) {
		cover_field(walker, l->object.ob_type - 8, 8); /* the reference count */
		cover_field(walker, l->frame.tstate, 8);
		cover_field(walker, l->frame.executing, 1);
		cover_field(walker, l->frame.state, 1);
	} else {
		cover_field(walker, l->frame.owner, 1);
		cover_field(walker, l->frame.stackpointer, 8);
		cover_field(walker, l->frame.stacktop, 4);
		cover_field(walker, l->frame.is_entry, 1);
		cover_field(walker, l->frame.tlbc_index, 4);
	}
	/* A generator's state lies before its frame. */
	if (l->frame_model == PY_FRAMES_CFRAME && l->skip_owner_from == 255 &&
	    l->generator.frame_state != PY_ABSENT)
		cover(walker, (int64_t)l->generator.frame_state - l->generator.iframe, 1);
	init_thread_span(walker);
	return walker->span_to - walker->span_from <= PY_FRAME_SPAN_MAX &&
	       walker->thread_to - walker->thread_from <= PY_THREAD_SPAN_MAX;
}

void py_walker_deinit(struct py_walker *walker)
{
	free(walker->passes);
	free(walker->cframes);
	free(walker->pieces);
	free(walker->chain);
	free(walker->searched);
	free(walker->climbed);
	free(walker->first);
	py_calls_deinit(&walker->calls);
	*walker = (struct py_walker){ 0 };
}

void py_thread_memory_deinit(struct py_thread_memory *memory)
{
	footprint_deinit(&memory->footprint);
	footprint_deinit(&memory->cframes);
	free(memory->chain);
	free(memory->frames);
	free(memory->fresh);
	free(memory->old);
	free(memory->old_ranges);
	*memory = (struct py_thread_memory){ 0 };
}

/* Follows the links as one pass saw them. *missing: the frame that was not read. */
static enum chain_end follow(struct py_walker *walker, struct py_thread_memory *memory,
			     int pass, uint64_t current, size_t *n, uint64_t *missing)
{
	const struct footprint_set *set = &memory->footprint.now;
	size_t hint = memory->leaf_range;
	uint64_t addr = current;

	/* No stack has more frames than fit what was read: more is a loop. */
	size_t span = (size_t)(walker->span_to - walker->span_from);
	size_t most = set->n ? (set->ranges[set->n - 1].offset +
				(set->ranges[set->n - 1].end - set->ranges[set->n - 1].start)) /
					       (span / 2 + 1) +
				       1 :
			       1;

	for (*n = 0; addr; (*n)++) {
		bool alive;

		if (*n >= PY_MAX_DEPTH)
			return CHAIN_DEPTH;
		if (*n > most)
			return CHAIN_BROKEN;
		if (!array_grow(walker->chain, *n, walker->chain_cap))
			return CHAIN_NOMEM;
		if (!look_frame(walker, memory, pass, addr, &hint, &walker->chain[*n],
				&alive)) {
			*missing = addr;
			return CHAIN_MISS;
		}
		if (!alive)
			return CHAIN_BROKEN;
		if (*n == 0)
			memory->leaf_range = hint;
		addr = walker->chain[*n].prev;
	}
	return CHAIN_ROOT;
}

static bool same_links(const struct py_frame *a, const struct py_frame *b)
{
	return a->prev == b->prev && a->code == b->code && a->c_frame == b->c_frame &&
	       a->tlbc == b->tlbc;
}

bool look_in_use(const struct py_walker *walker, const struct py_thread_memory *memory,
		 uint64_t addr)
{
	if (!look_in_newest_chunk(memory, addr))
		return true; /* nothing tells */
	for (int when = 0; when < LOOK_TIMES; when++)
		if (walker->datastack[when].chunk == memory->chunk_start &&
		    addr >= walker->datastack[when].top)
			return false;
	return true;
}

/*
 * How many frames of the chain, from the root up, the other pass agrees with. A caller whose
 * instruction moved was running by itself: it stood, what was above it did not.
 */
static size_t agreeing(struct py_walker *walker, const struct py_thread_memory *memory,
		       int other, size_t n)
{
	size_t hint = 0;

	for (size_t proven = 0; proven < n; proven++) {
		const struct py_frame *frame = &walker->chain[n - 1 - proven];
		struct py_frame again;
		bool alive;

		if (!look_frame(walker, memory, other, frame->addr, &hint, &again, &alive) ||
		    !alive || !same_links(frame, &again) ||
		    !look_in_use(walker, memory, frame->addr))
			return proven;
		if (again.lasti != frame->lasti && proven + 1 < n)
			return proven + 1;
	}
	return n;
}

/*
 * Can a frame that both passes agree about be one of the stack, although no links from the current
 * frame lead to it? Frame objects (to 3.10) say of themselves whether they run. The datastack
 * is filled and emptied from its top: below it all is in use. A generator has a caller
 * whenever it runs, at both readings perhaps and not at the moment. What is left are the frames
 * of C code.
 */
static bool may_stand(const struct py_walker *walker, const struct py_thread_memory *memory,
		      const struct py_frame *frame)
{
	if (walker->rt->layout.frame_model == PY_FRAMES_HEAP)
		return frame->running;
	return !frame->generator && look_in_use(walker, memory, frame->addr);
}

/*
 * A busy thread may never be seen with a leaf that holds still, or in a place that is known. Of the
 * `n` frames from `root` on, with a `step` from each to its callee (a stack of this thread a moment
 * ago), those from the root up that both passes found, linked in this order, stood together at the
 * moment; but what lies in a chunk that was left did not, even if its bytes are still there. Gives
 * their number, and the frames themselves in walker->chain.
 */
static size_t standing(struct py_walker *walker, const struct py_thread_memory *memory,
		       const struct py_frame *root, int step, size_t n)
{
	size_t hint = 0;

	if (!n || root->addr != memory->root ||
	    !array_reserve((void **)&walker->chain, &walker->chain_cap, n + 1,
			   sizeof(walker->chain[0])))
		return 0;
	for (size_t proven = 0; proven < n; proven++) {
		struct py_frame *frame = &walker->chain[n - 1 - proven], again;
		const struct py_frame *at = root + (ptrdiff_t)proven * step;
		uint64_t caller = proven ? at[-step].addr : 0;
		bool alive, alive_again;

		if (!look_frame(walker, memory, 0, at->addr, &hint, frame, &alive) ||
		    !look_frame(walker, memory, 1, at->addr, &hint, &again, &alive_again) ||
		    !alive || !alive_again || frame->prev != caller ||
		    (at->addr >= memory->left_start && at->addr < memory->left_end) ||
		    frame->code != at->code ||
		    !same_links(frame, &again) ||
		    !may_stand(walker, memory, frame) ||
		    !may_stand(walker, memory, &again))
			return proven;
		if (frame->lasti != again.lasti)
			return proven + 1;
	}
	return n;
}

/*
 * Remembers the proven frames that come after the first `same` of the last chain, which still
 * are. False: no memory.
 */
static bool keep_chain(struct py_walker *walker, struct py_thread_memory *memory,
		       size_t same, size_t n, size_t proven)
{
	if (!array_reserve((void **)&memory->chain, &memory->chain_cap, same + proven,
			   sizeof(memory->chain[0])))
		return false;
	for (size_t i = same; i < same + proven; i++) {
		struct py_frame *frame = &memory->chain[i];

		*frame = walker->chain[n - 1 - (i - same)];
		frame->shown = (i ? frame[-1].shown : 0) + !frame->c_frame;
	}
	memory->n_chain = same + proven;
	memory->judged = walker->moment + 1 == walker->n_moments;
	memory->judged_moment = walker->moment + 1;
	/* A look has one word only, however many moments. */
	if (walker->climbs && walker->moment == 0)
		climb_learn(walker, memory, same);
	return true;
}

/* Remembers where the frames of a chain lie, so that renewing keeps these places. */
static void keep_places(const struct py_walker *walker, struct py_thread_memory *memory,
			size_t n)
{
	struct footprint *fp = &memory->footprint;

	for (size_t i = 0; i < n; i++) {
		uint64_t addr = walker->chain[i].addr;
		uint64_t own = look_end(walker, addr), end = own;

		if (addr == memory->sentinel.addr)
			continue;
		if (i == 0 && addr < memory->chunk_end && memory->chunk_end - addr < 1 << 14) {
			/* The leaf of a chunk keeps the room above it. */
			end = own + 1024 < memory->chunk_end ? own + 1024 : memory->chunk_end;
			end = end < own ? own : end;
		}
		footprint_add(&fp->next, look_start(walker, addr), end);
	}
	fp->looks += walker->moment == 0;
}

/* So many of the proven frames may not have been there yet, or not any more, in the one reading. */
#define GONE_MAX 16

/*
 * The stack as one reading saw its upper end, or as much of it as is known. `cut`: what is shown is
 * not whole, else it stays unless another whole one was seen. *same: of what was shown so many
 * frames are as they were, where not all are.
 */
static enum climb_end climb_on(struct py_walker *walker, struct py_thread_memory *memory,
			       size_t n_seen, bool cut, size_t *same)
{
	enum climb_end end = CLIMB_GONE;
	size_t kept = memory->n_frames + 1;

	for (size_t gone = 0; end == CLIMB_GONE && gone <= GONE_MAX && --kept; gone++)
		end = climb(walker, memory, &memory->frames[kept - 1], n_seen);
	if ((end != CLIMB_LEAF && (end != CLIMB_CUT || !cut)) ||
	    !array_reserve((void **)&memory->frames, &memory->frames_cap,
			   kept + walker->n_climbed + 1, sizeof(memory->frames[0])))
		return CLIMB_UNKNOWN;
	if (kept < memory->n_frames || walker->n_climbed ||
	    memory->frames[kept - 1].lasti != walker->climb_base.lasti)
		*same = kept - 1;
	memory->frames[kept - 1] = walker->climb_base;
	for (size_t i = 0; i < walker->n_climbed; i++)
		memory->frames[kept++] = walker->climbed[i];
	memory->n_frames = kept;
	return end;
}

/*
 * The frames that were proven become the stack, root first and without C's, behind those `kept`
 * of the one before. False: no memory.
 */
static bool show(const struct py_walker *walker, struct py_thread_memory *memory, size_t kept,
		 size_t n, size_t proven)
{
	if (!array_reserve((void **)&memory->frames, &memory->frames_cap, kept + proven + 1,
			   sizeof(memory->frames[0])))
		return false;
	for (size_t i = 0; i < proven; i++) {
		const struct py_frame *frame = &walker->chain[n - 1 - i];

		if (!frame->c_frame)
			memory->frames[kept++] = *frame;
	}
	memory->n_last = memory->n_frames;
	memory->n_frames = kept;
	return true;
}

/*
 * The stack is what is shown. `cut`: something was above, of which `n_seen` frames were met (see
 * climb()). The one reading counts in any case: were it asked only where the two disagree, what
 * stands still would be met too often.
 */
static void settle(struct py_walker *walker, struct py_thread_memory *memory, size_t n_seen,
		   bool cut, struct py_stack *stack)
{
	size_t same = SIZE_MAX;

	if (walker->climbs && !walker->stands && (cut || walker->first_range != SIZE_MAX) &&
	    climb_on(walker, memory, n_seen, cut, &same) == CLIMB_LEAF) {
		stack->climbed = same != SIZE_MAX || cut;
		cut = false;
	}
	/* The kept chain has the frames as the two readings saw them. */
	memory->n_matching = same < memory->n_matching ? same : memory->n_matching;
	stack->same = same < stack->same ? same : stack->same;
	stack->truncated = cut;
	if (cut)
		stack->cause = PYPROF_CAUSE_MOVED;
	stack->frames = memory->frames;
	stack->n = memory->n_frames;
}

/* Is it one of the frames that were climbed to? */
static bool is_shown(const struct py_thread_memory *memory, const struct py_frame *frame)
{
	for (size_t i = memory->n_frames; i > 0 && memory->n_frames - i < CLIMB_MAX; i--)
		if (memory->frames[i - 1].addr == frame->addr)
			return true;
	return false;
}

/* How many of these frames, C's left out, the stack does not show. */
static size_t count_missing(const struct py_thread_memory *memory, const struct py_frame *frames,
			    size_t n)
{
	size_t missing = 0;

	for (size_t i = 0; i < n; i++)
		missing += !frames[i].c_frame && !is_shown(memory, &frames[i]);
	return missing;
}

static bool deliver(struct py_walker *walker, struct py_thread_memory *memory, size_t kept,
		    size_t n, size_t proven, struct py_stack *stack)
{
	stack->same = kept;
	if (!show(walker, memory, kept, n, proven))
		return false;
	settle(walker, memory, n - proven, proven < n, stack);
	stack->lost = stack->truncated ? count_missing(memory, walker->chain, n - proven) : 0;
	return true;
}

static enum py_walk_result failed(struct py_stack *stack, enum pyprof_cause cause)
{
	stack->cause = cause;
	return PY_WALK_FAILED;
}

/*
 * A stack of which only callers could be proven: to 3.10 those that a search has just followed, or
 * else those of the thread's last stack. False where there are none.
 */
static bool deliver_standing(struct py_walker *walker, struct py_thread_memory *memory,
			     struct py_stack *stack)
{
	const struct py_datastack *newest = &walker->datastack[LOOK_MOMENT];
	const struct py_frame *above = walker->searched; /* what was not proven */
	size_t n = 0, proven = 0;

	if (walker->rt->layout.frame_model == PY_FRAMES_HEAP) {
		n = walker->n_searched;
		if (n)
			proven = standing(walker, memory, &walker->searched[n - 1], -1, n);
	} else if (newest->chunk != memory->chunk_start) {
		search_newest_chunk(walker, memory, newest->chunk);
		/* Gone already. */
		if (memory->chunk_start != newest->chunk)
			return false;
	}
	if (!proven) {
		n = memory->n_chain;
		proven = standing(walker, memory, memory->chain, 1, n);
		if (proven)
			above = memory->chain + proven;
	}
	memory->n_matching = 0;
	if (!proven || !show(walker, memory, 0, n, proven))
		return false;
	settle(walker, memory, 0, true, stack);
	stack->lost = stack->truncated ? count_missing(memory, above, n - proven) : 0;
	return true;
}

/*
 * The chain of one look, in walker->chain. The second pass first: at the moment the current
 * frame was there, so what is above the moment is the better witness. Where the frame has been
 * left and overwritten since, the first pass may still have seen its callers.
 */
static enum chain_end follow_passes(struct py_walker *walker, struct py_thread_memory *memory,
				    uint64_t current, int *pass, size_t *n,
				    uint64_t *missing)
{
	enum chain_end end = CHAIN_BROKEN;

	*missing = 0;
	for (*pass = 1; *pass >= 0; (*pass)--) {
		uint64_t absent = 0;

		end = follow(walker, memory, *pass, current, n, &absent);
		if (end == CHAIN_ROOT || end == CHAIN_NOMEM)
			return end;
		if (!*missing)
			*missing = absent;
	}
	return *missing ? CHAIN_MISS : end;
}

static enum pyprof_cause cause_of(enum chain_end end)
{
	switch (end) {
	case CHAIN_DEPTH:
		return PYPROF_CAUSE_DEPTH;
	case CHAIN_MISS:
		return PYPROF_CAUSE_MOVED;
	case CHAIN_NOMEM:
		return PYPROF_CAUSE_FAULT;
	default:
		return PYPROF_CAUSE_BROKEN;
	}
}

/* Does one of the proven frames lie in the part of the thread's datastack that is in use? */
static bool in_datastack(const struct py_walker *walker, const struct py_thread_memory *memory,
			 size_t n, size_t proven)
{
	const struct py_datastack *newest = &walker->datastack[LOOK_MOMENT];

	if (!memory->chunk_start || newest->chunk != memory->chunk_start)
		return false;
	for (size_t i = n - proven; i < n; i++)
		if (walker->chain[i].addr > newest->chunk && walker->chain[i].addr < newest->top)
			return true;
	return false;
}

/*
 * Are the frames, from the root up, this thread's? Where nothing else tells, a root counts that
 * two looks in a row came to from the thread's current frame: that both were misled by a frame
 * which another thread took over in between, to the same root, is not to be expected.
 */
static bool is_ours(const struct py_walker *walker, struct py_thread_memory *memory, size_t n,
		    size_t proven)
{
	uint64_t root = walker->chain[n - 1].addr, maybe = memory->maybe_root;

	memory->maybe_root = root;
	return proven == n || root == memory->root || root == maybe ||
	       in_datastack(walker, memory, n, proven);
}

/*
 * From 3.14 on the root of every stack of a thread lies in its thread state, and is the same as
 * long as that lives. (To 3.13 it is a variable of C code: where a thread has left the interpreter
 * and come back, the next one's place may hold another frame.)
 */
#define THREAD_STATE_MAX 16384

static void know_sentinel(const struct py_walker *walker, uint64_t tstate,
			  struct py_thread_memory *memory, size_t n)
{
	const struct py_frame *root = &walker->chain[n - 1];

	if (root->c_frame && root->addr > tstate && root->addr - tstate < THREAD_STATE_MAX)
		memory->sentinel = *root;
}

/* A chain that reached its root: as much of it as the other pass agrees with. */
static enum py_walk_result judge(struct py_walker *walker, uint64_t tstate,
				 struct py_thread_memory *memory, int pass, size_t n,
				 struct py_stack *stack)
{
	size_t proven = agreeing(walker, memory, 1 - pass, n);
	uint64_t root = walker->chain[n - 1].addr;

	keep_places(walker, memory, n);
	if (!is_ours(walker, memory, n, proven)) {
		/* The thread's own root has to be in its own memory; an object's place may not. */
		if (walker->rt->layout.frame_model == PY_FRAMES_HEAP)
			memory->root = 0;
		else if (deliver_standing(walker, memory, stack))
			return PY_WALK_STACK;
		return failed(stack, PYPROF_CAUSE_MOVED);
	}
	memory->root = root;
	know_sentinel(walker, tstate, memory, n);
	memory->n_matching = keep_chain(walker, memory, 0, n, proven) ? SIZE_MAX : 0;
	if (!deliver(walker, memory, 0, n, proven, stack))
		return failed(stack, PYPROF_CAUSE_FAULT);
	return stack->n || stack->truncated ? PY_WALK_STACK : PY_WALK_EMPTY;
}

/*
 * Most of a deep stack is as it was at the last look, to the byte. So only what is above that is
 * followed and judged. False where the long way has to be gone.
 */
static bool judge_known(struct py_walker *walker, struct py_thread_memory *memory,
			uint64_t current, struct py_stack *stack)
{
	size_t n, same = known_join(walker, memory, current, &n), proven, kept;

	if (!same)
		return false;
	proven = agreeing(walker, memory, 0, n);
	keep_places(walker, memory, n);
	kept = memory->chain[same - 1].shown;
	memory->n_matching = keep_chain(walker, memory, same, n, proven) ? SIZE_MAX : 0;
	return deliver(walker, memory, kept, n, proven, stack) &&
	       (stack->n || stack->truncated);
}

/*
 * The places that a deep stack grows into and leaves may come and go faster than they can be read.
 * The last look is at the lower half of the last one only, of which something will have stood.
 */
static void forget_upper_half(const struct py_walker *walker, struct py_thread_memory *memory)
{
	memory->footprint.now.n = 0;
	for (size_t i = 0; i < memory->n_chain / 2; i++) {
		uint64_t addr = memory->chain[i].addr;

		if (addr != memory->sentinel.addr)
			footprint_add(&memory->footprint.now, look_start(walker, addr),
				      look_end(walker, addr));
	}
}

enum py_walk_result py_walk(struct py_walker *walker, uint64_t tstate,
			    struct py_thread_memory *memory, struct py_stack *stack)
{
	bool heap = walker->rt->layout.frame_model == PY_FRAMES_HEAP;
	enum pyprof_cause cause = PYPROF_CAUSE_MOVED;
	int most = memory->root ? MAX_LOOKS : MAX_FIRST_LOOKS, slow = 0;

	*stack = (struct py_stack){ 0 };
	walker->n_searched = 0;
	for (int look = 0; look < most; look++) {
		enum look_result seen;
		uint64_t current = 0, missing;
		enum chain_end end;
		size_t n;
		int pass;

		if (look > 0 && look + 1 == most && memory->root)
			forget_upper_half(walker, memory);
		seen = look_read(walker, tstate, memory, &current);
		if (seen != LOOK_SEEN)
			walker->n_moments = 0;
		if (seen == LOOK_AGAIN) {
			cause = PYPROF_CAUSE_FAULT;
			continue;
		}
		if (seen == LOOK_SLOW && slow++ < MAX_SLOW_LOOKS)
			look--;
		if (seen == LOOK_SLOW)
			continue;
		if (seen != LOOK_SEEN)
			return failed(stack, PYPROF_CAUSE_FAULT);
		walker->current = current;
		if (!current) {
			memory->root = memory->maybe_root = 0;
			return PY_WALK_EMPTY;
		}
		if (judge_known(walker, memory, current, stack))
			return PY_WALK_STACK;
		if (walker->windowed) {
			window_drop(walker);
			look_current(walker);
		}
		end = follow_passes(walker, memory, current, &pass, &n, &missing);
		if (end == CHAIN_ROOT)
			return judge(walker, tstate, memory, pass, n, stack);
		cause = cause_of(end);
		if (look > 0 && deliver_standing(walker, memory, stack))
			return PY_WALK_STACK;
		if (missing || heap)
			search_frames(walker, tstate, memory, missing ? missing : current);
	}
	return failed(stack, cause);
}

bool py_walk_next(struct py_walker *walker, uint64_t tstate, struct py_thread_memory *memory,
		  struct py_stack *stack, enum py_walk_result *result)
{
	enum chain_end end;
	uint64_t current, missing;
	size_t n;
	int pass;

	if (walker->moment + 1 >= walker->n_moments)
		return false;
	walker->moment++;
	*stack = (struct py_stack){ 0 };
	walker->current = current = look_current(walker);
	if (!current) {
		memory->root = memory->maybe_root = 0;
		*result = PY_WALK_EMPTY;
		return true;
	}
	if (judge_known(walker, memory, current, stack)) {
		*result = PY_WALK_STACK;
		return true;
	}
	/* Without that nothing is known of what lies below the window. */
	if (walker->windowed)
		return false;
	end = follow_passes(walker, memory, current, &pass, &n, &missing);
	if (end == CHAIN_ROOT)
		*result = judge(walker, tstate, memory, pass, n, stack);
	else if (deliver_standing(walker, memory, stack))
		*result = PY_WALK_STACK;
	else
		*result = failed(stack, cause_of(end));
	return true;
}
