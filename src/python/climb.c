/* SPDX-License-Identifier: MIT */
#include "python/climb.h"

#include "base/array.h"
#include "python/look.h"
#include "python/window.h"

void climb_learn(struct py_walker *walker, const struct py_thread_memory *memory, size_t first)
{
	uint32_t weight = walker->stands ? PY_CALLS_ENOUGH : PY_CALLS_AGREED;

	for (size_t i = first ? first : 1; i < memory->n_chain; i++) {
		const struct py_frame *callee = &memory->chain[i], *caller = callee - 1;

		/* C code that was called, and has called, lies between. */
		if (caller->c_frame && i > 1)
			caller--;
		if (!caller->c_frame && !callee->c_frame)
			py_calls_learn(&walker->calls, caller, callee, weight, walker->looks);
	}
}

/* No frame is longer. */
#define WORDS_MAX (1u << 20)

/* CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR. */
#define CODE_GENERATES 0x2a0u

/* What py_calls_frame_size() knows. 0: not to be had. */
static uint32_t read_frame_size(struct py_walker *walker, uint64_t code)
{
	const struct py_layout *l = &walker->rt->layout;
	uint32_t size = py_calls_frame_size(&walker->calls, code), stack, locals, flags;
	enum pyprof_status status;
	struct memory_piece pieces[] = { { code + l->code.stacksize, &stack, 4 },
					 { code + l->code.nlocalsplus, &locals, 4 },
					 { code + l->code.flags, &flags, 4 } };

	if (size)
		return size;
	if (l->code.stacksize == PY_ABSENT ||
	    memory_readv(walker->rt->target->memory, pieces, 3, &status) != 3 ||
	    stack > WORDS_MAX || locals > WORDS_MAX)
		return 0;
	size = l->frame.localsplus + 8 * (stack + locals);
	return size | (flags & CODE_GENERATES ? PY_CALLS_GENERATES : 0) |
	       (locals ? PY_CALLS_VARIABLES : 0);
}

/* The same of a frame that is one for sure, so that it need not be read again. */
static uint32_t frame_size(struct py_walker *walker, uint64_t code)
{
	uint32_t size = read_frame_size(walker, code);

	if (size)
		py_calls_learn_size(&walker->calls, code, size);
	return size;
}

/* What lies above a frame of the datastack. */
enum above {
	ABOVE_NOTHING, /* that is in use: it was the leaf */
	ABOVE_CALLEE,
	ABOVE_UNKNOWN,
};

/* Does it stand at an instruction that returns? That is read from the code once. */
static bool is_returning(struct py_walker *walker, const struct py_frame *frame)
{
	const struct py_layout *l = &walker->rt->layout;
	enum py_returns returns = py_calls_returns(&walker->calls, frame);
	uint8_t opcode;

	if (returns == PY_RETURNS_UNKNOWN && l->opcode.return_value != PY_ABSENT &&
	    !memory_read(walker->rt->target->memory, frame->lasti, &opcode, 1, NULL)) {
		returns = opcode == l->opcode.return_value || opcode == l->opcode.return_const ?
				  PY_RETURNS :
				  PY_RETURNS_NOT;
		py_calls_learn_returns(&walker->calls, frame, returns);
	}
	return returns == PY_RETURNS;
}

/*
 * A frame that has been left is empty from 3.13 on. (So is one without variables that waits for a
 * call; but where such a frame is left no calls are made, mostly.) Before that it is as if it waited
 * for one, at an instruction that returns.
 */
static bool has_been_left(struct py_walker *walker, const struct py_frame *frame)
{
	bool cframe = walker->rt->layout.frame_model == PY_FRAMES_CFRAME;

	if (frame->left && (py_calls_frame_size(&walker->calls, frame->code) & PY_CALLS_VARIABLES))
		return true;
	return (cframe ? frame->waits : frame->left) && !py_calls_site(&walker->calls, frame) &&
	       (!cframe || is_returning(walker, frame));
}

/* The way up. */
struct climber {
	struct py_walker *walker;
	struct py_thread_memory *memory;
	const struct py_frame *seen; /* what followed from the current frame: leaf first */
	size_t n_seen;
	struct py_frame at;
	uint64_t end; /* where the datastack goes on above what is in use */
	size_t range; /* that of the datastack's frames */
	int copy, others; /* which reading is followed: of that range, and of others */
};

/* A frame as the copy has it; not what is below a window, which the first pass has. */
static bool copied(const struct climber *c, uint64_t addr, size_t *range, struct py_frame *frame)
{
	int pass = look_in_newest_chunk(c->memory, addr) ? c->copy : c->others;
	bool alive;

	return look_frame(c->walker, c->memory, pass, addr, range, frame, &alive) && alive &&
	       !window_is_above(c->walker, *range, look_start(c->walker, addr),
				look_end(c->walker, addr));
}

