/* SPDX-License-Identifier: MIT */
#include "python/debug_offsets.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"

#define COOKIE "xdebugpy"
#define OFFSET_MAX (16u << 20) /* larger than any struct of any release (0.4 MB) */
/* The block is followed by five ints of _PyRuntime, then by `_finalizing`. */
#define BEHIND_BLOCK 24

/* What a block says, beside what goes into the layout as it is. */
struct block {
	struct py_layout layout;
	uint32_t size; /* of the group being read: bounds the offsets that follow */
	uint32_t gc, gc_collecting;
	uint32_t gil_state, gil_enabled, gil_locked, gil_holder;
	uint32_t ascii_size, compact_size;
};

enum slot_kind {
	SLOT_SIZE,   /* begins a group; sizeof of the struct it is about */
	SLOT_OFFSET, /* inside that struct */
	SLOT_FREE,   /* an offset in free-threaded builds, else 0 */
	SLOT_LENGTH, /* a sizeof that is not the group's own */
	SLOT_SKIP,   /* nothing that we need */
};

/* One 64-bit word of the block. */
struct slot {
	uint8_t since; /* minor release that added it */
	uint8_t kind;
	uint8_t width; /* bytes that must fit behind the offset */
	uint16_t dest; /* in struct block; 0: checked, not kept */
	const char *name;
};

