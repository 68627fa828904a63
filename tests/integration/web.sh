#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mmfarm web, asked by curl: pages and their forms, what changed, headers, limits, hostile bytes, caching, and
# consoles that go on.
. "$(dirname "$0")/../support/tap.sh"
FIXTURE=$PWD/tests/support/results_fixture.py
cd "$SCRATCH" || exit 1

night() {
	local day=$1
	shift
	python3 "$FIXTURE" r "d$day" --time "2026-06-0${day}T01:10:00Z" --boards 4 "$@"
}
night 1 --fail
night 2 --fail --failing-test 2
night 3 --miss
night 4 --fail --failing-test 1
night 5 --fail --bytes
"$MMFARM" reindex --results r >/dev/null

# serve OPTIONS...: starts a server on a free port; $AT is its address
serve() {
	"$MMFARM" web --results r --listen 127.0.0.1:0 "$@" >where 2>trouble &
	SERVER=$!
	for _ in $(seq 200); do
		AT=$(head -n 1 where | sed 's,/$,,')
		[ -n "$AT" ] && return 0
		kill -0 "$SERVER" 2>/dev/null || break
		sleep 0.05
	done
	cat trouble
	return 1
}
stop() { kill "$SERVER" && wait "$SERVER"; }
trap 'kill $SERVER $WRITER 2>/dev/null; rm -rf "$SCRATCH"' EXIT
WRITER=
get() { curl -s --max-time 20 "$@"; }
# code URL OPTIONS...: the status
code() { local url=$1; shift; get -o /dev/null -w '%{http_code}' --path-as-is "$@" "$AT$url"; }
is() { [ "$1" = "$2" ] || { echo "\"$1\", wanted \"$2\""; return 1; }; }
changes() { get "$AT/$1.json" | jq -c '[.changes[] | [.change, .what, .boards // ""]]'; }

check "it says where it can be reached" serve

# ---- what changed ------------------------------------------------------------------------------------
still() { changes night/2026-06-02 >out && says '["STILL","WARNING at firmware/mm/split.c","2/2 bbml2"]' out; }
check "what the batch before showed is still there" still
new_test() { says '["NEW","v1: mmfarm.test.2, leaf is writable","1/2 no-bbml2"]' out; }
check "what nobody showed before is new, with its boards among those of the pool" new_test
infra() {
	changes night/2026-06-03 >out && says '["INFRA","b0: relay did not answer","1/2 bbml2"]' out &&
		is "$(jq 'map(select(.[0] == "FIXED")) | length' out)" 0
}
check "a night that could not be made fixes nothing, and is the lab's" infra
back() { changes night/2026-06-04 >out && says '["NEW","WARNING at firmware/mm/split.c"' out &&
	get "$AT/night/2026-06-04" | grep -q 'came back; first 2026-06-01'; }
check "what comes back is among the new, and says since when" back
fixed() { changes index >out && says '["FIXED","v1: mmfarm.test.1"' out && is "$(get "$AT/" | grep -c 'tag FIXED')" 1; }
check "the first screen says what is fixed" fixed

# One click to the splat, two to the line.
clicks() {
	local splat line
	splat=$(get "$AT/index.json" | jq -r '[.changes[] | select(.what | startswith("WARNING"))][0].url')
	get "$AT$splat" >out && says 'split_guard+0x15c' out || return 1
	line=$(grep -oE 'href="/run/[^"]*log\?line=3#L3"' out | head -n 1 | cut -d'"' -f2)
	get "$AT${line%#*}" | grep -q '<span id="L3" class="m begins">'
}
check "from the first screen it is one click to a splat, two to its line" clicks

# ---- every page in every form -----------------------------------------------------------------------
pages="/ /nights /night/2026-06-02 /batch/d2 /run/d2-b0-v0-1 /run/d2-b0-v0-1/log /findings
	/finding/0000000000000002 /boards /board/b0 /test/mmfarm.test.1 /metrics-list /metric/mmfarm.t.0 /queue
	/search?q=split /api"
