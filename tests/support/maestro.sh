# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by scripts with a fake_maestro.py: questions to it, without a program for each of them.

# ask_maestro PORT PATH [BODY]: what it answers; fails where it does not answer with 200
ask_maestro() {
	local status line body=${3:-}
	exec 7<>"/dev/tcp/127.0.0.1/$1" || return 1
	printf '%s %s HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s' "$([ $# -lt 3 ] && echo GET || echo POST)" "$2" ${#body} "$body" >&7
	read -r _ status _ <&7
	while read -r line <&7 && [ "$line" != $'\r' ]; do :; done
	cat <&7
	exec 7>&-
	[ "$status" = 200 ]
}
