#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash, zsh and fish offer behind `mmfarm`, asked in these shells themselves.
# Long: it starts the program often.
. "$(dirname "$0")/../support/tap.sh"

PLACE=$SCRATCH/place
mkdir -p "$PLACE/bin" "$PLACE/jobs" "$PLACE/results/runs/20260101-000000-aa~b1~v~1" \
	"$PLACE/results/batches/20260101-000000-aa" "$PLACE/folder"
ln -s "$MMFARM" "$PLACE/bin/mmfarm"
cp -r boards "$PLACE/boards"
cp jobs/nightly.yaml "$PLACE/jobs/"
printf 'publish: {destinations: {archive: {driver: directory, path: /nowhere}}}\n' >"$PLACE/farm.yaml"
touch "$PLACE/console.log" "$PLACE/two words.log"
export PATH=$PLACE/bin:$PATH
cd "$PLACE" || exit 1

# Each prints what the shell would offer for the line, a candidate a line.
bash_offers() {
	bash --norc -c '
		source <(mmfarm completion bash)
		words=($1)
		case $1 in *" ") words+=("") ;; esac
		COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1)) COMP_LINE=$1
		compopt() { :; }
		_mmfarm
		printf "%s\n" "${COMPREPLY[@]}"' bash "$1"
}
fish_offers() {
	HOME=$SCRATCH fish --no-config -c 'mmfarm completion fish | source
		complete -C $argv[1]' "$1" | cut -f1
}
# zsh completes in its line editor only: a terminal of its own, with Tab pressed in it.
zsh_offers() {
	python3 - "$1" <<-'END'
	import os, pty, re, select, sys, time
	pid, fd = pty.fork()
	if pid == 0:
	    os.environ.update(TERM="dumb", COLUMNS="200", LINES="60", HOME=os.getcwd())
	    os.execlp("zsh", "zsh", "-f", "-i")
	def read_until(mark, limit):
	    got, end = b"", time.monotonic() + limit
	    while mark not in got and time.monotonic() < end:
	        if select.select([fd], [], [], 0.2)[0]:
	            try:
	                got += os.read(fd, 65536)
	            except OSError:
	                break
	    return got
	os.write(fd, b"PS1='> '; unsetopt zle_bracketed_paste; LISTMAX=1000; autoload -U compinit; compinit -u -D; "
	         b"source <(mmfarm completion zsh); "
	         b"zle -C offers complete-word offers_function; "
	         b"compadd() { local -a o; builtin compadd -O o \"$@\"; print -rl -- $o >>offered; builtin compadd \"$@\"; }; "
	         b"offers_function() { rm -f offered; _main_complete; touch offered.done; }; "
	         b"bindkey '^I' offers; print rea''dy\r")
	read_until(b"ready\r\n", 20)
	os.write(fd, sys.argv[1].encode() + b"\t")
	end = time.monotonic() + 20
	while not os.path.exists("offered.done") and time.monotonic() < end:
	    read_until(b"\0", 0.2)
	os.write(fd, b"\x03exit\r")
	read_until(b"\0", 1)
	os.close(fd)
	os.waitpid(pid, 0)
	END
	sort -u offered 2>/dev/null
	rm -f offered offered.done
}

offers() { # SHELL LINE WORD...: each word, and no word with a "!" ahead of it
	local shell=$1 line=$2 word
	shift 2
	"${shell}_offers" "$line" >"$SCRATCH/offered"
	for word; do
		case $word in
		!*) ! grep -qxF -- "${word#!}" "$SCRATCH/offered" || { echo "offers ${word#!}"; return 1; } ;;
		*) grep -qxF -- "$word" "$SCRATCH/offered" || { echo "no $word in:"; cat "$SCRATCH/offered"; return 1; } ;;
		esac
	done
}

for shell in bash zsh fish; do
	if ! command -v $shell >/dev/null; then
		skip "$shell completes" "no $shell here"
		continue
	fi
	check "$shell: commands, those of people" offers $shell "mmfarm " run results completion '!worker' '!complete'
	check "$shell: commands by their beginning" offers $shell "mmfarm re" results report '!run'
	check "$shell: options of the command" offers $shell "mmfarm run --p" --pool --payload '!--board'
	check "$shell: boards of the files" offers $shell "mmfarm run --board va" va53-01 '!ux4-01'
	check "$shell: pools" offers $shell "mmfarm run --pool " bbml2 no-bbml2
	check "$shell: jobs by name" offers $shell "mmfarm run n" nightly
	check "$shell: runs" offers $shell "mmfarm show 2026" "20260101-000000-aa~b1~v~1"
	check "$shell: batches" offers $shell "mmfarm report " latest 20260101-000000-aa
	check "$shell: destinations of farm.yaml" offers $shell "mmfarm publish --destination " archive
	check "$shell: words behind a command" offers $shell "mmfarm timing s" show simulate
	check "$shell: what a board can do" offers $shell "mmfarm board va53-01 " on console '!va53-01'
	check "$shell: files where files go" offers $shell "mmfarm scan c" console.log
done
cd "$OLDPWD" || exit 1
check "a shell that nobody knows is refused" exits_with 2 "$MMFARM" completion tcsh
check "no word at all is no crash" exits_with 0 "$MMFARM" complete
done_testing
