/* SPDX-License-Identifier: MIT */
/*
 * fuzz-seeds DIR: writes inputs for the fuzz targets into DIR/TARGET/, made of what the recorded
 * images hold: their mappings, line tables, debug offsets, and what reading one object of each
 * kind touches. scripts/fuzz --seeds keeps of them what adds coverage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "elf/elf_image.h"
#include "fuzz/pythons.h"
#include "python/frames.h"
#include "python/debug_offsets.h"
#include "python/dict.h"
#include "python/lines.h"
#include "python/object.h"
#include "python/string.h"
#include "python/threads.h"
#include "support/core_recipe.h"

#define SEED_MAX   (24u << 10)
#define SEED_UNITS 256 /* of code, for a line table */

static const char *folder;

static void save(const char *target, const struct python *python, const char *what,
		 const struct str *bytes)
{
	static unsigned count;
	char path[4096];
	FILE *file;

	if (bytes->failed || bytes->len > SEED_MAX)
		return;
	snprintf(path, sizeof(path), "%s/%s", folder, target);
	if (mkdir(path, 0777) && errno != EEXIST)
		perror(path);
	snprintf(path, sizeof(path), "%s/%s/%.*s-%s-%u", folder, target,
		 (int)(strstr(python->name, ".img") - python->name), python->name, what, count++);
	file = fopen(path, "w");
	if (!file || fwrite(bytes->data, 1, bytes->len, file) != bytes->len || fclose(file)) {
		perror(path);
		exit(1);
	}
}

/* ---- memory that keeps what is read as the pieces of an input -------------------------- */

struct keeper {
	struct memory memory;
	struct memory *under;
	struct str *out;
	struct kept {
		uint64_t addr;
		size_t len;
	} *kept;
	size_t n, cap;
};

static bool is_kept(const struct keeper *keeper, const struct memory_piece *piece)
{
	for (size_t i = 0; i < keeper->n; i++) {
		uint64_t skip = piece->addr - keeper->kept[i].addr;

		if (skip < keeper->kept[i].len && piece->len <= keeper->kept[i].len - skip)
			return true;
	}
	return false;
}

static size_t keeper_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
			   enum pyprof_status *status)
{
	struct keeper *keeper = (struct keeper *)memory;
	size_t done = memory_readv(keeper->under, pieces, n, status);

	for (size_t i = 0; i < done; i++) {
		uint16_t len = (uint16_t)pieces[i].len;

		if (!len || pieces[i].len > UINT16_MAX || is_kept(keeper, &pieces[i]) ||
		    !array_grow(keeper->kept, keeper->n, keeper->cap))
			continue;
		keeper->kept[keeper->n++] = (struct kept){ pieces[i].addr, len };
		str_add(keeper->out, &pieces[i].addr, sizeof(pieces[i].addr));
		str_add(keeper->out, &len, sizeof(len));
		str_add(keeper->out, pieces[i].buf, len);
	}
	return done;
}

/* A copy of the python whose reads are kept in `out`. */
struct kept_python {
	struct keeper keeper;
	struct target target;
	struct py_runtime rt;
};

static void keep(struct kept_python *kept, const struct python *python, struct str *out)
{
	static const struct memory_ops ops = { .name = "keeper", .readv = keeper_readv };

	*kept = (struct kept_python){ .target = *python->target, .rt = python->rt };
	kept->keeper = (struct keeper){ .memory.ops = &ops, .under = python->target->memory,
					.out = out };
	kept->target.memory = &kept->keeper.memory;
	kept->rt.target = &kept->target;
}

/* ---- strings and objects ----------------------------------------------------------------- */

static void begin(struct str *out, const struct python *python, int what, uint64_t addr)
{
	str_clear(out);
	str_add_char(out, (char)python->key);
	if (what >= 0)
		str_add_char(out, (char)what);
	str_add(out, &addr, sizeof(addr));
}

static bool ignore_item(uint64_t key, uint64_t value, void *arg)
{
	(void)key, (void)value, (void)arg;
	return true;
}

static void string_seed(const struct python *python, uint64_t addr, const char *kind)
{
	_cleanup_(str_deinit) struct str out = STR_INIT;
	_cleanup_(str_deinit) struct str text = STR_INIT;
	struct kept_python kept;
	int64_t number;

	begin(&out, python, -1, addr);
	keep(&kept, python, &out);
	py_string_read(&kept.rt, addr, &text, NULL);
	py_bytes_read(&kept.rt, addr, 4096, &text, NULL);
	py_int_read(&kept.rt, addr, &number, NULL);
	free(kept.keeper.kept);
	save("strings", python, kind, &out);
}

static void ignore_name(uint64_t ident, const char *name, void *arg)
{
	(void)ident, (void)name, (void)arg;
}

