/* SPDX-License-Identifier: MIT */
/* The search for what a thread waits for in one of its frames: inside of lock_names.c. */
#ifndef PYPROF_PYTHON_LOCK_VISIT_H
#define PYPROF_PYTHON_LOCK_VISIT_H

#include "python/dict.h"
#include "python/lock_names.h"

#define LOCK_ATTRS_MAX 128 /* of one object */

enum { ROOT_LOCAL = 1, ROOT_GLOBAL, ROOT_STACK };
enum { BY_NAME, BY_INDEX, BY_KEY };

/* An object that was reached: from a root of the frame, or as an attribute or item of another. */
struct lock_node {
	uint64_t object;
	uint64_t key;	 /* object of its name or key; of a variable or an item its index */
	uint32_t parent; /* index; of a root itself */
	uint8_t root;	 /* 0: none */
	uint8_t how;	 /* it is called by its parent's name: x.name, x[0], x['key'] */
	enum lock_type type;
};

/* Something by whose name the lock may be called. */
struct alias {
	uint64_t object;
	uint64_t stands_for; /* what the name with the suffix names */
	char suffix[PY_LOCK_NAME_MAX]; /* to be put behind its name: "", ".not_empty" */
};

/* The search in one frame. */
struct visit {
	struct lock_search *search;
	struct lock_found *found;
	const struct py_frame *frame;
	struct alias *aliases;
	size_t n_aliases;
	size_t n;		    /* nodes */
	uint32_t parent;	    /* while attributes are added */
	size_t n_attrs;
	const uint64_t *wanted;	    /* sorted: keys that count; NULL: all */
	size_t n_wanted;
	uint8_t root, how;
	uint64_t same; /* the object that is looked for by itself */
};

static inline bool spent(const struct lock_search *search)
{
	return search->rt->target->memory->reads >= search->last_read;
}

/* A node for `object`, whose parent and kind *v has; false: there is no more room. */
bool lock_visit_add(struct visit *v, uint64_t object, uint64_t key, uint8_t root);

/* The same of an attribute, if it counts; for py_dict_each(). */
bool lock_visit_attr(uint64_t key, uint64_t value, void *visit);

/* What the nodes from `from` on are. */
void lock_visit_types(struct visit *v, size_t from);

/* The first of the nodes from `from` on that is, or has the name of, what is looked for. */
bool lock_visit_find(struct visit *v, size_t from, size_t *node, size_t *alias);

/*
 * Looks on where no variable and no attribute has it: in the classes of what is there, for what
 * the code names, and in lists and dicts. (lock_items.c)
 */
bool lock_visit_items(struct visit *v, const uint64_t *names, size_t n_names, size_t *node,
		      size_t *alias);

/* Appends the "[1]" or "['key']" of a node. */
void lock_item_name(const struct py_runtime *rt, const struct lock_node *node, struct str *out);

#endif
