/* SPDX-License-Identifier: MIT */
/*
 * Locks that have no name of their own: of a class, in a list, in a dict. They are looked for when
 * all else has been, and only to name what is found already: they are many, and the name is not
 * worth much time.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "python/lock_visit.h"
#include "python/object.h"
#include "python/string.h"

#define ITEMS_MAX   64	/* of one list or dict */
#define ALL_MAX	    512 /* of all of a frame */
#define CLASSES_MAX 16	/* whose attributes are looked up for a frame */
#define BASES_MAX   8	/* of each */
#define KEY_MAX	    32	/* bytes of a key that is told */

/* tp_flags; INT: 2.7 */
#define TYPE_INT     (1u << 23)
#define TYPE_LONG    (1u << 24)
#define TYPE_BYTES   (1u << 27)
#define TYPE_UNICODE (1u << 28)

/* ---- classes ------------------------------------------------------------------------- */

static void add_class(struct visit *v, uint64_t type)
{
	const struct py_runtime *rt = v->search->rt;
	struct memory *memory = rt->target->memory;
	uint64_t mro, n, dict, bases[BASES_MAX];

	if (memory_read_u64(memory, type + rt->layout.type.mro, &mro, NULL) || !mro ||
	    memory_read_u64(memory, mro + rt->layout.tuple.size, &n, NULL))
		return;
	n = n < BASES_MAX ? n : BASES_MAX;
	if (memory_read(memory, mro + rt->layout.tuple.items, bases, n * 8, NULL))
		return;
	for (size_t i = 0; i < n && !spent(v->search); i++) {
		uint64_t flags;

		/* Those in C have no locks, nor always a dict where we look. */
		if (py_type_flags(rt, bases[i], &flags, NULL) || !(flags & PY_TYPE_HEAP) ||
		    memory_read_u64(memory, bases[i] + rt->layout.lock.type_dict, &dict, NULL) ||
		    !dict)
			continue;
		v->n_attrs = 0;
		py_dict_each(rt, dict, lock_visit_attr, v, NULL);
	}
}

/* Attributes of classes: of the variables that are one, and of those of the instances there. */
static void add_classes(struct visit *v, size_t to, const uint64_t *names, size_t n_names)
{
	const struct py_runtime *rt = v->search->rt;
	unsigned n = 0;

	v->wanted = names;
	v->n_wanted = n_names;
	for (size_t i = 0; i < to && n < CLASSES_MAX && !spent(v->search); i++) {
		const struct lock_node *node = &v->search->nodes[i];
		uint64_t type = node->object;

		if (node->root == ROOT_STACK ||
		    (node->type != LOCK_TYPE_CLASS && node->type != LOCK_TYPE_INSTANCE) ||
		    (node->type == LOCK_TYPE_INSTANCE &&
		     memory_read_u64(rt->target->memory,
				     node->object + rt->layout.object.ob_type, &type, NULL)))
			continue;
		v->parent = (uint32_t)i;
		add_class(v, type);
		n++;
	}
	v->wanted = NULL;
}

/* ---- items ----------------------------------------------------------------------------- */

static void add_list(struct visit *v, uint64_t list)
{
	const struct py_layout *l = &v->search->rt->layout;
	struct memory *memory = v->search->rt->target->memory;
	uint64_t n, at, items[ITEMS_MAX];

	if (memory_read_u64(memory, list + l->list.size, &n, NULL) || n > INT64_MAX || !n ||
	    memory_read_u64(memory, list + l->list.items, &at, NULL))
		return;
	n = n < ITEMS_MAX ? n : ITEMS_MAX;
	if (memory_read(memory, at, items, 8 * n, NULL))
		return;
	v->how = BY_INDEX;
	for (size_t i = 0; i < n; i++)
		lock_visit_add(v, items[i], i, 0);
}

static bool take_item(uint64_t key, uint64_t value, void *arg)
{
	struct visit *v = arg;

	return ++v->n_attrs <= ITEMS_MAX && lock_visit_add(v, value, key, 0) && !spent(v->search);
}

static void add_items(struct visit *v, size_t to)
{
	size_t from = v->n;

	for (size_t i = 0; i < to && v->n - from < ALL_MAX && !spent(v->search); i++) {
		const struct lock_node *node = &v->search->nodes[i];

		if (node->root == ROOT_STACK)
			continue;
		v->parent = (uint32_t)i;
		v->n_attrs = 0;
		if (node->type == LOCK_TYPE_LIST) {
			add_list(v, node->object);
		} else if (node->type == LOCK_TYPE_DICT) {
			v->how = BY_KEY;
			py_dict_each(v->search->rt, node->object, take_item, v, NULL);
		}
	}
	v->how = BY_NAME;
}

bool lock_visit_items(struct visit *v, const uint64_t *names, size_t n_names, size_t *node,
		      size_t *alias)
{
	size_t from = v->n;

	add_classes(v, from, names, n_names);
	lock_visit_types(v, from);
	if (lock_visit_find(v, from, node, alias))
		return true;
	from = v->n;
	add_items(v, from);
	lock_visit_types(v, from);
	return lock_visit_find(v, from, node, alias);
}

/* ---- names -------------------------------------------------------------------------------- */

static bool is_word(const struct str *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.:";

	return text->len && text->len <= KEY_MAX && strspn(str_cstr(text), letters) == text->len;
}

/* A key that reads as a name does, or a number: others may be somebody's data, and are not told. */
static bool add_key(const struct py_runtime *rt, uint64_t object, struct str *out)
{
	bool two = rt->layout.lock.instance_dict != PY_ABSENT;
	_cleanup_(str_deinit) struct str key = STR_INIT;
	uint64_t type, flags;
	int64_t number;

	if (memory_read_u64(rt->target->memory, object + rt->layout.object.ob_type, &type,
			    NULL) ||
	    py_type_flags(rt, type, &flags, NULL))
		return false;
	if (flags & (two ? TYPE_UNICODE | TYPE_BYTES : TYPE_UNICODE)) {
		if (py_string_read(rt, object, &key, NULL) || !is_word(&key))
			return false;
		str_printf(out, "['%s']", str_cstr(&key));
		return true;
	}
	if (!(flags & (two ? TYPE_INT | TYPE_LONG : TYPE_LONG)) ||
	    py_int_read(rt, object, &number, NULL))
		return false;
	str_printf(out, "[%" PRId64 "]", number);
	return true;
}

void lock_item_name(const struct py_runtime *rt, const struct lock_node *node, struct str *out)
{
	if (node->how == BY_INDEX)
		str_printf(out, "[%" PRIu64 "]", node->key);
	else if (!add_key(rt, node->key, out))
		str_add_cstr(out, "[...]");
}
