/* SPDX-License-Identifier: MIT */
#include "memory/core.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "memory/core_parts.h"

bool core_pread(int fd, uint64_t at, void *buf, size_t len)
{
	uint8_t *bytes = buf;

	if (at > INT64_MAX || len > INT64_MAX - at)
		return false;
	while (len) {
		ssize_t got = pread(fd, bytes, len, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		bytes += got;
		at += (uint64_t)got;
		len -= (size_t)got;
	}
	return true;
}

bool core_miss(struct core *core, const char *format, ...)
{
	struct str text = STR_INIT;
	va_list args;
	char *sentence;

	if (!array_grow(core->missing, core->n_missing, core->cap_missing))
		return false;
	va_start(args, format);
	str_vprintf(&text, format, args);
	va_end(args);
	sentence = str_take(&text);
	if (!sentence)
		return false;
	core->missing[core->n_missing++] = sentence;
	return true;
}

/* ---- as memory ------------------------------------------------------------------------- */

/* The bytes of one mapping from `skip` on, as many as are in one place. False: there are none. */
static bool read_part(struct core_parts *parts, size_t index, uint64_t skip, uint8_t *buf,
		      size_t want, size_t *got, enum pyprof_status *status)
{
	const struct core_mapping *m = &parts->core->mappings[index];
	const struct core_segment *segment = &parts->segments[index];
	uint64_t left = m->end - m->start - skip;
	int fd;

	*status = PYPROF_ERR_FAULT;
	if (skip < segment->in_core) {
		left = segment->in_core - skip;
		*got = want < left ? want : (size_t)left;
		return core_pread(parts->fd, segment->at + skip, buf, *got);
	}
	/*
	 * A private mapping that could be written to is in the core, if it was; if it is not, nobody
	 * knows what was in it. So of files only what is read-only is read again.
	 */
	if (segment->file == CORE_NO_FILE || !m->readable || m->writable || !parts->has_anonymous)
		return false;
	if (!core_file_fd(parts, segment->file, &fd)) {
		*status = PYPROF_ERR_NOMEM;
		return false;
	}
	*got = want < left ? want : (size_t)left;
	return fd >= 0 && core_pread(fd, m->offset + skip, buf, *got);
}

/* Index of the mapping that holds `addr`; n_mappings where none does. */
static size_t find_mapping(const struct core *core, uint64_t addr)
{
	size_t i = array_bound(core->n_mappings, k, core->mappings[k].end <= addr);

	return i < core->n_mappings && core->mappings[i].start <= addr ? i : core->n_mappings;
}

static bool read_piece(struct core_parts *parts, const struct memory_piece *piece,
		       enum pyprof_status *status)
{
	const struct core *core = parts->core;
	uint64_t addr = piece->addr;
	uint8_t *buf = piece->buf;
	size_t left = piece->len;

	*status = PYPROF_ERR_FAULT;
	for (size_t i = left ? find_mapping(core, addr) : 0; left;) {
		size_t got;

		if (i >= core->n_mappings || addr < core->mappings[i].start ||
		    !read_part(parts, i, addr - core->mappings[i].start, buf, left, &got, status))
			return false;
		addr += got;
		buf += got;
		left -= got;
		if (addr == core->mappings[i].end)
			i++;
	}
	return true;
}

static size_t core_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
			 enum pyprof_status *status)
{
	struct core_parts *parts = (struct core_parts *)memory;

	for (size_t i = 0; i < n; i++) {
		enum pyprof_status why;

		if (!read_piece(parts, &pieces[i], &why)) {
			*status = why;
			return i;
		}
	}
	return n;
}

static const struct memory_ops core_ops = {
	.name = "core",
	.readv = core_readv,
};

