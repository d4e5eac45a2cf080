/* SPDX-License-Identifier: MIT */
#include "python/native_ids.h"

#include <string.h>

#include "base/cleanup.h"

#define WORDS (PY_PTHREAD_SCAN / 4)

/*
 * Where the libcs that we know keep the tid: glibc on x86-64 and on aarch64, musl. They decide
 * only between offsets that hold an id of the process.
 */
static const uint32_t known[] = { 0x2d0, 0xd0, 0x30 };

void py_native_ids_init(struct py_native_ids *ids)
{
	*ids = (struct py_native_ids){ .offset = PY_ABSENT };
	memset(ids->candidates, 0xff, sizeof(ids->candidates));
}

static bool is_tid(uint32_t value, const pid_t *tids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (value && (uint32_t)tids[i] == value)
			return true;
	}
	return false;
}

static bool is_candidate(const struct py_native_ids *ids, size_t word)
{
	return ids->candidates[word / 64] >> (word % 64) & 1;
}

/*
 * An offset stays a candidate while it holds an existing id for every thread, and not the
 * same for two: older glibcs keep the process id beside the tid.
 */
static void narrow(struct py_native_ids *ids, uint64_t ident, const uint32_t *words,
		   size_t n_words, const pid_t *tids, size_t n)
{
	bool other = ids->n_threads && ids->last_ident != ident;

	if (other || !ids->n_threads)
		ids->n_threads++;
	for (size_t i = 0; i < WORDS; i++) {
		bool fits = i < n_words && is_tid(words[i], tids, n) &&
			    !(other && ids->last[i] == words[i]);

		if (!fits)
			ids->candidates[i / 64] &= ~(UINT64_C(1) << (i % 64));
		ids->last[i] = i < n_words ? words[i] : 0;
	}
	ids->last_ident = ident;
}

/*
 * One thread alone could hold another's id somewhere, while its own is not listed yet; it
 * decides where there is no other.
 */
static void decide(struct py_native_ids *ids, size_t n_tids)
{
	size_t count = 0, hits = 0;
	uint32_t only = 0, hit = 0;

	for (uint32_t i = 0; i < WORDS; i++) {
		if (!is_candidate(ids, i))
			continue;
		count++;
		only = i * 4;
		for (size_t k = 0; k < ARRAY_SIZE(known); k++) {
			if (known[k] == i * 4) {
				hits++;
				hit = i * 4;
			}
		}
	}
	if (hits == 1)
		ids->offset = hit;
	else if (count == 1 && (ids->n_threads > 1 || n_tids == 1))
		ids->offset = only;
	else if (!count) /* a thread that ended, or an ident that is no pthread: anew */
		py_native_ids_init(ids);
}

static void learn(struct py_native_ids *ids, const struct py_runtime *rt, uint64_t ident,
		  const pid_t *tids, size_t n)
{
	uint32_t words[WORDS];
	size_t got;

	if (memory_read_prefix(rt->target->memory, ident, words, sizeof(words), &got, NULL))
		return;
	narrow(ids, ident, words, got / 4, tids, n);
	decide(ids, n);
}

pid_t py_native_id(struct py_native_ids *ids, const struct py_runtime *rt, uint64_t ident,
		   const pid_t *ns_tids, size_t n)
{
	uint32_t tid;

	if (ids->offset == PY_ABSENT)
		learn(ids, rt, ident, ns_tids, n);
	if (ids->offset == PY_ABSENT ||
	    memory_read_u32(rt->target->memory, ident + ids->offset, &tid, NULL) ||
	    !is_tid(tid, ns_tids, n))
		return 0;
	return (pid_t)tid;
}
