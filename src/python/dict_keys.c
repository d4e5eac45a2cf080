/* SPDX-License-Identifier: MIT */
#include "python/dict_keys.h"

#include "base/cleanup.h"
#include "python/object.h"

#define HEAD_MAX     64	  /* bytes before dk_indices */
#define CHUNK	     128  /* entries of one system call */
#define LOG2_MAX     40	  /* of a table's size; more does not fit any memory */
#define WORD	     8
#define VALUES_HEAD  8	  /* PyDictValues: capacity, size, embedded, valid, padding */
#define ORDER_MAX    64	  /* instances have their values so while there are 30 at most */

enum { KIND_GENERAL, KIND_UNICODE, KIND_SPLIT }; /* dk_kind */

/* Entries of a table: words in a row. */
struct entries {
	uint64_t addr;
	uint64_t n;
	unsigned words;	    /* of one entry: hash, key, value; or key, value */
	uint64_t values;    /* an array that has the values instead; 0: none */
	const uint8_t *order; /* of those: which one was set first, second…; NULL: as they lie */
	size_t n_order;
};

static bool give(const struct entries *e, const uint8_t *entries, const uint8_t *values,
		 uint64_t n, py_item_fn *fn, void *arg)
{
	uint32_t size = e->words * WORD;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t end = (i + 1) * size;
		uint64_t key = py_word(entries, end - 2 * WORD);
		uint64_t value = e->values ? py_word(values, i * WORD) :
					     py_word(entries, end - WORD);

		if (key && value && !fn(key, value, arg))
			return false;
	}
	return true;
}

/* Does the order name every value that there is, and none twice? It may be torn. */
static bool order_holds(const struct entries *e, const uint8_t *values, uint64_t n)
{
	uint64_t named = 0, there = 0;

	if (!e->order || n > ORDER_MAX)
		return false;
	for (size_t i = 0; i < e->n_order; i++) {
		if (e->order[i] >= n || named >> e->order[i] & 1)
			return false;
		named |= UINT64_C(1) << e->order[i];
	}
	for (uint32_t i = 0; i < n; i++) {
		if (py_word(values, i * WORD))
			there |= UINT64_C(1) << i;
	}
	return !(there & ~named);
}

/* Entries of shared keys, in the order in which this instance got them. */
static void give_ordered(const struct entries *e, const uint8_t *entries, const uint8_t *values,
			 py_item_fn *fn, void *arg)
{
	uint32_t size = e->words * WORD;

	for (size_t i = 0; i < e->n_order; i++) {
		uint32_t k = e->order[i];
		uint64_t key = py_word(entries, (k + 1) * size - 2 * WORD);
		uint64_t value = py_word(values, k * WORD);

		if (key && value && !fn(key, value, arg))
			return;
	}
}

static enum pyprof_status each_entry(const struct py_runtime *rt, const struct entries *e,
				     py_item_fn *fn, void *arg, struct pyprof_error *err)
{
	uint8_t entries[CHUNK * 3 * WORD], values[CHUNK * WORD];
	uint64_t size = e->words * WORD, total = e->n < PY_DICT_MAX ? e->n : PY_DICT_MAX;

	for (uint64_t i = 0; i < total; i += CHUNK) {
		uint64_t n = total - i < CHUNK ? total - i : CHUNK;
		const struct memory_piece pieces[] = {
			{ e->addr + i * size, entries, n * size },
			{ e->values + i * WORD, values, n * WORD },
		};
		size_t want = e->values ? 2 : 1;
		enum pyprof_status status;

		if (memory_readv(rt->target->memory, pieces, want, &status) < want)
			return error_set_address(err, status, e->addr,
						 "cannot read the entries of a dict");
		if (n == total && order_holds(e, values, n))
			give_ordered(e, entries, values, fn, arg);
		else if (!give(e, entries, values, n, fn, arg))
			break;
	}
	return PYPROF_OK;
}

enum pyprof_status py_table_each(const struct py_runtime *rt, uint64_t table, uint64_t n,
				 py_item_fn *fn, void *arg, struct pyprof_error *err)
{
	const struct entries e = { .addr = table, .n = n, .words = 3 };

	return each_entry(rt, &e, fn, arg, err);
}

/* ---- the head of a table ---------------------------------------------------------- */

/* dk_size entries of 1, 2, 4 or 8 bytes; then the items, each with its hash. */
static bool decode_310(const struct py_layout *l, const uint8_t *head, struct entries *e)
{
	uint64_t size = py_word(head, l->dict_keys.size);
	unsigned width = size <= 0xff ? 1 : size <= 0xffff ? 2 : size <= 0xffffffff ? 4 : 8;

	if (!size || size & (size - 1) || size >> LOG2_MAX)
		return false;
	e->addr += l->dict_keys.indices + size * width;
	e->n = py_word(head, l->dict_keys.nentries);
	e->words = 3;
	return e->n <= size;
}

