# A root folder for a suite: packages unpacked, none configured. Enough to start
# its interpreters by chroot without a mount, and to build what embeds libpython:
#
#	R=.pythons/forky L=$R/usr/lib/$(gcc -print-multiarch)
#	gcc --sysroot=$R -B$L -L$L -I$R/usr/include/python3.14 x.c -lpython3.14
#
# -B and -L before gcc's own folders, for its start files and libc are this
# system's. What comes out runs by chroot only. Read by scripts/pythons.
# shellcheck shell=bash

# In each root: the packages asked for, then every package with its version. A
# root without it, or that asked for others, is made anew.
readonly ROOT_STAMP=.pyprof-pythons

# Take a change here for a reason to make the roots anew.
readonly ROOT_RECIPE=2

root_packages() {
	local minor
	# The one program that os.system() and popen() need.
	echo dash
	for minor in $(suite_minors "$1"); do
		printf '%s\n' "python$minor" "python$minor-dbg" "libpython$minor" "libpython$minor-dev"
	done
}

root_ask() {
	printf 'recipe %s: %s\n' "$ROOT_RECIPE" "$(root_packages "$1" | tr '\n' ' ')"
}

root_is_whole() {
	[ "$(head -n 1 "$STORE/$1/$ROOT_STAMP" 2>/dev/null)" = "$(root_ask "$1")" ]
}

# Older packages ship /lib and /bin, newer ones only /usr: with the links first
# and kept, both land in the same place.
root_skeleton() {
	local root=$1 dir
	for dir in bin sbin lib lib64; do
		mkdir -p "$root/usr/$dir"
		ln -s "usr/$dir" "$root/$dir"
	done
	mkdir -p "$root"/etc "$root"/dev/shm "$root"/proc "$root"/sys "$root"/root "$root"/var/tmp
	mkdir -m 1777 "$root/tmp"
	chmod 1777 "$root/dev/shm" "$root/var/tmp"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"
}

root_devices() {
	local suite=$1 root=$2 name minor said
	while read -r name minor; do
		if ! said=$(mknod "$root/dev/$name" c 1 "$minor" 2>&1); then
			warn "$suite: no devices in its /dev: $said (a container may not be" \
				"allowed to make them): programs that open /dev/null there need" \
				"a bind mount"
			return
		fi
		# Not by mknod's own -m, which needs a mounted /proc.
		chmod 666 "$root/dev/$name"
	done <<-END
		null 3
		zero 5
		full 7
		random 8
		urandom 9
	END
}

# Documentation and static libpythons, about half the size, are of no use here.
root_unpack() {
	local suite=$1 root=$2 count=0 deb total said
	shift 2
	total=$#
	for deb; do
		count=$((count + 1))
		progress "$suite: unpacking $count of $total"
		said=$({ dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --keep-directory-symlink \
			--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
			--exclude='./usr/share/locale/*' --exclude='libpython*.a'; } 2>&1) ||
			die "$suite: cannot unpack ${deb##*/} into $root: $(grep -v Exiting <<<"$said" | tail -n 1)"
	done
}

# What the packages leave to their scripts, which do not run here: /bin/sh. And
# libraries linked by absolute paths become relative ones, so that a linker with
# this root as its --sysroot stays inside.
root_links() {
	local root=$1 link
	[ -e "$root/bin/sh" ] || ln -s dash "$root/usr/bin/sh"
	find "$root"/usr/lib* -type l -name '*.so*' -lname '/*' | while read -r link; do
		ln -sfnr "$root$(readlink "$link")" "$link"
	done
}

root_manifest() {
	local suite=$1 deb
	shift
	root_ask "$suite"
	for deb; do
		# shellcheck disable=SC2016 # dpkg-deb expands these
		dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb"
	done | sort
}

# Each interpreter must start and have what tests use.
root_prove() {
	local suite=$1 root=$2 minor path said
	for minor in $(suite_minors "$suite"); do
		[ -x "$root/usr/bin/python$minor" ] || die "$suite: no python$minor came out of its packages"
	done
	look_in "$root/usr/bin" | while read -r path; do
		path=${path#"$(readlink -f "$root")"}
		progress "$suite: trying $path"
		said=$(look_run "$root" "$path" -B -c 'import threading, ctypes, json, ssl, socket, zlib' \
			2>&1 </dev/null) || die "$suite: $path does not run by chroot: $(tail -n 1 <<<"$said")"
	done
}

# Put a whole folder in place of what stood there, in one rename.
root_place() {
	local made=$1 place=$2 old
	old=$STORE/.tmp.old.${place##*/}.$$
	if [ -e "$place" ]; then mv -T "$place" "$old"; fi
	mv -T "$made" "$place"
}

root_fetch() {
	local suite=$1 root packages debs
	if root_is_whole "$suite"; then
		say "$suite: is there already ($STORE/$suite)"
		return
	fi
	packages=$(root_packages "$suite")
	mapfile -t packages <<<"$packages"
	apt_update "$suite"
	debs=$(apt_fetch "$suite" "${packages[@]}")
	mapfile -t debs <<<"$debs"

	root=$STORE/.tmp.$suite.$$
	mkdir "$root"
	chmod 755 "$root"
	root_skeleton "$root"
	root_unpack "$suite" "$root" "${debs[@]}"
	root_links "$root"
	root_devices "$suite" "$root"
	root_prove "$suite" "$root"
	root_manifest "$suite" "${debs[@]}" >"$root/$ROOT_STAMP"
	root_place "$root" "$STORE/$suite"
	apt_forget "$suite"
	say "$suite: $(suite_minors "$suite") in $STORE/$suite"
}
