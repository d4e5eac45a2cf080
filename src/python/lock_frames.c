/* SPDX-License-Identifier: MIT */
#include "python/lock_frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/bytes.h"
#include "python/string.h"

#define CODE_HEAD_MAX 512
#define NAMES_MAX     4096 /* of one code object */
#define BLOCKS_MAX    20   /* CO_MAXBLOCKS */
#define BLOCK_HANDLER 257  /* EXCEPT_HANDLER: nothing has to be done with what lies below it */
#define CHAIN_MAX     64   /* handlers that are handled by other handlers */

void lock_frames_deinit(struct lock_frames *frames)
{
	for (size_t i = 0; i < frames->n; i++)
		free(frames->codes[i].exceptions);
	free(frames->codes);
	map_deinit(&frames->by_addr);
}

/* ---- code objects ------------------------------------------------------------------- */

static bool same_addr(const void *entries, uint32_t index, const void *key)
{
	const struct lock_code *all = entries;

	return all[index].addr == *(const uint64_t *)key;
}

static bool read_exceptions(struct lock_frames *frames, struct lock_code *code, uint64_t table)
{
	struct str bytes = STR_INIT;

	if (py_bytes_read(frames->rt, table, LOCK_EXCEPTIONS_MAX, &bytes, NULL) || bytes.failed) {
		frames->nomem |= bytes.failed;
		str_deinit(&bytes);
		return false;
	}
	code->n_exceptions = bytes.len;
	code->exceptions = (uint8_t *)str_take(&bytes);
	return true;
}

static bool read_code(struct lock_frames *frames, struct lock_code *code)
{
	const struct py_layout *l = &frames->rt->layout;
	bool table = l->lock.code_exceptions != PY_ABSENT;
	uint8_t head[CODE_HEAD_MAX];

	if (l->code.size > sizeof(head) ||
	    memory_read(frames->rt->target->memory, code->addr, head, l->code.size, NULL))
		return false;
	code->names = py_word(head, l->lock.code_names);
	code->name = py_word(head, l->code.name);
	code->filename = py_word(head, l->code.filename);
	if (!table) {
		code->variables[0] = py_word(head, l->code.varnames);
		code->variables[1] = py_word(head, l->code.cellvars);
		code->variables[2] = py_word(head, l->code.freevars);
		return true;
	}
	code->variables[0] = py_word(head, l->code.localsplusnames);
	code->n_variables = py_half(head, l->code.nlocalsplus);
	code->stacksize = py_half(head, l->code.stacksize);
	code->start = code->addr + l->code.code;
	return read_exceptions(frames, code, py_word(head, l->lock.code_exceptions));
}

const struct lock_code *lock_frame_code(struct lock_frames *frames, const struct py_frame *frame)
{
	struct lock_code code = { .addr = frame->code };
	uint64_t hash = hash_u64(code.addr);
	uint32_t i = map_find(&frames->by_addr, hash, same_addr, frames->codes, &code.addr);

	if (i == MAP_NONE) {
		code.broken = !read_code(frames, &code);
		i = (uint32_t)frames->n;
		if (!array_grow(frames->codes, frames->n, frames->cap) ||
		    !map_insert(&frames->by_addr, hash, i)) {
			free(code.exceptions);
			frames->nomem = true;
			return NULL;
		}
		frames->codes[frames->n++] = code;
	}
	return frames->codes[i].broken ? NULL : &frames->codes[i];
}

/* The item `i` of the tuple at `tuple`; *n is its length. */
static bool tuple_item(const struct lock_frames *frames, uint64_t tuple, size_t i, uint64_t *n,
		       uint64_t *item)
{
	const struct py_layout *l = &frames->rt->layout;
	struct memory *memory = frames->rt->target->memory;

	return !memory_read_u64(memory, tuple + l->tuple.size, n, NULL) &&
	       (i >= *n || !memory_read_u64(memory, tuple + l->tuple.items + 8 * i, item, NULL));
}

bool lock_frame_local_name(struct lock_frames *frames, const struct lock_code *code, size_t i,
			   struct str *out)
{
	for (size_t k = 0; k < 3 && code->variables[k]; k++) {
		uint64_t n = 0, item = 0;

		if (!tuple_item(frames, code->variables[k], i, &n, &item))
			return false;
		if (i < n)
			return py_string_read(frames->rt, item, out, NULL) == PYPROF_OK;
		i -= n;
	}
	return false;
}

