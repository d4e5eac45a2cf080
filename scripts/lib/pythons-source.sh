# Free-threaded interpreters. Debian has no package of one, but it has the
# source of the same minors: built here, plainly, for this system and not for a
# chroot. Read by scripts/pythons.
# shellcheck shell=bash

# Take a change here for a reason to build anew.
readonly SOURCE_RECIPE=1

source_ask() {
	printf 'recipe %s: free-threaded %s\n' "$SOURCE_RECIPE" "$1"
}

source_check() {
	local minor=$1 tool header package
	for tool in "${CC:-cc}" make xz; do
		command -v "$tool" >/dev/null || die "fetch: building a free-threaded $minor needs" \
			"$tool, which is not there: install build-essential and xz-utils"
	done
	while read -r header package; do
		echo "#include <$header>" | "${CC:-cc}" -E - >/dev/null 2>&1 ||
			warn "fetch: no $header: the free-threaded $minor comes without the module" \
				"that needs it (install $package first to have it)"
	done <<-END
		ffi.h libffi-dev
		openssl/ssl.h libssl-dev
		zlib.h zlib1g-dev
	END
}

# source_step NAME LOG COMMAND...: one step of the build, which keeps the machine
# usable meanwhile.
source_step() {
	local name=$1 log=$2
	shift 2
	progress "$name"
	nice "$@" >>"$log" 2>&1 </dev/null && return
	grep -E 'error|Error' "$log" | tail -n 8 | sed 's/^/    /' >&2 || :
	die "$name: failed: $1 (all that it said: $log)"
}

source_free_threaded() {
	local minor=$1 name=free-threaded-$1 place suite dir work log archive python said
	place=$STORE/$name
	if [ "$(head -n 1 "$place/$ROOT_STAMP" 2>/dev/null)" = "$(source_ask "$minor")" ]; then
		say "$name: is there already ($place)"
		return
	fi
	case $minor in
	3.13 | 3.14 | 3.15) suite=$(minor_suite "$minor")-source ;;
	*) die "fetch: CPython $minor cannot be free-threaded: it begins with 3.13" ;;
	esac
	source_check "$minor"

	apt_update "$suite"
	dir=$(apt_dir "$suite")
	log=$STORE/.$name.log
	progress "$name: fetching the source"
	(cd "$dir/cache" && apt_run "$suite" apt-get source --download-only "python$minor") \
		>>"$(apt_log "$suite")" 2>&1 || apt_die "$suite" "cannot fetch the source of python$minor:" \
			"if $APT_MIRROR_USED has no such file, name a whole mirror with PYPROF_DEBIAN_MIRROR"
	archive=$(printf '%s\n' "$dir/cache/python${minor}_"*.orig.tar.xz | sort -V | tail -n 1)

	work=$STORE/.tmp.$name.$$
	mkdir "$work" "$work/build"
	: >"$log"
	source_step "$name: unpacking" "$log" \
		tar -xJ -C "$work/build" --strip-components=1 -f "$archive"
	source_step "$name: configuring" "$log" env -C "$work/build" ./configure -q --disable-gil --prefix="$place" \
		--without-ensurepip --disable-test-modules
	source_step "$name: compiling (some minutes)" "$log" make -C "$work/build" -j "$(nproc)"
	source_step "$name: installing" "$log" make -C "$work/build" altinstall DESTDIR="$work/image"

	python=bin/python${minor}t
	said=$("$work/image$place/$python" -B -c 'import sys, threading, json
sys.exit(sys._is_gil_enabled())' 2>&1) ||
		die "$name: was built, but does not run without a GIL: $(tail -n 1 <<<"$said")"
	# The same program under a second name.
	rm -f "$work/image$place/bin/python$minor"
	{ source_ask "$minor"; echo "${archive##*/}"; } >"$work/image$place/$ROOT_STAMP"
	root_place "$work/image$place" "$place"
	apt_forget "$suite"
	rm -rf "$work" "$log"
	say "$name: in $place"
}
