# A private apt: its own sources, lists, cache and keys under $STORE/.apt, an
# empty dpkg status, so that it resolves a whole dependency tree and changes
# nothing in the system. Signatures are always checked. Where a function takes
# a suite, SUITE-source means its source packages. Read by scripts/pythons.
# shellcheck shell=bash

readonly APT_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
readonly APT_MIRROR=http://deb.debian.org/debian

apt_dir() {
	printf '%s/.apt/%s\n' "$STORE" "$1"
}

apt_log() {
	printf '%s/log\n' "$(apt_dir "$1")"
}

apt_check() {
	local tool
	[ "$(id -u)" -eq 0 ] || die "fetch: needs root: the interpreters it brings run" \
		"by chroot and its folders hold device files: run it with sudo"
	for tool in apt-get dpkg dpkg-deb tar flock chroot; do
		command -v "$tool" >/dev/null || die "fetch: $tool is not there: this fetches from" \
			"Debian's archive with Debian's own tools; on another system use pyenv," \
			"'list' finds its interpreters"
	done
	[ -r "$APT_KEYRING" ] || die "fetch: $APT_KEYRING is not there, and nothing is" \
		"fetched unverified: install the package debian-archive-keyring"
}

# The mirror of the system's own sources if it is one of Debian, else Debian's.
apt_mirror() {
	local uris
	if [ -n "${PYPROF_DEBIAN_MIRROR:-}" ]; then
		printf '%s\n' "${PYPROF_DEBIAN_MIRROR%/}"
		return
	fi
	# What an update would fetch, without fetching: 'MIRROR/dists/SUITE/InRelease'.
	# Not the suites with a hyphen, of which some live on mirrors of their own.
	uris=$(apt-get update --print-uris 2>/dev/null |
		sed -nE "s#^'(.*/debian(\.list)?)/dists/[a-z]+/InRelease'.*#\1#p") || uris=
	head -n 1 <<<"${uris:-$APT_MIRROR}"
}

# Lay out the private apt of a suite. What an earlier run fetched stays.
apt_setup() {
	local suite=$1 dir arch trusted=$STORE/.apt/trusted line
	dir=$(apt_dir "$suite")
	arch=$(dpkg --print-architecture)
	mkdir -p "$dir"/state/lists/partial "$dir"/cache/archives/partial "$dir"/none/partial \
		"$dir"/keyring "$trusted"
	: >"$dir/state/status"
	cp -L "$APT_KEYRING" "$trusted/system.gpg"
	case $suite in
	*-source) line='deb-src [target=Sources]' ;;
	*) line='deb [target=Packages]' ;;
	esac
	printf '%s %s %s main\n' "$line" "$APT_MIRROR_USED" "${suite%-source}" >"$dir/sources.list"
	# The system's settings are read first and kept where they say how to reach
	# a mirror; its hooks, pins, further architectures and keys are not ours.
	cat >"$dir/apt.conf" <<-END
		#clear APT::Update;
		#clear APT::Architectures;
		#clear APT::Default-Release;
		#clear DPkg;
		#clear Acquire::Languages;
		APT::Architectures { "$arch"; };
		APT::Install-Recommends "false";
		APT::Install-Suggests "false";
		APT::Get::AllowUnauthenticated "false";
		APT::Sandbox::User "root";
		Acquire::AllowInsecureRepositories "false";
		Acquire::AllowWeakRepositories "false";
		Acquire::AllowDowngradeToInsecureRepositories "false";
		Acquire::Languages { "none"; };
		Acquire::Retries "3";
		Dir::State "$dir/state/";
		Dir::State::status "$dir/state/status";
		Dir::Cache "$dir/cache/";
		Dir::Cache::archives "archives/";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::Etc::trusted "$dir/none/trusted.gpg";
		Dir::Etc::trustedparts "$trusted/";
	END
}

# apt_run SUITE COMMAND...: a command of the apt family, as the private one.
apt_run() {
	local command=$2 conf
	conf=$(apt_dir "$1")/apt.conf
	shift 2
	"$command" -c "$conf" -q "$@" </dev/null
}