forms() {
	local page path query
	for page in $pages; do
		path=${page%%\?*} query=${page#"$path"}
		[ "$path" = / ] && path=/index
		get -f "$AT$page" >html && get -f "$AT$path.json$query" >json && get -f "$AT$path.txt$query" >txt &&
			get -f "$AT$path.csv$query" >csv || { echo "$page"; return 1; }
		jq -e '.title and .url' json >/dev/null && [ -s txt ] && ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' html txt json &&
			python3 -c 'import csv; list(csv.reader(open("csv", newline=""), strict=True))' || { echo "$page"; return 1; }
	done
}
check "each page is there as HTML, JSON, text and CSV" forms
# A page is balanced, and runs nothing but our script.
balanced() {
	for page in $pages; do
		get "$AT$page" >page.html
		python3 - "$page" <<-'END' || return 1
		import html.parser, sys
		class Check(html.parser.HTMLParser):
		    def __init__(self):
		        super().__init__()
		        self.open, self.ids, self.scripts = [], set(), 0
		    def handle_starttag(self, tag, attrs):
		        attrs = dict(attrs)
		        assert not any(a.startswith("on") or a == "style" for a in attrs), (tag, attrs)
		        if "id" in attrs and tag != "pattern":  # each picture has the same ones
		            assert attrs["id"] not in self.ids, "twice: " + attrs["id"]
		            self.ids.add(attrs["id"])
		        if tag == "script":
		            self.scripts += 1
		            assert attrs["src"].startswith("/asset/")
		        if tag not in {"meta", "link", "input", "br", "path", "rect", "line", "circle", "polygon", "polyline"}:
		            self.open.append(tag)
		    def handle_startendtag(self, tag, attrs):
		        pass
		    def handle_endtag(self, tag):
		        if tag in {"path", "rect", "line", "circle", "polygon", "polyline"}:
		            return
		        assert self.open and self.open[-1] == tag, (tag, self.open, self.getpos())
		        self.open.pop()
		c = Check()
		c.feed(open("page.html", encoding="utf-8").read())
		assert not c.open and c.scripts == 1, (sys.argv[1], c.open, c.scripts)
		END
	done
}
check "each page is balanced, with no script or style inside" balanced
links() {
	python3 - "$AT" <<-'END'
	import html, re, sys, urllib.request
	at, seen, todo = sys.argv[1], set(), ["/"]
	while todo and len(seen) < 150:
	    url = todo.pop()
	    if url in seen:
	        continue
	    seen.add(url)
	    assert len(url) <= 120, url
	    with urllib.request.urlopen(at + url) as r:
	        text = r.read().decode("utf-8", "replace") if "html" in r.headers["Content-Type"] else ""
	    for link in re.findall(r'(?:href|src)="([^"#]*)', text):
	        if link.startswith("/"):
	            todo.append(html.unescape(link))
	assert len(seen) > 60, len(seen)
	END
}
check "every link of the pages leads to a page" links
text_browser() {
	w3m -cols 300 -dump "$AT/" | grep -q 'STILL *WARNING at firmware' && w3m -cols 300 -dump "$AT/run/d2-b0-v0-1/log" | grep -q 'Call trace:'
}
if command -v w3m >/dev/null; then
	check "a text browser shows the same" text_browser
else
	skip "a text browser shows the same" "no w3m"
fi

# ---- headers, caching ---------------------------------------------------------------------------------
headers() {
	get -D - -o /dev/null "$AT/" >out && says "Content-Security-Policy: default-src 'self'" out &&
		says "X-Content-Type-Options: nosniff" out && says "Referrer-Policy: no-referrer" out &&
		! grep -qi '^set-cookie\|unsafe-inline' out
}
check "pages are kept in bounds by their headers, and set no cookie" headers
cached() {
	local tag
	tag=$(get -D - -o /dev/null "$AT/batch/d2" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p')
	[ -n "$tag" ] && is "$(code /batch/d2 -H "If-None-Match: $tag")" 304 &&
		is "$(code /batch/d2 -H 'If-None-Match: "x"')" 200 && is "$(code /batch/d3 -H "If-None-Match: $tag")" 200
}
check "a page that has not changed is not sent again" cached
packed() {
	get -H 'Accept-Encoding: gzip' -D head "$AT/batch/d2" | gzip -d >unpacked && says 'Content-Encoding: gzip' head &&
		get "$AT/batch/d2" | cmp - unpacked
}
check "gzip is the same page" packed
head_only() { is "$(get -I "$AT/batch/d2" | tr -d '\r' | sed -n 's/^Content-Length: //p')" "$(get "$AT/batch/d2" | wc -c)"; }
check "HEAD says how long a page is" head_only
exact() {
	get "$AT/run/d2-b0-v0-1/console.raw" | cmp - r/runs/d2-b0-v0-1/console.raw &&
		is "$(get -r 6-10 "$AT/run/d2-b0-v0-1/console.raw")" hello &&
		get -D - -o /dev/null "$AT/run/d2-b0-v0-1/console.raw" | grep -q 'Content-Disposition: attachment'
}
check "a console's exact bytes are a download, also in part" exact

# ---- what is refused -----------------------------------------------------------------------------------
refused() {
	is "$(code /boards -X POST)" 405 && is "$(code /boards -X DELETE)" 405 && is "$(code /boards -d x=1)" 400 &&
		is "$(code /boards -X GET -d x)" 400 && is "$(code /nothing)" 404 && is "$(code /run/none)" 404 &&
		is "$(code /boards -H 'Host: evil.example')" 421 && is "$(code "/$(printf 'a%.0s' $(seq 3000))")" 414 &&
		is "$(code /boards -H 'Transfer-Encoding: chunked')" 400
}
check "other methods, bodies, foreign names and long URLs are refused" refused
traversal() {
	local url
	echo secret >r/runs/secret
	echo secret >secret
	for url in /run/../secret /run/..%2f..%2fsecret/log /run/%2e%2e/log /asset/../../secret /asset/..%2fpage.c \
		/run/.%2e/console.raw //run/secret /run/d2-b0-v0-1/../secret /run/%00/log /run/./log; do
		get --path-as-is "$AT$url" >out
		! grep -q '^secret' out && [ "$(code "$url")" -ge 400 ] || { echo "$url"; return 1; }
	done
}
check "no URL leads out of the run directories" traversal
rm -f r/runs/secret
# smuggle TEXT: the first status, and how many answers there are
smuggle() {
	python3 - "${AT##*:}" "$1" <<-'END'
	import socket, sys
	s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
	s.sendall(sys.argv[2].encode().decode("unicode_escape").encode("latin-1"))
	s.settimeout(3)
	got = b""
	try:
	    while True:
	        piece = s.recv(65536)
	        if not piece:
	            break
	        got += piece
	except TimeoutError:
	    pass
	print(got[9:12].decode(), got.count(b"HTTP/1.1 "))
	END
}
smuggled() {
	local host='Host: localhost\r\n' second='GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n'
	is "$(smuggle "GET / HTTP/1.1\r\n${host}Content-Length: 0\r\nContent-Length: 5\r\n\r\n$second")" "400 1" &&
		is "$(smuggle "GET / HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$second")" "400 1" &&
		is "$(smuggle "POST / HTTP/1.1\r\n${host}Content-Length: 40\r\n\r\n$second")" "400 1"
}
check "what follows a refused request is no second one" smuggled
huge() {
	local status
	status=$(code /boards -H "X: $(head -c 60000 /dev/zero | tr '\0' x)")
	[ "$status" -ge 400 ] || [ "$status" = 000 ] || { echo "$status"; return 1; }
	is "$(code /boards)" 200
}
check "a huge head is refused, and the server goes on" huge

# ---- hostile bytes -------------------------------------------------------------------------------------
hostile() {
	local run=r/runs/d5-b0-v0-1
	printf '<script>alert(1)</script>\r\n\033[31mred\033[0m \342\200\256rtl \0nul \377\n' >$run/console.raw
	head -c 1000000 /dev/zero | tr '\0' '<' >>$run/console.raw
	get "$AT/run/d5-b0-v0-1/log" >out
	says '&lt;script&gt;alert(1)' out && says 'red \u202ertl \x00nul \xff' out && says '[1000000 bytes in all]' out &&
		! grep -qP '<script>|\x1b|\x00|\xe2\x80\xae' out && [ "$(wc -c <out)" -lt 60000 ] &&
		get "$AT/run/d5-b0-v0-1/log?ansi=show" | grep -qF '\x1b[31mred'
}
check "hostile console bytes are text, and a line of a megabyte is cut" hostile
hostile_words() { get "$AT/search?q=%3Cscript%3Ealert(1)%3C/script%3E" >out && ! grep -q '<script>' out && says '&lt;script&gt;' out; }
check "so are words that are searched" hostile_words

# ---- big consoles --------------------------------------------------------------------------------------
# 60 MB with a line index as capture writes it.
big() {
	mkdir -p r/runs/big && python3 - <<-'END'
	import struct
	with open("r/runs/big/console.raw", "wb") as raw, open("r/runs/big/console.idx", "wb") as idx:
	    at = 0
	    for i in range(1, 1000001):
	        line = b"[%12.6f] line %d of a console that is long, and says nothing\n" % (i / 1000, i)
	        idx.write(struct.pack("<QQ", at, 5000000000 + i * 1000000))
	        raw.write(line)
	        at += len(line)
	END
	cp r/runs/d2-b1-v0-1/run.json r/runs/big/ && sed -i 's/d2-b1-v0-1/big/' r/runs/big/run.json
	local ms
	ms=$(get -o out -w '%{time_total}' "$AT/run/big/log?line=987654" | awk '{ print int($1 * 1000) }')
	says 'id="L987654"' out && says '<i>987.653</i><b>[  987.654000] line 987654 of' out && ! grep -q 'id="L1"' out &&
		[ "$(wc -c <out)" -lt 400000 ] && { [ "$ms" -lt 1000 ] || { echo "$ms ms"; return 1; }; }
}
check "a line far inside a console is found by the index, with the host's time" big
quote() {
	get "$AT/run/big/log.txt?from=500&to=501&quote=1" >out &&
		says '/run/big/log?line=500#L500-L501' out && says '> [    0.501000] line 501 of' out
}
check "lines come as a quote for a mail" quote

# ---- consoles that go on --------------------------------------------------------------------------------
# A writer of a console, and a reader whose connection is cut 100 times.
cat >writer.py <<'END'
import os, time
end = time.monotonic() + 120
with open("r/runs/live/console.raw", "ab", 0) as f:
    while time.monotonic() < end and not os.path.exists("enough"):
        f.write(os.urandom(700) + b"\n")
        time.sleep(0.005)
with open("r/runs/d2-b1-v0-1/run.json") as f, open("run.json.new", "w") as new:
    new.write(f.read().replace("d2-b1-v0-1", "live"))
os.rename("run.json.new", "r/runs/live/run.json")
END
live() {
	mkdir -p r/runs/live && : >r/runs/live/console.raw
	python3 writer.py &
	WRITER=$!
	python3 - "${AT##*:}" <<-'END' || return 1
	import base64, http.client, random, sys
	random.seed(1)
	got, last, cuts, ended = b"", None, 0, False
	while not ended:
	    c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
	    c.request("GET", "/run/live/live", headers={"Last-Event-ID": last} if last else {})
	    r = c.getresponse()
	    assert r.status == 200 and r.headers["Content-Type"] == "text/event-stream"
	    assert "no-transform" in r.headers["Cache-Control"] and not r.headers["Content-Encoding"]
	    left = random.randrange(1, 4) if cuts < 100 else 1 << 30
	    if cuts == 100:
	        open("enough", "w").close()
	    id = data = kind = None
	    while left > 0 and not ended:
	        line = r.readline().decode().rstrip("\n")
	        if line.startswith("id: "):
	            id = line[4:]
	        elif line.startswith("data: "):
	            data = line[6:]
	        elif line.startswith("event: "):
	            kind = line[7:]
	        elif line == "":
	            left -= 1
	            if kind == "end":
	                ended = True
	            elif id is not None:
	                got, last = got + base64.b64decode(data), id
	            id = data = kind = None
	    c.close()
	    cuts += 1
	want = open("r/runs/live/console.raw", "rb").read()
	assert cuts > 100, cuts
	assert got == want, (len(got), len(want))
	END
	wait "$WRITER"
}
check "a live console whose connection is cut 100 times loses and repeats nothing" live
goes_on() {
	mkdir -p r/runs/young && printf 'one\ntwo\nthr' >r/runs/young/console.raw
	get "$AT/run/young/log" >out && says 'data-live="/run/young/live" data-offset="8"' out && says 'id="L2"' out &&
		! grep -q 'id="L3"' out && is "$(code /run/young)" 200
}
check "the console of a run that goes on leaves its last line to what follows" goes_on

# ---- the store ------------------------------------------------------------------------------------------
rebuilt() {
	night 6 --clean && "$MMFARM" reindex --results r >/dev/null && get "$AT/index.json" | jq -e '.batches[0].batch == "d6"'
}
check "a store that was rebuilt is taken up" rebuilt
untouched() {
	find r -newer where -type f ! -name '*.sqlite*' ! -path '*/d6*' ! -path '*/live/*' ! -path '*/young/*' \
		! -path '*/big/*' ! -path '*/d5-b0-v0-1/*' ! -name secret >out
	[ ! -s out ] || { cat out; return 1; }
}
check "it wrote nothing" untouched
ends() { stop && [ ! -s trouble ] || { cat trouble; return 1; }; }
check "it ends when it is asked to, and had nothing to complain of" ends

# ---- tokens ---------------------------------------------------------------------------------------------
echo "a-token-of-some-length" >token
needs_token() {
	exits_with 2 "$MMFARM" web --results r --listen 0.0.0.0:0 >out 2>&1 && says "it needs --token-file" out &&
		exits_with 2 "$MMFARM" web --results r --listen nonsense >out 2>&1 &&
		echo short >short && exits_with 2 "$MMFARM" web --results r --token-file short >out 2>&1
}
check "an address that others reach needs a token" needs_token
token() {
	serve --token-file token && is "$(code /)" 401 && is "$(code / -u me:a-token-of-some-length)" 200 &&
		is "$(code / -H 'Authorization: Bearer a-token-of-some-length')" 200 && is "$(code / -u me:wrong)" 401 &&
		is "$(code /run/d2-b0-v0-1/console.raw)" 401 && is "$(code /asset/page.css)" 401 &&
		! grep -q a-token "/proc/$SERVER/cmdline" && stop
}
check "with a token nothing is shown without it" token
done_testing
