# SPDX-License-Identifier: MIT
# What the tests of this folder share; sourced by them.
#
# Each test prints one line a check, "ok", "not ok" or "skip" with the reason, and exits
# non-zero where a check failed. BUILD is the build folder, PYTHON an interpreter to record.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "$root" && cd "${BUILD:-build}" && pwd) || exit 1
pyprof=$build/pyprof
failed=0

ok() {
	printf 'ok %s\n' "$1"
}

not_ok() {
	printf 'not ok %s\n' "$1"
	shift
	printf '    %s\n' "$@"
	failed=1
}

skip() {
	printf 'skip %s: %s\n' "$1" "$2"
}

# check NAME COMMAND...: the command succeeds.
check() {
	local name=$1
	shift
	if "$@" >"$dir/check.out" 2>&1; then
		ok "$name"
	else
		not_ok "$name" "$*" "$(head -c 2000 "$dir/check.out")"
	fi
}

# same NAME GOT WANTED
same() {
	if [[ $2 == "$3" ]]; then
		ok "$1"
	else
		not_ok "$1" "got:    $2" "wanted: $3"
	fi
}

# has NAME TEXT PART...: every part is in the text.
has() {
	local name=$1 text=$2 part
	shift 2
	for part; do
		if [[ $text != *"$part"* ]]; then
			not_ok "$name" "no:  $part" "in:  ${text:0:2000}"
			return
		fi
	done
	ok "$name"
}

# lacks NAME TEXT PART: it is not in the text.
lacks() {
	if [[ $2 == *"$3"* ]]; then
		not_ok "$1" "has: $3" "in:  ${2:0:2000}"
	else
		ok "$1"
	fi
}

# matches NAME TEXT REGEX
matches() {
	if [[ $2 =~ $3 ]]; then
		ok "$1"
	else
		not_ok "$1" "not: $3" "is:  ${2:0:2000}"
	fi
}

# nothing_but NAME GLOB...: no other files are here.
nothing_but() {
	local name=$1 file glob others=""
	shift
	for file in * .[!.]*; do
		for glob in 'run.*' 'check.*' 'target.py' "$@" '.\[!.\]\*'; do
			# shellcheck disable=SC2053 # it is a pattern
			[[ $file == $glob ]] && continue 2
		done
		others+="$file "
	done
	same "$name" "$others" ""
}

# run COMMAND...: sets $status, $out and $err.
run() {
	timeout 60 "$@" >"$dir/run.out" 2>"$dir/run.err" </dev/null
	status=$?
	out=$(tr -d '\0' <"$dir/run.out")
	err=$(tr -d '\0' <"$dir/run.err")
}

# eventually COMMAND...: within a minute, the command succeeds; else that is a failure, whether or
# not the caller looks at the status: what goes on without it tests something else, and late.
eventually() {
	local i
	for ((i = 0; i < 1200; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	not_ok "waited a minute in vain: $*"
	return 1
}

# The interpreter itself, not a wrapper script that would run it.
find_python() {
	local name
	for name in ${PYTHON:-python3} python3 /usr/bin/python3; do
		python=$("$name" -c 'import sys; print(sys.executable)' 2>/dev/null) &&
			[[ -x $python ]] && return 0
	done
	return 1
}

# start_target ARG...: runs tests/cmd/target.py, waits until it is at work; sets $target.
start_target() {
	rm -f "$dir/ready"
	"$python" "$dir/target.py" --ready "$dir/ready" "$@" &
	target=$!
	eventually test -s "$dir/ready" || not_ok "the target starts"
}

stop_target() {
	kill -KILL "$target" 2>/dev/null
	wait "$target" 2>/dev/null
}

# Does process $1, which is pyprof by now, and not the shell that starts it, catch signal number $2?
# It does once it records.
catches() {
	local mask
	[[ /proc/$1/exe -ef $pyprof ]] || return 1
	mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
	[[ -n $mask ]] && (((16#$mask >> ($2 - 1)) & 1))
}

finish() {
	exit $failed
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/pyprof-test.XXXXXX") || exit 1
trap 'kill -KILL $(jobs -p) 2>/dev/null; cd / && rm -rf "$dir"' EXIT
cd "$dir" && cp "$root/tests/cmd/target.py" . || exit 1
