/* SPDX-License-Identifier: MIT */
#include "python/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "python/known.h"
#include "python/window.h"

/*
 * Objects in use count their references; what a free list or the allocator took back holds 0
 * or a pointer there.
 */
#define REFCOUNT_MAX (1u << 24)

/* gi_frame_state of a generator that is running (3.11, where it matters). */
#define GENERATOR_EXECUTING 0
#define OWNER_GENERATOR	    1

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t get_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* PyFrameState of 3.10: running, or unwinding an exception. */
#define STATE_EXECUTING 0
#define STATE_UNWINDING 2

/*
 * Does a frame object say that it is on a stack? In 2.7 only that of a generator does, once
 * it has begun: for others, being referred to has to do.
 */
static bool is_running(const struct py_layout *l, const uint8_t *at)
{
	if (l->frame.tstate != PY_ABSENT)
		return get_u64(at + l->frame.tstate) != 0 &&
		       (int32_t)get_u32(at + l->frame.lasti) >= 0;
	if (l->frame.executing != PY_ABSENT)
		return at[l->frame.executing] == 1;
	if (l->frame.state != PY_ABSENT)
		return at[l->frame.state] == STATE_EXECUTING ||
		       at[l->frame.state] == STATE_UNWINDING;
	return true;
}

static bool decode_heap_frame(const struct py_layout *l, const uint8_t *at,
			      struct py_frame *frame)
{
	uint64_t refcount = get_u64(at + l->object.ob_type - 8);

	frame->prev = get_u64(at + l->frame.previous);
	frame->code = get_u64(at + l->frame.executable);
	frame->lasti = (uint64_t)(int64_t)(int32_t)get_u32(at + l->frame.lasti);
	frame->running = is_running(l, at);
	/* A suspended generator has no caller either, and is no root. */
	return refcount > 0 && refcount < REFCOUNT_MAX && (frame->prev || frame->running);
}

/*
 * In 3.11 a thread's chain may end at a generator that C resumed; a generator that has just
 * been suspended has no caller either, and is told apart by its state. Later versions end
 * every chain with a frame for the C code that entered the interpreter.
 */
static bool is_root(const struct py_layout *l, const uint8_t *at, uint8_t owner)
{
	if (l->skip_owner_from != 255)
		return owner >= l->skip_owner_from;
	if (owner != OWNER_GENERATOR || l->generator.frame_state == PY_ABSENT)
		return true;
	return (int8_t)at[(int64_t)l->generator.frame_state - l->generator.iframe] ==
	       GENERATOR_EXECUTING;
}

/* What a frame of 3.11 and later says of its own stack: in use, put away while it waits, empty. */
static void decode_waiting(const struct py_layout *l, const uint8_t *at, struct py_frame *frame)
{
	if (l->frame.stackpointer != PY_ABSENT) {
		uint64_t pointer = get_u64(at + l->frame.stackpointer);

		frame->left = pointer == frame->addr + l->frame.localsplus;
		frame->waits = pointer != 0;
		frame->top = pointer;
	} else if (l->frame.stacktop != PY_ABSENT) {
		int32_t top = (int32_t)get_u32(at + l->frame.stacktop);

		frame->left = top == 0 && l->frame_model == PY_FRAMES_CURRENT;
		frame->waits = top >= 0;
		frame->top = top > 0 ? frame->addr + l->frame.localsplus + 8 * (uint64_t)top : 0;
	}
	if (l->frame.is_entry != PY_ABSENT)
		frame->entry = at[l->frame.is_entry] != 0;
}

bool look_decode(struct py_walker *walker, const uint8_t *span, uint64_t addr,
		 struct py_frame *frame)
{
	const struct py_layout *l = &walker->rt->layout;
	const uint8_t *at = span - walker->span_from;
	uint8_t owner;

	*frame = (struct py_frame){ .addr = addr };
	if (l->frame_model == PY_FRAMES_HEAP)
		return decode_heap_frame(l, at, frame);

	owner = at[l->frame.owner];
	frame->prev = get_u64(at + l->frame.previous);
	frame->code = get_u64(at + l->frame.executable) & ~l->tag_mask;
	frame->lasti = get_u64(at + l->frame.lasti);
	frame->generator = owner == OWNER_GENERATOR;
	frame->c_frame = owner >= l->skip_owner_from && l->skip_owner_from != 255;
	decode_waiting(l, at, frame);
	if (l->frame.tlbc_index != PY_ABSENT)
		frame->tlbc = get_u32(at + l->frame.tlbc_index);
	if (frame->c_frame && !py_c_code(walker->rt, &walker->c_codes, frame->code))
		return false;
	return frame->prev || is_root(l, at, owner);
}