/* As tests/fuzz/objects.c numbers them. */
static void object_seed(const struct python *python, int what, uint64_t addr)
{
	static const char *const kinds[] = { "dict", "item",  "attrs", "attr",
					     "names", "type", "id" };
	_cleanup_(str_deinit) struct str out = STR_INIT;
	struct py_native_ids ids;
	struct kept_python kept;
	char name[32];
	uint64_t value;
	pid_t tid = 7;

	begin(&out, python, what, addr);
	keep(&kept, python, &out);
	switch (what) {
	case 0:
		py_dict_each(&kept.rt, addr, ignore_item, NULL, NULL);
		break;
	case 1:
		py_dict_get(&kept.rt, addr, "threading", &value, NULL);
		break;
	case 2:
		py_attrs_each(&kept.rt, addr, ignore_item, NULL, NULL);
		break;
	case 3:
		py_attr_get(&kept.rt, addr, "_name", &value, NULL);
		break;
	case 4:
		py_thread_names_each(&kept.rt, addr, ignore_name, NULL, NULL);
		break;
	case 5:
		py_type_name(&kept.rt, addr, name, sizeof(name), NULL);
		break;
	default:
		py_native_ids_init(&ids);
		py_native_id(&ids, &kept.rt, addr, &tid, 1);
	}
	free(kept.keeper.kept);
	save("objects", python, kinds[what], &out);
}

struct each_object {
	const struct python *python;
	int left;
};

static bool thread_object_seed(uint64_t key, uint64_t value, void *arg)
{
	struct each_object *each = arg;

	string_seed(each->python, key, "int");
	object_seed(each->python, 2, value);
	object_seed(each->python, 3, value);
	object_seed(each->python, 5, value);
	return --each->left > 0;
}

static void object_seeds(const struct python *python, uint64_t interp)
{
	const struct py_runtime *rt = &python->rt;
	struct each_object each = { python, 3 };
	uint64_t modules, threading, active;

	object_seed(python, 4, interp);
	if (memory_read_u64(python->target->memory, interp + rt->layout.interpreter.modules,
			    &modules, NULL))
		return;
	object_seed(python, 0, modules);
	object_seed(python, 1, modules);
	if (py_dict_get(rt, modules, "threading", &threading, NULL) || !threading)
		return;
	object_seed(python, 2, threading);
	if (py_attr_get(rt, threading, "_active", &active, NULL) || !active)
		return;
	object_seed(python, 0, active);
	py_dict_each(rt, active, thread_object_seed, &each, NULL);
}

/* ---- line tables --------------------------------------------------------------------------- */

static uint64_t word_at(const struct python *python, uint64_t addr)
{
	uint64_t value = 0;

	memory_read_u64(python->target->memory, addr, &value, NULL);
	return value;
}

static void lines_seed(const struct python *python, uint64_t code)
{
	const struct py_layout *l = &python->rt.layout;
	_cleanup_(str_deinit) struct str out = STR_INIT;
	uint8_t codec = (uint8_t)(l->line_codec - 1);
	uint32_t first = (uint32_t)word_at(python, code + l->code.firstlineno);

	str_add(&out, &codec, sizeof(codec));
	str_add(&out, &(uint16_t){ SEED_UNITS }, sizeof(uint16_t));
	str_add(&out, &first, sizeof(first));
	if (!py_bytes_read(&python->rt, word_at(python, code + l->code.linetable), SEED_MAX,
			   &out, NULL))
		save("lines", python, "table", &out);
}

static void code_seeds(const struct python *python, uint64_t code)
{
	const struct py_layout *l = &python->rt.layout;

	string_seed(python, word_at(python, code + l->code.name), "name");
	string_seed(python, word_at(python, code + l->code.filename), "file");
	string_seed(python, word_at(python, code + l->code.linetable), "bytes");
	lines_seed(python, code);
}

static void thread_seeds(const struct python *python)
{
	struct py_runtime rt = python->rt;
	struct py_threads threads;
	struct py_walker walker;
	struct py_stack stack;

	py_threads_init(&threads, &rt);
	py_walker_init(&walker, &rt);
	py_threads_refresh(&threads, NULL);
	if (threads.n_interpreters)
		object_seeds(python, threads.interpreters[0].addr);
	for (size_t i = 0; i < threads.n; i++) {
		struct py_thread *thread = threads.threads[i];

		object_seed(python, 6, thread->ident);
		if (py_walk(&walker, thread->tstate, &thread->memory, &stack) != PY_WALK_STACK)
			continue;
		for (size_t f = 0; f < stack.n; f++)
			code_seeds(python, stack.frames[f].code);
	}
	py_walker_deinit(&walker);
	py_threads_deinit(&threads);
}

/* ---- the rest ---------------------------------------------------------------------------------- */

static void note_seed(const struct python *python)
{
	_cleanup_(str_deinit) struct str out = STR_INIT;

	maps_format(&python->target->maps, &out);
	save("maps", python, "maps", &out);
}