static bool is_known(const struct climber *c, const struct py_frame *callee)
{
	return py_calls_known(&c->walker->calls, &c->at, callee);
}

/* A frame at that place was missed: the next look reads it. It is often used again. */
static void want(const struct climber *c, uint64_t addr)
{
	struct py_thread_memory *memory = c->memory;

	for (size_t i = 0; i < memory->n_wanted; i++)
		if (memory->wanted[i] == addr)
			return;
	if (addr >= FOOTPRINT_GAP && addr <= INT64_MAX && addr % 8 == 0 &&
	    memory->n_wanted < PY_WANTED_MAX)
		memory->wanted[memory->n_wanted++] = addr;
}

/*
 * Was it called where `at` stands, by way of C code that lies between? Either reading may have seen
 * that: the one that the callee lies in says that it was called from there.
 */
static bool is_called_by_c(const struct climber *c, const struct py_frame *callee)
{
	for (int pass = 0; pass <= 1; pass++) {
		struct py_frame between;
		size_t range = 0;
		bool alive;

		if (!look_frame(c->walker, c->memory, pass, callee->prev, &range, &between,
				&alive)) {
			if (is_known(c, callee))
				want(c, callee->prev);
			return false;
		}
		if (alive && between.c_frame && between.prev == c->at.addr)
			return true;
	}
	return false;
}

/*
 * Is it in use for sure? What has been left looks as if it waited; from 3.14 on it has been emptied
 * then, but not where it has become a generator.
 */
static bool is_in_use(const struct climber *c, const struct py_frame *callee)
{
	if (!callee->waits)
		return true;
	if (callee->left)
		return false;
	if (c->walker->rt->layout.frame.stackpointer != PY_ABSENT) {
		uint32_t size = read_frame_size(c->walker, callee->code);

		return size && !(size & PY_CALLS_GENERATES);
	}
	return py_calls_site(&c->walker->calls, callee);
}

/*
 * The same of one that lies beside its caller, in the same copy, and was called there. What is not
 * known yet is noted, if it is in use. (Of what lies elsewhere that would not do: it is read a
 * microsecond later, when something else may be in the caller's place, and again and again so.)
 */
static bool is_known_beside(const struct climber *c, const struct py_frame *callee)
{
	struct py_calls *calls = &c->walker->calls;

	if (is_known(c, callee))
		return true;
	if (!c->at.generator && !has_been_left(c->walker, &c->at) && is_in_use(c, callee))
		py_calls_learn(calls, &c->at, callee, PY_CALLS_SIGHTED, c->walker->looks);
	return false;
}

/* No code object is longer. */
#define CODE_MAX (1u << 26)

/* Does it stand in its code? What was written over the rest of a frame does not. */
static bool is_in_its_code(const struct climber *c, const struct py_frame *frame)
{
	/* One unit before the first is where it has not begun. */
	uint64_t first = frame->code + c->walker->rt->layout.code.code - 2;

	return frame->lasti >= first && frame->lasti - first < CODE_MAX;
}

/*
 * Can it be what C code has called, from where `at` stands? In 3.11 it says so, later its caller is
 * a frame of C's.
 */
static bool may_be_called_by_c(const struct climber *c, const struct py_frame *callee)
{
	bool linked = callee->prev == c->at.addr;
	bool by_c = c->walker->rt->layout.frame.is_entry != PY_ABSENT ?
			    callee->entry && linked :
			    !linked && !look_in_newest_chunk(c->memory, callee->prev);

	return by_c && is_in_its_code(c, callee) && !has_been_left(c->walker, callee);
}

/*
 * Above a frame that runs by itself lies nothing, but what was called before. It may be in C code
 * that has called the interpreter.
 */
static enum above above_running(const struct climber *c, const struct py_frame *callee)
{
	bool linked = callee->prev == c->at.addr;

	if (!may_be_called_by_c(c, callee))
		return ABOVE_NOTHING;
	if (linked)
		return !callee->waits && is_known_beside(c, callee) ? ABOVE_CALLEE :
								      ABOVE_UNKNOWN;
	return is_called_by_c(c, callee) && is_known(c, callee) ? ABOVE_CALLEE : ABOVE_UNKNOWN;
}

/*
 * A frame that has not begun looks as if it waited, at its first instruction or before that. Right
 * there it calls nothing, but for what C code calls on its own account.
 */
static bool has_begun(const struct climber *c)
{
	return c->at.lasti > c->at.code + c->walker->rt->layout.code.code;
}