apt_try_update() {
	apt_setup "$1"
	apt_run "$1" apt-get update --error-on=any >"$(apt_log "$1")" 2>&1
}

# A suite can be signed by keys that are younger than this system. Debian hands
# its keys on: a suite that the present keys verify has a package with newer
# ones. Take those, from a verified package only.
apt_learn_keys() {
	local other dir deb file learnt=1
	for other in $(suites_names); do
		[ "$other" != "$1" ] || continue
		apt_try_update "$other" || continue
		dir=$(apt_dir "$other")
		rm -rf "$dir/keyring" && mkdir "$dir/keyring"
		(cd "$dir/keyring" && apt_run "$other" apt-get download debian-archive-keyring) \
			>>"$dir/log" 2>&1 || continue
		for deb in "$dir"/keyring/*.deb; do
			dpkg-deb -x "$deb" "$dir/keyring/x" || continue
		done
		file=$dir/keyring/x$APT_KEYRING
		[ -e "$file" ] || continue
		cmp -s "$file" "$STORE/.apt/trusted/$other.gpg" && continue
		cp -L "$file" "$STORE/.apt/trusted/$other.gpg"
		learnt=0
	done
	return $learnt
}

apt_unsigned() {
	grep -qE 'NO_PUBKEY|EXPKEYSIG|GPG error|Missing key|signature verification failed' "$(apt_log "$1")"
}

# The lists of a suite, verified; or an end with the reason.
apt_update() {
	local suite=$1
	APT_MIRROR_USED=$(apt_mirror)
	progress "$suite: reading the package lists of $APT_MIRROR_USED"
	apt_try_update "$suite" && return
	if apt_unsigned "$suite"; then
		progress "$suite: looking for the keys that sign it"
		while apt_learn_keys "$suite"; do
			apt_try_update "$suite" && return
		done
		apt_try_update "$suite" && return
		apt_die "$suite" "cannot verify the package lists of $APT_MIRROR_USED:" \
			"a newer package debian-archive-keyring may have the keys"
	fi
	apt_die "$suite" "cannot read the package lists of $APT_MIRROR_USED:" \
		"if the mirror lacks the suite, or is not to be reached, name one that has it" \
		"with PYPROF_DEBIAN_MIRROR"
}

# End with what apt said, its own lines first.
apt_die() {
	local suite=$1 log
	log=$(apt_log "$1")
	shift
	{ grep -A 1 --no-group-separator '^Err:' "$log"; grep '^[EW]:' "$log"; } |
		tail -n 8 | sed 's/^/    /' >&2 || :
	die "$suite: $* (all that apt said: $log)"
}

# Fetch packages and all they depend on; print the files, one a line.
apt_fetch() {
	local suite=$1 dir log plan
	shift
	dir=$(apt_dir "$suite")
	log=$(apt_log "$suite")
	# Against an empty cache, for apt does not name what it has already. Lines
	# are: 'URI' FILE SIZE HASH.
	plan=$(apt_run "$suite" apt-get install -y --print-uris \
		-o Dir::Cache::archives="$dir/none/" "$@" 2>>"$log") ||
		apt_die "$suite" "cannot choose packages for: $*"
	plan=$(grep "^'" <<<"$plan")
	progress "$suite: fetching $(awk '{ n++; b += $3 }
		END { printf "%d packages, %d MB", n, b / 1e6 }' <<<"$plan")"
	apt_run "$suite" apt-get install -y --download-only "$@" >>"$log" 2>&1 ||
		apt_die "$suite" "cannot fetch the packages: $*"
	awk -v dir="$dir/cache/archives" '{ print dir "/" $2 }' <<<"$plan"
}

# Nothing of a suite's private apt is of use once its root stands.
apt_forget() {
	rm -rf "$(apt_dir "$1")"
}

# Nor that of suites which were only asked for keys, once all stand.
apt_forget_all() {
	[ -d "$STORE/.apt" ] || return 0
	find "$STORE/.apt" -mindepth 1 -maxdepth 1 ! -name trusted -exec rm -rf {} +
}
