/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profile/revision.h"
#include "target/machine.h"
#include "target/revision.h"

#define A "0123456789abcdef0123456789abcdef01234567"
#define B "89abcdef0123456789abcdef0123456789abcdef"

struct place {
	char dir[64];
	struct source_root root;
	struct str out;
};

static int enter(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/pyprof-revision-XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	p->root = source_root_open_folder(p->dir);
	*state = p;
	return p->root.fd < 0;
}

static int leave(void **state)
{
	struct place *p = *state;
	char command[128];

	source_root_close(&p->root);
	str_deinit(&p->out);
	snprintf(command, sizeof(command), "rm -rf %s", p->dir);
	free(p);
	return system(command);
}

/* A file of so many bytes, and the folders on the way. */
static void put_bytes(const struct place *p, const char *name, const char *bytes, size_t len)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	for (char *slash = path + strlen(p->dir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void put(const struct place *p, const char *name, const char *text)
{
	put_bytes(p, name, text, strlen(text));
}

static void link_to(const struct place *p, const char *name, const char *to)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	unlink(path);
	assert_int_equal(symlink(to, path), 0);
}

static void is(struct place *p, const char *cwd, const char *text)
{
	str_clear(&p->out);
	str_add_cstr(&p->out, "> ");
	assert_true(revision_read(&p->root, cwd, &p->out));
	assert_string_equal(str_cstr(&p->out) + 2, text);
}

static void unknown(struct place *p, const char *cwd)
{
	str_clear(&p->out);
	str_add_cstr(&p->out, "> ");
	assert_false(revision_read(&p->root, cwd, &p->out));
	assert_string_equal(str_cstr(&p->out), "> ");
}

static void test_plain(void **state)
{
	struct place *p = *state;

	unknown(p, NULL);
	unknown(p, "");
	unknown(p, "repo");
	unknown(p, "/repo");
	put(p, "repo/.git/HEAD", "ref: refs/heads/main\n");
	unknown(p, "/repo"); /* no commit yet */
	put(p, "repo/.git/refs/heads/main", A "\n");
	put(p, "repo/a/b/c", "");
	is(p, "/repo", A " (main)");
	is(p, "/repo/a/b", A " (main)");
	is(p, "/repo//a//b/", A " (main)");
	is(p, "/repo/a/nowhere", A " (main)");
	unknown(p, "/");
	put(p, "repo/.git/HEAD", B "\n");
	is(p, "/repo/a", B);
	put(p, "repo/.git/HEAD", "ref: refs/heads/feature/x\n");
	put(p, "repo/.git/refs/heads/feature/x", B A "\n"); /* too long for any hash */
	unknown(p, "/repo");
	put(p, "repo/.git/refs/heads/feature/x", A "0123456789abcdef01234567\n"); /* SHA-256 */
	is(p, "/repo", A "0123456789abcdef01234567 (feature/x)");
	put(p, "repo/.git/HEAD", "ref: refs/remotes/origin/main\n");
	put(p, "repo/.git/refs/remotes/origin/main", A);
	is(p, "/repo", A " (refs/remotes/origin/main)");
	/* The root's own, where nothing nearer has one. */
	put(p, ".git/HEAD", B "\n");
	put(p, "other/x", "");
	is(p, "/other", B);
	is(p, "/", B);
}

static void test_packed(void **state)
{
	struct place *p = *state;

	put(p, "repo/.git/HEAD", "ref: refs/heads/main\n");
	put(p, "repo/.git/packed-refs",
	    "# pack-refs with: peeled fully-peeled sorted \n" B " refs/heads/mai\n" B
	    " refs/heads/main2\n" A " refs/heads/main\n^" B "\n" B " refs/tags/refs/heads/main\n");
	is(p, "/repo", A " (main)");
	put(p, "repo/.git/refs/heads/main", B "\n"); /* the loose one is newer */
	is(p, "/repo", B " (main)");
	put(p, "repo/.git/HEAD", "ref: refs/heads/none\n");
	unknown(p, "/repo");
	put(p, "repo/.git/packed-refs", A " refs/heads/none"); /* no newline */
	is(p, "/repo", A " (none)");
	put(p, "repo/.git/packed-refs", A);
	unknown(p, "/repo");
	put(p, "repo/.git/packed-refs", "");
	unknown(p, "/repo");
}

static void test_worktree(void **state)
{
	struct place *p = *state;

	put(p, "repo/.git/HEAD", "ref: refs/heads/main\n");
	put(p, "repo/.git/refs/heads/main", A "\n");
	put(p, "repo/.git/refs/heads/side", B "\n");
	put(p, "repo/.git/worktrees/w/HEAD", "ref: refs/heads/side\n");
	put(p, "repo/.git/worktrees/w/commondir", "../..\n");
	put(p, "tree/.git", "gitdir: /repo/.git/worktrees/w\n");
	put(p, "tree/a/x", "");
	is(p, "/tree/a", B " (side)");
	put(p, "tree/.git", "gitdir: ../repo/.git/worktrees/w\n");
	is(p, "/tree", B " (side)");
	put(p, "repo/.git/worktrees/w/commondir", "/repo/.git\n");
	is(p, "/tree", B " (side)");
	put(p, "repo/.git/worktrees/w/HEAD", "ref: refs/bisect/bad\n");
	unknown(p, "/tree");
	put(p, "repo/.git/worktrees/w/refs/bisect/bad", A "\n");
	is(p, "/tree", A " (refs/bisect/bad)");
	/* A submodule has a folder of its own, and nothing in common. */
	put(p, "repo/.git/modules/m/HEAD", A);
	put(p, "repo/m/.git", "gitdir: ../.git/modules/m");
	is(p, "/repo/m", A);
}

/* A repository in another one's folder is never told to be the other one. */
static void test_inner(void **state)
{
	struct place *p = *state;

	put(p, ".git/HEAD", A "\n");
	put(p, "in/x", "");
	is(p, "/in", A);
	put(p, "in/.git/HEAD", "ref: refs/heads/.invalid\n"); /* reftable */
	unknown(p, "/in");
	put(p, "in/.git/HEAD", "ref: refs/heads/main\n"); /* no commit yet */
	unknown(p, "/in");
	put(p, "in/.git/HEAD", A "x\n");
	unknown(p, "/in");
	put(p, "in/.git/HEAD", B "\n");
	is(p, "/in", B);
	/* What Git takes for none. */
	put(p, "in/.git/HEAD", "ref: heads/main\n");
	is(p, "/in", A);
	put(p, "in/.git/HEAD", "");
	is(p, "/in", A);
	/* A worktree, or a submodule, that is nowhere. */
	put(p, "tree/.git", "gitdir: /nowhere\n");
	unknown(p, "/tree");
	put(p, "tree/.git", "gitdir: ../in\n");
	unknown(p, "/tree");
	put(p, "tree/.git", "what is this?\n");
	unknown(p, "/tree");
	put(p, "tree/.git", "");
	unknown(p, "/tree");
}

static void test_symbolic(void **state)
{
	struct place *p = *state;

	put(p, "repo/.git/HEAD", "ref: refs/heads/a\n");
	put(p, "repo/.git/refs/heads/a", "ref: refs/heads/b\n");
	put(p, "repo/.git/refs/heads/b", "ref:\trefs/heads/c\n");
	put(p, "repo/.git/refs/heads/c", A "\n");
	is(p, "/repo", A " (a)");
	put(p, "repo/.git/refs/heads/c", "ref: refs/heads/a\n");
	unknown(p, "/repo");
	put(p, "repo/.git/refs/heads/c", "ref: HEAD\n");
	unknown(p, "/repo");
	/* As it was done long ago. */
	put(p, "repo/.git/refs/heads/c", B "\n");
	link_to(p, "repo/.git/HEAD", "refs/heads/c");
	is(p, "/repo", B);
}

static void test_deep(void **state)
{
	struct place *p = *state;
	struct str cwd = STR_INIT;

	put(p, ".git/HEAD", A "\n");
	for (int i = 0; i < REVISION_FOLDERS_MAX - 1; i++)
		str_add_cstr(&cwd, "/a");
	is(p, str_cstr(&cwd), A);
	str_add_cstr(&cwd, "/a");
	unknown(p, str_cstr(&cwd));
	str_deinit(&cwd);
}

static void head_unknown(struct place *p, const char *head)
{
	put(p, "repo/.git/HEAD", head);
	unknown(p, "/repo");
}

static void test_hostile(void **state)
{
	struct place *p = *state;
	char outside[] = "/tmp/pyprof-outside-XXXXXX", path[256], text[6000];
	const char *secret;
	int fd = mkstemp(outside);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, B "\n", 41), 41);
	close(fd);
	secret = strrchr(outside, '/') + 1;
	/* Names that are none, though there is such a file. */
	put(p, "repo/.git/refs/heads/main", A "\n");
	put(p, "secret", B "\n");
	head_unknown(p, "ref: refs/../../../secret\n");
	head_unknown(p, "ref: ../../secret\n");
	head_unknown(p, "ref: /secret\n");
	head_unknown(p, "ref: refs/heads/\n");
	head_unknown(p, "ref: refs//heads/main\n");
	head_unknown(p, "ref: refs/heads/./main\n");
	head_unknown(p, "ref: refs/heads/ma\033[2Jin\n");
	head_unknown(p, "ref: refs/heads/ma in\n");
	put(p, "repo/.git/refs/heads/ma\033in", A "\n");
	head_unknown(p, "ref: refs/heads/ma\033in\n");
	put(p, "repo/.git/refs/heads/main.lock", A "\n");
	head_unknown(p, "ref: refs/heads/main.lock\n");
	put(p, "repo/.git/refs/heads/x.lock/main", A "\n");
	head_unknown(p, "ref: refs/heads/x.lock/main\n");
	head_unknown(p, "ref: \n");
	head_unknown(p, "ref:");
	head_unknown(p, "");
	head_unknown(p, "\n" A);
	head_unknown(p, A "x");
	head_unknown(p, "0123");
	put_bytes(p, "repo/.git/HEAD", A "\0\n", 42);
	unknown(p, "/repo");
	memset(text, 'a', sizeof(text));
	put_bytes(p, "repo/.git/HEAD", text, sizeof(text));
	unknown(p, "/repo");
	/* Links, and files that name places, are taken below the root. */
	link_to(p, "repo/.git/HEAD", outside);
	unknown(p, "/repo");
	snprintf(text, sizeof(text), "../../../../../../../../tmp/%s", secret);
	link_to(p, "repo/.git/HEAD", text);
	unknown(p, "/repo");
	put(p, "file/.git", "gitdir: /tmp\n");
	unknown(p, "/file");
	snprintf(text, sizeof(text), "gitdir: %s/repo/.git\n", p->dir);
	put(p, "file/.git", text);
	unknown(p, "/file");
	put(p, "file/.git", "gitdir:\n");
	unknown(p, "/file");
	put(p, "file/.git", "gitdir: .git\n");
	unknown(p, "/file");
	/* What would wait, or never end. */
	snprintf(path, sizeof(path), "%s/pipe/.git", p->dir);
	put(p, "pipe/x", "");
	assert_int_equal(mkfifo(path, 0644), 0);
	unknown(p, "/pipe");
	put(p, "loop/x", "");
	link_to(p, "loop/.git", ".git");
	unknown(p, "/loop");
	put(p, "device/.git/x", "");
	link_to(p, "device/.git/HEAD", "/dev/zero");
	unknown(p, "/device");
	unlink(outside);
}

