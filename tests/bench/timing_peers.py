#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`mmfarm timing detect` beside three known ways, on the same made-up series.

usage: timing_peers.py MMFARM [SERIES] [POINTS]

    pelt        least squares with pruning in plain numpy, BIC penalty, noise from neighbours
    otava       E-divisive split points with a t test in overlapping windows, weak ones merged
                (Hunter's published description; p <= 0.001, window 50, 5 %)
    perfherder  t value of the 12 points before against the 12 behind, > 7, local maximum

Each is written here from its published description, for this comparison only. Printed: seconds,
the share of steps found (within 5 points) and false finds per 1,000 points of unchanged series.
"""
import math
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

KINDS = ["normal", "lognormal", "t3", "ar5", "ar8", "spikes", "bimodal", "ticks"]
NEAR = 5


def noise(kind, rng, n):
    z = rng.standard_normal
    if kind == "lognormal":
        return 100 * np.exp(0.02 * z(n))
    if kind == "t3":
        return 100 * (1 + 0.01 * rng.standard_t(3, n))
    if kind in ("ar5", "ar8"):
        rho, e = (0.5 if kind == "ar5" else 0.8), z(n + 50)
        x = np.zeros(n + 50)
        for i in range(1, n + 50):
            x[i] = rho * x[i - 1] + math.sqrt(1 - rho * rho) * e[i]
        return 100 * (1 + 0.01 * x[50:])
    if kind == "spikes":
        y = 100 * (1 + 0.01 * z(n))
        hit = rng.random(n) < 0.03
        y[hit] *= rng.uniform(1.1, 2, hit.sum())
        return y
    if kind == "bimodal":
        return np.where(rng.random(n) < 0.3, 104.0, 100.0) * (1 + 0.005 * z(n))
    if kind == "ticks":
        return np.round(50 + z(n))
    return 100 * (1 + 0.01 * z(n))


def make_series(count, points):
    """[(name, values, step or None)]: every other series of each kind has one step."""
    rng, made = np.random.default_rng(7), []
    for i in range(count):
        kind = KINDS[i % len(KINDS)]
        y, step = noise(kind, rng, points), None
        if (i // len(KINDS)) % 2:
            step = int(rng.integers(points // 4, 3 * points // 4))
            y[step:] *= 1 + rng.choice([-1, 1]) * rng.uniform(0.03, 0.12)
        made.append((f"{kind}_{i}", y, step))
    return made


def pelt(y):
    n = len(y)
    sigma = 1.4826 * np.median(np.abs(np.diff(y))) / math.sqrt(2) or 1e-9
    z = (y - np.median(y)) / sigma
    s1 = np.concatenate([[0], np.cumsum(z)])
    s2 = np.concatenate([[0], np.cumsum(z * z)])
    penalty = 2 * math.log(n)
    best, last, open_ = np.full(n + 1, np.inf), np.zeros(n + 1, int), np.array([0])
    best[0] = -penalty
    for t in range(1, n + 1):
        d = s1[t] - s1[open_]
        cost = best[open_] + s2[t] - s2[open_] - d * d / (t - open_)
        k = int(np.argmin(cost))
        best[t], last[t] = cost[k] + penalty, open_[k]
        open_ = np.append(open_[cost <= best[t]], t)
    found, t = [], n
    while t > 0:
        t = int(last[t])
        if t:
            found.append(t)
    return found[::-1]


def welch_p(a, b):
    """Two-sided; a normal tail beyond 30 degrees of freedom is near enough for a threshold."""
    if len(a) < 2 or len(b) < 2:
        return 1.0
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    if va + vb == 0:
        return 0.0 if a.mean() != b.mean() else 1.0
    t = abs(a.mean() - b.mean()) / math.sqrt(va + vb)
    df = (va + vb) ** 2 / (va * va / (len(a) - 1) + vb * vb / (len(b) - 1))
    # Wallace's normal approximation of t.
    z = (8 * df + 1) / (8 * df + 3) * math.sqrt(df * math.log1p(t * t / df))
    return math.erfc(z / math.sqrt(2))


def divisive_best(y):
    """The split with the largest energy statistic (Matteson and James)."""
    n = len(y)
    distance = np.abs(y[:, None] - y[None, :])
    total = distance.cumsum(0).cumsum(1)
    best, at = -1.0, 0
    for k in range(2, n - 1):
        left, both = total[k - 1, k - 1], total[k - 1, n - 1]
        cross, right = both - left, total[n - 1, n - 1] - 2 * both + left
        q = 2 * cross / (k * (n - k)) - left / (k * (k - 1)) - right / ((n - k) * (n - k - 1))
        q *= k * (n - k) / n
        if q > best:
            best, at = q, k
    return at


def divide(y, offset, out):
    if len(y) < 6:
        return
    k = divisive_best(y)
    if not k or welch_p(y[:k], y[k:]) > 0.01:
        return
    out.add(offset + k)
    divide(y[:k], offset, out)
    divide(y[k:], offset + k, out)


def otava(y):
    points, n = set(), len(y)
    for start in range(0, max(1, n - 25), 25):
        divide(y[start:start + 50], start, points)
    found = sorted(points)
    while found:
        edges, worst = [0, *found, n], None
        for i, k in enumerate(found):
            a, b = y[edges[i]:k], y[k:edges[i + 2]]
            p, size = welch_p(a, b), abs(b.mean() / a.mean() - 1)
            if (p > 0.001 or size < 0.05) and (worst is None or p > worst[0]):
                worst = (p, i)
        if worst is None:
            break
        del found[worst[1]]
    return found


def perfherder(y):
    n, width = len(y), 12
    t = np.zeros(n)
    for i in range(width, n - width + 1):
        a, b = y[i - width:i], y[i:i + width]
        s = math.sqrt(a.var(ddof=1) / width + b.var(ddof=1) / width)
        t[i] = abs(a.mean() - b.mean()) / s if s else 0.0
    found = []
    for i in np.argsort(-t, kind="stable"):
        if t[i] <= 7:
            break
        if all(abs(int(i) - k) > width for k in found):
            found.append(int(i))
    return sorted(found)


def ours(mmfarm, made, tau):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "all.csv")
        with open(path, "w", encoding="ascii") as f:
            f.write("series,value\n")
            for name, y, _ in made:
                f.writelines(f"{name},{v:.9g}\n" for v in y)
        start = time.perf_counter()
        run = subprocess.run([mmfarm, "timing", "detect", "--tau", str(tau), path],
                             stdout=subprocess.PIPE, check=True)
        spent = time.perf_counter() - start
    found = {}
    for line in run.stdout.decode().splitlines()[1:]:
        name, cps = line.split("\t")
        found[name] = [int(c) for c in cps.split(",") if c]
    return found, spent


def tell(label, made, found, spent):
    hits = sum(any(abs(c - step) <= NEAR for c in found[name])
               for name, _, step in made if step is not None)
    steps = sum(step is not None for _, _, step in made)
    quiet = [(found[name], len(y)) for name, y, step in made if step is None]
    false = 1000 * sum(len(f) for f, _ in quiet) / sum(n for _, n in quiet)
    print(f"{label:<12} {spent:8.2f} s   steps found {hits / steps:5.3f}   "
          f"false per 1,000 points {false:6.3f}")


def main():
    mmfarm, count, points = sys.argv[1], 160, 300
    if len(sys.argv) > 2:
        count = int(sys.argv[2])
    if len(sys.argv) > 3:
        points = int(sys.argv[3])
    made = make_series(count, points)
    print(f"{count} series x {points} points, steps of 3 to 12 % in half of them")
    for tau in (5, 6, 8):
        found, spent = ours(mmfarm, made, tau)
        tell(f"mmfarm {tau}", made, found, spent)
    for label, method in (("pelt", pelt), ("otava", otava), ("perfherder", perfherder)):
        start = time.perf_counter()
        found = {name: method(y) for name, y, _ in made}
        tell(label, made, found, time.perf_counter() - start)


main()
