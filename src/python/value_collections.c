/* SPDX-License-Identifier: MIT */
/*
 * deque, OrderedDict, defaultdict, Counter, slice, range, SimpleNamespace.
 *
 * Sources: Modules/_collectionsmodule.c, Objects/odictobject.c, sliceobject.c, rangeobject.c,
 * namespaceobject.c; 2.7: Lib/collections.py. A list of nodes or blocks may be a circle: what is
 * behind the limit of width is not followed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "python/value_parts.h"

#define SORTED_MAX 4096u /* items of what repr() sorts: no more are read */

/* Items of a dict. */
struct item {
	uint64_t key, value;
	int64_t count;	/* Counter */
	char *name;	/* SimpleNamespace */
	size_t name_len;
	size_t place;	/* as it was found */
};

struct items {
	struct item *list;
	size_t n, cap;
	bool more, nomem;
};

static bool collect(uint64_t key, uint64_t value, void *arg)
{
	struct items *items = arg;

	if (items->n == SORTED_MAX) {
		items->more = true;
		return false;
	}
	if (!array_grow(items->list, items->n, items->cap)) {
		items->nomem = true;
		return false;
	}
	items->list[items->n] = (struct item){ .key = key, .value = value, .place = items->n };
	items->n++;
	return true;
}

static void items_free(struct items *items)
{
	for (size_t i = 0; i < items->n; i++)
		free(items->list[i].name);
	free(items->list);
}

/* All items of a dict, SORTED_MAX at most. */
static bool read_items(struct value_read *v, uint64_t dict, struct items *items)
{
	*items = (struct items){ 0 };
	bool good = !py_dict_each(v->rt, dict, collect, items, NULL);

	if (items->nomem)
		v->status = PYPROF_ERR_NOMEM;
	return good && !items->nomem;
}

/* ---- deque ---------------------------------------------------------------------------- */

/* Items lie in blocks, from an index in the left one on. */
static bool add_blocks(struct value_read *v, uint64_t block, uint64_t index, uint64_t n)
{
	const struct py_layout *l = v->l;

	if (index >= l->value.block_len)
		return value_unreadable(v, "unreadable");
	for (uint64_t i = 0; i < n; i++, index++) {
		uint64_t item;

		if (!value_next(v, i))
			return false;
		if (index == l->value.block_len) {
			index = 0;
			if (!value_field(v, block, l->value.block_next, &block))
				return value_unreadable(v, "unreadable");
		}
		if (!value_word(v, block + l->value.block_data + 8 * index, &item))
			return value_unreadable(v, "unreadable");
		if (!value_object(v, item))
			return false;
	}
	return true;
}

bool value_deque(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	const struct py_layout *l = v->l;
	uint64_t n, left, index, max;

	if (!value_field(v, addr, l->value.deque_size, &n) || n > INT64_MAX ||
	    !value_field(v, addr, l->value.deque_left, &left) ||
	    !value_field(v, addr, l->value.deque_left_index, &index) ||
	    !value_field(v, addr, l->value.deque_max, &max))
		return value_unreadable(v, "unreadable deque");
	if (!value_enter(v, addr, "[...]"))
		return !v->full;
	value_printf(v, "%s([", v->ways & PY_REPR_CLASS_NAMES ? value_type_short(type) : "deque");
	if (n)
		add_blocks(v, left, index, n);
	value_leave(v);
	if ((int64_t)max >= 0)
		return value_printf(v, "], maxlen=%lld)", (long long)max);
	return value_add(v, "])");
}

/* ---- OrderedDict ------------------------------------------------------------------------ */

/* A pair of an OrderedDict, as a tuple or as a dict's item. */
static bool add_ordered(struct value_read *v, uint64_t key, uint64_t value)
{
	bool pairs = v->ways & PY_REPR_ODICT_PAIRS;
	size_t from;

	if (pairs && !value_add(v, "("))
		return false;
	from = v->out->len;
	if (!value_object(v, key) || !value_add(v, pairs ? ", " : ": ") ||
	    !value_object_behind(v, value, key, from))
		return false;
	return !pairs || value_add(v, ")");
}

/* The value of the key at this address. */
static uint64_t value_of(const struct items *items, uint64_t key, size_t guess)
{
	if (guess < items->n && items->list[guess].key == key)
		return items->list[guess].value;
	for (size_t i = 0; i < items->n; i++) {
		if (items->list[i].key == key)
			return items->list[i].value;
	}
	return 0;
}

