/* SPDX-License-Identifier: MIT */
/* Objects of a CPython made by hand in a fake memory, by the layout of a version. */
#ifndef PYPROF_TESTS_FAKE_OBJECTS_H
#define PYPROF_TESTS_FAKE_OBJECTS_H

#include <stdio.h>

#include "python/object.h"
#include "support/fake_memory.h"

#define FAKE_HEAP    0x7f0000010000u
#define FAKE_TYPES   0x560000001000u
#define FAKE_NOWHERE 0x123456789000u /* never readable */

struct fake_objects {
	struct fake_memory memory;
	uint64_t next_object, next_type;
	uint64_t str_type, bytes_type, int_type, dict_type, other_type;
	struct py_runtime rt;
	struct target target;
	struct memory_image *image;
	struct pyprof_error err;
};

/*
 * The layout called `name`: a row of ours; "3.13", "3.14t" are made from the row of 3.12, with
 * the ways of those versions.
 */
static inline struct py_layout fake_layout(const char *name)
{
	bool newer = strncmp(name, "3.13", 4) == 0 || strncmp(name, "3.14t", 5) == 0;
	const char *row = newer ? "3.12" : name;
	struct py_layout layout = { 0 };

	for (size_t i = 0; i < py_n_layout_rows; i++) {
		if (strcmp(py_layout_rows[i].name, row) == 0)
			layout = py_layout_rows[i];
	}
	if (!layout.name) {
		fprintf(stderr, "no layout %s\n", name);
		abort();
	}
	if (newer) {
		layout.attr_model = PY_ATTRS_INLINE;
		layout.free_threaded = strchr(name, 't') != NULL;
		if (layout.free_threaded)
			layout.string_model = PY_STRINGS_STATE_HIGH;
	}
	return layout;
}

/* A type with these flags; its other fields can be put behind. */
static inline uint64_t fake_type(struct fake_objects *p, uint64_t flags)
{
	uint64_t type = p->next_type;

	p->next_type += FAKE_PAGE;
	fake_zero(&p->memory, type, 1024);
	fake_word(&p->memory, type + p->rt.layout.type.flags, flags);
	return type;
}

/* Room for an object of this type, zeroed, on pages of its own; 64 zero bytes before it. */
static inline uint64_t fake_object(struct fake_objects *p, uint64_t type, size_t size)
{
	uint64_t addr = p->next_object + 64;

	p->next_object += (size + 64 + FAKE_PAGE) / FAKE_PAGE * FAKE_PAGE;
	fake_zero(&p->memory, addr - 64, size + 64);
	fake_word(&p->memory, addr + p->rt.layout.object.ob_type, type);
	return addr;
}

static inline struct fake_objects *fake_objects(const char *layout)
{
	struct fake_objects *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	p->next_object = FAKE_HEAP;
	p->next_type = FAKE_TYPES;
	p->rt.layout = fake_layout(layout);
	p->rt.target = &p->target;
	p->str_type = fake_type(p, PY_TYPE_STR);
	p->bytes_type = fake_type(p, PY_TYPE_BYTES);
	p->int_type = fake_type(p, PY_TYPE_INT);
	p->dict_type = fake_type(p, PY_TYPE_DICT);
	p->other_type = fake_type(p, 0);
	return p;
}

/* What was put can be read from now on. */
static inline void fake_ready(struct fake_objects *p)
{
	memory_image_destroy(p->image);
	p->image = fake_open(&p->memory);
	p->target.memory = memory_image_memory(p->image);
}

static inline void fake_objects_free(struct fake_objects *p)
{
	memory_image_destroy(p->image);
	fake_free(&p->memory);
	free(p);
}

/* The word of a str's state, by the layout's bits. */
static inline uint32_t fake_state(const struct fake_objects *p, unsigned kind, bool compact,
				  bool ascii)
{
	unsigned bits = kind | (unsigned)compact << 3 | (unsigned)ascii << 4;
	bool high = p->rt.layout.string_model == PY_STRINGS_STATE_HIGH;

	return high ? bits << 8 | 1 : bits << 2 | 1 | 1u << 7;
}

