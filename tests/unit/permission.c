/* SPDX-License-Identifier: MIT */
/* The cause that is named is the cause: by facts, and on processes that really refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <cmocka.h>

#include "target/permission.h"
#include "target/target.h"
#include "target_child.h"

#define NOBODY 65534

/* ---- by facts ----------------------------------------------------------------------- */

/* An ordinary user, before a process of the same user that nothing forbids. */
static struct permission_facts ordinary(void)
{
	return (struct permission_facts){
		.our_uid = 1000,
		.our_gid = 100,
		.target_ruid = 1000,
		.target_euid = 1000,
		.target_suid = 1000,
		.target_rgid = 100,
		.target_egid = 100,
		.target_sgid = 100,
		.yama_scope = -1,
		.target_dumpable = 1,
		.os_errno = EPERM,
	};
}

static void assert_says(const struct permission_facts *facts, const char *message,
			const char *hint)
{
	struct pyprof_error err = { 0 };
	char whole[500];

	permission_describe(facts, 123, "read its memory", &err);
	snprintf(whole, sizeof(whole), "PID 123: cannot read its memory: %s", message);
	assert_int_equal(err.status, PYPROF_ERR_PERMISSION);
	assert_int_equal(err.os_errno, facts->os_errno);
	assert_string_equal(err.message, whole);
	if (!strstr(err.hint, hint))
		fail_msg("no \"%s\" in \"%s\"", hint, err.hint);
	/* Neither was cut. */
	assert_true(strlen(err.message) < sizeof(err.message) - 4);
	assert_true(strlen(err.hint) < sizeof(err.hint) - 4);
	permission_describe(facts, 123, "read its memory", NULL);
}

static void test_other_user(void **state)
{
	struct permission_facts f = ordinary();

	(void)state;
	f.target_ruid = f.target_euid = f.target_suid = 33;
	assert_says(&f, "it runs as uid 33, and pyprof as uid 1000",
		    "run pyprof as root: sudo pyprof ...");
	strcpy(f.target_user, "www-data");
	assert_says(&f, "it runs as user www-data (uid 33), and pyprof as uid 1000",
		    "(sudo -u www-data pyprof ...)");
	f.yama_scope = 1; /* mending this alone would not help */
	assert_says(&f, "it runs as user www-data (uid 33), and pyprof as uid 1000",
		    "run pyprof as root (sudo pyprof ...) or as that user");
	f.target_dumpable = 0;
	assert_says(&f, "it runs as user www-data (uid 33), and pyprof as uid 1000", "sudo");
	f.in_container = true;
	assert_says(&f, "it runs as user www-data (uid 33), and pyprof as uid 1000",
		    "docker run --cap-add SYS_PTRACE");
	/* The container has it: only this user has not. */
	f.may_have_ptrace_cap = true;
	assert_says(&f, "it runs as user www-data (uid 33), and pyprof as uid 1000",
		    "run pyprof as root (sudo pyprof ...) or as that user");
	f = ordinary();
	f.target_suid = 0;
	assert_says(&f, "it was started by uid 0 and changed to uid 1000 (set-user-id)",
		    "sudo pyprof ...");
}

static void test_root_without_capability(void **state)
{
	struct permission_facts f = ordinary();

	(void)state;
	f.our_uid = 0;
	assert_says(&f, "it runs as uid 1000, and pyprof as uid 0 without CAP_SYS_PTRACE",
		    "CapabilityBoundingSet");
	f.in_container = true;
	assert_says(&f, "it runs as uid 1000, and pyprof as uid 0 without CAP_SYS_PTRACE",
		    "securityContext.capabilities.add: [\"SYS_PTRACE\"]");
	f.may_have_ptrace_cap = true;
	assert_says(&f, "it runs as uid 1000, and pyprof as uid 0 without CAP_SYS_PTRACE",
		    "root has no CAP_SYS_PTRACE here");
}

static void test_other_group(void **state)
{
	struct permission_facts f = ordinary();

	(void)state;
	f.target_egid = 5;
	assert_says(&f, "it runs with other group ids (100, 5, 100) than pyprof (100)", "sudo");
}

