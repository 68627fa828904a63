# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced behind tap.sh by tests that run one board each, several at once. A board NAME is declared
# in $SCRATCH/NAME.yaml, a job JOB in $SCRATCH/job-JOB.yaml; results go to $R-NAME.
declare -A pids

# start NAME [JOB]: runs it in the background; ended NAME CODE waits for it
start() {
	"$MMFARM" run "$SCRATCH/job-${2:-one}.yaml" --boards "$SCRATCH/$1.yaml" --results "$R-$1" \
		>"$SCRATCH/$1.out" 2>&1 &
	pids[$1]=$!
}
verdict_is() { # NAME VERDICT
	jq_is "$(echo "$R-$1"/runs/*)/run.json" .verdict "$2"
}
ended() { # NAME CODE VERDICT [REASON]
	local code dir
	wait "${pids[$1]}"
	code=$?
	dir=$(echo "$R-$1"/runs/*)
	[ "$code" -eq "$2" ] || { echo "exit $code, wanted $2"; cat "$SCRATCH/$1.out"; return 1; }
	verdict_is "$1" "$3" || { jq -r .reason "$dir/run.json"; return 1; }
	[ -z "${4:-}" ] || jq -r .reason "$dir/run.json" | grep -qF -- "$4" || {
		echo "the reason is: $(jq -r .reason "$dir/run.json")"
		return 1
	}
}
noted() { # NAME TEXT: events.jsonl of the run tells it
	says "$2" "$(echo "$R-$1"/runs/*/events.jsonl)"
}
