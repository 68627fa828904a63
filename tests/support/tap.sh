# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by integration tests: TAP output, a scratch folder, the built programs.
#
#   check NAME COMMAND...     passes when COMMAND succeeds; its output is shown when it does not
#   skip NAME WHY
#   done_testing              prints the plan and ends the script
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
BUILD=${MMFARM_BUILD:-build}
MMFARM=$PWD/$BUILD/mmfarm
SHARED=${MMFARM_SHARED:-$PWD/../shared}
SCRATCH=$(mktemp -d)
export MMFARM_LOCK_DIR=$SCRATCH/locks
tap_count=0
tap_failed=0
trap 'rm -rf "$SCRATCH"' EXIT

check() {
	local name=$1
	shift
	tap_count=$((tap_count + 1))
	# In this shell, not in a substitution: what the command sets stays set for the next check.
	if "$@" >"$SCRATCH/check.out" 2>&1; then
		echo "ok $tap_count - $name"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $name"
		echo "# $*"
		sed 's/^/# /' "$SCRATCH/check.out" | tail -n 60
	fi
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

done_testing() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}

# exits_with CODE COMMAND...: runs it, shows its output, succeeds when the exit code is CODE
exits_with() {
	local want=$1 got
	shift
	"$@"
	got=$?
	[ "$got" -eq "$want" ] || { echo "exit $got, wanted $want"; return 1; }
}

# says TEXT FILE: the file contains the text
says() {
	grep -qF -- "$1" "$2" || { echo "no \"$1\" in:"; cat "$2"; return 1; }
}

# jq_is FILE FILTER VALUE
jq_is() {
	local got
	got=$(jq -r "$2" "$1") || return 1
	[ "$got" = "$3" ] || { echo "$2 is \"$got\", wanted \"$3\""; return 1; }
}

# lease_is_free FILE...: nobody has these boards' (ports', outlets') lock files
lease_is_free() {
	python3 -S -E - "$@" <<-'END'
	import fcntl, struct, sys
	F_OFD_GETLK, F_WRLCK, F_UNLCK = 36, 1, 2
	for name in sys.argv[1:]:
	    with open(name) as f:
	        lock = fcntl.fcntl(f, F_OFD_GETLK, struct.pack("hhqqi4x", F_WRLCK, 0, 0, 1, 0))
	    if struct.unpack("hhqqi4x", lock)[0] != F_UNLCK:
	        sys.exit(f"{name} is held")
	END
}
