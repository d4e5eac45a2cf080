/* SPDX-License-Identifier: MIT */
#include "python/code.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "python/lines.h"

/* The largest line table that is read; a million lines take about two bytes each. */
#define LINE_TABLE_MAX (16u << 20)

static void forget_texts(struct py_codes *codes, struct py_code *code)
{
	codes->units -= code->n_units;
	free(code->name_text);
	free(code->file_text);
	free(code->lines);
	free(code->columns);
	code->name_text = NULL;
	code->file_text = NULL;
	code->lines = NULL;
	code->columns = NULL;
	code->name_len = code->file_len = 0;
	code->n_units = 0;
	code->tlbc = 0;
}

/*
 * The bytes of a code object that are compared. From co_argcount on, nothing in them changes while
 * it lives, in any version; what does (co_zombieframe, co_extra, caches) lies behind, and
 * 3.11's co_warmup before.
 */
static void identity_span(struct py_codes *codes)
{
	const struct py_layout *l = &codes->rt->layout;
	const uint32_t fields[] = { l->code.argcount, l->code.filename,	   l->code.name,
				    l->code.qualname, l->code.linetable,   l->code.firstlineno,
				    l->code.version,  l->code.localsplusnames, l->code.varnames };

	codes->identity_from = INT32_MAX;
	codes->identity_to = 0;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		int32_t at = (int32_t)(fields[i] & INT32_MAX);

		if (fields[i] == PY_ABSENT)
			continue;
		if (at < codes->identity_from)
			codes->identity_from = at;
		if (at < INT32_MAX - 8 && at + 8 > codes->identity_to)
			codes->identity_to = at + 8;
	}
}

void py_codes_init(struct py_codes *codes, struct py_runtime *rt)
{
	*codes = (struct py_codes){ .rt = rt };
	identity_span(codes);
}

static void forget_all(struct py_codes *codes)
{
	for (size_t i = 0; i < codes->n; i++)
		forget_texts(codes, &codes->codes[i]);
	codes->n = 0;
	map_clear(&codes->by_addr);
	codes->epoch++;
}

void py_codes_deinit(struct py_codes *codes)
{
	forget_all(codes);
	free(codes->codes);
	map_deinit(&codes->by_addr);
	str_deinit(&codes->scratch);
	*codes = (struct py_codes){ 0 };
}

static uint64_t pointer_at(const uint8_t *span, int32_t from, uint32_t offset)
{
	uint64_t v = 0;

	if (offset != PY_ABSENT)
		memcpy(&v, span + offset - from, sizeof(v));
	return v;
}

static uint64_t hash_span(const struct py_codes *codes, const uint8_t *span)
{
	return hash_bytes(span, (size_t)(codes->identity_to - codes->identity_from));
}

/* Takes what is read of a code object out of its span. */
static void decode_span(const struct py_codes *codes, const uint8_t *span,
			struct py_code *code)
{
	const struct py_layout *l = &codes->rt->layout;
	int32_t from = codes->identity_from;

	code->span_hash = hash_span(codes, span);
	code->filename = pointer_at(span, from, l->code.filename);
	code->name = pointer_at(span, from, l->code.name);
	code->qualname = pointer_at(span, from, l->code.qualname);
	code->linetable = pointer_at(span, from, l->code.linetable);
	code->firstlineno = (int32_t)pointer_at(span, from, l->code.firstlineno);
	code->version = (uint32_t)pointer_at(span, from, l->code.version);
}

/* Is the object a code object? Learns PyCode_Type from the first one met. */
static bool is_code(struct py_runtime *rt, uint64_t addr)
{
	uint64_t type;
	char name[16];

	if (memory_read_u64(rt->target->memory, addr + rt->layout.object.ob_type, &type,
			    NULL))
		return false;
	if (!rt->code_type) {
		if (py_type_name(rt, addr, name, sizeof(name), NULL))
			return false;
		if (strcmp(name, "code") == 0)
			rt->code_type = type;
	}
	return type == rt->code_type;
}

/* How many units of code there are: the object's own size, or that of its co_code. */
static bool read_length(const struct py_runtime *rt, struct py_code *code)
{
	const struct py_layout *l = &rt->layout;
	uint64_t at = code->addr + l->object.size, size;

	if (l->lasti_model != PY_LASTI_POINTER) {
		if (memory_read_u64(rt->target->memory, code->addr + l->code.code, &at,
				    NULL))
			return false;
		at += l->bytes.size;
	} else {
		code->start = code->addr + l->code.code;
	}
	if (memory_read_u64(rt->target->memory, at, &size, NULL))
		return false;
	if (l->lasti_model != PY_LASTI_POINTER)
		size /= py_lines_unit(l->line_codec);
	if (size > PY_CODE_MAX_UNITS)
		return false;
	code->n_units = (uint32_t)size;
	return true;
}