uint8_t *look_pass(const struct py_walker *walker, size_t pass)
{
	size_t index = walker->moment + pass;

	return index == walker->n_moments ? walker->last_pass :
					    walker->passes + index * walker->pass_bytes;
}

/* The bytes [start, end) as that pass has them; NULL where they were not read. */
static const uint8_t *read_bytes(const struct py_walker *walker,
				 const struct py_thread_memory *memory, int pass, uint64_t start,
				 uint64_t end, size_t *hint)
{
	size_t offset = footprint_find(&memory->footprint.now, start, end, hint);

	if (offset == FOOTPRINT_NONE || offset == FOOTPRINT_UNREAD)
		return NULL;
	if (pass == LOOK_FIRST)
		return *hint == walker->first_range && start >= walker->first_from ?
			       walker->first + offset :
			       NULL;
	/* What lies below the window only the first pass has, for all. */
	return (window_is_above(walker, *hint, start, end) ? walker->passes :
							     look_pass(walker, (size_t)pass)) +
	       offset;
}

bool look_frame(struct py_walker *walker, const struct py_thread_memory *memory, int pass,
		uint64_t addr, size_t *hint, struct py_frame *frame, bool *alive)
{
	const uint8_t *bytes;

	if (addr == memory->sentinel.addr && addr) {
		*frame = memory->sentinel;
		*alive = true;
		return true;
	}
	if (addr > INT64_MAX || addr < FOOTPRINT_GAP)
		return false;
	bytes = read_bytes(walker, memory, pass, look_start(walker, addr), look_end(walker, addr),
			   hint);
	if (!bytes)
		return false;
	*alive = look_decode(walker, bytes, addr, frame);
	return true;
}

bool look_word(const struct py_walker *walker, const struct py_thread_memory *memory, int pass,
	       uint64_t addr, size_t *hint, uint64_t *word)
{
	const uint8_t *bytes = NULL;

	if (addr >= FOOTPRINT_GAP && addr <= INT64_MAX)
		bytes = read_bytes(walker, memory, pass, addr, addr + 8, hint);
	if (bytes)
		*word = get_u64(bytes);
	return bytes != NULL;
}

/* C code that enters the interpreter has a cframe of its own: no more of them are read at once. */
#define CFRAMES_MAX_BYTES 16384

/* The same for a stack that is not deep. */
#define SHALLOW_RANGES 2

/* So many frames of the last chain may lie elsewhere, above one in the datastack. */
#define ELSEWHERE_MAX 16
/* So much of what lies below that one is read, too: a deep stack is not copied whole. */
#define FIRST_BELOW 4096

/* From where on the range is of interest. */
static uint64_t first_from(const struct py_thread_memory *memory,
			   const struct footprint_range *range)
{
	const size_t n = memory->n_chain;

	for (size_t i = n; i > 0 && n - i < ELSEWHERE_MAX; i--) {
		uint64_t addr = memory->chain[i - 1].addr;

		if (addr >= range->start && addr < range->end)
			return addr - range->start > FIRST_BELOW ? addr - FIRST_BELOW :
								   range->start;
	}
	return range->start;
}

/*
 * The range of the last leaf, where that lies in the datastack, is read once more in front of
 * everything else: nothing that we read before has held up the thread's writing there yet.
 */
static void plan_first(struct py_walker *walker, const struct py_thread_memory *memory)
{
	const struct footprint_set *set = &memory->footprint.now;

	walker->first_range = SIZE_MAX;
	if (!walker->climbs || walker->stands || !walker->has_datastack ||
	    walker->n_moments != 1 ||
	    memory->leaf_range >= set->n ||
	    !look_in_newest_chunk(memory, set->ranges[memory->leaf_range].start))
		return;
	walker->first_range = memory->leaf_range;
	walker->first_from = first_from(memory, &set->ranges[memory->leaf_range]);
}

static struct memory_piece first_piece(const struct py_walker *walker,
				       const struct py_thread_memory *memory)
{
	const struct footprint_range *range = &memory->footprint.now.ranges[walker->first_range];

	return (struct memory_piece){ walker->first_from,
				      walker->first + range->offset +
					      (walker->first_from - range->start),
				      range->end - walker->first_from };
}

/*
 * How many moments the look will have: as many as wanted where it is the thread state and a few
 * ranges only that are to be read, and all is known.
 */
