#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `mmfarm --host NAME`: the same command on another host of the lab. ssh is a script that does here what it is
# asked to do there.
. "$(dirname "$0")/../support/tap.sh"
mkdir -p "$SCRATCH/bin" "$SCRATCH/it's there/boards" "$SCRATCH/here"
cp boards/*.yaml "$SCRATCH/it's there/boards/"
cat >"$SCRATCH/bin/ssh" <<-'END'
	#!/bin/bash
	printf '%s\n' "$@" >"$SSH_SAW"
	while [ "$1" != -- ]; do shift; done
	[ "$2" != farm@gone ] || { echo "ssh: connect to host gone port 22: No route to host" >&2; exit 255; }
	exec bash -c "$3"
END
chmod +x "$SCRATCH/bin/ssh"
sed -i "s#\$SSH_SAW#$SCRATCH/saw#" "$SCRATCH/bin/ssh"
export PATH=$SCRATCH/bin:$PATH
cat >"$SCRATCH/here/farm.yaml" <<-END
	lab: acme
	hosts:
	  rack2: {ssh: farm@rack2.example.org, folder: "$SCRATCH/it's there", program: $MMFARM, timeout: 7s}
	  gone: {ssh: farm@gone, program: $MMFARM}
	  talker: {program: printf}
END
cd "$SCRATCH/here" || exit 1
there() { "$MMFARM" --host rack2 "$@"; }
same() {
	there boards --json >told || return 1
	(cd "$SCRATCH/it's there" && "$MMFARM" boards --json) | cmp - told && [ -s told ]
}
check "a command says what it says there" same
batch_mode() {
	grep -qx BatchMode=yes "$SCRATCH/saw" && grep -qx ConnectTimeout=7 "$SCRATCH/saw" && grep -qx farm@rack2.example.org "$SCRATCH/saw"
}
check "ssh asks nobody anything, and gives up in time" batch_mode
check "its exit code is the one from there" exits_with 2 there boards --nonsense
words() {
	there release "x'; touch pwned; echo \$(touch pwned) \`touch pwned\` '" --results none 2>told
	[ ! -e pwned ] && [ ! -e "$SCRATCH/it's there/pwned" ] && grep -q "no daemon runs for none" told
}
check "no word of it is the shell's" words
hostile() {
	"$MMFARM" --host talker '\033]0;title\007\033[2Jx' >told
	! grep -q $'\033' told && grep -q x told
}
check "what it says drives no terminal" hostile
check "a host that is not reached is the lab's trouble" exits_with 3 "$MMFARM" --host gone boards
check "one that farm.yaml does not name is refused" exits_with 2 "$MMFARM" --host rack9 boards
named() { "$MMFARM" --host rack9 boards 2>&1 | grep -q 'no host "rack9"; its hosts: rack2, gone, talker'; }
check "with those that it names" named
option() {
	printf 'hosts:\n  bad: {ssh: "-oProxyCommand=touch pwned"}\n' >farm.yaml
	"$MMFARM" --host bad boards 2>told
	[ $? -eq 2 ] && grep -q 'farm.yaml:2:8: "-oProxyCommand' told && [ ! -e pwned ]
}
check "a destination is no option of ssh" option
done_testing