static bool make_lines(struct py_code *code, enum py_line_codec codec)
{
	size_t n = code->n_units ? code->n_units : 1;

	code->lines = calloc(n, sizeof(code->lines[0]));
	if (py_lines_have_columns(codec))
		code->columns = calloc(n, sizeof(code->columns[0]));
	return code->lines && (code->columns || !py_lines_have_columns(codec));
}

static bool read_lines(const struct py_runtime *rt, struct py_code *code)
{
	enum py_line_codec codec = rt->layout.line_codec;
	struct str table = STR_INIT;
	bool ok = false;

	if (py_bytes_read(rt, code->linetable, LINE_TABLE_MAX, &table, NULL) == PYPROF_OK &&
	    make_lines(code, codec)) {
		code->table_hash = hash_bytes(str_cstr(&table), table.len);
		code->table_len = table.len;
		/* A damaged tail leaves those lines unknown, which is what they are. */
		py_lines_decode(codec, (const uint8_t *)str_cstr(&table), table.len,
				code->firstlineno, code->lines, code->columns, code->n_units,
				NULL);
		ok = true;
	}
	str_deinit(&table);
	return ok;
}

static bool read_text(const struct py_runtime *rt, uint64_t addr, char **text, size_t *len,
		      struct py_text_place *place)
{
	struct str s = STR_INIT;

	if (py_string_read_place(rt, addr, &s, place, NULL)) {
		str_deinit(&s);
		return false;
	}
	*len = s.len;
	*text = s.data ? str_take(&s) : strdup("");
	return *text != NULL;
}

/*
 * From 3.13 on a call of a class whose __init__ was inlined has a frame of the interpreter's own
 * between caller and __init__, which checks that this returned None. Its code object is a constant
 * of the interpreter (_Py_InitCleanup in Python/specialize.c): one string is its file and both its
 * names, and it has neither line nor number. Tracebacks and sys._current_frames() leave it out.
 * Code that was compiled with "__init__" as its file has a line; and each that has run a number.
 */
static bool is_init_cleanup(const struct py_codes *codes, const struct py_code *code)
{
	return codes->rt->layout.code.version != PY_ABSENT && code->qualname &&
	       code->filename == code->name && code->filename == code->qualname &&
	       code->firstlineno == 0 && code->version == 0 &&
	       strcmp(code->name_text, "__init__") == 0;
}

/* Fills the entry from the target. */
static bool read_code(struct py_codes *codes, struct py_code *code, uint64_t now_ns)
{
	struct py_runtime *rt = codes->rt;
	uint8_t span[PY_CODE_SPAN_MAX];
	int32_t from = codes->identity_from;
	size_t len = (size_t)(codes->identity_to - from);

	forget_texts(codes, code);
	code->read_in = code->checked_in = code->texts_in = codes->checks;
	code->read_ns = code->checked_ns = now_ns;
	if (len > sizeof(span) || !is_code(rt, code->addr))
		return false;
	if (memory_read(rt->target->memory, code->addr + (uint64_t)from, span, len, NULL))
		return false;
	decode_span(codes, span, code);
	if (!read_text(rt, code->qualname ? code->qualname : code->name, &code->name_text,
		       &code->name_len, &code->name_place) ||
	    !read_text(rt, code->filename, &code->file_text, &code->file_len,
		       &code->file_place) ||
	    !read_length(rt, code) || !read_lines(rt, code)) {
		code->n_units = 0;
		forget_texts(codes, code);
		return false;
	}
	code->hidden = is_init_cleanup(codes, code);
	codes->units += code->n_units;
	return true;
}

static bool same_addr(const void *entries, uint32_t index, const void *key)
{
	return ((const struct py_code *)entries)[index].addr == *(const uint64_t *)key;
}

void py_codes_begin(struct py_codes *codes)
{
	codes->checks++;
}

uint32_t py_codes_get(struct py_codes *codes, uint64_t addr, uint64_t now_ns, bool *is_new)
{
	uint64_t hash = hash_u64(addr);
	uint32_t index = map_find(&codes->by_addr, hash, same_addr, codes->codes, &addr);
	struct py_code fresh = { .addr = addr };

	*is_new = index == MAP_NONE || !codes->codes[index].name_text;
	if (!*is_new)
		return index;
	if (codes->n >= PY_CODES_MAX || codes->units >= PY_CODES_MAX_UNITS) {
		forget_all(codes);
		index = MAP_NONE;
	}
	if (index != MAP_NONE)
		return py_code_renew(codes, index, now_ns) ? index : PY_CODE_NONE;
	if (!read_code(codes, &fresh, now_ns))
		return PY_CODE_NONE;
	if (!array_grow(codes->codes, codes->n, codes->cap) ||
	    !map_insert(&codes->by_addr, hash, (uint32_t)codes->n)) {
		forget_texts(codes, &fresh);
		return PY_CODE_NONE;
	}
	codes->codes[codes->n] = fresh;
	return (uint32_t)codes->n++;
}