bool lock_code_uses(const struct lock_frames *frames, const struct lock_code *code,
		    const char *name)
{
	const struct py_layout *l = &frames->rt->layout;
	struct str text = STR_INIT;
	uint64_t n = 0, item = 0;
	bool uses = false;

	if (!tuple_item(frames, code->names, 0, &n, &item) || n > NAMES_MAX)
		return true;
	for (uint64_t i = 0; i < n && !uses; i++) {
		str_clear(&text);
		uses = memory_read_u64(frames->rt->target->memory,
				       code->names + l->tuple.items + 8 * i, &item, NULL) ||
		       py_string_read(frames->rt, item, &text, NULL) ||
		       strcmp(str_cstr(&text), name) == 0;
	}
	str_deinit(&text);
	return uses;
}

/* ---- variables, and the stack --------------------------------------------------------- */

/* Where the stack begins; 0 unknown. */
static uint64_t stack_start(struct lock_frames *frames, const struct py_frame *frame)
{
	const struct py_layout *l = &frames->rt->layout;
	uint64_t locals = frame->addr + l->frame.localsplus, at;
	const struct lock_code *code;

	if (l->lock.valuestack != PY_ABSENT)
		return memory_read_u64(frames->rt->target->memory,
				       frame->addr + l->lock.valuestack, &at, NULL) ||
				       at < locals || at - locals > UINT32_MAX || at % 8 ?
			       0 :
			       at;
	code = lock_frame_code(frames, frame);
	if (!code || code->n_variables > INT32_MAX)
		return 0;
	return locals + 8 * (uint64_t)code->n_variables;
}

/* Reads as many of `n` words as can be read, as pointers to objects. */
static size_t read_slots(const struct lock_frames *frames, uint64_t at, uint64_t *out, size_t n)
{
	uint64_t mask = frames->rt->layout.tag_mask;
	size_t got;

	if (!at || !n ||
	    memory_read_prefix(frames->rt->target->memory, at, out, 8 * n, &got, NULL))
		return 0;
	for (size_t i = 0; i < got / 8; i++) {
		/* Both tag bits: a small number, and no pointer. */
		out[i] = mask && (out[i] & mask) == mask ? 0 : out[i] & ~mask;
	}
	return got / 8;
}

size_t lock_frame_locals(struct lock_frames *frames, const struct py_frame *frame, uint64_t *out,
			 size_t max)
{
	uint64_t from = frame->addr + frames->rt->layout.frame.localsplus;
	uint64_t end = stack_start(frames, frame);

	if (!end)
		return 0;
	return read_slots(frames, from, out, (end - from) / 8 < max ? (end - from) / 8 : max);
}

size_t lock_frame_stack(struct lock_frames *frames, const struct py_frame *frame, uint64_t *out,
			size_t max)
{
	uint64_t start = stack_start(frames, frame);
	const struct lock_code *code = lock_frame_code(frames, frame);

	if (!code)
		return 0;
	if (frames->rt->layout.lock.valuestack == PY_ABSENT && code->stacksize < max)
		max = code->stacksize;
	return read_slots(frames, start, out, max);
}

/* ---- with statements -------------------------------------------------------------------- */

/* So many items, counted from the stack's start, that something is to be done with one of them. */
struct depths {
	uint32_t at[CHAIN_MAX];
	size_t n;
};

/*
 * To 3.10: a `with` statement keeps its __exit__ and then begins a block, which says how much lies
 * on the stack below it.
 */
static void depths_of_blocks(const struct lock_frames *frames, const struct py_frame *frame,
			     struct depths *out)
{
	const struct py_layout *l = &frames->rt->layout;
	struct memory *memory = frames->rt->target->memory;
	uint8_t blocks[BLOCKS_MAX * 16];
	uint32_t n, size = l->lock.block_size;

	if (size > 16 || l->lock.block_level + 4 > size ||
	    memory_read_u32(memory, frame->addr + l->lock.iblock, &n, NULL) || !n ||
	    n > BLOCKS_MAX ||
	    memory_read(memory, frame->addr + l->lock.blocks, blocks, n * size, NULL))
		return;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t level = py_half(blocks, i * size + l->lock.block_level);

