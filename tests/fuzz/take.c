/* SPDX-License-Identifier: MIT */
/*
 * Snapshots of whole interpreters with something wrong in them: u8 python, u8 first thread, then
 * patches to its recorded image (patches.h). A snapshot with values is taken of it; and shown to be
 * one that others can rely on.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "base/utf8.h"
#include "dump/take.h"
#include "fuzz/patches.h"

/* Of the two dozen threads that an image has, so many in a row are left in its list. */
#define THREADS 3u

/* One interpreter, and what is wrong in it. */
static struct world {
	struct patch_map map;
	struct patched first;
	uint64_t threads[64], head_at;
	size_t n_threads;
} worlds[PYTHONS_MAX];

static uint64_t word_at(const struct python *python, uint64_t addr)
{
	uint64_t value = 0;

	memory_read_u64(python->target->memory, addr, &value, NULL);
	return value;
}

static void find_threads(struct world *world, const struct python *python)
{
	const struct py_layout *l = &python->rt.layout;
	const struct py_runtime *rt = &python->rt;
	uint64_t interp = rt->interp_head;
	uint64_t thread;

	if (l->runtime.interpreters_head != PY_ABSENT)
		interp = word_at(python, rt->runtime + l->runtime.interpreters_head);
	else if (rt->interp_head_at)
		interp = word_at(python, rt->interp_head_at);
	world->head_at = interp + l->interpreter.threads_head;
	thread = word_at(python, world->head_at);
	for (; thread && world->n_threads < 64; thread = word_at(python, thread + l->thread.next))
		world->threads[world->n_threads++] = thread;
	FUZZ_CHECK(world->n_threads > THREADS);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	pythons_load();
	for (size_t i = 0; i < n_pythons; i++) {
		struct world *world = &worlds[i];

		patch_map_init(&world->map, &pythons[i]);
		patched_init(&world->first, &world->map, &pythons[i]);
		find_threads(world, &pythons[i]);
	}
	return 0;
}

static void set_word(struct patched *p, uint64_t addr, uint64_t value)
{
	size_t i = patch_find(p->map, addr);
	const struct patch_part *part = &p->map->parts[i];

	FUZZ_CHECK(i < p->map->n && part->addr <= addr && addr - part->addr + 8 <= part->len);
	memcpy(p->bytes + part->start + (addr - part->addr), &value, sizeof(value));
	p->touched[p->n_touched++] = i;
}

/* Leaves a few threads only: it is each one's stack that is to be got wrong, and soon. */
static void begin(const struct world *world, struct patched *p, const struct python *python,
		  uint8_t first_thread, struct bytes in)
{
	size_t first = first_thread % (world->n_threads - THREADS + 1);

	set_word(p, world->head_at, world->threads[first]);
	set_word(p, world->threads[first + THREADS - 1] + python->rt.layout.thread.next, 0);
	patched_apply(p, in, false);
}

static void check_text(const char *text)
{
	FUZZ_CHECK(text && utf8_valid((const uint8_t *)text, strlen(text)));
}

static void check_frame(const struct snapshot_frame *frame)
{
	check_text(frame->function);
	check_text(frame->file);
	FUZZ_CHECK(frame->line >= 0 && !frame->source);
	FUZZ_CHECK(frame->values_asked && (frame->values_read || !frame->n_values));
	for (size_t i = 0; i < frame->n_values; i++) {
		check_text(frame->values[i].name);
		check_text(frame->values[i].type);
		check_text(frame->values[i].text);
	}
}