bool py_code_same_object(const struct py_codes *codes, const struct py_code *code,
			 const uint8_t *span)
{
	return code->name_text && hash_span(codes, span) == code->span_hash;
}

bool py_code_same_table(const struct py_code *code, const void *table, size_t len)
{
	return len == code->table_len && hash_bytes(table, len) == code->table_hash;
}

bool py_code_renew(struct py_codes *codes, uint32_t index, uint64_t now_ns)
{
	codes->codes[index].generation++;
	codes->renewals++;
	return read_code(codes, &codes->codes[index], now_ns);
}

static bool same_text(struct py_codes *codes, uint64_t addr, const char *text, size_t len)
{
	str_clear(&codes->scratch);
	return py_string_read(codes->rt, addr, &codes->scratch, NULL) == PYPROF_OK &&
	       codes->scratch.len == len &&
	       memcmp(str_cstr(&codes->scratch), text, len) == 0;
}

/*
 * Is all that is said of the code object still so? Its parts may have died with it, and others of
 * the same size lie where they lay.
 */
static bool same_contents(struct py_codes *codes, const struct py_code *code)
{
	uint64_t name = code->qualname ? code->qualname : code->name;

	if (!same_text(codes, name, code->name_text, code->name_len))
		return false;
	if (!same_text(codes, code->filename, code->file_text, code->file_len))
		return false;
	str_clear(&codes->scratch);
	return py_bytes_read(codes->rt, code->linetable, LINE_TABLE_MAX, &codes->scratch,
			     NULL) == PYPROF_OK &&
	       py_code_same_table(code, str_cstr(&codes->scratch), codes->scratch.len);
}

bool py_code_is_unique(const struct py_codes *codes, const struct py_code *code)
{
	/* The count of versions ends at 0, after four thousand million. */
	return codes->rt->layout.code.version != PY_ABSENT && code->version;
}

bool py_codes_check(struct py_codes *codes, uint32_t index, uint64_t now_ns)
{
	struct py_code *code = &codes->codes[index];
	size_t len = (size_t)(codes->identity_to - codes->identity_from);
	uint8_t span[PY_CODE_SPAN_MAX];

	if (len <= sizeof(span) &&
	    !memory_read(codes->rt->target->memory,
			 code->addr + (uint64_t)(int64_t)codes->identity_from, span, len,
			 NULL) &&
	    py_code_same_object(codes, code, span) &&
	    (py_code_is_unique(codes, code) || same_contents(codes, code))) {
		code->checked_in = code->texts_in = codes->checks;
		code->checked_ns = now_ns;
		return false;
	}
	py_code_renew(codes, index, now_ns);
	return true;
}

/*
 * Where the thread-local copy `index` of the code begins (free-threaded 3.14 and later:
 * code->co_tlbc->entries[index]; entry 0 is the code itself).
 */
static uint64_t copy_start(struct py_codes *codes, struct py_code *code, uint32_t index)
{
	const struct py_layout *l = &codes->rt->layout;
	struct memory *m = codes->rt->target->memory;
	uint64_t table, size, start;

	if (index == 0 || l->code.tlbc == PY_ABSENT)
		return code->start;
	if (code->tlbc == index)
		return code->tlbc_start;
	if (memory_read_u64(m, code->addr + l->code.tlbc, &table, NULL) || !table ||
	    memory_read_u64(m, table, &size, NULL) || index >= size ||
	    memory_read_u64(m, table + 8 + 8 * (uint64_t)index, &start, NULL))
		return 0;
	code->tlbc = index;
	code->tlbc_start = start;
	return start;
}

bool py_code_unit(struct py_codes *codes, uint32_t index, const struct py_frame *frame,
		  int32_t *unit)
{
	struct py_code *code = &codes->codes[index];
	const struct py_layout *l = &codes->rt->layout;
	int64_t at;

	switch (l->lasti_model) {
	case PY_LASTI_BYTES:
		at = (int64_t)frame->lasti;
		if (at >= 0)
			at /= py_lines_unit(l->line_codec);
		break;
	case PY_LASTI_UNITS:
		at = (int64_t)frame->lasti;
		break;
	default:
		at = (int64_t)(frame->lasti - copy_start(codes, code, frame->tlbc));
		/* One unit before the start says that nothing ran yet (3.11, 3.12). */
		if (at % 2 != 0 && at != -1)
			return false;
		at = at < 0 ? at : at / 2;
		if (at == -2)
			at = -1;
	}
	if (at < -1 || at >= (int64_t)code->n_units)
		return false;
	*unit = (int32_t)at;
	return true;
}

int32_t py_code_line(const struct py_code *code, int32_t unit)
{
	if (unit < 0)
		return code->firstlineno;
	return (uint32_t)unit < code->n_units ? code->lines[unit] : 0;
}

int32_t py_code_column(const struct py_code *code, int32_t unit)
{
	return code->columns && unit >= 0 && (uint32_t)unit < code->n_units ?
		       code->columns[unit] :
		       PY_COLUMN_NONE;
}
