# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the publisher's tests behind tap.sh: servers, farms and batches, and what has arrived.
FIXTURE=$PWD/tests/support/results_fixture.py
SERVER=$PWD/tests/support/answering_server.py
DOCS=$PWD/docs
cd "$SCRATCH" || exit 1
export no_proxy=127.0.0.1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; umount "$SCRATCH/small" 2>/dev/null; rm -rf "$SCRATCH"' EXIT

# start STORE [OPTIONS...]: sets PORT
start() {
	local store=$1 line
	shift
	mkdir -p "$store"
	exec 5< <(exec python3 "$SERVER" "$store" "$@" 2>"$store/err")
	pids+=($!)
	read -r -t 20 line <&5
	PORT=$line
}

# batch DIR ID [OPTIONS...]
batch() { python3 "$FIXTURE" "$@"; }

# farm: destinations as lines, indented by the caller
farm() {
	{
		printf "lab: lab1\norigin: lab1\n"
		echo "publish:"
		echo "  files_url: https://files.example/runs"
		echo "  destinations:"
		cat
	} >farm.yaml
}

rest() { # name port [more]
	echo "    $1: {driver: kcidb-rest, url: 'http://127.0.0.1:$2', token: {environment: TOKEN}," \
		"timeout: 500ms, retry: {first: 100ms, max: 400ms}${3:-}}"
}

publish() { TOKEN=sesame "$MMFARM" publish --results r "$@"; }

# arrived STORE: every object of every batch's document is among what the server kept; nothing else
# is, no id stands for two contents, and each piece is valid.
arrived() {
	local f
	for f in "$1"/*.json; do
		"$MMFARM" kcidb validate "$f" >/dev/null || { echo "$f is not valid"; return 1; }
	done
	python3 - "$1" r <<'PY'
import glob, json, sys
def objects(files):
    out = {}
    for name in files:
        doc = json.load(open(name))
        doc.pop("version")
        for kind, items in doc.items():
            for o in items:
                if kind == "checkouts":  # of one revision, begun by several batches
                    del o["start_time"], o["origin_tests_finish_time"]
                key, text = (kind, o["id"]), json.dumps(o, sort_keys=True)
                if out.setdefault(key, text) != text:
                    sys.exit(f"two contents under {key}")
    return out
sent = objects(glob.glob(sys.argv[1] + "/*.json"))
made = objects(glob.glob(sys.argv[2] + "/batches/*/whole.json"))
missing, extra = made.keys() - sent.keys(), sent.keys() - made.keys()
if missing or extra:
    sys.exit(f"{len(missing)} missing, {len(extra)} extra: {list(missing or extra)[:3]}")
differ = [k for k in made if made[k] != sent[k]]
if differ:
    sys.exit(f"{differ[0]} was sent with another content")
PY
}

# whole ID: what a batch's document holds, with the farm's files_url
whole() {
	local farm_yaml=$PWD/farm.yaml store=$SCRATCH/whole-$1
	mkdir -p "$store"
	cat >whole.yaml <<-END
		lab: lab1
		publish:
		  files_url: https://files.example/runs
		  destinations:
		    whole: {driver: directory, path: $store}
	END
	"$MMFARM" publish --results r --farm whole.yaml -q "$1" >/dev/null || return 1
	cp "$store"/*.json "r/batches/$1/whole.json"
	rm -rf r/spool/whole "$farm_yaml.unused"
}

new_results() {
	rm -rf r
	local id
	for id in "$@"; do
		batch r "$id"
		whole "$id" || return 1
	done
}