static void test_not_dumpable(void **state)
{
	static const char text[] =
		"it is not dumpable: it changed its user or group id, was started from a set-id "
		"or unreadable file, or called prctl(PR_SET_DUMPABLE)";
	struct permission_facts f = ordinary();

	(void)state;
	f.target_dumpable = 0;
	f.yama_scope = 1;
	assert_says(&f, text, "run pyprof as root: sudo pyprof ...");
	/* Root's process before root without the capability: what is left when all else fits. */
	f = ordinary();
	f.our_uid = f.target_ruid = f.target_euid = f.target_suid = 0;
	f.target_dumpable = -1;
	f.in_container = true;
	assert_says(&f, text, "docker run --cap-add SYS_PTRACE");
	f = ordinary();
	f.target_dumpable = 0;
	f.in_container = f.may_have_ptrace_cap = true;
	assert_says(&f, text, "run pyprof as root: sudo pyprof ...");
}

static void test_more_capabilities(void **state)
{
	struct permission_facts f = ordinary();

	(void)state;
	f.target_has_more_caps = true;
	assert_says(&f, "it has capabilities that pyprof has not", "sudo");
}

static void test_yama(void **state)
{
	struct permission_facts f = ordinary();

	(void)state;
	f.yama_scope = 1;
	assert_says(&f,
		    "Yama's kernel.yama.ptrace_scope is 1, which allows only a process that "
		    "pyprof launched",
		    "run pyprof as root (sudo pyprof ...), or launch the program by it (pyprof "
		    "record -- COMMAND), or allow it until the next boot: sudo sysctl "
		    "kernel.yama.ptrace_scope=0");
	f.in_container = true;
	assert_says(&f,
		    "Yama's kernel.yama.ptrace_scope is 1, which allows only a process that "
		    "pyprof launched",
		    "on the host: sudo sysctl kernel.yama.ptrace_scope=0. Or start the container");
	f.may_have_ptrace_cap = true;
	assert_says(&f,
		    "Yama's kernel.yama.ptrace_scope is 1, which allows only a process that "
		    "pyprof launched",
		    "run pyprof as root (sudo pyprof ...), or launch the program by it (pyprof "
		    "record -- COMMAND), or allow it until the next boot (on the host): sudo "
		    "sysctl kernel.yama.ptrace_scope=0");
	f = ordinary();
	f.yama_scope = 2;
	f.is_descendant = true;
	assert_says(&f,
		    "Yama's kernel.yama.ptrace_scope is 2, which allows only with CAP_SYS_PTRACE",
		    "sudo sysctl kernel.yama.ptrace_scope=0");
	f.yama_scope = 3;
	f.have_ptrace_cap = true;
	assert_says(&f,
		    "Yama's kernel.yama.ptrace_scope is 3, which allows nothing, for anybody, "
		    "until the next boot",
		    "3 cannot be lowered");
	f.yama_scope = 4;
	assert_says(&f,
		    "Yama's kernel.yama.ptrace_scope is 4, which allows nothing, for anybody, "
		    "until the next boot",
		    "reboot");
}

static void test_yama_is_not_blamed(void **state)
{
	struct permission_facts f = ordinary();

	(void)state;
	f.yama_scope = 1;
	f.is_descendant = true;
	f.os_errno = EACCES;
	assert_says(&f, "Permission denied, though user, capabilities and Yama allow it",
		    "Or try as root");
	f.is_descendant = false;
	f.have_ptrace_cap = true;
	f.target_ruid = 5; /* nor are ids, with the capability */
	f.target_dumpable = 0;
	assert_says(&f, "Permission denied, though user, capabilities and Yama allow it",
		    "SELinux");
}