/* Both sizes as logarithms; a table whose keys are all str has no hashes. */
static bool decode_311(const struct py_layout *l, const uint8_t *head, struct entries *e)
{
	unsigned log2_size = head[l->dict_keys.log2_size];
	unsigned log2_bytes = head[l->dict_keys.log2_index_bytes];
	unsigned kind = head[l->dict_keys.kind];

	if (log2_size > LOG2_MAX || log2_bytes < log2_size || log2_bytes > log2_size + 3 ||
	    kind > KIND_SPLIT)
		return false;
	e->addr += l->dict_keys.indices + (UINT64_C(1) << log2_bytes);
	e->n = py_word(head, l->dict_keys.nentries);
	e->words = kind == KIND_GENERAL ? 3 : 2;
	return e->n <= UINT64_C(1) << log2_size;
}

static enum pyprof_status read_keys(const struct py_runtime *rt, uint64_t keys,
				    struct entries *e, struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	bool old = l->dict_model == PY_DICTS_KEYS_310;
	const uint32_t old_fields[] = { l->dict_keys.size, l->dict_keys.nentries };
	const uint32_t fields[] = { l->dict_keys.log2_size, l->dict_keys.log2_index_bytes,
				    l->dict_keys.kind, l->dict_keys.nentries };
	size_t need = old ? py_head_need(old_fields, ARRAY_SIZE(old_fields), WORD) :
			    py_head_need(fields, ARRAY_SIZE(fields), WORD);
	uint8_t head[HEAD_MAX];

	if (need > sizeof(head) || l->dict_keys.indices == PY_ABSENT)
		return error_set(err, PYPROF_ERR_UNSUPPORTED,
				 "a dict's layout makes no sense");
	enum pyprof_status status = memory_read(rt->target->memory, keys, head, need, err);
	if (status) {
		error_prefix(err, "keys of a dict");
		return status;
	}
	e->addr = keys;
	if (!(old ? decode_310(l, head, e) : decode_311(l, head, e)))
		return error_set_address(err, PYPROF_ERR_CORRUPT, keys,
					 "the keys of a dict make no sense");
	return PYPROF_OK;
}

enum pyprof_status py_keys_each(const struct py_runtime *rt, uint64_t keys, py_item_fn *fn,
				void *arg, struct pyprof_error *err)
{
	struct entries e = { 0 };
	enum pyprof_status status = read_keys(rt, keys, &e, err);

	return status ? status : each_entry(rt, &e, fn, arg, err);
}

/* ---- shared keys -------------------------------------------------------------------- */

/*
 * The order in which an instance got its attributes, from 3.11 on a byte each: in 3.11 and 3.12 in
 * front of the values, backwards, behind how many there are and how many bytes that takes; later
 * behind the values. Sources: DICT_VALUES_SIZE(), get_insertion_order_array() in pycore_dict.h.
 */
static void read_order(const struct py_runtime *rt, struct entries *e, uint64_t at, size_t n,
		       bool backwards, uint8_t *order)
{
	if (!n || n > ORDER_MAX ||
	    memory_read(rt->target->memory, backwards ? at - n : at, order, n, NULL))
		return;
	for (size_t i = 0; backwards && i < n / 2; i++) {
		uint8_t other = order[i];

		order[i] = order[n - 1 - i];
		order[n - 1 - i] = other;
	}
	e->order = order;
	e->n_order = n;
}

static void read_order_before(const struct py_runtime *rt, struct entries *e, uint8_t *order)
{
	uint8_t sizes[2]; /* entries in use, bytes in front of the values */

	if (!memory_read(rt->target->memory, e->values - 2, sizes, sizeof(sizes), NULL) &&
	    sizes[0] + 2u <= sizes[1])
		read_order(rt, e, e->values - 2, sizes[0], true, order);
}

/* Goes from a PyDictValues to its array, and does not read more than it has. */
static enum pyprof_status enter_values(const struct py_runtime *rt, struct entries *e,
				       bool inline_values, uint8_t *order,
				       struct pyprof_error *err)
{
	uint8_t head[VALUES_HEAD]; /* capacity, size, embedded, valid */
	enum pyprof_status status =
		memory_read(rt->target->memory, e->values, head, sizeof(head), err);

	if (status) {
		error_prefix(err, "values of an instance");
		return status;
	}
	if (inline_values && !head[3])
		e->n = 0;
	else if (e->n > head[0])
		e->n = head[0];
	e->values += VALUES_HEAD;
	if (head[1] <= head[0])
		read_order(rt, e, e->values + (uint64_t)head[0] * WORD, head[1], false, order);
	return PYPROF_OK;
}

enum pyprof_status py_keys_each_split(const struct py_runtime *rt, uint64_t keys,
				      uint64_t values, bool inline_values, py_item_fn *fn,
				      void *arg, struct pyprof_error *err)
{
	struct entries e = { .values = values };
	uint8_t order[ORDER_MAX];
	enum pyprof_status status = read_keys(rt, keys, &e, err);

	if (!status && rt->layout.attr_model == PY_ATTRS_INLINE)
		status = enter_values(rt, &e, inline_values, order, err);
	else if (!status && rt->layout.attr_model != PY_ATTRS_DICTOFFSET)
		read_order_before(rt, &e, order);
	return status ? status : each_entry(rt, &e, fn, arg, err);
}
