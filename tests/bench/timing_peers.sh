#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Change detection beside plain PELT and the rules of Apache Otava and Perfherder.
set -eu
cd "$(dirname "$0")/../.."
for python in python3 /usr/bin/python3; do
	if $python -c 'import numpy' 2>/dev/null; then
		exec $python tests/bench/timing_peers.py "${MMFARM_BUILD:-build}/mmfarm" "$@"
	fi
done
echo "skipped: no python3 with numpy (package python3-numpy)"
