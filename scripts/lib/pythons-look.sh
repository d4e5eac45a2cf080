# Which interpreters there are: found by name, judged by looking at the file and
# by asking the program. Read by scripts/pythons.
# shellcheck shell=bash

readonly LOOK_NAME='^python(2\.7|3\.[0-9]+)(-dbg|d|t|td)?$'

# Runs in every version from 2.7: version, minor, build, GIL; an error for what
# is not CPython.
readonly LOOK_PROGRAM='
import sys
name = getattr(getattr(sys, "implementation", None), "name", "cpython")
if name != "cpython" or hasattr(sys, "pypy_version_info"):
    sys.exit("is not CPython but " + name)
print("\t".join([
    "%d.%d" % sys.version_info[:2],
    sys.version.split()[0],
    "debug" if hasattr(sys, "gettotalrefcount") else "release",
    "nogil" if "t" in getattr(sys, "abiflags", "") else "gil",
]))
'

# Start an interpreter: look_run ROOT PATH ARGUMENT...
look_run() {
	local root=$1
	shift
	if [ "$root" = / ]; then
		timeout --foreground 60 "$@"
	else
		timeout --foreground 60 chroot "$root" "$@"
	fi
}

look_is_elf() {
	[ "$(od -An -tx1 -N4 "$1" 2>/dev/null | tr -d ' ')" = 7f454c46 ]
}

# ET_DYN is a PIE, ET_EXEC is not. e_type is two bytes at 16, in this machine's
# order, for the program runs here.
look_pie() {
	case $(od -An -tu2 -j16 -N2 "$1" | tr -d ' ') in
	2) echo nopie ;;
	3) echo pie ;;
	*) return 1 ;;
	esac
}

# Whether DT_NEEDED names libpython. Without readelf its name among the strings
# says the same: an interpreter that has libpython inside does not name it.
look_kind() {
	local needed
	if command -v readelf >/dev/null; then
		needed=$(readelf -dW "$1" 2>/dev/null | grep -E '\(NEEDED\).*\[libpython' || :)
	else
		needed=$(grep -aoE 'libpython[0-9.]+[a-z]*\.so\.[0-9]' "$1" || :)
	fi
	if [ -n "$needed" ]; then echo shared; else echo static; fi
}

# One line for an interpreter: look_one PREFIX ROOT PATH. PREFIX is the start of
# the id; one that ends in '=' is the whole id, but for what marks the build.
look_one() {
	local prefix=$1 root=$2 path=$3 file said id kind pie minor version build gil
	file=${root%/}$path
	if ! said=$(look_run "$root" "$path" -E -s -S -B -c "$LOOK_PROGRAM" 2>&1 </dev/null); then
		said=$(tail -n 1 <<<"$said")
		warn "left out: $file: does not start: ${said:-no message (crashed, or hung for 60 s)}"
		return 0
	fi
	IFS=$'\t' read -r minor version build gil <<<"$(tail -n 1 <<<"$said")"
	if ! pie=$(look_pie "$file"); then
		warn "left out: $file: neither an ELF executable nor a PIE"
		return 0
	fi
	kind=$(look_kind "$file")

	case $prefix in
	*=) id=${prefix%=} ;;
	*) id=$prefix-$version ;;
	esac
	if [ "$gil" = nogil ]; then
		kind=free-threaded
		id=${id%t}t
	fi
	if [ "$build" = debug ]; then id=${id%-debug}-debug; fi
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
		"$id" "$minor" "$version" "$kind" "$pie" "$build" "$root" "$path"
}

# The interpreters in a folder, as paths without symbolic links.
look_in() {
	local file
	for file in "$1"/python[23].*; do
		[[ ${file##*/} =~ $LOOK_NAME ]] || continue
		if [ ! -f "$file" ] || [ ! -x "$file" ]; then continue; fi
		file=$(readlink -f "$file")
		# pyenv's shims have the same names and are scripts.
		if look_is_elf "$file"; then printf '%s\n' "$file"; fi
	done | sort -u
}

look_pyenv() {
	local top version path
	for top in "${PYENV_ROOT:-/none}" "${HOME:-}/.pyenv"; do
		for version in "$top"/versions/*; do
			# A virtualenv is no interpreter of its own.
			if [ -L "$version" ] || [ -e "$version/pyvenv.cfg" ]; then continue; fi
			[ -d "$version/bin" ] || continue
			look_in "$version/bin" | while read -r path; do
				printf 'pyenv-%s=\t/\t%s\n' "${version##*/}" "$path"
			done
		done
	done
}

look_path() {
	local dirs dir prefix path
	IFS=: read -ra dirs <<<"${PATH:-}"
	for dir in "${dirs[@]}"; do
		[ -d "$dir" ] || continue
		look_in "$dir" | while read -r path; do
			case $path in
			/usr/bin/* | /bin/*) prefix=system ;;
			/usr/local/bin/*) prefix=local ;;
			*) prefix=path ;;
			esac
			printf '%s\t/\t%s\n' "$prefix" "$path"
		done
	done
}

look_store() {
	local dir path
	for dir in "$STORE"/*; do
		[ -e "$dir/$ROOT_STAMP" ] || continue
		if [ -e "$dir/bin" ] && [ ! -e "$dir/usr/bin" ]; then
			look_in "$dir/bin" | while read -r path; do
				printf 'built\t/\t%s\n' "$path"
			done
		elif [ "$(id -u)" -ne 0 ]; then
			warn "left out: $dir: its interpreters are started by chroot, which needs root"
		else
			dir=$(readlink -f "$dir")
			look_in "$dir/usr/bin" | while read -r path; do
				printf '%s\t%s\t%s\n' "${dir##*/}" "$dir" "${path#"$dir"}"
			done
		fi
	done
}

# Every interpreter, each file once, each id once.
look_all() {
	{ look_pyenv; look_path; look_store; } |
		awk -F '\t' '!seen[$2 FS $3]++' |
		while IFS=$'\t' read -r prefix root path; do
			look_one "$prefix" "$root" "$path"
		done |
		awk -F '\t' -v OFS='\t' '{ if (n[$1]++) $1 = $1 "-" n[$1]; print }'
}
