/* SPDX-License-Identifier: MIT */
/* The file behind a module: deleted, replaced, named to mislead, in memory, in a chroot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "target/target.h"
#include "target_child.h"

#define PAGE 4096

static char dir[] = "/tmp/pyprof-test-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static const char *path_of(const char *name)
{
	static char path[4][200];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", dir, name);
	return path[next];
}

/* Two pages: the first begins like an ELF object and holds `mark`. */
static void write_object(int fd, char mark)
{
	char page[2 * PAGE] = "\177ELF";

	memset(page + 4, mark, 200);
	assert_int_equal(pwrite(fd, page, sizeof(page), 0), sizeof(page));
}

static void make_object(const char *path, char mark)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0755);

	assert_true(fd >= 0);
	write_object(fd, mark);
	close(fd);
}

static void run_mapping(int in, int out, void *arg)
{
	int fd = *(int *)arg;

	if (mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		_exit(1);
	close(fd);
	child_say(out, 1);
	child_await(in);
}

/* A child that has the object on `fd` mapped, and the target on it. */
static struct target *target_with(struct child *child, int fd)
{
	struct target *target;
	struct pyprof_error err = { 0 };

	*child = child_start(run_mapping, &fd);
	assert_int_equal(child_hear(child), 1);
	if (target_open(&target, child->pid, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return target;
}

static const struct module *module_called(const struct target *target, const char *name)
{
	for (size_t i = 0; i < target->maps.n_modules; i++)
		if (strcmp(module_name(&target->maps.modules[i]), name) == 0)
			return &target->maps.modules[i];
	fail_msg("no module called %s", name);
	return NULL;
}

/* The descriptor, if any, is on the very file; `mark` 0: there is none. */
static void assert_file(const struct target *target, const struct module *module, char mark)
{
	char page[PAGE];
	int fd;

	errno = 0;
	fd = target_open_module(target, module);
	if (!mark) {
		assert_int_equal(fd, -1);
		assert_int_equal(errno, ENOENT);
		return;
	}
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(pread(fd, page, PAGE, 0), PAGE);
	assert_memory_equal(page, "\177ELF", 4);
	assert_int_equal(page[4], mark);
	assert_true(write(fd, "x", 1) < 0);
	close(fd);
}

/* The same question where map_files does not answer: then only paths are left. */
static void assert_file_by_path(const struct target *target, const struct module *module,
				char mark)
{
	struct module unreachable = *module;
	struct target copy = *target;
	struct mapping moved[2];

	/* A mapping that moved since: map_files has no such name. */
	assert_true(module->last == module->first);
	moved[0] = target->maps.mappings[module->first];
	moved[0].end += PAGE;
	copy.maps.mappings = moved;
	copy.maps.n = 1;
	unreachable.first = unreachable.last = 0;
	assert_file(&copy, &unreachable, mark);
}

/* ---- cases ------------------------------------------------------------------------ */

static void test_executable(void **state)
{
	struct child child = child_start(child_idle, NULL);
	struct target *target;
	struct stat ours, theirs;
	int fd;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	assert_int_equal(target_open(&target, child.pid, NULL), PYPROF_OK);
	for (size_t i = 0; i < target->maps.n_modules; i++) {
		const struct module *module = &target->maps.modules[i];
		fd = target_open_module(target, module);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &theirs), 0);
		assert_int_equal(stat(module->path, &ours), 0);
		assert_int_equal(theirs.st_ino, ours.st_ino);
		assert_int_equal(theirs.st_dev, ours.st_dev);
		close(fd);
	}
	target_close(target);
	child_reap(&child);
}

static void test_deleted_and_replaced(void **state)
{
	const char *path = path_of("lib a\nb.so");
	struct child child;
	struct target *target;
	const struct module *module;
	int fd;

	(void)state;
	make_object(path, 'A');
	fd = open(path, O_RDONLY);
	target = target_with(&child, fd);
	module = module_called(target, "lib a\nb.so");
	assert_false(module->deleted);
	assert_file(target, module, 'A');
	assert_file_by_path(target, module, 'A');

	assert_int_equal(unlink(path), 0);
	assert_int_equal(target_refresh_maps(target, NULL), PYPROF_OK);
	module = module_called(target, "lib a\nb.so");
	assert_true(module->deleted);
	assert_file(target, module, geteuid() == 0 ? 'A' : 0);
	assert_file_by_path(target, module, 0);

	/* Another file in its place is never taken for it. */
	make_object(path, 'B');
	assert_file(target, module, geteuid() == 0 ? 'A' : 0);
	assert_file_by_path(target, module, 0);
	target_close(target);
	child_reap(&child);
	close(fd);
	unlink(path);
}

static void test_name_says_deleted(void **state)
{
	const char *path = path_of("x (deleted)");
	struct child child;
	struct target *target;
	int fd;

	(void)state;
	make_object(path, 'A');
	make_object(path_of("x"), 'B');
	fd = open(path, O_RDONLY);
	target = target_with(&child, fd);
	assert_file(target, module_called(target, "x"), 'A');
	assert_file_by_path(target, module_called(target, "x"), 'A');
	target_close(target);
	child_reap(&child);
	close(fd);
}

/* The path leads to what must not be opened: looking is enough to see that. */
static void test_path_is_no_file(void **state)
{
	const char *path = path_of("fifo.so");
	struct child child;
	struct target *target;
	int fd;

	(void)state;
	make_object(path, 'A');
	fd = open(path, O_RDONLY);
	target = target_with(&child, fd);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_file_by_path(target, module_called(target, "fifo.so"), 0);
	unlink(path);
	assert_int_equal(symlink("/proc/self/exe", path), 0);
	assert_file_by_path(target, module_called(target, "fifo.so"), 0);
	target_close(target);
	child_reap(&child);
	close(fd);
}

static void test_memfd(void **state)
{
	int fd = memfd_create("object", MFD_CLOEXEC);
	struct child child;
	struct target *target;
	const struct module *module;

	(void)state;
	write_object(fd, 'M');
	target = target_with(&child, fd);
	module = module_called(target, "memfd:object");
	assert_true(module->deleted);
	assert_file(target, module, geteuid() == 0 ? 'M' : 0);
	assert_file_by_path(target, module, 0);
	target_close(target);
	child_reap(&child);
	close(fd);
}

/* ---- devices that cannot be compared ------------------------------------------------- */

/*
 * What overlayfs and btrfs do: maps and stat(2) name different devices. The first page
 * decides then.
 */
static void test_other_device(void **state)
{
	const char *path = path_of("overlay.so");
	struct child child;
	struct target *target;
	struct module module;
	int fd;

	(void)state;
	make_object(path, 'A');
	fd = open(path, O_RDONLY);
	target = target_with(&child, fd);
	module = *module_called(target, "overlay.so");
	module.device++;
	module.inode += 1000;
	assert_file_by_path(target, &module, 'A');
	unlink(path);
	make_object(path, 'B');
	assert_file_by_path(target, &module, 0);
	unlink(path);
	assert_int_equal(close(open(path, O_RDWR | O_CREAT, 0644)), 0); /* empty */
	assert_file_by_path(target, &module, 0);
	target_close(target);
	child_reap(&child);
	close(fd);
}

static void test_overlayfs(void **state)
{
	char options[1000];
	struct child child;
	struct target *target;
	int fd, status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip_because("mounting needs root");
	/* An overlay cannot lie on every file system; on a tmpfs it can. */
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("tmpfs", dir, "tmpfs", 0, NULL) < 0)
			_exit(77);
		mkdir(path_of("low"), 0755);
		mkdir(path_of("up"), 0755);
		mkdir(path_of("work"), 0755);
		mkdir(path_of("all"), 0755);
		make_object(path_of("low/o.so"), 'O');
		snprintf(options, sizeof(options),
			 "lowerdir=%s/low,upperdir=%s/up,workdir=%s/work", dir, dir, dir);
		if (mount("overlay", path_of("all"), "overlay", 0, options) < 0)
			_exit(77);
		fd = open(path_of("all/o.so"), O_RDONLY);
		target = target_with(&child, fd);
		assert_file(target, module_called(target, "o.so"), 'O');
		assert_file_by_path(target, module_called(target, "o.so"), 'O');
		target_close(target);
		child_reap(&child);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_because("no overlayfs here");
	assert_int_equal(status, 0);
}