/* Above one that waits lies what it waits for; from 3.14 on that may be C code. */
static enum above above_waiting(const struct climber *c, const struct py_frame *callee)
{
	bool by_c = c->walker->rt->layout.frame.stackpointer != PY_ABSENT;
	bool left = has_been_left(c->walker, callee), linked = callee->prev == c->at.addr;

	if (!has_begun(c))
		return is_called_by_c(c, callee) ? ABOVE_UNKNOWN : ABOVE_NOTHING;
	if (by_c && !(linked ? !left || is_known(c, callee) : may_be_called_by_c(c, callee)))
		return ABOVE_NOTHING;
	if (linked ? !is_known_beside(c, callee) :
		     !(by_c && is_called_by_c(c, callee) && is_known(c, callee)))
		return ABOVE_UNKNOWN;
	/*
	 * It was left in between, or has been and the caller's word of it is still on its way: the
	 * reading itself holds that up. Whose moment it was is not known.
	 */
	return left ? ABOVE_UNKNOWN : ABOVE_CALLEE;
}

/* What the datastack has above. */
static enum above above_in_datastack(const struct climber *c, struct py_frame *callee)
{
	const struct py_layout *l = &c->walker->rt->layout;
	size_t range = c->range;
	bool alive;

	if (!look_frame(c->walker, c->memory, c->copy, c->end, &range, callee, &alive) ||
	    range != c->range)
		return ABOVE_UNKNOWN;
	if (!alive || !callee->code)
		return c->at.waits && l->frame.stackpointer == PY_ABSENT ? ABOVE_UNKNOWN :
									   ABOVE_NOTHING;
	return c->at.waits ? above_waiting(c, callee) : above_running(c, callee);
}

/*
 * Is it a generator that was called where `at` stands? While it does not run it has no caller. It is
 * read later than the copy was made: so both passes have to find it running for the same one.
 */
static bool is_running_above(const struct climber *c, const struct py_frame *seen,
			     struct py_frame *callee)
{
	struct py_frame again;
	size_t range = 0;
	bool alive;

	return seen->generator && copied(c, seen->addr, &range, callee) && callee->generator &&
	       look_frame(c->walker, c->memory, 1 - c->others, seen->addr, &range, &again, &alive) &&
	       alive && again.prev == callee->prev && again.code == callee->code &&
	       (callee->prev == c->at.addr || is_called_by_c(c, callee)) &&
	       is_known(c, callee);
}

/*
 * Who calls a generator by itself has it at the top of its own stack, or in 3.15 below that. (The
 * copy may have had room for the frames alone.)
 */
static bool is_own_generator_above(const struct climber *c, struct py_frame *callee)
{
	const struct py_layout *l = &c->walker->rt->layout;

	for (uint64_t back = 8; back <= 16 && c->at.top && !c->at.generator; back += 8) {
		struct py_frame seen = { .generator = true };
		size_t range = 0, there = 0;
		uint64_t object;
		bool alive;

		if (!look_word(c->walker, c->memory, c->copy, c->at.top - back, &range, &object))
			continue;
		seen.addr = (object & ~l->tag_mask) + l->generator.iframe;
		if (is_running_above(c, &seen, callee))
			return true;
		if (!look_frame(c->walker, c->memory, c->others, seen.addr, &there, callee, &alive))
			want(c, seen.addr);
	}
	return false;
}

/*
 * A generator lies elsewhere. Known are those that the current frame has led to, and those of the
 * thread's last stack.
 */
static bool is_generator_above(const struct climber *c, struct py_frame *callee)
{
	for (size_t i = 0; i < c->n_seen && i < CLIMB_MAX; i++)
		if (is_running_above(c, &c->seen[i], callee))
			return true;
	size_t end = c->memory->n_frames + CLIMB_MAX;

	end = end < c->memory->n_last ? end : c->memory->n_last;
	for (size_t i = c->memory->n_frames; i < end; i++)
		if (is_running_above(c, &c->memory->frames[i], callee))
			return true;
	return false;
}

static enum above look_above(const struct climber *c, struct py_frame *callee)
{
	bool for_generator = c->at.waits && py_calls_generators(&c->walker->calls, &c->at);

	if (is_generator_above(c, callee) ||
	    (for_generator && is_own_generator_above(c, callee)))
		return ABOVE_CALLEE;
	return for_generator ? ABOVE_UNKNOWN : above_in_datastack(c, callee);
}