static void offsets_seed(const struct python *python)
{
	_cleanup_(str_deinit) struct str out = STR_INIT;
	uint8_t block[PY_DEBUG_OFFSETS_MAX];
	size_t got;

	if (!python->rt.runtime || !py_version_self_describing(python->rt.version) ||
	    memory_read_prefix(python->target->memory, python->rt.runtime, block,
			       sizeof(block), &got, NULL))
		return;
	str_add(&out, block, got);
	save("debug_offsets", python, "block", &out);
}

static void elf_seeds(const struct python *python)
{
	static const char *const names[] = { "_PyRuntime", "Py_Version", "PyUnicode_Type" };

	for (size_t i = 0; i < python->target->maps.n_modules; i++) {
		_cleanup_(str_deinit) struct str out = STR_INIT;
		_cleanup_(str_deinit) struct str soname = STR_INIT;
		struct kept_python kept;
		struct elf_symbol symbol;
		struct elf_image image;

		str_add_char(&out, 0);
		keep(&kept, python, &out);
		if (!elf_image_init(&image, kept.target.memory,
				    python->target->maps.modules[i].base, NULL)) {
			elf_image_soname(&image, &soname);
			for (size_t s = 0; s < ARRAY_SIZE(names); s++)
				elf_image_symbol(&image, names[s], &symbol);
			save("elf", python, "memory", &out);
		}
		free(kept.keeper.kept);
	}
}

/* ---- cores ------------------------------------------------------------------------------------- */

static void core_seed(const struct made_core *made, size_t len)
{
	static const struct python by_hand = { .name = "made.img" };
	_cleanup_(str_deinit) struct str out = STR_INIT;
	struct made_places places;

	core_make(&out, made, &places);
	if (len < out.len)
		out.len = len;
	save("core", &by_hand, "core", &out);
}

/* Written by zlib and zstd as they write files. */
static void packed_core_seeds(const struct made_core *made)
{
	static const struct python by_hand = { .name = "made.img" };
	_cleanup_(str_deinit) struct str whole = STR_INIT;
	_cleanup_(str_deinit) struct str packed = STR_INIT;
	static uint8_t bytes[SEED_MAX];
	z_stream z = { .next_out = bytes, .avail_out = sizeof(bytes) };
	struct made_places places;
	size_t len;

	core_make(&whole, made, &places);
	len = ZSTD_compress(bytes, sizeof(bytes), whole.data, whole.len, 3);
	if (!ZSTD_isError(len))
		str_add(&packed, bytes, len);
	save("core", &by_hand, "zstd", &packed);
	str_clear(&packed);
	z.next_in = (Bytef *)whole.data;
	z.avail_in = (uInt)whole.len;
	if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	if (deflate(&z, Z_FINISH) == Z_STREAM_END)
		str_add(&packed, bytes, z.total_out);
	deflateEnd(&z);
	save("core", &by_hand, "gzip", &packed);
}

static void core_seeds(void)
{
	static const uint64_t auxv[] = { AT_PHDR, 0x400040, AT_ENTRY, 0x400100, AT_UID, 0, AT_GID,
					 0, AT_RANDOM, 0x30000 + 16384, AT_NULL, 0 };
	struct made_core made = {
		.pid = 7,
		.name = "python",
		.args = "python app.py",
		.threads = { { .tid = 8, .signal = 11, .number = -1, .sp = 0x30000 },
			     { .tid = 7, .number = 202, .result = -512, .first = 0x99 } },
		.n_threads = 2,
		.ranges = { { 0x400000, 0x402000, 0, "/usr/bin/python3" },
			    { 0x402000, 0x403000, 2, "/usr/bin/python3" } },
		.n_ranges = 2,
		.loads = { { 0x30000, 0x5000, PF_R | PF_W, NULL, 0x1000 },
			   { 0x400000, 0x2000, PF_R | PF_X, NULL, 0x200 },
			   { 0x500000, 0x2000, PF_R | PF_W, NULL, 0 } },
		.n_loads = 3,
		.auxv = auxv,
		.n_auxv = ARRAY_SIZE(auxv),
	};

	core_seed(&made, SIZE_MAX);
	packed_core_seeds(&made);
	core_seed(&made, 3000);
	made.many = true;
	core_seed(&made, SIZE_MAX);
	made.many = false;
	made.machine = EM_AARCH64;
	made.pid = 0;
	core_seed(&made, SIZE_MAX);
	made.n_ranges = 0;
	core_seed(&made, SIZE_MAX);
}

static void image_seed(const struct python *python)
{
	for (int first_thread = 0; first_thread < 24; first_thread += 3) {
		_cleanup_(str_deinit) struct str out = STR_INIT;

		str_add_char(&out, (char)python->key);
		str_add_char(&out, (char)first_thread);
		save("images", python, "whole", &out);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: fuzz-seeds DIR\n");
		return 2;
	}
	folder = argv[1];
	core_seeds();
	pythons_load();
	for (size_t i = 0; i < n_pythons; i++) {
		note_seed(&pythons[i]);
		offsets_seed(&pythons[i]);
		elf_seeds(&pythons[i]);
		image_seed(&pythons[i]);
		thread_seeds(&pythons[i]);
	}
	return 0;
}
