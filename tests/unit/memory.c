/* SPDX-License-Identifier: MIT */
/* Reading a live process: ourselves, with holes made on purpose, and children. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "memory/memory.h"

#define PAGES 6

/* Pages of which number 3 cannot be read; byte i holds i % 251. */
struct ground {
	struct memory *memory;
	size_t page;
	uint8_t *at;
};

static uint64_t addr_of(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static int set_up(void **state)
{
	struct ground *g = calloc(1, sizeof(*g));

	g->page = (size_t)sysconf(_SC_PAGESIZE);
	g->at = mmap(NULL, PAGES * g->page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->at == MAP_FAILED)
		return -1;
	for (size_t i = 0; i < PAGES * g->page; i++)
		g->at[i] = (uint8_t)(i % 251);
	mprotect(g->at + 3 * g->page, g->page, PROT_NONE);
	g->memory = memory_live_create(getpid());
	*state = g;
	return g->memory ? 0 : -1;
}

static int tear_down(void **state)
{
	struct ground *g = *state;

	memory_destroy(g->memory);
	munmap(g->at, PAGES * g->page);
	free(g);
	return 0;
}

static bool is_pattern(const uint8_t *buf, size_t from, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (buf[i] != (from + i) % 251)
			return false;
	}
	return true;
}

static void reads_numbers_and_ranges(void **state)
{
	struct ground *g = *state;
	uint64_t number = 0x1122334455667788ull, u64 = 0;
	uint32_t u32 = 0;
	uint8_t buf[3000];
	struct pyprof_error err;

	assert_int_equal(memory_read_u64(g->memory, addr_of(&number), &u64, &err), PYPROF_OK);
	assert_true(u64 == number);
	assert_int_equal(memory_read_u32(g->memory, addr_of(&number), &u32, &err), PYPROF_OK);
	assert_int_equal(u32, 0x55667788);
	assert_int_equal(memory_read(g->memory, addr_of(g->at) + 1500, buf, sizeof(buf), &err),
			 PYPROF_OK);
	assert_true(is_pattern(buf, 1500, sizeof(buf)));
	assert_int_equal(g->memory->reads, 3);
	assert_int_equal(g->memory->bytes, 8 + 4 + sizeof(buf));
}

