/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample/pause_budget.h"

#define START 1000000000000u
#define SECOND 1000000000u

/* What of `n` looks, `every_ns` apart, may be paused for `took_ns` each. */
static unsigned paused(struct pause_budget *budget, double share, unsigned n, uint64_t every_ns,
		       uint64_t took_ns)
{
	unsigned pauses = 0;

	for (unsigned i = 0; i < n; i++) {
		if (!pause_budget_allows(budget, share, START + i * every_ns))
			continue;
		pause_budget_spend(budget, took_ns);
		pauses++;
	}
	return pauses;
}

static void the_share_is_kept(void **state)
{
	static const uint64_t took[] = { 10000, 20000, 100000, 1000000, 5000000 };
	static const double shares[] = { 0.001, 0.01, 0.1, 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(took) / sizeof(took[0]); i++)
		for (size_t k = 0; k < sizeof(shares) / sizeof(shares[0]); k++) {
			struct pause_budget budget = { 0 };
			/* 1 kHz for 20 s. */
			double all = (double)took[i] *
				     paused(&budget, shares[k], 20000, 1000000, took[i]);

			/* At most a second's savings and one pause are overdrawn. */
			assert_true(all <= shares[k] * 21e9 + (double)took[i]);
			/* And what may be had is had, but for the last pause's price. */
			if ((double)took[i] < shares[k] * 1e9 / 2 && took[i] <= 1000000)
				assert_true(all >= shares[k] * 18e9 || all >= 20000.0 * (double)took[i]);
		}
}

static void at_low_rates_every_look_may_pause(void **state)
{
	struct pause_budget budget = { 0 };

	(void)state;
	assert_int_equal(paused(&budget, 0.01, 1000, 10000000, 30000), 1000);
}

static void nothing_is_nothing(void **state)
{
	struct pause_budget budget = { 0 };

	(void)state;
	assert_int_equal(paused(&budget, 0, 100000, 1000000, 1), 0);
}

static void a_clock_that_stands_or_steps_back_gives_nothing(void **state)
{
	struct pause_budget budget = { 0 };

	(void)state;
	assert_true(pause_budget_allows(&budget, 0.01, START));
	pause_budget_spend(&budget, SECOND);
	assert_false(pause_budget_allows(&budget, 0.01, START));
	assert_false(pause_budget_allows(&budget, 0.01, START - SECOND));
	assert_false(pause_budget_allows(&budget, 0.01, START + SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_share_is_kept),
		cmocka_unit_test(at_low_rates_every_look_may_pause),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(a_clock_that_stands_or_steps_back_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