#define DEST(member) offsetof(struct block, member)
#define SIZE(since, group) { since, SLOT_SIZE, 0, DEST(size), group }
#define KEPT_SIZE(since, member, group) { since, SLOT_SIZE, 0, DEST(layout.member), group }
#define SLOT(kind, since, member, width, name) { since, kind, width, DEST(member), name }
#define OFFSET(since, member, width)                                                     \
	SLOT(SLOT_OFFSET, since, layout.member, width, #member)
#define OWN_OFFSET(since, member, width) SLOT(SLOT_OFFSET, since, member, width, #member)
#define FREE_OFFSET(since, member, width)                                                \
	SLOT(SLOT_FREE, since, layout.member, width, #member)
#define FREE_OWN_OFFSET(since, member, width)                                            \
	SLOT(SLOT_FREE, since, member, width, #member)
#define LENGTH(since, member) { since, SLOT_LENGTH, 0, DEST(member), #member }
#define UNUSED(since, name) { since, SLOT_SKIP, 0, 0, name }

static const struct slot slots[] = {
	SIZE(13, "runtime_state"),
	OFFSET(13, runtime.finalizing, 8),
	OFFSET(13, runtime.interpreters_head, 16), /* head and main */

	SIZE(13, "interpreter_state"),
	OFFSET(13, interpreter.id, 8),
	OFFSET(13, interpreter.next, 8),
	OFFSET(13, interpreter.threads_head, 8),
	OFFSET(14, interpreter.threads_main, 8),
	OWN_OFFSET(13, gc, 8),
	OFFSET(13, interpreter.modules, 8),
	OFFSET(13, interpreter.sysdict, 8),
	UNUSED(13, "builtins"),
	OFFSET(13, interpreter.gil, 8),
	OWN_OFFSET(13, gil_state, 8),
	FREE_OWN_OFFSET(13, gil_enabled, 4),
	OWN_OFFSET(13, gil_locked, 4),
	OWN_OFFSET(13, gil_holder, 8),
	OFFSET(14, interpreter.code_generation, 8),
	FREE_OFFSET(14, interpreter.tlbc_generation, 4),

	KEPT_SIZE(13, thread.size, "thread_state"),
	OFFSET(13, thread.prev, 8),
	OFFSET(13, thread.next, 8),
	OFFSET(13, thread.interp, 8),
	OFFSET(13, thread.frame, 8),
	OFFSET(15, thread.base_frame, 8),
	UNUSED(15, "last_profiled_frame"),
	UNUSED(15, "last_profiled_frame_seq"),
	OFFSET(13, thread.thread_id, 8),
	OFFSET(13, thread.native_thread_id, 8),
	OFFSET(13, thread.datastack_chunk, 8),
	OFFSET(13, thread.status, 4),
	OFFSET(15, thread.holds_gil, 4),
	OFFSET(15, thread.gil_requested, 4),
	OFFSET(15, thread.current_exception, 8),
	UNUSED(15, "exc_state"),
	UNUSED(15, "err_stackitem.exc_value"), /* the one group without a size */

	SIZE(13, "interpreter_frame"),
	OFFSET(13, frame.previous, 8),
	OFFSET(13, frame.executable, 8),
	OFFSET(13, frame.lasti, 8),
	OFFSET(13, frame.localsplus, 8),
	OFFSET(13, frame.owner, 1),
	OFFSET(14, frame.stackpointer, 8),
	FREE_OFFSET(14, frame.tlbc_index, 4),

	KEPT_SIZE(13, code.size, "code_object"),
	OFFSET(13, code.filename, 8),
	OFFSET(13, code.name, 8),
	OFFSET(13, code.qualname, 8),
	OFFSET(13, code.linetable, 8),
	OFFSET(13, code.firstlineno, 4),
	OFFSET(13, code.argcount, 4),
	OFFSET(13, code.localsplusnames, 8),
	OFFSET(13, code.localspluskinds, 8),
	OFFSET(13, code.code, 1),
	FREE_OFFSET(14, code.tlbc, 8),

	KEPT_SIZE(13, object.size, "pyobject"),
	OFFSET(13, object.ob_type, 8),
	SIZE(13, "type_object"),
	OFFSET(13, type.name, 8),
	OFFSET(13, type.repr, 8),
	OFFSET(13, type.flags, 8),
	OFFSET(15, type.basicsize, 8),
	OFFSET(15, type.dictoffset, 8),
	SIZE(15, "heap_type_object"),
	OFFSET(15, heap_type.cached_keys, 8),

	SIZE(13, "tuple_object"),
	OFFSET(13, tuple.items, 8),
	OFFSET(13, tuple.size, 8),
	SIZE(13, "list_object"),
	OFFSET(13, list.items, 8),
	OFFSET(13, list.size, 8),
	SIZE(14, "set_object"),
	UNUSED(14, "used"),
	UNUSED(14, "table"),
	UNUSED(14, "mask"),
	SIZE(13, "dict_object"),
	OFFSET(13, dict.keys, 8),
	OFFSET(13, dict.values, 8),

	SIZE(13, "float_object"),
	OFFSET(13, floating.value, 8),
	SIZE(13, "long_object"),
	OFFSET(13, integer.tag, 8),
	OFFSET(13, integer.digits, 4),
	SIZE(13, "bytes_object"),
	OFFSET(13, bytes.size, 8),
	OFFSET(13, bytes.data, 1),
	SIZE(13, "unicode_object"),
	OFFSET(13, unicode.state, 4),
	OFFSET(13, unicode.length, 8),
	LENGTH(13, ascii_size),
	LENGTH(15, compact_size),

	SIZE(13, "gc"),
	OWN_OFFSET(13, gc_collecting, 4),
	UNUSED(15, "frame"),
	UNUSED(15, "generation_stats_size"),
	UNUSED(15, "generation_stats"),
	SIZE(14, "gen_object"),
	OFFSET(14, generator.name, 8),
	OFFSET(14, generator.iframe, 8),
	OFFSET(14, generator.frame_state, 1),
	UNUSED(14, "llist_node.next"),
	UNUSED(14, "llist_node.prev"),
	UNUSED(14, "eval_breaker"),
	UNUSED(14, "remote_debugger_support"),
	UNUSED(14, "remote_debugging_enabled"),
	UNUSED(14, "debugger_pending_call"),
	UNUSED(14, "debugger_script_path"),
	UNUSED(14, "debugger_script_path_size"),
};

bool py_debug_offsets_cookie(const void *block, size_t len)
{
	return len >= strlen(COOKIE) && memcmp(block, COOKIE, strlen(COOKIE)) == 0;
}

size_t py_debug_offsets_size(uint32_t version)
{
	unsigned minor = version >> 16 & 0xff;
	size_t words = 3; /* cookie, version, free_threaded */

	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		words += slots[i].since <= minor;
	return words * sizeof(uint64_t);
}

/* ---- one word ---------------------------------------------------------------- */

static enum pyprof_status bad_slot(const struct slot *slot, uint64_t value,
				   struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_CORRUPT,
			 "the debug offsets give %" PRIu64 " for %s, which cannot be", value,
			 slot->name);
}

static bool slot_valid(const struct slot *slot, const struct block *block, uint64_t value)
{
	switch (slot->kind) {
	case SLOT_SIZE:
		return value > 0 && value <= OFFSET_MAX;
	case SLOT_LENGTH:
		return value > 0 && value <= block->size;
	case SLOT_SKIP:
		return true;
	default:
		/* What is read as a pointer is aligned as one. */
		return value + slot->width <= block->size && value <= OFFSET_MAX &&
		       (slot->width < 8 || value % 8 == 0);
	}
}

static enum pyprof_status read_slot(const struct slot *slot, struct block *block,
				    uint64_t value, struct pyprof_error *err)
{
	uint32_t kept = (uint32_t)value;

	if (slot->kind == SLOT_FREE && !block->layout.free_threaded)
		kept = PY_ABSENT;
	else if (!slot_valid(slot, block, value))
		return bad_slot(slot, value, err);
	if (slot->kind == SLOT_SIZE)
		block->size = kept;
	if (slot->dest)
		memcpy((char *)block + slot->dest, &kept, sizeof(kept));
	return PYPROF_OK;
}

/* ---- what the block does not say ----------------------------------------------- */

/*
 * Distances from what the block does say that are the same in every build of 3.13, 3.14 and
 * 3.15, free-threaded and debug ones too. Sources: Include/cpython/object.h, code.h,
 * unicodeobject.h, genobject.h; Include/internal/pycore_runtime_structs.h, pycore_dict.h.
 */
static void fill_constants(struct block *block)
{
	struct py_layout *layout = &block->layout;

	layout->runtime.initialized = layout->runtime.finalizing - 8;
	layout->runtime.main_interpreter = layout->runtime.interpreters_head + 8;
	layout->type.basicsize = layout->type.name + 8;
	layout->type.dictoffset = layout->type.name + 264;
	layout->type.mro = layout->type.name + 320;
	layout->code.flags = layout->code.argcount - 4;
	layout->dict.used = layout->object.size;
	layout->dict_keys.log2_size = 8;
	layout->dict_keys.log2_index_bytes = 9;
	layout->dict_keys.kind = 10;
	layout->dict_keys.nentries = 24;
	layout->dict_keys.indices = 32;
	layout->chunk.previous = 0;
	layout->chunk.size = 8;
	layout->chunk.top = 16;
	layout->chunk.data = 24;
	layout->unicode.ascii_data = block->ascii_size;
	layout->unicode.compact_data =
		block->compact_size ? block->compact_size : block->ascii_size + 16;
	layout->unicode.legacy_data = layout->unicode.compact_data;
	layout->frame.size = layout->frame.localsplus;
}

/*
 * The same of what locks.h and exception.h ask for. Lock objects and _ThreadHandle are declared in
 * Modules/_threadmodule.c only. Within 3.13 a lock became a PyMutex, a byte, and an RLock a
 * _PyRecursiveMutex, which begins with one: its owner and count lie where they did.
 */
static void fill_locks(struct py_layout *layout, unsigned minor)
{
	uint32_t head = layout->object.size;

	layout->lock.handle = head;
	layout->lock.owner = head + 8;
	layout->lock.count = head + 16;
	layout->lock.exit_pair = minor >= 14;
	layout->lock.suspended = minor < 15 ? 0xfe : 1; /* an enum, and its meaning moved */
	layout->lock.suspended_last = minor < 15 ? 0xff : 3;
	layout->lock.thread_handle = head;
	layout->lock.thread_ident = 32;
	layout->lock.method_self = head + 8;
	layout->lock.descr_name = head + 8;
	layout->lock.function_name = head + 16;
	layout->lock.cell = head;
	layout->lock.type_dict = layout->type.name + 240;
	layout->lock.code_exceptions = layout->code.argcount - 12;
	layout->lock.code_names = layout->code.argcount - 20;
	layout->lock.globals = layout->frame.previous + 16;
	layout->handled.value = 0;
	layout->handled.previous = 8;
	if (minor < 15)
		layout->thread.current_exception = layout->thread.frame + 40;
	layout->thread.exc_info = layout->thread.current_exception + 8;
}

/*
 * What only values are read by: fields behind an object's head, which are where they are in every
 * build of these releases. Sources: Include/cpython/object.h, setobject.h, funcobject.h,
 * methodobject.h, cellobject.h…; Include/datetime.h; Modules/_collectionsmodule.c,
 * Modules/_decimal/_decimal.c, Objects/odictobject.c, rangeobject.c, namespaceobject.c.
 */
static void fill_values(struct py_layout *layout)
{
	uint32_t head = layout->object.size, dict = layout->dict.values + 8;

	layout->value = (__typeof__(layout->value)){
		.digit_bits = 30,
		.type_itemsize = layout->type.name + 16,
		.type_members = layout->type.name + 216,
		.type_base = layout->type.name + 232,
		.type_dict = layout->type.name + 240,
		.heap_name = layout->heap_type.cached_keys - 24,
		.heap_qualname = layout->heap_type.cached_keys - 8,
		.code_kwonly = layout->code.argcount + 8,
		.frame_locals = layout->frame.previous + 32,
		.frame_func = layout->frame.previous + 8,
		.set_used = head + 8,
		.set_mask = head + 16,
		.set_table = head + 24,
		.set_entry_key = 0,
		.slice_start = head,
		.bytearray_start = head + 24,
		.complex_real = head,
		.cell_ref = head,
		.func_code = head + 32,
		.func_globals = head,
		.func_name = head + 16,
		.func_qualname = head + 24,
		.func_closure = head + 56,
		.method_func = head,
		.method_self = head + 8,
		.builtin_def = head,
		.builtin_self = head + 8,
		.module_dict = head,
		.exception_args = head + 8,
		.weakref_object = head,
		.namespace_dict = head,
		.generator_qualname = layout->generator.name + 8,
		.generator_code = PY_ABSENT,
		.range_start = head,
		.delta_days = head + 8,
		.date_has_zone = head + 8,
		.date_data = head + 9,
		.time_fold = head + 15,
		.time_zone = head + 16,
		.datetime_fold = head + 19,
		.datetime_zone = head + 24,
		.defaultdict_factory = dict,
		.odict_first = dict,
		.deque_size = head,
		.deque_left = head + 8,
		.deque_left_index = head + 24,
		.deque_max = head + 48,
		.block_data = 8,
		.block_next = 8 + 64 * 8,
		.block_len = 64,
		.decimal_flags = head + 8,
		.decimal_exp = head + 16,
		.decimal_digits = head + 24,
		.decimal_len = head + 32,
		.decimal_data = head + 48,
		.instance_class = PY_ABSENT,
		.instance_dict = PY_ABSENT,
	};
}

/* What only some of the minors say is the same distance away in the others. */
static void fill_before(struct py_layout *layout, unsigned minor)
{
	if (minor < 15)
		layout->heap_type.cached_keys = layout->type.name + 856;
	layout->frame.stacktop = minor < 14 ? layout->frame.lasti + 8 : PY_ABSENT;
	if (minor < 14) {
		layout->generator.name = layout->object.size + 8;
		layout->generator.iframe = layout->object.size + 56;
		layout->generator.frame_state = layout->object.size + 51;
	}
}

static void fill_behaviour(struct py_layout *layout, unsigned minor)
{
	static const char *const names[][2] = {
		{ "3.13 (debug offsets)", "3.13 free-threaded (debug offsets)" },
		{ "3.14 (debug offsets)", "3.14 free-threaded (debug offsets)" },
		{ "3.15 (debug offsets)", "3.15 free-threaded (debug offsets)" },
	};

	layout->name = names[minor - 13][layout->free_threaded];
	layout->frame_model = PY_FRAMES_CURRENT;
	layout->lasti_model = PY_LASTI_POINTER;
	layout->line_codec = PY_LINES_LOCATIONS;
	layout->string_model = minor < 14 ? PY_STRINGS_STATE_LOW : PY_STRINGS_STATE_HIGH;
	layout->gil_model = minor < 15 ? PY_GIL_HOLDER : PY_GIL_THREAD_FLAG;
	layout->dict_model = PY_DICTS_KEYS_311;
	layout->attr_model = PY_ATTRS_INLINE;
	layout->tag_mask = minor < 14 ? 0 : 3;
	/* Ints around co_firstlineno, in each of these releases. */
	layout->code.stacksize = layout->code.firstlineno - 4;
	layout->code.nlocalsplus = layout->code.firstlineno + 4;
	layout->code.version = layout->code.firstlineno + 24;
	layout->skip_owner_from = 3;
}

/* `locked` and `last_holder` are given as of the interpreter's own GIL, inside it. */
static enum pyprof_status fill_gil(struct block *block, struct pyprof_error *err)
{
	uint32_t base = block->gil_state;

	if (block->gil_locked < base || block->gil_locked - base > 256 ||
	    block->gil_holder < base || block->gil_holder - base > 256 ||
	    block->layout.interpreter.gil == base)
		return error_set(err, PYPROF_ERR_CORRUPT,
				 "the debug offsets put the GIL's fields outside of it");
	block->layout.gil.locked = block->gil_locked - base;
	block->layout.gil.last_holder = block->gil_holder - base;
	block->layout.gil.enabled = block->gil_enabled;
	if (block->gc_collecting < 4096)
		block->layout.interpreter.gc_collecting = block->gc + block->gc_collecting;
	return PYPROF_OK;
}

/* ---- the block ------------------------------------------------------------------ */

static enum pyprof_status unsupported(uint32_t version, const char *why,
				      struct pyprof_error *err)
{
	char text[32];

	return error_set(err, PYPROF_ERR_UNSUPPORTED, "CPython %s %s",
			 py_version_text(version, text, sizeof(text)), why);
}

/*
 * `_finalizing` stands where the block's end puts it, so it tells the block's true length. A
 * later patch release might add words at the end; a pre-release must be what became final.
 */
static bool length_agrees(uint32_t version, uint32_t finalizing)
{
	size_t expected = py_debug_offsets_size(version) + BEHIND_BLOCK;

	if (py_version_prerelease(version))
		return finalizing == expected;
	return finalizing >= expected && finalizing <= PY_DEBUG_OFFSETS_MAX + BEHIND_BLOCK;
}

static enum pyprof_status parse_slots(struct bytes *in, unsigned minor,
				      struct block *block, struct pyprof_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
		enum pyprof_status status;

		if (slots[i].since > minor)
			continue;
		status = read_slot(&slots[i], block, bytes_u64(in), err);
		if (status)
			return status;
	}
	if (in->failed)
		return error_set(err, PYPROF_ERR_CORRUPT, "the debug offsets are cut short");
	return PYPROF_OK;
}

static enum pyprof_status parse_known(struct bytes *in, uint32_t version,
				      struct block *block, struct pyprof_error *err)
{
	unsigned minor = version >> 16 & 0xff;
	struct py_layout *layout = &block->layout;
	enum pyprof_status status;

	/* Every offset absent, until it is said. */
	memset(&layout->runtime, 0xff,
	       sizeof(*layout) - offsetof(struct py_layout, runtime));
	status = parse_slots(in, minor, block, err);
	if (status)
		return status;
	if (!length_agrees(version, layout->runtime.finalizing))
		return error_set(err, PYPROF_ERR_CORRUPT,
				 "the debug offsets are of another length");
	fill_constants(block);
	fill_before(layout, minor);
	fill_locks(layout, minor);
	fill_values(layout);
	fill_behaviour(layout, minor);
	layout->version_min = layout->version_max = version;
	return fill_gil(block, err);
}

enum pyprof_status py_debug_offsets_parse(const void *bytes, size_t len,
					  struct py_layout *layout, uint32_t *version,
					  struct pyprof_error *err)
{
	struct bytes in = bytes_of(bytes, len);
	struct block block = { 0 };
	uint64_t hex, free_threaded;
	enum pyprof_status status;

	if (!py_debug_offsets_cookie(bytes, len))
		return error_set(err, PYPROF_ERR_CORRUPT, "there are no debug offsets");
	bytes_take(&in, strlen(COOKIE));
	hex = bytes_u64(&in);
	free_threaded = bytes_u64(&in);
	if (in.failed || hex > UINT32_MAX || !py_version_plausible((uint32_t)hex) ||
	    free_threaded > 1 || !py_version_self_describing((uint32_t)hex))
		return error_set(err, PYPROF_ERR_CORRUPT,
				 "the debug offsets name no version: 0x%" PRIx64, hex);
	*version = (uint32_t)hex;
	if (!py_version_supported(*version))
		return unsupported(*version, "is newer than this pyprof knows", err);
	block.layout.free_threaded = free_threaded;
	status = parse_known(&in, *version, &block, err);
	if (status && py_version_prerelease(*version))
		return unsupported(*version, "is a pre-release with a layout of its own", err);
	if (!status)
		*layout = block.layout;
	return status;
}