static void faults_name_the_address(void **state)
{
	struct ground *g = *state;
	uint64_t hole = addr_of(g->at) + 3 * g->page, out;
	static const uint64_t bad[] = { 0, 8, 0x7fffffffffffffff, UINT64_MAX - 7,
					UINT64_MAX, 0xffffffff81000000 };
	struct pyprof_error err;
	char want[100];

	assert_int_equal(memory_read_u64(g->memory, hole, &out, &err), PYPROF_ERR_FAULT);
	assert_int_equal(err.status, PYPROF_ERR_FAULT);
	assert_true(err.address == hole);
	snprintf(want, sizeof(want), "cannot read 8 bytes at 0x%llx",
		 (unsigned long long)hole);
	assert_string_equal(err.message, want);
	assert_int_equal(memory_read_u64(g->memory, hole - 4, &out, NULL), PYPROF_ERR_FAULT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(memory_read_u64(g->memory, bad[i], &out, NULL),
				 PYPROF_ERR_FAULT);
}

/* Pieces of 100 bytes across the ground: how many are whole is known by arithmetic. */
static void counts_whole_pieces(void **state)
{
	struct ground *g = *state;
	size_t good = 3 * g->page; /* bytes before the hole */

	for (size_t len = 1; len < 2 * g->page; len = len * 3 + 1) {
		struct memory_piece pieces[MEMORY_MAX_PIECES];
		size_t n = 0, start = 5;
		uint8_t *buf = malloc(PAGES * g->page);
		enum pyprof_status status = PYPROF_ERR_LIMIT;

		while (n < MEMORY_MAX_PIECES && start + (n + 1) * len <= good + g->page) {
			pieces[n] = (struct memory_piece){ addr_of(g->at) + start + n * len,
							   buf + n * len, len };
			n++;
		}
		if (n * len + start > good) {
			size_t whole = memory_readv(g->memory, pieces, n, &status);

			assert_int_equal(whole, (good - start) / len);
			assert_int_equal(status, PYPROF_ERR_FAULT);
			assert_true(is_pattern(buf, start, whole * len));
			n = whole;
		}
		assert_int_equal(memory_readv(g->memory, pieces, n, &status), n);
		assert_int_equal(status, PYPROF_OK);
		assert_true(is_pattern(buf, start, n * len));
		free(buf);
	}
}

static void a_hole_in_the_middle(void **state)
{
	struct ground *g = *state;
	uint64_t base = addr_of(g->at);
	uint8_t buf[5][64];
	struct memory_piece pieces[5] = {
		{ base, buf[0], 64 },
		{ base + 3 * g->page - 32, buf[1], 64 }, /* runs into the hole */
		{ base + 64, buf[2], 64 },
		{ base + 4 * g->page, buf[3], 64 },
		{ base + 128, buf[4], 64 },
	};
	enum pyprof_status status;

	assert_int_equal(memory_readv(g->memory, pieces, 5, &status), 1);
	assert_int_equal(status, PYPROF_ERR_FAULT);
	assert_true(is_pattern(buf[0], 0, 64));
	pieces[1].addr = base + 3 * g->page; /* is the hole */
	assert_int_equal(memory_readv(g->memory, pieces, 5, &status), 1);
	pieces[1].addr = base + 4 * g->page - 1; /* ends in good ground */
	assert_int_equal(memory_readv(g->memory, pieces, 5, &status), 1);
	pieces[0].addr = 1;
	assert_int_equal(memory_readv(g->memory, pieces, 5, &status), 0);
	assert_int_equal(status, PYPROF_ERR_FAULT);
}

static void empty_pieces_and_too_many(void **state)
{
	struct ground *g = *state;
	struct memory_piece pieces[MEMORY_MAX_PIECES + 1];
	uint8_t buf[4];
	enum pyprof_status status;

	for (size_t i = 0; i <= MEMORY_MAX_PIECES; i++)
		pieces[i] = (struct memory_piece){ addr_of(g->at), buf, 1 };
	assert_int_equal(memory_readv(g->memory, pieces, MEMORY_MAX_PIECES, &status),
			 MEMORY_MAX_PIECES);
	assert_int_equal(status, PYPROF_OK);
	assert_int_equal(memory_readv(g->memory, pieces, MEMORY_MAX_PIECES + 1, &status), 0);
	assert_int_equal(status, PYPROF_ERR_USAGE);
	assert_int_equal(memory_readv(g->memory, pieces, 0, &status), 0);
	assert_int_equal(status, PYPROF_OK);

	pieces[0] = (struct memory_piece){ 1, buf, 0 };
	pieces[1] = (struct memory_piece){ addr_of(g->at) + 3, buf, 4 };
	pieces[2] = (struct memory_piece){ 1, buf, 0 };
	assert_int_equal(memory_readv(g->memory, pieces, 3, &status), 3);
	assert_true(is_pattern(buf, 3, 4));
	pieces[1].addr = 1;
	assert_int_equal(memory_readv(g->memory, pieces, 3, &status), 1);
	assert_int_equal(status, PYPROF_ERR_FAULT);
}

/* What the header promises: piece i is copied before piece i+1. Each reads the last one's. */
static void pieces_are_read_in_order(void **state)
{
	struct ground *g = *state;
	struct memory_piece pieces[MEMORY_MAX_PIECES];
	static uint64_t cells[MEMORY_MAX_PIECES + 1];
	enum pyprof_status status;

	memset(cells, 0, sizeof(cells));
	cells[0] = 4711;
	for (size_t i = 0; i < MEMORY_MAX_PIECES; i++)
		pieces[i] = (struct memory_piece){ addr_of(&cells[i]), &cells[i + 1], 8 };
	assert_int_equal(memory_readv(g->memory, pieces, MEMORY_MAX_PIECES, &status),
			 MEMORY_MAX_PIECES);
	for (size_t i = 0; i <= MEMORY_MAX_PIECES; i++)
		assert_int_equal(cells[i], 4711);
}

static void prefix_ends_at_the_hole(void **state)
{
	struct ground *g = *state;
	uint64_t base = addr_of(g->at);
	uint8_t *buf = malloc(PAGES * g->page);
	struct pyprof_error err;
	size_t got = 99;

	assert_int_equal(memory_read_prefix(g->memory, base + 10, buf, PAGES * g->page - 10,
					    &got, &err),
			 PYPROF_OK);
	assert_int_equal(got, 3 * g->page - 10);
	assert_true(is_pattern(buf, 10, got));
	assert_int_equal(memory_read_prefix(g->memory, base + 10, buf, 20, &got, &err),
			 PYPROF_OK);
	assert_int_equal(got, 20);
	assert_int_equal(memory_read_prefix(g->memory, base + 3 * g->page - 1, buf, 2, &got,
					    &err),
			 PYPROF_OK);
	assert_int_equal(got, 1);
	assert_int_equal(memory_read_prefix(g->memory, base + 3 * g->page, buf, g->page * 2,
					    &got, &err),
			 PYPROF_ERR_FAULT);
	assert_int_equal(got, 0);
	assert_true(err.address == base + 3 * g->page);
	assert_int_equal(memory_read_prefix(g->memory, 0, buf, 0, &got, &err), PYPROF_OK);
	assert_int_equal(got, 0);
	free(buf);
}

static void prefix_of_many_pages(void **state)
{
	struct ground *g = *state;
	size_t len = 300 * 4096 + 17, got;
	uint8_t *from = malloc(len), *to = calloc(1, len);

	for (size_t i = 0; i < len; i++)
		from[i] = (uint8_t)(i % 251);
	assert_int_equal(memory_read_prefix(g->memory, addr_of(from), to, len, &got, NULL),
			 PYPROF_OK);
	assert_int_equal(got, len);
	assert_memory_equal(from, to, len);
	free(from);
	free(to);
}

/* Texts of every length up to two chunks, at the end of readable memory. */
static void texts_up_to_the_edge(void **state)
{
	struct ground *g = *state;
	uint8_t *edge = g->at + 3 * g->page;
	struct pyprof_error err;

	for (size_t len = 0; len < 600; len++) {
		char *text = (char *)edge - len - 1;
		struct str out = STR_INIT;

		memset(text, 'a' + (int)(len % 26), len);
		text[len] = '\0';
		str_add_cstr(&out, "kept ");
		assert_int_equal(memory_read_cstr(g->memory, addr_of(text), len, &out, &err),
				 PYPROF_OK);
		assert_int_equal(out.len, 5 + len);
		assert_string_equal(out.data + 5, text);
		str_clear(&out);
		assert_int_equal(memory_read_cstr(g->memory, addr_of(text), SIZE_MAX, &out,
						  &err),
				 PYPROF_OK);
		assert_string_equal(str_cstr(&out), text);
		if (len) {
			str_clear(&out);
			str_add_cstr(&out, "as it was");
			assert_int_equal(memory_read_cstr(g->memory, addr_of(text), len - 1,
							  &out, &err),
					 PYPROF_ERR_LIMIT);
			assert_string_equal(str_cstr(&out), "as it was");
		}
		str_deinit(&out);
	}
}

static void texts_without_an_end(void **state)
{
	struct ground *g = *state;
	uint8_t *edge = g->at + 3 * g->page;
	struct str out = STR_INIT;
	struct pyprof_error err;

	memset(edge - 700, 'x', 700);
	for (size_t len = 1; len <= 700; len += 3) {
		assert_int_equal(memory_read_cstr(g->memory, addr_of(edge - len), 1000, &out,
						  &err),
				 PYPROF_ERR_FAULT);
		assert_true(err.address == addr_of(edge));
		assert_int_equal(out.len, 0);
		assert_int_equal(memory_read_cstr(g->memory, addr_of(edge - len), len - 1,
						  &out, &err),
				 PYPROF_ERR_LIMIT);
	}
	assert_int_equal(memory_read_cstr(g->memory, 0, 1000, &out, &err), PYPROF_ERR_FAULT);
	str_deinit(&out);
}

static void a_process_that_ended(void **state)
{
	pid_t child = fork();
	struct memory *memory;
	struct pyprof_error err;
	siginfo_t info;
	uint64_t out = 0;

	(void)state;
	if (child == 0)
		_exit(0);
	memory = memory_live_create(child);
	/* A zombie has no memory any more; then not even the zombie is there. */
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(memory_read_u64(memory, addr_of(&out), &out, &err), PYPROF_ERR_GONE);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(memory_read_u64(memory, addr_of(&out), &out, &err), PYPROF_ERR_GONE);
	assert_non_null(strstr(err.message, "ended"));
	memory_destroy(memory);
	memory_destroy(NULL);
}

static void another_process(void **state)
{
	static volatile int value = 1;
	struct memory *memory;
	uint32_t out = 0;
	int fds[2];
	pid_t child;
	char c;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		value = 42;
		if (write(fds[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(fds[0], &c, 1), 1);
	memory = memory_live_create(child);
	assert_int_equal(memory_read_u32(memory, addr_of((void *)&value), &out, NULL),
			 PYPROF_OK);
	assert_int_equal(out, 42);
	assert_int_equal(value, 1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	memory_destroy(memory);
	close(fds[0]);
	close(fds[1]);
}

/* An unprivileged child tries to read us, who are root. */
static void a_process_of_somebody_else(void **state)
{
	struct ground *g = *state;
	pid_t child;
	int status;

	if (geteuid() != 0) {
		print_message("[  NOTE    ] not root: cannot make an unprivileged reader\n");
		skip();
	}
	child = fork();
	if (child == 0) {
		struct memory *memory = memory_live_create(getppid());
		uint64_t out;

		if (setresuid(65534, 65534, 65534) != 0)
			_exit(100);
		_exit((int)memory_read_u64(memory, addr_of(g->at), &out, NULL));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), PYPROF_ERR_PERMISSION);
}

#define on_ground(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_ground(reads_numbers_and_ranges),
		on_ground(faults_name_the_address),
		on_ground(counts_whole_pieces),
		on_ground(a_hole_in_the_middle),
		on_ground(empty_pieces_and_too_many),
		on_ground(pieces_are_read_in_order),
		on_ground(prefix_ends_at_the_hole),
		on_ground(prefix_of_many_pages),
		on_ground(texts_up_to_the_edge),
		on_ground(texts_without_an_end),
		cmocka_unit_test(a_process_that_ended),
		cmocka_unit_test(another_process),
		on_ground(a_process_of_somebody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