static size_t count_moments(const struct py_walker *walker, const struct py_thread_memory *memory)
{
	if (walker->burst <= 1 || walker->stands || !memory->root ||
	    memory->footprint.now.n > PY_BURST_RANGES || walker->asides[PY_ASIDE_CODES].n ||
	    walker->rt->layout.frame_model == PY_FRAMES_CFRAME)
		return 1;
	return walker->burst < PY_BURST_MAX ? walker->burst : PY_BURST_MAX;
}

/* Adds the places that the last look found to be missing. The leaf's range stays what it is. */
static void add_wanted(const struct py_walker *walker, struct py_thread_memory *memory)
{
	struct footprint_set *set = &memory->footprint.now;
	uint64_t leaf = memory->leaf_range < set->n ? set->ranges[memory->leaf_range].start : 0;

	for (size_t i = 0; i < memory->n_wanted; i++)
		footprint_add(set, look_start(walker, memory->wanted[i]),
			      look_end(walker, memory->wanted[i]));
	for (size_t i = 0; leaf && memory->n_wanted && i < set->n; i++)
		if (set->ranges[i].start <= leaf && leaf < set->ranges[i].end)
			memory->leaf_range = i;
	memory->n_wanted = 0;
}

/* Lays out what the look will read. False: no memory. */
static bool reserve_buffers(struct py_walker *walker, struct py_thread_memory *memory)
{
	size_t cframes, pieces, passes;

	footprint_renew(&memory->footprint);
	footprint_renew(&memory->cframes);
	add_wanted(walker, memory);
	cframes = footprint_layout(&memory->cframes.now);

	if (cframes > CFRAMES_MAX_BYTES)
		cframes = memory->cframes.now.n = memory->cframes.next.n = 0;
	walker->moment = 0;
	walker->n_moments = count_moments(walker, memory);
	walker->pass_bytes = footprint_layout(&memory->footprint.now);
	walker->window_bytes = window_plan(walker, memory);
	if (!walker->windowed && memory->footprint.now.n > SHALLOW_RANGES)
		walker->n_moments = 1;
	plan_first(walker, memory);
	passes = walker->n_moments + 1;
	pieces = passes * (memory->footprint.now.n + PY_WINDOW_PARTS + 1) + memory->cframes.now.n +
		 LOOK_TIMES + 1;
	for (int i = 0; i < PY_N_ASIDES; i++)
		pieces += walker->asides[i].n;
	return array_reserve((void **)&walker->pieces, &walker->pieces_cap, pieces,
			     sizeof(walker->pieces[0])) &&
	       array_reserve((void **)&walker->cframes, &walker->cframes_cap, cframes, 1) &&
	       array_reserve((void **)&walker->passes, &walker->passes_cap,
			     walker->n_moments * walker->pass_bytes, 1) &&
	       (walker->first_range == SIZE_MAX ||
		array_reserve((void **)&walker->first, &walker->first_cap, walker->pass_bytes,
			      1)) &&
	       known_begin(walker, memory);
}

/*
 * How near to the moment a range is read. The shorter the time between its two readings, the less
 * is lost, and the surer it is that nothing else was there in between: so what changes often
 * comes last in the first pass and first in the second. That is the range of the last leaf, and
 * the datastack, where every call of a frame uses the same place again.
 */
enum nearness { FAR, LEAF, DATASTACK, DATASTACK_LEAF };

static enum nearness nearness(const struct py_thread_memory *memory, size_t range)
{
	bool datastack = look_in_newest_chunk(memory, memory->footprint.now.ranges[range].start);

	return (datastack ? DATASTACK : FAR) + (range == memory->leaf_range ? LEAF : FAR);
}

/* The whole range, into its place in the buffer. */
static struct memory_piece range_piece(const struct footprint_range *range, uint8_t *buffer)
{
	return (struct memory_piece){ range->start, buffer + range->offset,
				      range->end - range->start };
}

/* Asks for the ranges of that nearness; gives the next piece's number, as all of these do. */
static size_t add_ranges(struct py_walker *walker, const struct py_thread_memory *memory,
			 size_t pass, enum nearness wanted, size_t n)
{
	const struct footprint_set *set = &memory->footprint.now;

	for (size_t i = 0; i < set->n; i++)
		if (nearness(memory, i) == wanted)
			walker->pieces[n++] =
				range_piece(&set->ranges[i], look_pass(walker, pass));
	return n;
}

