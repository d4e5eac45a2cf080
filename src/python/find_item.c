/* SPDX-License-Identifier: MIT */
#include "python/find_item.h"

#include <string.h>

#include "python/string.h"

#define BATCH	 64  /* keys of one system call */
#define HEAD_MAX 160 /* bytes of each */
#define LOST_MAX 256 /* keys that cannot be read, before the dict is taken for none */

struct finder {
	const struct py_runtime *rt;
	const char *name;
	size_t name_len;
	size_t head_size;
	uint64_t keys[BATCH];
	uint64_t values[BATCH];
	size_t n;
	uint8_t heads[BATCH][HEAD_MAX];
	uint64_t found; /* value; 0: not yet */
	size_t n_lost;
	enum pyprof_status status; /* of reading keys; FAULT only where too many are lost */
};

static bool key_is_name(const struct finder *f, size_t i)
{
	if (!py_string_maybe(&f->rt->layout, f->heads[i], f->name, f->name_len))
		return false;

	struct str text = STR_INIT;
	bool is = py_string_read(f->rt, f->keys[i], &text, NULL) == PYPROF_OK &&
		  text.len == f->name_len && memcmp(text.data, f->name, f->name_len) == 0;
	str_deinit(&text);
	return is;
}

/*
 * Looks at the keys that were gathered. One that cannot be read so far is shorter than the
 * name, or stale.
 */
static void look(struct finder *f)
{
	struct memory_piece pieces[BATCH];
	for (size_t i = 0; i < f->n; i++)
		pieces[i] = (struct memory_piece){ f->keys[i], f->heads[i], f->head_size };

	for (size_t i = 0; i < f->n && !f->found; i++) {
		enum pyprof_status status;
		size_t end = i + memory_readv(f->rt->target->memory, pieces + i, f->n - i,
					      &status);

		for (; i < end && !f->found; i++) {
			if (key_is_name(f, i))
				f->found = f->values[i];
		}
		if (status == PYPROF_OK || (status == PYPROF_ERR_FAULT && f->n_lost++ < LOST_MAX))
			continue;
		f->status = status;
		break;
	}
	f->n = 0;
}

static bool gather(uint64_t key, uint64_t value, void *arg)
{
	struct finder *f = arg;

	f->keys[f->n] = key;
	f->values[f->n++] = value;
	if (f->n == BATCH)
		look(f);
	return !f->found && !f->status;
}

enum pyprof_status py_find_item(const struct py_runtime *rt, py_each_fn *each, uint64_t addr,
				const char *name, uint64_t *value, struct pyprof_error *err)
{
	struct finder f = { .rt = rt, .name = name, .name_len = strlen(name) };

	*value = 0;
	f.head_size = py_string_maybe_size(&rt->layout, f.name_len);
	if (f.name_len > PY_FIND_NAME_MAX || f.head_size > HEAD_MAX)
		return error_set(err, PYPROF_ERR_USAGE, "cannot look for a key as long as %s",
				 name);
	enum pyprof_status status = each(rt, addr, gather, &f, err);
	if (!f.found && !f.status)
		look(&f);
	*value = f.found;
	if (f.found)
		return PYPROF_OK;
	if (f.status)
		return error_set_address(err, f.status, addr,
					 "the keys of a dict cannot be read");
	return status;
}