int core_open_file(struct core *core, uint64_t addr)
{
	struct core_parts *parts = core->parts;
	size_t i = find_mapping(core, addr);
	int fd = -1;

	if (i < core->n_mappings && parts->segments[i].file != CORE_NO_FILE &&
	    !core_file_fd(parts, parts->segments[i].file, &fd)) {
		errno = ENOMEM;
		return -1;
	}
	if (fd < 0) {
		errno = ENOENT;
		return -1;
	}
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* ---- what gdb could not read --------------------------------------------------------------- */

/* Is there nothing but zeros at the end of its stack? There is a return address, at least. */
static bool is_blank(struct core_parts *parts, const struct core_thread *thread, size_t *index)
{
	uint8_t bytes[1024];

	*index = find_mapping(parts->core, thread->sp);
	if (*index == parts->core->n_mappings ||
	    thread->sp - parts->core->mappings[*index].start >= parts->segments[*index].in_core ||
	    memory_read(&parts->memory, thread->sp, bytes, sizeof(bytes), NULL))
		return false;
	return !bytes[0] && memcmp(bytes, bytes + 1, sizeof(bytes) - 1) == 0;
}

/*
 * gcore of some versions of gdb gives up a mapping at the first page of it that cannot be read, and
 * leaves zeros: of stacks with a guard page that is no mapping of its own (glibc 2.42 and later on
 * Linux 6.13 and later), the whole stack. These zeros are nothing that ever was in memory.
 */
static enum pyprof_status drop_blanks(struct core_parts *parts, struct pyprof_error *err)
{
	struct core *core = parts->core;
	size_t n = 0, index;

	for (size_t i = 0; i < core->n_threads; i++) {
		if (!is_blank(parts, &core->threads[i], &index))
			continue;
		parts->segments[index].in_core = 0;
		n++;
	}
	if (n && !core_miss(core,
			    "the core has nothing but zeros in the place of the stacks of %zu "
			    "threads: the debugger that wrote it could not read them", n))
		return error_nomem(err);
	return PYPROF_OK;
}

/* ---- opening and closing ----------------------------------------------------------------- */

/* Those whose default action is to leave a core: signal(7). gcore writes what it stopped by. */
static bool leaves_core(int signal)
{
	static const int signals[] = { SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGFPE,
				       SIGSEGV, SIGBUS, SIGSYS,	 SIGXCPU, SIGXFSZ };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (signals[i] == signal)
			return true;
	return false;
}

/* The main thread's, which is the smallest unless numbers began anew. */
static pid_t guess_pid(const struct core *core)
{
	pid_t pid = core->threads[0].tid;

	for (size_t i = 1; i < core->n_threads; i++)
		if (core->threads[i].tid < pid)
			pid = core->threads[i].tid;
	return pid;
}

/* A program that the user names is looked at now, to say at once where it cannot be had. */
static enum pyprof_status try_exe(struct core_parts *parts, struct pyprof_error *err)
{
	int fd;

	if (!parts->exe)
		return PYPROF_OK;
	if (access(parts->exe, R_OK) < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot read the program %s",
				       parts->exe);
	if (!parts->core->exe[0] &&
	    !core_miss(parts->core, "the core does not tell which program it is of: %s is not used",
		       parts->exe))
		return error_nomem(err);
	for (size_t i = 0; i < parts->n_files; i++)
		if (!strcmp(parts->files[i].path, parts->core->exe) &&
		    !core_file_fd(parts, i, &fd))
			return error_nomem(err);
	return PYPROF_OK;
}

static enum pyprof_status fill(struct core_parts *parts, bool cut, struct pyprof_error *err)
{
	struct core *core = parts->core;
	enum pyprof_status status;

	if (cut && !core_miss(core,
			      "the compressed core file is cut short: %llu bytes could be unpacked",
			      (unsigned long long)parts->size))
		return error_nomem(err);
	status = core_read_headers(parts, err);
	if (status)
		return status;
	if (leaves_core(core->threads[0].signal))
		core->signal = core->threads[0].signal;
	if (!core->pid)
		core->pid = guess_pid(core);
	status = core_read_arguments(parts, err);
	core_take_permissions(parts);
	if (!status)
		status = drop_blanks(parts, err);
	return status ? status : try_exe(parts, err);
}

/* A copy of an option: false where there is no memory for it. */
static bool copy(char **out, const char *text)
{
	*out = text ? strdup(text) : NULL;
	return !text || *out;
}

static struct core *create(const char *path, const struct core_opts *opts)
{
	struct core *core = calloc(1, sizeof(*core));
	struct core_parts *parts = calloc(1, sizeof(*parts));

	if (!core || !parts) {
		free(core);
		free(parts);
		return NULL;
	}
	core->parts = parts;
	core->memory = &parts->memory;
	core->name = strdup("");
	core->command = strdup("");
	core->exe = strdup("");
	parts->memory.ops = &core_ops;
	parts->core = core;
	parts->path = path;
	parts->fd = -1;
	if (!core->name || !core->command || !core->exe ||
	    !copy(&parts->exe, opts ? opts->exe : NULL) ||
	    !copy(&parts->root, opts ? opts->root : NULL)) {
		core_close(core);
		return NULL;
	}
	return core;
}

enum pyprof_status core_open(struct core **out, const char *path, const struct core_opts *opts,
			     struct pyprof_error *err)
{
	struct core *core = create(path, opts);
	struct core_parts *parts;
	enum pyprof_status status;
	bool cut;

	*out = NULL;
	if (!core)
		return error_nomem(err);
	parts = core->parts;
	status = core_unpack(&parts->fd, &parts->size, &cut, path, err);
	if (!status)
		status = fill(parts, cut, err);
	parts->path = NULL; /* the caller's */
	if (status)
		core_close(core);
	else
		*out = core;
	return status;
}

void core_close(struct core *core)
{
	struct core_parts *parts;

	if (!core)
		return;
	parts = core->parts;
	for (size_t i = 0; i < parts->n_files; i++)
		cleanup_fd(&parts->files[i].fd);
	cleanup_fd(&parts->fd);
	free(parts->exe);
	free(parts->root);
	free(parts->segments);
	free(parts->files);
	free(parts->ranges);
	free(parts->range_text);
	free(parts->auxv);
	free(parts);
	for (size_t i = 0; i < core->n_missing; i++)
		free(core->missing[i]);
	free(core->missing);
	free(core->threads);
	free(core->mappings);
	free(core->command);
	free(core->name);
	free(core->exe);
	free(core->arguments);
	free(core);
}