static void test_blocked_call(void **state)
{
	struct permission_facts f = ordinary();

	(void)state;
	f.our_uid = 0;
	f.have_ptrace_cap = true;
	f.readv_errno = EPERM;
	f.seccomp_mode = 2;
	assert_says(&f,
		    "a seccomp filter blocks process_vm_readv(2), as the default profiles of "
		    "older Docker and containerd versions do",
		    "--security-opt seccomp=unconfined");
	f.readv_errno = f.os_errno = ENOSYS;
	assert_says(&f,
		    "a seccomp filter blocks process_vm_readv(2), as the default profiles of "
		    "older Docker and containerd versions do",
		    "docker run --cap-add SYS_PTRACE");
	f.seccomp_mode = 0;
	assert_says(&f, "this kernel has no process_vm_readv(2)", "CONFIG_CROSS_MEMORY_ATTACH");
	f.readv_errno = EPERM;
	assert_says(&f, "process_vm_readv(2) is refused even on pyprof itself", "dmesg");
}

static void test_hidden_and_namespaces(void **state)
{
	struct permission_facts f = ordinary();

	(void)state;
	f.foreign_user_ns = true;
	f.target_euid = 65534;
	assert_says(&f, "it is in another user namespace than pyprof",
		    "nsenter --user --target 123");
	f.have_ptrace_cap = true;
	assert_says(&f,
		    "it is in another user namespace, where pyprof's CAP_SYS_PTRACE does not "
		    "count",
		    "outside of all containers");
	f = ordinary();
	f.proc_hidden = true;
	assert_says(&f,
		    "it exists, but /proc is mounted with hidepid, which hides it from this user",
		    "run pyprof as root");
}

/* ---- on real processes ------------------------------------------------------------------ */

static void set_permitted(uint64_t caps)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)caps, .permitted = (uint32_t)caps },
		{ .effective = (uint32_t)(caps >> 32), .permitted = (uint32_t)(caps >> 32) },
	};

	if (syscall(SYS_capset, &header, data) < 0)
		_exit(77);
}

static void become(uid_t ruid, uid_t euid, gid_t gid)
{
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(ruid, euid, euid) < 0)
		_exit(77);
	prctl(PR_SET_DUMPABLE, 1); /* as an exec would leave it */
}

/* Targets. */

static void run_nobody(int in, int out, void *arg)
{
	become(NOBODY, NOBODY, NOBODY);
	child_idle(in, out, arg);
}

static void run_undumpable(int in, int out, void *arg)
{
	become(NOBODY, NOBODY, NOBODY);
	prctl(PR_SET_DUMPABLE, 0);
	child_idle(in, out, arg);
}

static void run_other_group(int in, int out, void *arg)
{
	become(NOBODY, NOBODY, 1);
	child_idle(in, out, arg);
}

static void run_set_user_id(int in, int out, void *arg)
{
	become(0, NOBODY, NOBODY);
	child_idle(in, out, arg);
}

static void run_with_capability(int in, int out, void *arg)
{
	prctl(PR_SET_KEEPCAPS, 1);
	become(NOBODY, NOBODY, NOBODY);
	set_permitted(UINT64_C(1) << CAP_NET_RAW);
	prctl(PR_SET_DUMPABLE, 1);
	child_idle(in, out, arg);
}

/* Who looks. */

typedef void prober_fn(void);

static void as_nobody(void)
{
	become(NOBODY, NOBODY, NOBODY);
}

static void as_root(void)
{
}

static void as_root_without_ptrace(void)
{
	/* Nothing but what the test itself needs: no CAP_SYS_PTRACE. */
	set_permitted(UINT64_C(1) << CAP_SETUID);
}

static void in_user_namespace(void)
{
	FILE *map;

	if (unshare(CLONE_NEWUSER) < 0)
		_exit(77);
	map = fopen("/proc/self/uid_map", "w");
	if (!map || fprintf(map, "0 0 1\n") < 0 || fclose(map) != 0)
		_exit(77);
}

static void mount_hiding_proc(const char *options)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", 0, options) < 0)
		_exit(77);
	as_nobody();
}

static void with_hidepid_2(void)
{
	mount_hiding_proc("hidepid=2");
}

static void with_hidepid_1(void)
{
	mount_hiding_proc("hidepid=1");
}

static void filter_readv(uint32_t os_errno)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | os_errno),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(77);
}

static void under_seccomp_eperm(void)
{
	filter_readv(EPERM);
}

static void under_seccomp_enosys(void)
{
	filter_readv(ENOSYS);
}