/* Asks for what of the ranges lies in the window. */
static size_t add_window(struct py_walker *walker, const struct py_thread_memory *memory,
			 size_t pass, size_t n)
{
	const struct footprint_set *set = &memory->footprint.now;

	for (size_t i = 0; i < walker->n_window; i++) {
		const struct py_window_part *part = &walker->window[i];
		const struct footprint_range *range = &set->ranges[part->range];
		size_t offset = range->offset + (part->from - range->start);

		walker->pieces[n++] = (struct memory_piece){
			part->from, look_pass(walker, pass) + offset, part->to - part->from
		};
	}
	return n;
}

/* Asks for the thread state's words of interest. */
static size_t add_thread(struct py_walker *walker, uint64_t tstate, size_t when, size_t n)
{
	walker->pieces[n] = (struct memory_piece){
		tstate + walker->thread_from, walker->thread_words[when],
		walker->thread_to - walker->thread_from
	};
	return n + 1;
}

/* All pieces in order, in as few calls as the backend takes; the number read whole. */
static size_t read_pieces(struct py_walker *walker, size_t n)
{
	enum pyprof_status status;
	size_t done = 0;

	while (done < n) {
		size_t want = n - done < MEMORY_MAX_PIECES ? n - done : MEMORY_MAX_PIECES;
		size_t got = memory_readv(walker->rt->target->memory,
					  walker->pieces + done, want, &status);

		done += got;
		if (got < want)
			break;
	}
	return done;
}

/*
 * Asks for the current frame of every cframe known. They lie near each other on the C stack: in
 * one piece mostly, which keeps the moment short.
 */
static size_t add_cframes(struct py_walker *walker, const struct py_thread_memory *memory,
			  size_t n)
{
	const struct footprint_set *set = &memory->cframes.now;

	for (size_t i = 0; i < set->n; i++)
		walker->pieces[n++] = range_piece(&set->ranges[i], walker->cframes);
	return n;
}

/* The current frame by the thread's cframe. False where that was not read; it will be. */
static bool in_cframe(const struct py_walker *walker, struct py_thread_memory *memory,
		      uint64_t cframe, uint64_t *current)
{
	uint64_t at = cframe + walker->rt->layout.cframe.current_frame;
	struct footprint *known = &memory->cframes;
	size_t hint = 0, offset = footprint_find(&known->now, at, at + 8, &hint);

	if (offset == FOOTPRINT_NONE || offset == FOOTPRINT_UNREAD) {
		footprint_add(&known->now, at, at + 8);
		return false;
	}
	*current = get_u64(walker->cframes + offset);
	footprint_add(&known->next, at, at + 8);
	known->looks++;
	return true;
}

/* The place of piece `n` cannot be read any more. */
static void forget(struct py_walker *walker, struct py_thread_memory *memory, size_t n)
{
	footprint_drop(&memory->cframes.now, walker->pieces[n].addr);
	footprint_drop(&memory->footprint.now, walker->pieces[n].addr);
}

/* The word at `offset` of the thread state, as it was at that time. */
static uint64_t thread_word(const struct py_walker *walker, enum look_when when, uint32_t offset)
{
	return get_u64(&walker->thread_words[walker->moment + when][offset - walker->thread_from]);
}

/* What the thread state said at that time. */
static void decode_thread(struct py_walker *walker, enum look_when when)
{
	uint32_t chunk = walker->rt->layout.thread.datastack_chunk;
	struct py_datastack *datastack = &walker->datastack[when];

	*datastack = (struct py_datastack){ 0 };
	if (!walker->has_datastack)
		return;
	/* In every version the top's pointer follows that of the chunk. */
	datastack->chunk = thread_word(walker, when, chunk);
	datastack->top = thread_word(walker, when, chunk + 8);
}

/* Asks for what the caller wants beside. */
static size_t add_aside(struct py_walker *walker, enum py_aside which, size_t n)
{
	const struct py_aside_pieces *aside = &walker->asides[which];

	if (aside->n)
		memcpy(walker->pieces + n, aside->pieces, aside->n * sizeof(aside->pieces[0]));
	return n + aside->n;
}

static size_t add_last_asides(struct py_walker *walker, size_t n)
{
	for (enum py_aside which = PY_ASIDE_CODES + 1; which < PY_N_ASIDES; which++)
		n = add_aside(walker, which, n);
	return n;
}

/*
 * All pieces of a look, in this order: the ranges, from far to near; the moment; the same ranges
 * from near to far. Around the ranges of the datastack, its top is asked for once more.
 */
