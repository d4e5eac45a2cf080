# SPDX-License-Identifier: MIT
# Unit tests: one program a file of tests/unit, each a cmocka group. Fuzz targets: one a file
# of tests/fuzz, built twice: without libFuzzer, to replay their corpora in the plain suite
# (`make tests`, tests/fuzz/test-corpus), and with it and sanitizers (`make fuzz`, scripts/fuzz).

UNIT_SRC = $(wildcard tests/unit/*.c)
UNIT_BIN = $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/unit/%)
FUZZ_SRC = $(wildcard tests/fuzz/*.c)
REPLAY_BIN = $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/tests/fuzz/%)
TOOL_SRC = $(wildcard tests/tools/*.c)
TOOL_BIN = $(TOOL_SRC:tests/tools/%.c=$(BUILD)/tests/tools/%)

TEST_CFLAGS = $(ALL_CFLAGS) $(shell $(PKG_CONFIG) --cflags $(TEST_PACKAGES)) -Itests
TEST_LIBS   = $(LIBS) $(shell $(PKG_CONFIG) --libs $(TEST_PACKAGES)) -lm

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libpyprof.a
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(CPPFLAGS) $(TEST_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< \
		$(BUILD)/libpyprof.a $(TEST_LIBS)

$(BUILD)/tests/tools/%: tests/tools/%.c $(BUILD)/libpyprof.a
	@mkdir -p $(@D)
	$(call say,TOOL,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -Itests -MMD -MP $(ALL_LDFLAGS) -o $@ $< \
		$(BUILD)/libpyprof.a $(LIBS)

$(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(BUILD)/libpyprof.a
	@mkdir -p $(@D)
	$(call say,REPLAY,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -DFUZZ_REPLAY -Itests -MMD -MP $(ALL_LDFLAGS) -o $@ $< \
		$(BUILD)/libpyprof.a $(LIBS)

# The library again, instrumented, in a build folder of its own.
FUZZ_CC    ?= clang
FUZZ_DIR   ?= $(BUILD)/fuzz
FUZZ_BIN    = $(FUZZ_SRC:tests/fuzz/%.c=$(FUZZ_DIR)/%)

fuzz:
	$(Q)$(MAKE) CC=$(FUZZ_CC) BUILD=$(FUZZ_DIR)/lib FUZZ_DIR=$(FUZZ_DIR) \
		SAN=address,undefined CFLAGS="-g -O1 -fsanitize=fuzzer-no-link" fuzz-programs

fuzz-programs: $(FUZZ_BIN)

$(FUZZ_DIR)/%: tests/fuzz/%.c $(BUILD)/libpyprof.a
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -Itests -MMD -MP $(ALL_LDFLAGS) -fsanitize=fuzzer \
		-o $@ $< $(BUILD)/libpyprof.a $(LIBS)

tests: $(UNIT_BIN) $(TOOL_BIN) $(REPLAY_BIN)

check: all tests
	$(Q)BUILD=$(BUILD) scripts/run-unit-tests

.PHONY: tests fuzz-programs

-include $(wildcard $(FUZZ_DIR)/*.d)