static void check_thread(const struct snapshot *snapshot, const struct snapshot_thread *thread)
{
	check_text(thread->name);
	check_text(thread->wait.name);
	FUZZ_CHECK(thread->state >= SNAPSHOT_RUNNING && thread->state <= SNAPSHOT_UNKNOWN);
	FUZZ_CHECK(thread->cause < PYPROF_N_CAUSES && (!thread->failed || !thread->n_frames));
	FUZZ_CHECK(thread->wait.holder == SNAPSHOT_NONE ||
		   thread->wait.holder < snapshot->n_threads);
	FUZZ_CHECK(thread->wait.holder_frame == SNAPSHOT_NONE ||
		   thread->wait.holder_frame <
			   snapshot->threads[thread->wait.holder].n_frames);
	if (thread->exception)
		check_text(thread->exception);
	for (size_t i = 0; i < thread->n_frames; i++)
		check_frame(&thread->frames[i]);
}

static void check_snapshot(const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_threads; i++)
		check_thread(snapshot, &snapshot->threads[i]);
	for (size_t i = 0; i < snapshot->n_cycles; i++)
		for (size_t k = 0; k < snapshot->cycles[i].n; k++)
			FUZZ_CHECK(snapshot->cycles[i].threads[k] < snapshot->n_threads);
}

static void take(struct py_runtime *rt)
{
	const struct take_opts opts = { .locals = 1, .source = true };
	struct snapshot *snapshot;

	if (snapshot_take(&snapshot, rt, &opts, NULL))
		return;
	check_snapshot(snapshot);
	snapshot_destroy(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	const struct python *python = python_of_key(bytes_u8(&in));
	struct world *world = &worlds[python - pythons];
	uint8_t first_thread = bytes_u8(&in);
	struct target *target;
	struct memory *own;
	struct py_runtime rt;

	if (in.failed)
		return 0;
	begin(world, &world->first, python, first_thread, in);
	if (!target_open_image(&target, patched_notes(&world->first), NULL)) {
		own = target->memory;
		target->memory = &world->first.memory;
		if (!py_runtime_find(&rt, target, NULL))
			take(&rt);
		target->memory = own;
		target_close(target);
	}
	patched_undo(&world->first);
	return 0;
}

/* ---- mutation --------------------------------------------------------------------- */

#ifndef FUZZ_REPLAY

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static void add_u16(struct str *out, long value)
{
	uint16_t small = (uint16_t)value;

	str_add(out, &small, sizeof(small));
}

/* A part, most often one that the last inputs of this python had read. */
static long random_part(const struct world *world)
{
	const struct patched *p = &world->first;
	size_t n = p->n_recent < PATCH_RECENT ? p->n_recent : PATCH_RECENT;

	return n && random() % 8 ? p->recent[(size_t)random() % n] : random();
}

/* What is most likely to lead somewhere: a word that is another one, or a number at a bound. */
static void random_patch(struct str *out, const struct world *world)
{
	static const uint64_t bounds[] = { 0,	       1,	  0xff,	      0x7fff,
					   0x10000,    0x7fffffff, 0x80000000, UINT32_MAX,
					   INT64_MAX, UINT64_MAX, 1u << 24,   1ull << 47 };
	long kind = random() % 16;
	uint64_t value = bounds[(size_t)random() % (sizeof(bounds) / sizeof(bounds[0]))];
	uint8_t len = random() % 3 ? 8 : 4;

	str_add_char(out, (char)((kind == 0 ? 3 : kind < 10 ? 2 : 0) | (random() % 4 ? 0 : 4)));
	add_u16(out, random_part(world));
	add_u16(out, random() & ~7);
	if (kind == 0)
		return;
	str_add_char(out, (char)len);
	if (kind < 10) {
		add_u16(out, random_part(world));
		add_u16(out, random() & ~7);
	} else {
		str_add(out, &value, len);
	}
}

/* Every other time a whole patch more; the bytes as they come are libFuzzer's. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	struct str patch = STR_INIT;

	srandom(seed);
	if (size >= 2 && random() % 2)
		random_patch(&patch, &worlds[python_of_key(data[0]) - pythons]);
	if (!patch.len || patch.failed || patch.len > max_size - size) {
		size = LLVMFuzzerMutate(data, size, max_size);
	} else {
		memcpy(data + size, patch.data, patch.len);
		size += patch.len;
	}
	str_deinit(&patch);
	return size;
}

#endif
