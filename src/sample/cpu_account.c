/* SPDX-License-Identifier: MIT */
#include "sample/cpu_account.h"

#include "base/descriptors.h"
#include "sample/metrics.h"

void cpu_account_init(struct cpu_account *account)
{
	*account = (struct cpu_account){ .watch = { .fd = -1 },
					 .last = { PROFILE_ROOT, PROFILE_MARK_TRUNCATED } };
}

void cpu_account_close(struct cpu_account *account)
{
	cpu_time_watch_deinit(&account->watch);
}

void cpu_account_sample(struct cpu_account *account, uint32_t node, uint32_t marks, bool running)
{
	account->last = (struct cpu_share){ node, marks };
	account->sampled = true;
	if (running)
		account->pending[account->n_pending++ % CPU_ACCOUNT_PENDING] = account->last;
}

static void give(struct profile *profile, uint32_t thread, const struct cpu_share *share,
		 uint64_t ns)
{
	uint64_t values[PROFILE_MAX_METRICS] = { [SAMPLE_CPU] = ns };

	/* Where the sample is there already this cannot fail. */
	profile_add(profile, share->node, thread, share->marks, values);
}

static void share_out(struct cpu_account *account, struct profile *profile, uint32_t thread)
{
	size_t n = account->n_pending < CPU_ACCOUNT_PENDING ? account->n_pending :
							      CPU_ACCOUNT_PENDING;

	for (size_t i = 0; i < n && account->left_ns; i++) {
		uint64_t part = account->left_ns / (n - i);

		give(profile, thread, &account->pending[i], part);
		account->left_ns -= part;
	}
	account->n_pending = 0;
}

uint64_t cpu_account_settle(struct cpu_account *account, const struct target *target, pid_t tid,
			    struct profile *profile, uint32_t thread, uint64_t now_ns,
			    bool keep_open)
{
	struct cpu_time time;
	uint64_t used = 0;
	bool read;

	if (account->watch.fd < 0) {
		if (!cpu_time_watch_init(&account->watch, target, tid))
			return 0;
		keep_open = keep_open && descriptor_to_spare(account->watch.fd);
	}
	read = cpu_time_read(&account->watch, &time);
	if (!keep_open)
		cpu_account_close(account);
	if (!read)
		return 0;
	if (account->known && time.on_cpu_ns > account->cpu_ns)
		used = time.on_cpu_ns - account->cpu_ns;
	if (used || !account->known)
		account->ran_ns = now_ns;
	account->known = true;
	account->moved |= used > 0;
	account->cpu_ns = time.on_cpu_ns;
	account->left_ns += used;
	if (used)
		share_out(account, profile, thread);
	return used;
}

void cpu_account_finish(struct cpu_account *account, struct profile *profile, uint32_t thread)
{
	share_out(account, profile, thread);
	if (account->left_ns)
		give(profile, thread, &account->last, account->left_ns);
	account->left_ns = 0;
}
