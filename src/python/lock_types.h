/* SPDX-License-Identifier: MIT */
/* What an object is, as far as it matters for who waits for what: told by its type, remembered. */
#ifndef PYPROF_PYTHON_LOCK_TYPES_H
#define PYPROF_PYTHON_LOCK_TYPES_H

#include "base/map.h"
#include "python/runtime.h"

#define PY_TYPE_HEAP (1u << 9) /* tp_flags: made by a class statement, or as one is */

enum lock_type {
	LOCK_TYPE_OTHER = 0, /* or nothing that can be read */
	LOCK_TYPE_LOCK,
	LOCK_TYPE_RLOCK,
	LOCK_TYPE_SIMPLE_QUEUE, /* _queue's, in C, and what is derived from it; 3.7 and later */
	LOCK_TYPE_RLOCK_PYTHON, /* threading's, written in Python: all that 2.7 has */
	LOCK_TYPE_CONDITION,	/* threading.Condition, and what is derived from it */
	LOCK_TYPE_THREAD,	/* the same of threading.Thread */
	LOCK_TYPE_MODULE_LOCK,	/* importlib's */
	LOCK_TYPE_THREAD_HANDLE,
	LOCK_TYPE_CONTEXT, /* what @contextlib.contextmanager makes of a generator */
	LOCK_TYPE_METHOD_C, /* a method in C, bound to an object */
	LOCK_TYPE_METHOD,   /* the same in Python */
	LOCK_TYPE_DESCR,    /* a method of a type in C, not bound */
	LOCK_TYPE_FUNCTION,
	LOCK_TYPE_CELL,
	LOCK_TYPE_INT,
	LOCK_TYPE_MODULE,
	LOCK_TYPE_LIST, /* these, and not what is derived from them */
	LOCK_TYPE_DICT,
	LOCK_TYPE_CLASS,	/* whose type is "type" */
	LOCK_TYPE_INSTANCE,	/* of a class in Python */
	LOCK_TYPE_INSTANCE_OLD, /* 2.7: of an old-style class */
};

#define LOCK_TYPE_NAME_MAX 32 /* bytes of a name, the last one 0 */

struct lock_type_entry {
	uint64_t addr;
	enum lock_type type;
	char name[LOCK_TYPE_NAME_MAX];
};

struct lock_types {
	const struct py_runtime *rt; /* not owned */
	struct lock_type_entry *entries;
	size_t n, cap;
	struct map by_addr;
	bool nomem;
};

void lock_types_deinit(struct lock_types *types);

#define LOCK_TYPES_BATCH 256

/* What `n` objects are, LOCK_TYPES_BATCH at most; 0 and what cannot be read are OTHER. */
void lock_types_of(struct lock_types *types, const uint64_t *objects, size_t n,
		   enum lock_type *out);
enum lock_type lock_type_of(struct lock_types *types, uint64_t object);

/* The name of the class of an object, without its module; "" unknown. Valid until the next call. */
const char *lock_type_name(struct lock_types *types, uint64_t object);

#endif