static void test_large(void **state)
{
	struct place *p = *state;
	char path[256];

	put(p, "repo/.git/HEAD", "ref: refs/heads/main\n");
	put(p, "repo/.git/packed-refs", A " refs/heads/main\n");
	snprintf(path, sizeof(path), "%s/repo/.git/packed-refs", p->dir);
	assert_int_equal(truncate(path, REVISION_PACKED_MAX), 0);
	is(p, "/repo", A " (main)");
	assert_int_equal(truncate(path, REVISION_PACKED_MAX + 1), 0);
	unknown(p, "/repo");
}

static void short_is(const char *revision, const char *text)
{
	struct str out = STR_INIT;

	revision_short(&out, revision);
	assert_string_equal(str_cstr(&out), text);
	str_deinit(&out);
}

static void test_short(void **state)
{
	(void)state;
	short_is(A " (main)", "0123456789ab (main)");
	short_is(A, "0123456789ab");
	short_is("0123", "0123");
	short_is("r1234 (trunk)", "r1234 (trunk)");
	short_is("", "");
	short_is(A "x", A "x");
}

static void model_is(const char *cpuinfo, const char *text)
{
	struct str model = STR_INIT;

	machine_model(&model, cpuinfo);
	assert_string_equal(str_cstr(&model), text);
	str_deinit(&model);
}

static void test_model(void **state)
{
	(void)state;
	model_is("processor\t: 0\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R)\n",
		 "Intel(R) Xeon(R)");
	model_is("processor\t: 0\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 2000MHz\n",
		 "POWER9, altivec supported");
	model_is("processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\nCPU architecture: 8\n"
		 "CPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n",
		 "implementer 0x41 part 0xd0c");
	model_is("cpu MHz\t: 2000\ncpuid level\t: 13\n", "");
	model_is("model name\t:\nmodel name\t: x", "x");
	model_is("CPU implementer\t: 0x41\n", "");
	model_is("", "");
}

static void test_machine(void **state)
{
	struct machine m;

	(void)state;
	assert_true(machine_read(&m));
	assert_int_equal(m.cpus, sysconf(_SC_NPROCESSORS_ONLN));
	assert_int_equal(strncmp(m.kernel, "Linux ", 6), 0);
	assert_true(m.arch[0]);
	machine_deinit(&m);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_packed),
		TEST(test_worktree),
		TEST(test_inner),
		TEST(test_symbolic),
		TEST(test_deep),
		TEST(test_hostile),
		TEST(test_large),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