/* Goes up to the frame. False: it is not known how far the datastack is in use then. */
static bool step(struct climber *c, const struct py_frame *frame)
{
	uint32_t size = frame->generator ? 0 : frame_size(c->walker, frame->code);

	c->at = *frame;
	if (frame->generator)
		return true;
	c->end = frame->addr + (size & ~PY_CALLS_FLAGS);
	return size != 0;
}

/* The frame of the datastack that is next below, for a generator; what lies above it is in use. */
static bool find_end(struct climber *c, const struct py_frame *base)
{
	for (size_t i = (size_t)(base - c->memory->frames) + 1; i > 0; i--) {
		const struct py_frame *frame = &c->memory->frames[i - 1];

		if (!frame->generator)
			return look_in_newest_chunk(c->memory, frame->addr) &&
			       copied(c, frame->addr, &c->range, &c->at) &&
			       c->at.code == frame->code && step(c, frame);
	}
	return false;
}

/* Was no other chunk begun, or left, while this look was taken? */
static bool is_only_chunk(const struct climber *c)
{
	for (int when = 0; when < LOOK_TIMES; when++)
		if (c->walker->datastack[when].chunk != c->memory->chunk_start)
			return false;
	return true;
}

/*
 * Were the frames below as the copy has them? The two passes were made later, when the same callers
 * may have called the same again, from another place.
 */
static bool stood_below(const struct climber *c, const struct py_frame *base)
{
	for (size_t i = (size_t)(base - c->memory->frames); i > 0; i--) {
		const struct py_frame *frame = &c->memory->frames[i - 1];
		struct py_frame then;
		size_t range = c->range;
		bool alive;

		if (!look_in_newest_chunk(c->memory, frame->addr))
			continue;
		if (!look_frame(c->walker, c->memory, c->copy, frame->addr, &range, &then, &alive))
			return true;
		if (!alive || then.code != frame->code || then.prev != frame->prev ||
		    then.lasti != frame->lasti)
			return false;
	}
	return true;
}

static enum climb_end climb_datastack(struct climber *c, const struct py_frame *base)
{
	struct py_walker *walker = c->walker;
	size_t range = 0;
	struct py_frame callee;
	enum above above;
	bool met = look_in_newest_chunk(c->memory, walker->current) ||
		   base->addr == walker->current;

	if ((!base->generator && !look_in_newest_chunk(c->memory, base->addr)) ||
	    !is_only_chunk(c))
		return CLIMB_UNKNOWN;
	if (!copied(c, base->addr, &range, &callee) || callee.code != base->code ||
	    callee.prev != base->prev || (!base->generator && has_been_left(walker, &callee)))
		return CLIMB_GONE;
	if (!find_end(c, base))
		return CLIMB_UNKNOWN;
	if (c->copy == LOOK_FIRST && !stood_below(c, base))
		return CLIMB_GONE;
	c->at = walker->climb_base = callee;
	walker->n_climbed = 0;
	while ((above = look_above(c, &callee)) == ABOVE_CALLEE) {
		if (walker->n_climbed == CLIMB_MAX ||
		    !array_grow(walker->climbed, walker->n_climbed, walker->climbed_cap))
			return CLIMB_CUT;
		walker->climbed[walker->n_climbed++] = callee;
		met |= callee.addr == walker->current;
		if (!step(c, &callee))
			return CLIMB_CUT;
	}
	/* A current frame elsewhere that the way up did not come by may still be above it. */
	return above == ABOVE_NOTHING && met ? CLIMB_LEAF : CLIMB_CUT;
}

static enum climb_end climb_objects(struct py_walker *walker, const struct py_frame *base,
				    size_t n_seen)
{
	const struct py_frame *leaf = &walker->chain[0];

	if (n_seen != 1 || leaf->addr != walker->current || !leaf->running ||
	    leaf->prev != base->addr || !py_calls_known(&walker->calls, base, leaf) ||
	    !array_grow(walker->climbed, 0, walker->climbed_cap))
		return CLIMB_UNKNOWN;
	walker->climb_base = *base;
	walker->climbed[0] = *leaf;
	walker->n_climbed = 1;
	return CLIMB_LEAF;
}

enum climb_end climb(struct py_walker *walker, struct py_thread_memory *memory,
		     const struct py_frame *base, size_t n_seen)
{
	bool first = walker->first_range != SIZE_MAX;
	struct climber c = { walker, memory, .seen = walker->chain, .n_seen = n_seen,
			     .copy = first ? LOOK_FIRST : 1, .others = first ? 0 : 1 };

	if (walker->rt->layout.frame_model == PY_FRAMES_HEAP)
		return climb_objects(walker, base, n_seen);
	return walker->has_datastack ? climb_datastack(&c, base) : CLIMB_UNKNOWN;
}