/* ---- another mount namespace ------------------------------------------------------------ */

static void run_container(int in, int out, void *arg)
{
	int fd;

	/* A file that only this namespace sees, under a new root. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", arg, "tmpfs", 0, NULL) < 0 || chdir(arg) < 0 ||
	    mkdir("old", 0755) < 0 || syscall(SYS_pivot_root, ".", "old") < 0 ||
	    umount2("/old", MNT_DETACH) < 0)
		_exit(77);
	fd = open("/inner.so", O_RDWR | O_CREAT, 0755);
	write_object(fd, 'I');
	close(fd);
	fd = open("/inner.so", O_RDONLY);
	run_mapping(in, out, &fd);
}

static void run_chroot(int in, int out, void *arg)
{
	int fd;

	if (chroot(arg) < 0 || chdir("/") < 0)
		_exit(77);
	fd = open("/jailed.so", O_RDONLY);
	run_mapping(in, out, &fd);
}

static void assert_seen_from_outside(child_fn *fn, const char *root, const char *name, char mark)
{
	struct child child;
	struct target *target;

	if (geteuid() != 0)
		skip_because("another root directory needs root");
	child = child_start(fn, (void *)root);
	if (child_hear(&child) != 1) {
		child_reap(&child);
		skip_because("no mount namespace of one's own here");
	}
	assert_int_equal(target_open(&target, child.pid, NULL), PYPROF_OK);
	assert_file(target, module_called(target, name), mark);
	assert_file_by_path(target, module_called(target, name), mark);
	target_close(target);
	child_reap(&child);
}

static void test_mount_namespace(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("container"), 0755), 0);
	assert_seen_from_outside(run_container, path_of("container"), "inner.so", 'I');
}

static void test_chroot(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("jail"), 0755), 0);
	make_object(path_of("jail/jailed.so"), 'J');
	assert_seen_from_outside(run_chroot, path_of("jail"), "jailed.so", 'J');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_executable),
		cmocka_unit_test(test_deleted_and_replaced),
		cmocka_unit_test(test_name_says_deleted),
		cmocka_unit_test(test_path_is_no_file),
		cmocka_unit_test(test_memfd),
		cmocka_unit_test(test_other_device),
		cmocka_unit_test(test_overlayfs),
		cmocka_unit_test(test_mount_namespace),
		cmocka_unit_test(test_chroot),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