static size_t add_look(struct py_walker *walker, uint64_t tstate,
		       const struct py_thread_memory *memory)
{
	size_t n = 0;

	if (walker->first_range != SIZE_MAX)
		walker->pieces[n++] = first_piece(walker, memory);
	n = add_ranges(walker, memory, 0, FAR, n);
	n = add_ranges(walker, memory, 0, LEAF, n);
	if (walker->has_datastack)
		n = add_thread(walker, tstate, LOOK_BEFORE, n);
	n = add_ranges(walker, memory, 0, DATASTACK, n);
	n = add_ranges(walker, memory, 0, DATASTACK_LEAF, n);
	n = add_aside(walker, PY_ASIDE_CODES, n);
	n = add_thread(walker, tstate, LOOK_MOMENT, n);
	if (walker->rt->layout.frame_model == PY_FRAMES_CFRAME)
		n = add_cframes(walker, memory, n);
	n = add_ranges(walker, memory, 1, DATASTACK_LEAF, n);
	n = add_ranges(walker, memory, 1, DATASTACK, n);
	if (walker->has_datastack)
		n = add_thread(walker, tstate, LOOK_AFTER, n);
	n = add_ranges(walker, memory, 1, LEAF, n);
	n = add_ranges(walker, memory, 1, FAR, n);
	return add_last_asides(walker, n);
}

/*
 * The same of a burst: a pass, a moment, a pass, a moment… a pass, and the thread state's words
 * once more in front and behind.
 */
static size_t add_burst(struct py_walker *walker, uint64_t tstate,
			const struct py_thread_memory *memory)
{
	size_t n = add_thread(walker, tstate, 0, 0);

	for (size_t pass = 0; pass <= walker->n_moments; pass++) {
		if (walker->windowed && pass && pass < walker->n_moments) {
			n = add_window(walker, memory, pass, n);
		} else {
			for (enum nearness near = FAR; near <= DATASTACK_LEAF; near++)
				n = add_ranges(walker, memory, pass, near, n);
		}
		n = add_thread(walker, tstate, pass + 1, n);
	}
	return add_last_asides(walker, n);
}

/* Something of what the caller wants beside is gone. */
static bool forget_aside(struct py_walker *walker, const void *buf)
{
	for (int i = 0; i < PY_N_ASIDES; i++) {
		struct py_aside_pieces *aside = &walker->asides[i];

		for (size_t k = 0; k < aside->n; k++)
			if (aside->pieces[k].buf == buf) {
				aside->n = 0;
				return true;
			}
	}
	return false;
}

/* What it means that only `done` of the pieces could be read. */
static enum look_result unread(struct py_walker *walker, struct py_thread_memory *memory,
			       size_t done)
{
	for (size_t when = 0; when < walker->n_moments + 2; when++)
		if (walker->pieces[done].buf == walker->thread_words[when])
			return LOOK_FAULT;
	if (!forget_aside(walker, walker->pieces[done].buf))
		forget(walker, memory, done);
	return LOOK_AGAIN;
}

uint64_t look_current(struct py_walker *walker)
{
	for (int when = 0; when < LOOK_TIMES; when++)
		decode_thread(walker, when);
	return thread_word(walker, LOOK_MOMENT, walker->rt->layout.thread.frame);
}

size_t look_bytes(const struct py_walker *walker)
{
	if (walker->windowed)
		return 2 * walker->pass_bytes + (walker->n_moments - 1) * walker->window_bytes;
	return (walker->n_moments + 1) * walker->pass_bytes;
}

static void set_asides_read(struct py_walker *walker, bool read)
{
	for (int i = 0; i < PY_N_ASIDES; i++)
		walker->asides[i].read = read && walker->asides[i].n;
}

enum look_result look_read(struct py_walker *walker, uint64_t tstate,
			   struct py_thread_memory *memory, uint64_t *current)
{
	size_t n, done;
	uint64_t begin, taken;

	if (!reserve_buffers(walker, memory))
		return LOOK_NOMEM;
	walker->looks++;
	set_asides_read(walker, false);
	n = walker->n_moments > 1 ? add_burst(walker, tstate, memory) :
				    add_look(walker, tstate, memory);
	walker->n_pieces = n;
	begin = walker->clock();
	done = read_pieces(walker, n);
	taken = walker->clock() - begin;
	if (done < n)
		return unread(walker, memory, done);
	if (!walker->stands && !look_time_counts(&memory->time, taken, n, look_bytes(walker)))
		return LOOK_SLOW;
	window_settle(walker, memory, taken);
	set_asides_read(walker, true);
	*current = look_current(walker);
	if (walker->rt->layout.frame_model != PY_FRAMES_CFRAME || !*current)
		return LOOK_SEEN;
	return in_cframe(walker, memory, *current, current) ? LOOK_SEEN : LOOK_AGAIN;
}