/* Nodes {key, hash, next} in the order; the dict has the values. */
static bool add_nodes(struct value_read *v, uint64_t node, const struct items *items)
{
	for (size_t i = 0; i < items->n; i++) {
		uint64_t fields[3];

		if (!value_next(v, i))
			return false;
		if (!node || !value_bytes(v, node, fields, sizeof(fields)))
			return value_unreadable(v, "unreadable");
		if (!add_ordered(v, fields[0], value_of(items, fields[0], i)))
			return false;
		node = fields[2];
	}
	return !items->more || value_cut(v);
}

static bool begin_ordered(struct value_read *v, const struct value_type *type)
{
	return value_printf(v, "%s(%s", value_type_short(type),
			    v->ways & PY_REPR_ODICT_PAIRS ? "[" : "{");
}

static bool end_ordered(struct value_read *v)
{
	value_leave(v);
	return value_add(v, v->ways & PY_REPR_ODICT_PAIRS ? "])" : "})");
}

bool value_odict(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	const struct value_type *owner = NULL;
	struct items items;
	uint64_t used, first;

	if (!value_field(v, addr, v->l->dict.used, &used) ||
	    !value_field(v, addr, v->l->value.odict_first, &first))
		return value_unreadable(v, "unreadable OrderedDict");
	if (!used)
		return value_printf(v, "%s()", value_type_short(type));
	/* A subclass is asked for its items, which it may give as it likes. */
	if (type->heap && value_class_attr(v, type, "items", &owner) && owner->kind == KIND_ODICT &&
	    owner->heap)
		return value_instance(v, addr, type);
	if (!value_enter(v, addr, "..."))
		return !v->full;
	begin_ordered(v, type);
	if (!read_items(v, addr, &items))
		value_unreadable(v, "unreadable");
	else
		add_nodes(v, first, &items);
	items_free(&items);
	return end_ordered(v);
}

/* 2.7's is made in Python: _OrderedDict__root is a list [previous, next, key] of such lists. */
bool value_odict_27(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	struct items items = { 0 };
	uint64_t root, node, link = 0, used;
	bool good = value_field(v, addr, v->l->dict.used, &used);

	if (good && !used)
		return value_printf(v, "%s()", type->qualname);
	root = value_attr(v, addr, type, "_OrderedDict__root");
	node = root;
	good = good && root && read_items(v, addr, &items);
	if (!value_enter(v, addr, "...")) {
		items_free(&items);
		return !v->full;
	}
	begin_ordered(v, type);
	for (size_t i = 0; good && i < items.n && value_next(v, i); i++) {
		uint64_t fields[3] = { 0 };

		good = value_field(v, node, v->l->list.items, &link) &&
		       value_bytes(v, link, fields, sizeof(fields));
		node = fields[1];
		good = good && node != root && value_field(v, node, v->l->list.items, &link) &&
		       value_bytes(v, link, fields, sizeof(fields));
		if (good && !add_ordered(v, fields[2], value_of(&items, fields[2], i)))
			break;
	}
	if (!good)
		value_unreadable(v, "unreadable");
	items_free(&items);
	return end_ordered(v);
}

/* ---- defaultdict, Counter ---------------------------------------------------------------- */

bool value_defaultdict(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	uint64_t factory;

	if (!value_field(v, addr, v->l->value.defaultdict_factory, &factory))
		return value_unreadable(v, "unreadable defaultdict");
	value_printf(v, "%s(",
		     v->ways & PY_REPR_CLASS_NAMES ? value_type_short(type) : "defaultdict");
	if (!(factory ? value_object(v, factory) : value_add(v, "None")) || !value_add(v, ", "))
		return false;
	return value_dict(v, addr) && value_add(v, ")");
}

