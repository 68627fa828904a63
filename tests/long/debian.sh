#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# On a bare Debian 12 and 13: the README's first command runs the main job; the packages are built,
# installed on another bare system, and run the main job for an ordinary user from an empty folder.
#
# DEBIAN="bookworm trixie" says which; DEBIAN_CHECK=yes runs make check there too.
. "$(dirname "$0")/../support/tap.sh"

BASE=$PWD/$BUILD/debian
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 2>/dev/null | head -n1)
if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null || [ -z "$mirror" ]; then
	skip "bare Debian systems" "needs root, debootstrap and a mirror"
	done_testing
fi
mkdir -p "$BASE"

# bare_root RELEASE FOLDER: a minimal system; the first one of a release is kept packed.
bare_root() {
	if [ ! -f "$BASE/$1.tar" ]; then
		rm -rf "$BASE/$1.new"
		debootstrap --variant=minbase "$1" "$BASE/$1.new" "$mirror" >"$BASE/$1.log" 2>&1 || {
			tail -n3 "$BASE/$1.log"
			return 1
		}
		tar -C "$BASE/$1.new" -cf "$BASE/$1.tar.new" . && mv "$BASE/$1.tar.new" "$BASE/$1.tar"
		rm -rf "$BASE/$1.new"
	fi
	mkdir -p "$2" && tar -C "$2" -xf "$BASE/$1.tar"
}

# inside FOLDER COMMANDS: in a namespace of its own, so that no mount and no process outlives it.
inside() {
	timeout -k 10 3600 unshare --mount --pid --fork --kill-child sh -c '
		mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
		DEBIAN_FRONTEND=noninteractive exec chroot "$1" sh -euc "$2"' sh "$1" "$2" 2>&1
}
expect() { # WORDS FILE
	grep -qF -- "$1" "$2" || { tail -n 20 "$2"; return 1; }
}

main_job_runs() { # ROOT
	inside "$1" "apt-get -q update && apt-get -qy install --no-install-recommends make git &&
		cd /root/mmfarm && make run" >"$1.run" || { tail -n 20 "$1.run"; return 1; }
	expect "premap: WARN in split_guard on 3/3 bbml2 boards, 0/5 others; as wanted" "$1.run"
}
packages_are_built() { # ROOT
	inside "$1" "cd /root/mmfarm && make deb" >"$1.deb" || { tail -n 20 "$1.deb"; return 1; }
	ls "$1"/root/mmfarm/build/deb/mmfarm_*.deb "$1"/root/mmfarm/build/deb/mmfarm-firmware_*.deb
}
packages_run() { # ROOT WITH-PACKAGES
	cp "$2"/root/mmfarm/build/deb/mmfarm_*.deb "$2"/root/mmfarm/build/deb/mmfarm-firmware_*.deb "$1/root/"
	inside "$1" "apt-get -q update && apt-get -qy install --no-install-recommends qemu-system-arm ipxe-qemu /root/*.deb &&
		useradd -m tester && su - tester -c 'mkdir first && cd first && mmfarm run nightly && mmfarm results'" \
		>"$1.run" || { tail -n 20 "$1.run"; return 1; }
	expect "textro: no splat on 8 boards; as wanted" "$1.run"
}
tests_pass() { # ROOT
	inside "$1" "cd /root/mmfarm && CI=true .ci/run" >"$1.check" || { grep -E '^not ok' "$1.check"; tail -n 3 "$1.check"; return 1; }
}

for release in ${DEBIAN:-bookworm trixie}; do
	built=$SCRATCH/$release-built
	installed=$SCRATCH/$release-installed
	check "$release: a bare system can be made" bare_root "$release" "$built"
	mkdir -p "$built/root/mmfarm"
	git ls-files -z | tar -c --null -T - | tar -x -C "$built/root/mmfarm"
	check "$release: make run runs the main job" main_job_runs "$built"
	check "$release: make deb builds the packages" packages_are_built "$built"
	bare_root "$release" "$installed"
	check "$release: an ordinary user runs the main job from the packages" packages_run "$installed" "$built"
	[ "${DEBIAN_CHECK:-}" = yes ] && check "$release: make check passes" tests_pass "$built"
done
done_testing