/* Opens `pid` in a process that first becomes another; its error, or skips. */
static struct pyprof_error probe(pid_t pid, prober_fn *prepare)
{
	struct pyprof_error err = { 0 };
	int fds[2], status;
	pid_t prober;

	assert_int_equal(pipe(fds), 0);
	prober = fork();
	if (prober == 0) {
		struct target *target;
		prepare();
		if (target_open(&target, pid, &err) == PYPROF_OK)
			target_close(target);
		_exit(write(fds[1], &err, sizeof(err)) == (ssize_t)sizeof(err) ? 0 : 1);
	}
	waitpid(prober, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_because("this kernel or container does not allow the setting of the case");
	assert_int_equal(status, 0);
	assert_int_equal(read(fds[0], &err, sizeof(err)), sizeof(err));
	close(fds[0]);
	close(fds[1]);
	return err;
}

/* Starts `run`, looks at it as `prepare` makes us, and finds `why` in the message. */
static void assert_refused(child_fn *run, prober_fn *prepare, const char *why)
{
	struct child child;
	struct pyprof_error err;
	char whole[500];

	if (geteuid() != 0)
		skip_because("becoming somebody else needs root");
	child = child_start(run, NULL);
	if (child_hear(&child) != 1) {
		child_reap(&child);
		skip_because("this container does not allow the setting of the case");
	}
	err = probe(child.pid, prepare);
	snprintf(whole, sizeof(whole), "PID %d: cannot %s", child.pid, why);
	child_reap(&child);
	assert_string_equal(err.message, whole);
	assert_int_equal(err.status, PYPROF_ERR_PERMISSION);
	assert_string_not_equal(err.hint, "");
}

static void test_live_nothing_refused(void **state)
{
	struct child child;
	struct pyprof_error err;

	(void)state;
	if (geteuid() != 0)
		skip_because("becoming somebody else needs root");
	child = child_start(run_nobody, NULL);
	assert_int_equal(child_hear(&child), 1);
	err = probe(child.pid, as_nobody);
	assert_string_equal(err.message, "");
	child_reap(&child);
	child = child_start(run_undumpable, NULL);
	assert_int_equal(child_hear(&child), 1);
	err = probe(child.pid, as_root);
	assert_string_equal(err.message, "");
	child_reap(&child);
}

static void test_live_other_user(void **state)
{
	(void)state;
	assert_refused(child_idle, as_nobody,
		       "read its memory: it runs as user root (uid 0), and pyprof as uid 65534");
}

static void test_live_set_user_id(void **state)
{
	(void)state;
	assert_refused(run_set_user_id, as_nobody,
		       "read its memory: it was started by uid 0 and changed to uid 65534 "
		       "(set-user-id)");
}

static void test_live_other_group(void **state)
{
	(void)state;
	assert_refused(run_other_group, as_nobody,
		       "read its memory: it runs with other group ids (1, 1, 1) than pyprof "
		       "(65534)");
}

static void test_live_not_dumpable(void **state)
{
	(void)state;
	assert_refused(run_undumpable, as_nobody,
		       "read its memory: it is not dumpable: it changed its user or group id, "
		       "was started from a set-id or unreadable file, or called "
		       "prctl(PR_SET_DUMPABLE)");
}

static void test_live_more_capabilities(void **state)
{
	(void)state;
	assert_refused(run_with_capability, as_nobody,
		       "read its memory: it has capabilities that pyprof has not");
}

static void test_live_root_without_ptrace(void **state)
{
	(void)state;
	assert_refused(run_nobody, as_root_without_ptrace,
		       "read its memory: it runs as user nobody (uid 65534), and pyprof as uid 0 "
		       "without CAP_SYS_PTRACE");
}

static void test_live_user_namespace(void **state)
{
	(void)state;
	assert_refused(child_idle, in_user_namespace,
		       "read its memory: it is in another user namespace, where pyprof's "
		       "CAP_SYS_PTRACE does not count");
}

static void test_live_hidepid(void **state)
{
	(void)state;
	assert_refused(child_idle, with_hidepid_2,
		       "look at it: it exists, but /proc is mounted with hidepid, which hides it "
		       "from this user");
	assert_refused(child_idle, with_hidepid_1,
		       "look at it: it exists, but /proc is mounted with hidepid, which hides it "
		       "from this user");
}

static void test_live_seccomp(void **state)
{
	static const char why[] = "read its memory: a seccomp filter blocks process_vm_readv(2), "
				  "as the default profiles of older Docker and containerd "
				  "versions do";

	(void)state;
	assert_refused(child_idle, under_seccomp_eperm, why);
	assert_refused(child_idle, under_seccomp_enosys, why);
}

/* ---- a /proc that is not ours ----------------------------------------------------------- */

static void test_live_foreign_proc(void **state)
{
	struct pyprof_error err = { 0 };
	int fds[2], status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip_because("a PID namespace of one's own needs root");
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct target *target;
		if (unshare(CLONE_NEWPID) < 0)
			_exit(77);
		pid = fork();
		if (pid == 0) {
			/* Here 1 is this process; to /proc it is the machine's init. */
			if (target_open(&target, 1, &err) == PYPROF_OK)
				_exit(1);
			_exit(write(fds[1], &err, sizeof(err)) == (ssize_t)sizeof(err) ? 0 : 1);
		}
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_because("unshare(CLONE_NEWPID) is refused here");
	assert_int_equal(status, 0);
	assert_int_equal(read(fds[0], &err, sizeof(err)), sizeof(err));
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(err.status, PYPROF_ERR_IO);
	assert_string_equal(err.message, "cannot look at PID 1: /proc shows another PID namespace "
					 "than the one that pyprof runs in");
	assert_string_equal(err.hint, "mount it: mount -t proc proc /proc");
}

/* ---- the facts themselves ------------------------------------------------------------------ */

static void test_gather(void **state)
{
	struct child child = child_start(child_idle, NULL);
	struct permission_facts f;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	permission_gather(&f, child.pid, EPERM);
	assert_int_equal(f.may_have_ptrace_cap, prctl(PR_CAPBSET_READ, CAP_SYS_PTRACE));
	assert_int_equal(f.our_uid, getuid());
	assert_int_equal(f.target_euid, geteuid());
	assert_int_equal(f.target_egid, getegid());
	assert_true(f.is_descendant);
	assert_false(f.foreign_user_ns);
	assert_false(f.target_has_more_caps);
	assert_false(f.proc_hidden);
	assert_int_equal(f.target_dumpable, geteuid() == 0 ? -1 : 1);
	assert_int_equal(f.os_errno, EPERM);
	assert_true(f.yama_scope >= -1 && f.yama_scope <= 3);
	child_reap(&child);

	permission_gather(&f, getppid(), EPERM);
	assert_false(f.is_descendant);
	permission_gather(&f, INT32_MAX, EPERM);
	assert_true(f.proc_hidden);
	assert_int_equal(permission_explain(getpid(), EPERM, "look at it", NULL),
			 PYPROF_ERR_PERMISSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_user),
		cmocka_unit_test(test_root_without_capability),
		cmocka_unit_test(test_other_group),
		cmocka_unit_test(test_not_dumpable),
		cmocka_unit_test(test_more_capabilities),
		cmocka_unit_test(test_yama),
		cmocka_unit_test(test_yama_is_not_blamed),
		cmocka_unit_test(test_blocked_call),
		cmocka_unit_test(test_hidden_and_namespaces),
		cmocka_unit_test(test_live_nothing_refused),
		cmocka_unit_test(test_live_other_user),
		cmocka_unit_test(test_live_set_user_id),
		cmocka_unit_test(test_live_other_group),
		cmocka_unit_test(test_live_not_dumpable),
		cmocka_unit_test(test_live_more_capabilities),
		cmocka_unit_test(test_live_root_without_ptrace),
		cmocka_unit_test(test_live_user_namespace),
		cmocka_unit_test(test_live_hidepid),
		cmocka_unit_test(test_live_seccomp),
		cmocka_unit_test(test_live_foreign_proc),
		cmocka_unit_test(test_gather),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