static int by_count(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* Sorts by the counts, the highest first; false where one is no int. */
static bool sort_counts(struct value_read *v, struct items *items)
{
	if (items->more)
		return false;
	for (size_t i = 0; i < items->n; i++) {
		if (py_int_read(v->rt, items->list[i].value, &items->list[i].count, NULL))
			return false;
	}
	if (items->n)
		qsort(items->list, items->n, sizeof(items->list[0]), by_count);
	return true;
}

bool value_counter(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	struct items items;
	bool good = read_items(v, addr, &items);

	if (!good) {
		items_free(&items);
		return value_unreadable(v, "unreadable Counter");
	}
	if (!items.n) {
		items_free(&items);
		return value_printf(v, "%s()", type->qualname);
	}
	if (!sort_counts(v, &items))
		v->flags |= PY_VALUE_OWN; /* then it is as it lies there */
	if (!value_enter(v, addr, "{...}")) {
		items_free(&items);
		return !v->full;
	}
	value_printf(v, "%s({", value_type_short(type));
	for (size_t i = 0; i < items.n && value_next(v, i); i++) {
		if (!value_object(v, items.list[i].key) || !value_add(v, ": ") ||
		    !value_object_keyed(v, items.list[i].value, items.list[i].key))
			break;
	}
	items_free(&items);
	value_leave(v);
	return value_add(v, "})");
}

/* ---- SimpleNamespace ------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

static bool read_names(struct value_read *v, struct items *items)
{
	for (size_t i = 0; i < items->n; i++) {
		struct str name = STR_INIT;

		if (!value_str(v, items->list[i].key, &name)) {
			str_deinit(&name);
			return false;
		}
		items->list[i].name_len = name.len;
		items->list[i].name = str_take(&name);
	}
	if (v->ways & PY_REPR_NAMESPACE_SORTED && items->n)
		qsort(items->list, items->n, sizeof(items->list[0]), by_name);
	return true;
}

static void add_names(struct value_read *v, const struct items *items)
{
	for (size_t i = 0; i < items->n && value_next(v, i); i++) {
		const struct item *item = &items->list[i];

		value_add_clean(v, item->name ? item->name : "", item->name ? item->name_len : 0);
		value_add(v, "=");
		if (!value_object_named(v, item->value, item->name ? item->name : "",
					item->name ? item->name_len : 0))
			break;
	}
}

bool value_namespace(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	const char *name = strcmp(type->tp_name, "types.SimpleNamespace") == 0 ? "namespace" :
										 type->tp_name;
	struct items items = { 0 };
	uint64_t dict;
	char cycle[VALUE_NAME_MAX + 8];

	snprintf(cycle, sizeof(cycle), "%s(...)", name);
	if (!value_field(v, addr, v->l->value.namespace_dict, &dict))
		return value_unreadable(v, "unreadable SimpleNamespace");
	if (!value_enter(v, addr, cycle))
		return !v->full;
	value_printf(v, "%s(", name);
	if (!read_items(v, dict, &items) || !read_names(v, &items))
		value_unreadable(v, "unreadable");
	else
		add_names(v, &items);
	items_free(&items);
	value_leave(v);
	return value_add(v, ")");
}

/* ---- slice, range ---------------------------------------------------------------------------- */

bool value_slice(struct value_read *v, uint64_t addr)
{
	uint64_t words[3];

	if (!value_bytes(v, addr + v->l->value.slice_start, words, sizeof(words)))
		return value_unreadable(v, "unreadable slice");
	if (!value_enter(v, addr, "..."))
		return !v->full;
	bool more = value_add(v, "slice(") && value_object(v, words[0]) && value_add(v, ", ") &&
		    value_object(v, words[1]) && value_add(v, ", ") && value_object(v, words[2]);
	value_leave(v);
	return more && value_add(v, ")");
}

/* 2.7's xrange keeps C longs: start, step, and how many. */
static bool add_xrange(struct value_read *v, const uint64_t *words)
{
	int64_t start = (int64_t)words[0], step = (int64_t)words[1];
	uint64_t length = words[1] * words[2];
	int64_t stop = (int64_t)(words[0] + length);

	if (!start && step == 1)
		return value_printf(v, "xrange(%" PRId64 ")", stop);
	if (step == 1)
		return value_printf(v, "xrange(%" PRId64 ", %" PRId64 ")", start, stop);
	return value_printf(v, "xrange(%" PRId64 ", %" PRId64 ", %" PRId64 ")", start, stop, step);
}

bool value_range(struct value_read *v, uint64_t addr)
{
	uint64_t words[3];
	int64_t step;

	if (!value_bytes(v, addr + v->l->value.range_start, words, sizeof(words)))
		return value_unreadable(v, "unreadable range");
	if (v->ways & PY_REPR_2)
		return add_xrange(v, words);
	bool one = !py_int_read(v->rt, words[2], &step, NULL) && step == 1;
	if (!value_enter(v, addr, "..."))
		return !v->full;
	bool more = value_add(v, "range(") && value_object(v, words[0]) && value_add(v, ", ") &&
		    value_object(v, words[1]) &&
		    (one || (value_add(v, ", ") && value_object(v, words[2])));
	value_leave(v);
	return more && value_add(v, ")");
}
