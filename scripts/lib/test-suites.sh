# SPDX-License-Identifier: MIT
# The suites that are no program of tests/: builds, unit tests, corpora, interpreters.
# Each prints a line a result. Read by scripts/test.
# shellcheck shell=bash disable=SC2034,SC2153

# One row a suite, in their order: its name, its timeout in seconds, what it is. Those of
# tests/*/test-* come where '*' stands.
readonly SUITE_ROWS='
build/gcc	900	everything builds without a warning, by gcc
unit	300	unit tests and replayed images
build/clang	900	everything builds without a warning, by clang
asan/build	900	everything builds with AddressSanitizer and UndefinedBehaviorSanitizer
asan/unit	900	unit tests and replayed images under these
asan/fuzz	900	the corpora of the fuzz targets under these
asan/doctor	300	pyprof doctor under these
asan/record	600	pyprof record under these
lint	2400	clang-tidy, cppcheck, room directions, shellcheck and others
interpreters	1800	CPython 2.7 to 3.15 are here
*	900
'

# Suites that another one beside them, on a machine of two CPUs, does not disturb: they measure no
# time, and of what moves they ask no more than some samples.
is_steady() {
	case $1 in
	lint | asan/unit | asan/fuzz | asan/doctor | asan/record | \
		format/* | fuzz/* | install/* | readme/* | render/* | \
		cmd/completion | cmd/convert | cmd/diff | cmd/docs | cmd/doctor | cmd/dump | cmd/library | \
		cmd/live | cmd/pager | cmd/record | cmd/signals | cmd/terminal | cmd/top | cmd/usage | \
		cmd/while-recording | cmd/write-every | \
		diff/changes | diff/ci | diff/known-fix | diff/pair | diff/say | diff/stats | diff/verdict | \
		live/columns | live/core | live/dump | live/dump-moment | live/find | \
		live/inits | live/layouts | live/lines | live/locks | live/objects | live/oracle | live/own-start | \
		live/places | live/revision | live/strangers | live/untouched | live/values)
		;;
	*) return 1 ;;
	esac
}

# Of these the longest, which begin first: one that began last would run by itself at the end, the
# other lane idle. One that needs every interpreter is not among the very first: those are still
# being fetched.
readonly LONGEST='lint diff/ci render/diff-page readme/readme render/views format/report cmd/top
diff/pair format/timeline live/dump-moment'

suite_make() {
	local name=$1 build=$2 status=0
	shift 2
	# What a newer library deprecates (cmocka 2), the older one has no other name for.
	CPPFLAGS=-Wno-error=deprecated-declarations \
		make -j "$JOBS" WERROR=1 BUILD="$build" "$@" all tests >"$LOGS/make-$name" 2>&1 ||
		status=$?
	cat "$LOGS/make-$name"
	if [ $status -eq 0 ]; then
		echo "ok $name"
	else
		echo "not ok $name: make failed"
		grep -E ': (error|warning|undefined|fatal)|\*\*\*' "$LOGS/make-$name"
	fi
}

suite_build_gcc() {
	suite_make gcc "$BUILD" CC=gcc
}

suite_build_clang() {
	command -v clang >/dev/null || { echo 'skip clang: clang is not there'; return; }
	# Its warnings are of what it parses: it has the same where it optimizes.
	suite_make clang "$BUILD/clang" CC=clang O=0
}

suite_asan_build() {
	suite_make asan "$BUILD/asan" SAN=address,undefined O=1
}

# LeakSanitizer, too. A finding ends the program with a status of its own.
sanitized() {
	ASAN_OPTIONS=detect_leaks=1:exitcode=99:allocator_may_return_null=1 \
		UBSAN_OPTIONS=print_stacktrace=1:exitcode=99 "$@"
}

suite_unit() {
	BUILD=$BUILD scripts/run-unit-tests
}

suite_asan_unit() {
	BUILD=$BUILD/asan sanitized scripts/run-unit-tests
}

suite_asan_fuzz() {
	BUILD=$BUILD/asan sanitized tests/fuzz/test-corpus
}

suite_asan_doctor() {
	BUILD=$BUILD/asan sanitized tests/cmd/test-doctor
}

# Attached and launched, in both formats. What comes out is tests/cmd's and tests/live's to
# judge, whose targets do not wait for a program as slow as this.
suite_asan_record() {
	local pyprof=$BUILD/asan/pyprof out=$LOGS/asan-record.out target
	local spin='import os, sys, time
print(os.getpid(), flush=True)
end = time.monotonic() + int(sys.argv[1])
while time.monotonic() < end: sorted(range(1000), key=lambda n: -n)'
	# It says its PID once it is Python, which "python3" may be a script to start.
	read -r target < <(python3 -c "$spin" 60)
	recorded attached sanitized "$pyprof" record -p $target -d 2 -r 1k -t -o "$out.svg"
	recorded folded sanitized "$pyprof" record -p $target -d 1 -F -f folded -o "$out.svg"
	kill $target
	recorded launched sanitized "$pyprof" record -o "$out.svg" python3 -c "$spin" 2
}

# recorded NAME COMMAND...: it succeeds, and there are the target's frames in what it wrote.
recorded() {
	local name=$1
	shift
	if "$@" && grep -q '<lambda>\|&lt;lambda' "$LOGS/asan-record.out.svg"; then
		echo "ok $name"
	else
		echo "not ok $name: see above, and $LOGS/asan-record.out.svg"
	fi
	rm -f "$LOGS/asan-record.out.svg"
}

suite_lint() {
	JOBS=$JOBS scripts/lint
}

# ---- interpreters ----------------------------------------------------------------

# Brings what is missing; in the background, as it takes minutes. Each step by itself, for
# what one cannot bring another may.
interpreters_fetch() {
	if [ "$(id -u)" -ne 0 ]; then
		echo 'only root can fetch interpreters: testing with those that are here'
		return
	fi
	# timeout passes a signal on to all that they started.
	timeout 1500 scripts/pythons fetch --all || timeout 1500 scripts/pythons fetch --all || :
	timeout 1500 scripts/pythons fetch --free-threaded || :
}

# Is there one of each minor, a release with a GIL? And one without?
suite_interpreters() {
	local minor found
	list_interpreters
	if [ -s "$LOGS/fetch.log" ]; then sed 's/^/# /' "$LOGS/fetch.log"; fi
	sed 's/^/# /' "$LOGS/interpreters.left-out"
	for minor in 2.7 3.6 3.7 3.8 3.9 3.10 3.11 3.12 3.13 3.14 3.15 free-threaded; do
		found=$(awk -F '\t' -v want="$minor" '
			$6 == "release" && ($4 == "free-threaded" ? $4 : $2) == want {
				printf "%s%s (%s)", sep, $1, $4; sep = ", " }' "$LOGS/interpreters.list")
		if [ -n "$found" ]; then
			echo "ok $minor: $found"
		else
			echo "skip $minor: no such CPython here"
		fi
	done
}
