/* SPDX-License-Identifier: MIT */
/*
 * Types of values: what kind of object theirs are, what their repr() is, how they are called.
 *
 * The kind is that of the first type on the way of tp_base whose name is known, and which is made
 * in C: one without the flag of heap types, or one whose tp_name has a module (classes made by
 * Python have none in it). Its repr() is that kind's where both have the same tp_repr.
 */
#ifndef PYPROF_PYTHON_VALUE_TYPES_H
#define PYPROF_PYTHON_VALUE_TYPES_H

#include "base/map.h"
#include "python/runtime.h"

#define VALUE_NAME_MAX 200u /* bytes of a name of a type; what lies behind is cut */
#define VALUE_BASES_MAX 32u /* of one type, on the way to object */

enum value_kind {
	KIND_OTHER = 0,
	KIND_OBJECT, /* nothing but object on the way */
	KIND_NONE,
	KIND_BOOL,
	KIND_ELLIPSIS,
	KIND_NOTIMPLEMENTED,
	KIND_INT, /* 2.7: long too */
	KIND_LONG,
	KIND_FLOAT,
	KIND_COMPLEX,
	KIND_STR, /* text */
	KIND_BYTES,
	KIND_BYTEARRAY,
	KIND_LIST,
	KIND_TUPLE,
	KIND_DICT,
	KIND_SET,
	KIND_FROZENSET,
	KIND_SLICE,
	KIND_RANGE,
	KIND_DEQUE,
	KIND_ODICT,
	KIND_DEFAULTDICT,
	KIND_NAMESPACE,
	KIND_DATE,
	KIND_TIME,
	KIND_DATETIME,
	KIND_TIMEDELTA,
	KIND_TIMEZONE,
	KIND_DECIMAL,
	KIND_FUNCTION,
	KIND_METHOD,
	KIND_BUILTIN,
	KIND_CLASS,
	KIND_CLASSIC_CLASS, /* 2.7 */
	KIND_CLASSIC,	    /* 2.7: an instance of such a class */
	KIND_MODULE,
	KIND_GENERATOR,
	KIND_COROUTINE,
	KIND_ASYNC_GENERATOR,
	KIND_EXCEPTION,
	KIND_WEAKREF,
	KIND_LOCK,
	KIND_RLOCK,
	KIND_NUMPY_ARRAY,
	KIND_NUMPY_SCALAR,
};

struct value_type {
	uint64_t addr, meta, flags, repr, base, dict, basicsize, itemsize, members;
	bool heap;
	enum value_kind kind;
	bool kind_repr;	   /* its repr() is that of the kind */
	bool name_changed; /* a name had to be cut, or cleaned of what is no character */
	bool object_repr; /* its repr() is object's: <module.Class object at 0x…> */
	uint64_t round;	  /* of a heap type: when it was read */
	char tp_name[VALUE_NAME_MAX];  /* as the type has it, cleaned */
	char module[VALUE_NAME_MAX];   /* "" where none or builtins */
	char qualname[VALUE_NAME_MAX]; /* 2.7: the name */
};

struct value_types {
	struct value_type **types; /* each an allocation: they stay where they are */
	size_t n, cap;
	struct map by_addr;
	uint64_t round;
	const struct py_runtime *rt; /* of the reading that goes on */
};

void value_types_deinit(struct value_types *types);
/* A new reading: heap types are read anew, since they may have died. */
void value_types_begin(struct value_types *types, const struct py_runtime *rt);

/* The type at `addr`; NULL where what lies there is none, or there is no memory (*nomem). */
const struct value_type *value_type_at(struct value_types *types, uint64_t addr, bool *nomem);

/* The name after the last dot of tp_name. */
const char *value_type_short(const struct value_type *type);

#endif
