/* SPDX-License-Identifier: MIT */
/*
 * list, tuple, dict and set. What stands behind the limit of width is not read, so a length that
 * is a lie costs nothing.
 *
 * Sources: Objects/listobject.c, tupleobject.c, dictobject.c, setobject.c of each release.
 */
#include "base/cleanup.h"
#include "python/dict_keys.h"
#include "python/value_parts.h"

#define SET_CHUNK 64u	   /* entries of one read */
#define SET_TABLE_MAX (1u << 16) /* slots that are looked at; what lies behind is not seen */

/* ---- list, tuple ---------------------------------------------------------------------- */

/* `n` addresses at `items`, with commas. */
static bool add_items(struct value_read *v, uint64_t items, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		uint64_t item;

		if (!value_next(v, i))
			return false;
		if (!value_word(v, items + 8 * i, &item))
			return value_unreadable(v, "unreadable");
		if (!value_object(v, item))
			return false;
	}
	return true;
}

bool value_list(struct value_read *v, uint64_t addr)
{
	uint64_t n, items = 0;

	if (!value_field(v, addr, v->l->list.size, &n) || n > INT64_MAX ||
	    (n && !value_field(v, addr, v->l->list.items, &items)))
		return value_unreadable(v, "unreadable list");
	if (!n)
		return value_add(v, "[]");
	if (!value_enter(v, addr, "[...]"))
		return !v->full;
	if (value_add(v, "["))
		add_items(v, items, n);
	value_leave(v);
	return value_add(v, "]");
}

/* Headers and the like come as pairs of a name and a value. */
static bool add_pair_of(struct value_read *v, uint64_t items)
{
	uint64_t pair[2];

	if (!value_bytes(v, items, pair, sizeof(pair)))
		return add_items(v, items, 2);
	return value_next(v, 0) && value_object(v, pair[0]) && value_next(v, 1) &&
	       value_object_keyed(v, pair[1], pair[0]);
}

bool value_tuple(struct value_read *v, uint64_t addr)
{
	uint64_t n;

	if (!value_field(v, addr, v->l->tuple.size, &n) || n > INT64_MAX)
		return value_unreadable(v, "unreadable tuple");
	if (!n)
		return value_add(v, "()");
	if (!value_enter(v, addr, "(...)"))
		return !v->full;
	if (value_add(v, "(")) {
		if (n == 2)
			add_pair_of(v, addr + v->l->tuple.items);
		else
			add_items(v, addr + v->l->tuple.items, n);
	}
	value_leave(v);
	return value_add(v, n == 1 ? ",)" : ")");
}

/* ---- dict ------------------------------------------------------------------------------- */

struct dict_walk {
	struct value_read *v;
	size_t n;
};

static bool add_pair(uint64_t key, uint64_t value, void *arg)
{
	struct dict_walk *walk = arg;
	struct value_read *v = walk->v;
	size_t from;

	if (!value_next(v, walk->n++))
		return false;
	from = v->out->len;
	return value_object(v, key) && value_add(v, ": ") &&
	       value_object_behind(v, value, key, from);
}

bool value_dict(struct value_read *v, uint64_t addr)
{
	struct dict_walk walk = { .v = v };
	uint64_t used;

	if (!value_field(v, addr, v->l->dict.used, &used))
		return value_unreadable(v, "unreadable dict");
	if (!used)
		return value_add(v, "{}");
	if (!value_enter(v, addr, "{...}"))
		return !v->full;
	if (value_add(v, "{")) {
		if (py_dict_each(v->rt, addr, add_pair, &walk, NULL))
			value_unreadable(v, "unreadable");
		else if (walk.n < used && walk.n < v->limits.width && !v->full)
			value_unreadable(v, "items are missing");
	}
	value_leave(v);
	return value_add(v, "}");
}

/* ---- set --------------------------------------------------------------------------------- */

/* A slot that was deleted holds a dummy: its hash is -1; 2.7: it is a str, and the hash stays. */
static bool is_dummy(struct value_read *v, uint64_t key, uint64_t hash)
{
	const struct value_type *type;
	struct str text = STR_INIT;
	bool dummy = hash == UINT64_MAX;

	if (v->ways & PY_REPR_2) {
		type = value_type_of(v, key);
		dummy = type && type->flags & PY_TYPE_BYTES &&
			!py_bytes_read(v->rt, key, 16, &text, NULL) &&
			strcmp(str_cstr(&text), "<dummy key>") == 0;
		str_deinit(&text);
	}
	return dummy;
}

static bool add_entry(struct value_read *v, const uint64_t *entry, size_t *n)
{
	bool key_first = v->l->value.set_entry_key == 0;
	uint64_t key = entry[key_first ? 0 : 1], hash = entry[key_first ? 1 : 0];

	if (!key || is_dummy(v, key, hash))
		return true;
	return value_next(v, (*n)++) && value_object(v, key);
}

static bool add_entries(struct value_read *v, uint64_t table, uint64_t slots, uint64_t used)
{
	uint64_t entries[2 * SET_CHUNK];
	size_t n = 0;

	for (uint64_t i = 0; i < slots && n < used; i += SET_CHUNK) {
		uint64_t part = slots - i < SET_CHUNK ? slots - i : SET_CHUNK;

		if (i >= SET_TABLE_MAX)
			return value_cut(v);
		if (!value_bytes(v, table + 16 * i, entries, 16 * part))
			return value_unreadable(v, "unreadable");
		for (uint64_t k = 0; k < part && n < used; k++) {
			if (!add_entry(v, entries + 2 * k, &n))
				return false;
		}
	}
	return n == used || value_unreadable(v, "items are missing");
}

/* {1, 2}; of another class Name({1, 2}); 2.7: set([1, 2]). Empty: Name(), 2.7: Name([]). */
bool value_set(struct value_read *v, uint64_t addr, const struct value_type *type, bool frozen)
{
	uint64_t used, mask, table;
	const char *name = type->tp_name;
	bool old = v->ways & PY_REPR_2;
	bool named = old || frozen || type->heap;
	char cycle[VALUE_NAME_MAX + 8];

	if (!value_field(v, addr, v->l->value.set_used, &used) ||
	    !value_field(v, addr, v->l->value.set_mask, &mask) ||
	    !value_field(v, addr, v->l->value.set_table, &table) || mask & (mask + 1) ||
	    used > mask + 1)
		return value_unreadable(v, "unreadable set");
	if (!used)
		return value_printf(v, old ? "%s([])" : "%s()", name);
	snprintf(cycle, sizeof(cycle), "%s(...)", name);
	if (!value_enter(v, addr, cycle))
		return !v->full;
	if (named)
		value_printf(v, "%s(", name);
	if (value_add(v, old ? "[" : "{"))
		add_entries(v, table, mask + 1, used);
	value_leave(v);
	return value_add(v, old ? "]" : "}") && (!named || value_add(v, ")"));
}