		if (py_half(blocks, i * size) != BLOCK_HANDLER && level)
			out->at[out->n++] = level;
	}
}

static uint32_t table_number(struct bytes *in)
{
	uint8_t byte = bytes_u8(in);
	uint32_t number = byte & 0x3f;

	while (byte & 0x40 && !in->failed) {
		byte = bytes_u8(in);
		number = number << 6 | (byte & 0x3f);
	}
	return number;
}

/* The entry that covers instruction `unit`: where it jumps to, and with how much on the stack. */
static bool table_entry(const struct lock_code *code, uint32_t unit, uint32_t *target,
			uint32_t *depth)
{
	struct bytes in = bytes_of(code->exceptions, code->n_exceptions);

	while (!bytes_end(&in)) {
		uint32_t start = table_number(&in), length = table_number(&in);

		*target = table_number(&in);
		*depth = table_number(&in) >> 1;
		if (in.failed || start > unit)
			return false;
		if (unit - start < length)
			return true;
	}
	return false;
}

/* Unit of the instruction that the frame is at, from 3.11. */
static bool frame_unit(const struct lock_frames *frames, const struct lock_code *code,
		       const struct py_frame *frame, uint32_t *unit)
{
	const struct py_layout *l = &frames->rt->layout;
	struct memory *memory = frames->rt->target->memory;
	uint64_t start = code->start, table, n;

	/* Free-threaded, 3.14 and later: each thread has a copy of what it runs. */
	if (frame->tlbc && l->code.tlbc != PY_ABSENT &&
	    (memory_read_u64(memory, code->addr + l->code.tlbc, &table, NULL) || !table ||
	     memory_read_u64(memory, table, &n, NULL) || frame->tlbc >= n ||
	     memory_read_u64(memory, table + 8 + 8 * (uint64_t)frame->tlbc, &start, NULL)))
		return false;
	if (frame->lasti < start || (frame->lasti - start) / 2 > UINT32_MAX)
		return false;
	*unit = (uint32_t)((frame->lasti - start) / 2);
	return true;
}

/*
 * From 3.11: the entry that covers the instruction tells of the innermost statement; that which
 * covers its handler, of the one around it, and so on. (A handler has more on the stack than what
 * it handles, and is handled itself: that tells nothing of now.)
 */
static void depths_of_table(const struct lock_frames *frames, const struct lock_code *code,
			    const struct py_frame *frame, struct depths *out)
{
	uint32_t unit, target, depth;

	if (!frame_unit(frames, code, frame, &unit))
		return;
	for (unsigned i = 0; i < CHAIN_MAX; i++) {
		if (!table_entry(code, unit, &target, &depth) || depth > code->stacksize)
			break;
		if (!out->n || depth <= out->at[0])
			out->at[out->n++] = depth;
		unit = target;
	}
}

uint64_t lock_method_self(const struct lock_frames *frames, uint64_t object, enum lock_type type)
{
	uint64_t self;

	if ((type != LOCK_TYPE_METHOD_C && type != LOCK_TYPE_METHOD) ||
	    memory_read_u64(frames->rt->target->memory,
			    object + frames->rt->layout.lock.method_self, &self, NULL))
		return 0;
	return self;
}

/* The name of a method in C: PyMethodDef begins with it. */
static bool c_name_is(const struct py_runtime *rt, uint64_t method, const char *name)
{
	uint64_t def, text;
	char buf[16];

	return !memory_read_u64(rt->target->memory, method + rt->layout.lock.method_self - 8, &def,
				NULL) &&
	       !memory_read_u64(rt->target->memory, def, &text, NULL) &&
	       !memory_read(rt->target->memory, text, buf, strlen(name) + 1, NULL) &&
	       strcmp(buf, name) == 0;
}

static bool string_is(const struct py_runtime *rt, uint64_t at, const char *name)
{
	struct str text = STR_INIT;
	uint64_t string;
	bool is = !memory_read_u64(rt->target->memory, at, &string, NULL) &&
		  !py_string_read(rt, string, &text, NULL) &&
		  strcmp(str_cstr(&text), name) == 0;

	str_deinit(&text);
	return is;
}

