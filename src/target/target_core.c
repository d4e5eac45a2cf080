/* SPDX-License-Identifier: MIT */
/* A target from a core file. */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "target/cmdline.h"
#include "target/thread_now.h"
#include "target/thread_table.h"

/* System calls have other numbers on other machines. */
#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#else
#define OUR_MACHINE EM_NONE
#endif

/* What a core has in the place of a device: its files are told by their paths. */
#define DEVICE makedev(0, 1)

static const char deleted[] = " (deleted)";

/* ---- mappings ------------------------------------------------------------------------- */

static bool same_path(const void *entries, uint32_t index, const void *key)
{
	const struct core_mapping *mappings = entries;

	return strcmp(mappings[index].path, key) == 0;
}

/* A number that all mappings of one path have; 0: no memory. */
static uint64_t inode_of(struct map *by_path, const struct core *core, size_t index)
{
	const char *path = core->mappings[index].path;
	uint64_t hash = hash_bytes(path, strlen(path));
	uint32_t found = map_find(by_path, hash, same_path, core->mappings, path);

	if (found != MAP_NONE)
		return (uint64_t)found + 1;
	return map_insert(by_path, hash, (uint32_t)index) ? (uint64_t)index + 1 : 0;
}

/* As the kernel writes /proc/PID/maps, whose text maps.h reads. */
static bool format_mapping(struct maps *one, const struct core_mapping *m, uint64_t inode,
			   struct str *out)
{
	size_t len = strlen(m->path), tail = sizeof(deleted) - 1;
	bool is_deleted = len > tail && strcmp(m->path + len - tail, deleted) == 0;
	_cleanup_free_ char *path = strndup(m->path, is_deleted ? len - tail : len);

	if (!path)
		return false;
	one->mappings[0] = (struct mapping){
		.start = m->start,
		.end = m->end,
		.offset = m->offset,
		.device = inode ? DEVICE : 0,
		.inode = inode,
		.path = path,
		.readable = m->readable,
		.writable = m->writable,
		.executable = m->executable,
		.deleted = is_deleted,
	};
	maps_format(one, out);
	return !out->failed;
}

static enum pyprof_status take_maps(struct target *target, struct pyprof_error *err)
{
	const struct core *core = target->core;
	_cleanup_(str_deinit) struct str text = STR_INIT;
	struct map by_path = MAP_INIT;
	struct mapping mapping;
	struct maps one = { .mappings = &mapping, .n = 1 };
	enum pyprof_status status = PYPROF_OK;

	for (size_t i = 0; i < core->n_mappings && !status; i++) {
		const struct core_mapping *m = &core->mappings[i];
		uint64_t inode = m->path[0] ? inode_of(&by_path, core, i) : 0;

		if ((m->path[0] && !inode) || !format_mapping(&one, m, inode, &text))
			status = error_nomem(err);
	}
	map_deinit(&by_path);
	if (status)
		return status;
	return maps_parse(&target->maps, str_cstr(&text), text.len, err);
}

/* ---- threads ---------------------------------------------------------------------------- */

static enum pyprof_status take_threads(struct target *target, struct pyprof_error *err)
{
	const struct core *core = target->core;
	struct thread_table *table = target->threads;

	for (size_t i = 0; i < core->n_threads; i++) {
		const struct core_thread *thread = &core->threads[i];
		struct thread_entry *entry;

		if (!array_grow(table->entries, table->n, table->cap))
			return error_nomem(err);
		entry = &table->entries[table->n++];
		*entry = (struct thread_entry){
			.tid = thread->tid,
			.ns_tid = thread->tid,
			.state = thread->syscall < 0 ? 'R' : 'S',
		};
		/* The core has the name of the main thread only. */
		if (thread->tid == core->pid)
			snprintf(entry->comm, sizeof(entry->comm), "%s", core->name);
	}
	return PYPROF_OK;
}

static const struct core_thread *find_thread(const struct target *target, pid_t tid)
{
	const struct core *core = target->core;

	for (size_t i = 0; i < core->n_threads; i++)
		if (core->threads[i].tid == tid)
			return &core->threads[i];
	return NULL;
}

uint64_t target_core_futex(const struct target *target, pid_t tid)
{
	const struct core_thread *thread = find_thread(target, tid);

	return thread ? thread->futex : 0;
}

enum pyprof_status target_core_thread_now(const struct target *target, pid_t tid,
					  struct thread_now *now, struct pyprof_error *err)
{
	const struct core_thread *thread = find_thread(target, tid);

	*now = (struct thread_now){ .syscall = -1 };
	if (!thread)
		return error_set(err, PYPROF_ERR_GONE, "the core has no thread %d", (int)tid);
	now->runs = thread->syscall < 0;
	now->state = now->runs ? 'R' : 'S';
	if (target->core->machine == OUR_MACHINE) {
		now->syscall = thread->syscall;
		memcpy(now->args, thread->args, sizeof(now->args));
	}
	now->futex = thread->futex;
	now->sp = thread->sp;
	now->pc = thread->pc;
	if (thread == target->core->threads)
		now->signal = target->core->signal;
	return PYPROF_OK;
}

/* ---- the rest ----------------------------------------------------------------------------- */

/* Its arguments; where the stack is not there, the 80 bytes of them that the kernel notes. */
static char *quoted_cmdline(const struct core *core)
{
	struct str text = STR_INIT;

	if (core->arguments_len) {
		cmdline_format(&text, core->arguments, core->arguments_len);
	} else {
		_cleanup_free_ char *words = strdup(core->command);
		size_t len = strlen(core->command);

		if (!words)
			return NULL;
		/* Blanks stand for the ends of arguments, or for themselves: nobody knows. */
		for (size_t i = 0; i < len; i++)
			if (words[i] == ' ')
				words[i] = '\0';
		if (len)
			cmdline_format(&text, words, len + 1);
	}
	return str_take(&text);
}

static enum pyprof_status fill(struct target *target, struct pyprof_error *err)
{
	enum pyprof_status status;

	target->exe = strdup(target->core->exe);
	target->cmdline = quoted_cmdline(target->core);
	target->cwd = strdup("");
	target->threads = thread_table_create();
	if (!target->exe || !target->cmdline || !target->cwd || !target->threads)
		return error_nomem(err);
	status = take_maps(target, err);
	return status ? status : take_threads(target, err);
}

enum pyprof_status target_open_core(struct target **out, struct core *core,
				    struct pyprof_error *err)
{
	struct target *target = calloc(1, sizeof(*target));
	enum pyprof_status status;

	*out = NULL;
	if (!target) {
		core_close(core);
		return error_nomem(err);
	}
	target->pidfd = target->mem_fd = target->proc_fd = -1;
	target->core = core;
	target->memory = core->memory;
	target->pid = target->ns_pid = target->mem_tid = core->pid;
	status = fill(target, err);
	if (status == PYPROF_OK)
		*out = target;
	else
		target_close(target);
	return status;
}