/* A compact str of `n` characters of `kind` bytes. */
static inline uint64_t fake_compact(struct fake_objects *p, uint64_t type, const void *chars,
				    size_t n, unsigned kind, bool ascii)
{
	const struct py_layout *l = &p->rt.layout;
	uint32_t data = ascii ? l->unicode.ascii_data : l->unicode.compact_data;
	uint64_t addr = fake_object(p, type, data + (n + 1) * kind);

	fake_word(&p->memory, addr + l->unicode.length, n);
	fake_half(&p->memory, addr + l->unicode.state, fake_state(p, kind, true, ascii));
	fake_put(&p->memory, addr + data, chars, n * kind);
	return addr;
}

/* A bytes object (2.7: str). */
static inline uint64_t fake_bytes(struct fake_objects *p, const void *bytes, size_t n)
{
	const struct py_layout *l = &p->rt.layout;
	uint64_t addr = fake_object(p, p->bytes_type, l->bytes.data + n + 1);

	fake_word(&p->memory, addr + l->bytes.size, n);
	fake_put(&p->memory, addr + l->bytes.data, bytes, n);
	return addr;
}

/* The str of an ASCII text, as the version writes names. */
static inline uint64_t fake_name(struct fake_objects *p, const char *text)
{
	if (p->rt.layout.string_model == PY_STRINGS_BYTES)
		return fake_bytes(p, text, strlen(text));
	return fake_compact(p, p->str_type, text, strlen(text), 1, true);
}

/* An int of two digits. */
static inline uint64_t fake_int(struct fake_objects *p, uint64_t value)
{
	const struct py_layout *l = &p->rt.layout;
	uint64_t addr = fake_object(p, p->int_type, l->integer.digits + 8);
	bool tagged = l->attr_model == PY_ATTRS_VALUES_312 || l->attr_model == PY_ATTRS_INLINE;

	fake_word(&p->memory, addr + l->integer.tag, tagged ? 2 << 3 : 2);
	fake_half(&p->memory, addr + l->integer.digits, (uint32_t)(value & 0x3fffffff));
	fake_half(&p->memory, addr + l->integer.digits + 4, (uint32_t)(value >> 30));
	return addr;
}

struct fake_item {
	uint64_t key, value;
};

/* Keys of 8 slots (of 1 byte each), with up to 5 items; their address. */
static inline uint64_t fake_keys(struct fake_objects *p, const struct fake_item *items,
				 size_t n, unsigned kind)
{
	const struct py_layout *l = &p->rt.layout;
	bool old = l->dict_model == PY_DICTS_KEYS_310;
	unsigned words = old || kind == 0 ? 3 : 2;
	uint64_t keys = fake_object(p, 0, l->dict_keys.indices + 8 + 5 * 24);
	uint64_t entry = keys + l->dict_keys.indices + 8;

	if (old) {
		fake_word(&p->memory, keys + l->dict_keys.size, 8);
	} else {
		fake_put(&p->memory, keys + l->dict_keys.log2_size, "\3", 1);
		fake_put(&p->memory, keys + l->dict_keys.log2_index_bytes, "\3", 1);
		fake_put(&p->memory, keys + l->dict_keys.kind, &(char){ (char)kind }, 1);
	}
	fake_word(&p->memory, keys + l->dict_keys.nentries, n);
	for (size_t i = 0; i < n; i++, entry += words * 8) {
		fake_word(&p->memory, entry + (words - 2) * 8, items[i].key);
		fake_word(&p->memory, entry + (words - 1) * 8, items[i].value);
	}
	return keys;
}

/* A dict of up to 5 items; `kind` as dk_kind (0: any keys, 1: all are str). */
static inline uint64_t fake_dict(struct fake_objects *p, const struct fake_item *items,
				 size_t n, unsigned kind)
{
	const struct py_layout *l = &p->rt.layout;
	uint64_t dict = fake_object(p, p->dict_type, 64);
	uint64_t keys;

	fake_word(&p->memory, dict + l->dict.used, n);
	if (l->dict_model == PY_DICTS_TABLE) {
		keys = fake_object(p, 0, 8 * 24);
		for (size_t i = 0; i < n; i++) {
			fake_word(&p->memory, keys + i * 24 + 8, items[i].key);
			fake_word(&p->memory, keys + i * 24 + 16, items[i].value);
		}
		fake_word(&p->memory, dict + l->dict.values, 7); /* ma_mask */
	} else {
		keys = fake_keys(p, items, n, kind);
	}
	fake_word(&p->memory, dict + l->dict.keys, keys);
	return dict;
}

#endif