/* Is `object` something that a `with` statement calls at its end? */
static bool is_exit(const struct lock_frames *frames, uint64_t object, enum lock_type type)
{
	static const char name[] = "__exit__";
	const struct py_runtime *rt = frames->rt;
	uint64_t function;

	switch (type) {
	case LOCK_TYPE_METHOD_C:
		return c_name_is(rt, object, name);
	case LOCK_TYPE_METHOD:
		return !memory_read_u64(rt->target->memory,
					object + rt->layout.lock.method_self - 8, &function,
					NULL) &&
		       string_is(rt, function + rt->layout.lock.function_name, name);
	case LOCK_TYPE_DESCR:
		return string_is(rt, object + rt->layout.lock.descr_name, name);
	case LOCK_TYPE_FUNCTION:
		return string_is(rt, object + rt->layout.lock.function_name, name);
	default:
		return false;
	}
}

/* The object of the __exit__ that is the last of `depth` items, 0 where there is none. */
static uint64_t exit_at(const struct lock_frames *frames, const uint64_t *stack,
			const enum lock_type *types, uint32_t depth)
{
	bool pair = frames->rt->layout.lock.exit_pair;
	uint64_t object = stack[depth - 1];

	if (!pair)
		return is_exit(frames, object, types[depth - 1]) ?
			       lock_method_self(frames, object, types[depth - 1]) :
			       0;
	return depth > 1 && is_exit(frames, stack[depth - 2], types[depth - 2]) ? object : 0;
}

size_t lock_frame_withs(struct lock_frames *frames, const struct py_frame *frame,
			uint64_t out[LOCK_WITHS_MAX])
{
	const struct lock_code *code = lock_frame_code(frames, frame);
	struct depths depths = { .n = 0 };
	uint64_t stack[LOCK_STACK_MAX], last = UINT64_MAX;
	enum lock_type types[LOCK_STACK_MAX];
	size_t n = 0, top = 0, got;

	if (!code)
		return 0;
	if (frames->rt->layout.lock.code_exceptions == PY_ABSENT)
		depths_of_blocks(frames, frame, &depths);
	else
		depths_of_table(frames, code, frame, &depths);
	for (size_t i = 0; i < depths.n; i++)
		top = depths.at[i] > top ? depths.at[i] : top;
	if (!top)
		return 0;
	got = read_slots(frames, stack_start(frames, frame), stack,
			 top < LOCK_STACK_MAX ? top : LOCK_STACK_MAX);
	lock_types_of(frames->types, stack, got, types);
	for (uint32_t depth = 1; depth <= got && n < LOCK_WITHS_MAX; depth++) {
		bool ends = false;
		uint64_t object;

		for (size_t i = 0; i < depths.n; i++)
			ends |= depths.at[i] == depth;
		object = ends ? exit_at(frames, stack, types, depth) : 0;
		if (object && object != last)
			out[n++] = last = object;
	}
	return n;
}

bool lock_generator_frame(const struct lock_frames *frames, uint64_t object,
			  struct py_frame *frame)
{
	const struct py_layout *l = &frames->rt->layout;
	struct memory *memory = frames->rt->target->memory;
	char name[16];
	uint8_t state;

	*frame = (struct py_frame){ .addr = object + l->generator.iframe };
	if (py_type_name(frames->rt, object, name, sizeof(name), NULL) ||
	    strcmp(name, "generator") != 0)
		return false;
	if (l->generator.frame_state == PY_ABSENT) {
		/* To 3.10 it has a pointer, which is NULL once it is done. */
		if (memory_read_u64(memory, frame->addr, &frame->addr, NULL) || !frame->addr)
			return false;
	} else if (memory_read(memory, object + l->generator.frame_state, &state, 1, NULL) ||
		   state < l->lock.suspended || state > l->lock.suspended_last) {
		return false; /* it runs, and is some thread's, or it is over */
	}
	if (memory_read_u64(memory, frame->addr + l->frame.executable, &frame->code, NULL) ||
	    memory_read_u64(memory, frame->addr + l->frame.lasti, &frame->lasti, NULL) ||
	    (l->frame.tlbc_index != PY_ABSENT &&
	     memory_read_u32(memory, frame->addr + l->frame.tlbc_index, &frame->tlbc, NULL)))
		return false;
	frame->code &= ~l->tag_mask;
	return true;
}
