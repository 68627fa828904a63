// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/host.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

#define LOOK_NS      (NS_PER_S / 2)
#define WINDOW_NS    (10 * NS_PER_S)
#define POINTS_LIMIT 200000 // more than a day; a longer run keeps its first part

// A board that lost half of what it wanted takes twice as long as on a quiet host, which is more than
// limits are wont to allow for ...
#define LOST_SHARE 0.50
// ... if it wanted a CPU for a good part of the time at all.
#define LOST_WALL 0.10

double host_share_got(const struct host_share *s)
{
	double wanted = s->ran_s + s->lost_s;
	return wanted > 0 ? s->ran_s / wanted : 1;
}

bool host_share_starves(const struct host_share *s, double wall_s)
{
	return wall_s > 0 && s->lost_s >= LOST_WALL * wall_s && 1 - host_share_got(s) >= LOST_SHARE;
}

// ---- what the kernel says -----------------------------------------------------------------------

static bool read_proc(const char *path, struct buffer *out)
{
	buffer_truncate(out, 0);
	CLEANUP_ERROR struct error *e = file_read(path, 65536, ERROR_SYSTEM, out);
	return !e && out->len > 0;
}

static uint64_t status_number(const char *status, const char *key)
{
	const char *at = strstr(status, key);
	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static bool read_thread(pid_t pid, pid_t id, struct buffer *text, struct host_thread *out)
{
	char path[64];
	*out = (struct host_thread){.id = id};
	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, id);
	if (!read_proc(path, text) ||
	    sscanf(text->data, "%" SCNu64 " %" SCNu64, &out->ran_ns, &out->waited_ns) != 2)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, id);
	if (!read_proc(path, text))
		return false;
	out->slept = status_number(text->data, "\nvoluntary_ctxt_switches:");
	out->interrupted = status_number(text->data, "\nnonvoluntary_ctxt_switches:");
	return true;
}

static void read_threads(pid_t pid, struct host_thread **threads, size_t *count)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	CLEANUP_CLOSEDIR DIR *dir = opendir(path);
	CLEANUP_BUFFER struct buffer text = {0};
	for (struct dirent *d; dir && (d = readdir(dir));) {
		struct host_thread t;
		pid_t id = (pid_t)atol(d->d_name);
		if (id > 0 && read_thread(pid, id, &text, &t))
			ARRAY_APPEND(*threads, *count, t);
	}
}

// The 1-minute average, and how many tasks want to run at this moment, this one among them.
static bool read_load(double *load, unsigned *running)
{
	CLEANUP_BUFFER struct buffer text = {0};
	return read_proc("/proc/loadavg", &text) &&
	       sscanf(text.data, "%lf %*f %*f %u", load, running) == 2;
}

static unsigned online_cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}

// ---- watching -----------------------------------------------------------------------------------

void host_watch_deinit(struct host_watch *w)
{
	if (!w)
		return;
	free(w->threads);
	free(w->points);
	*w = (struct host_watch){0};
}

static const struct host_thread *find_thread(const struct host_watch *w, pid_t id)
{
	for (size_t i = 0; i < w->threads_count; i++)
		if (w->threads[i].id == id)
			return &w->threads[i];
	return NULL;
}

static double grown(uint64_t now, uint64_t before)
{
	return now > before ? (double)(now - before) : 0;
}

static void add_thread(struct host_point *p, const struct host_thread *t,
		       const struct host_thread *before)
{
	static const struct host_thread none = {0};
	before = before ? before : &none;
	double slept = grown(t->slept, before->slept);
	double interrupted = grown(t->interrupted, before->interrupted);
	double waited_s = grown(t->waited_ns, before->waited_ns) / (double)NS_PER_S;
	p->ran_s += grown(t->ran_ns, before->ran_ns) / (double)NS_PER_S;
	if (interrupted > 0)
		p->lost_s += waited_s * interrupted / (slept + interrupted);
}

void host_watch_take(struct host_watch *w, const struct host_thread *threads, size_t count,
		     int64_t now_ns)
{
	struct host_point p = {.now_ns = now_ns};
	if (w->points_count > 0) {
		const struct host_point *last = &w->points[w->points_count - 1];
		p.ran_s = last->ran_s;
		p.lost_s = last->lost_s;
		for (size_t i = 0; i < count; i++)
			add_thread(&p, &threads[i], find_thread(w, threads[i].id));
	}
	struct host_thread *copy = memory_new(count, sizeof(*copy));
	memcpy(copy, threads, count * sizeof(*copy));
	free(w->threads);
	w->threads = copy;
	w->threads_count = count;
	if (w->points_count < POINTS_LIMIT)
		ARRAY_APPEND(w->points, w->points_count, p);
}

void host_watch_look(struct host_watch *w, pid_t pid, int64_t now_ns, bool at_once)
{
	if (pid <= 0 || (!at_once && now_ns < w->next_ns))
		return;
	w->next_ns = now_ns + LOOK_NS;
	w->pid = pid;
	double load;
	unsigned running;
	if (read_load(&load, &running) && load > w->load)
		w->load = load;
	struct host_thread *threads = NULL;
	size_t count = 0;
	read_threads(pid, &threads, &count);
	if (count > 0)
		host_watch_take(w, threads, count, now_ns);
	free(threads);
}

static struct host_share between(const struct host_point *a, const struct host_point *b)
{
	return (struct host_share){.ran_s = b->ran_s - a->ran_s, .lost_s = b->lost_s - a->lost_s};
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

// The 10 s in which it got least of what it wanted; a shorter run is one such stretch.
static void find_worst(const struct host_watch *w, struct host_use *out)
{
	size_t first = 0;
	out->worst = 1;
	for (size_t i = 1; i < w->points_count; i++) {
		const struct host_point *end = &w->points[i];
		while (first + 1 < i && end->now_ns - w->points[first + 1].now_ns >= WINDOW_NS)
			first++;
		bool filled = end->now_ns - w->points[first].now_ns >= WINDOW_NS;
		if (!filled && i + 1 < w->points_count)
			continue;
		struct host_share s = between(&w->points[first], end);
		if (!host_share_starves(&s, seconds(end->now_ns - w->points[first].now_ns)))
			continue;
		out->starved_once = true;
		out->worst = fmin(out->worst, host_share_got(&s));
	}
}

static const struct host_point *point_at(const struct host_watch *w, int64_t now_ns)
{
	size_t i = 0;
	while (i + 2 < w->points_count && w->points[i + 1].now_ns <= now_ns)
		i++;
	return &w->points[i];
}

void host_watch_use(const struct host_watch *w, int64_t last_byte_ns, double silence_s,
		    struct host_use *out)
{
	*out = (struct host_use){.cores = online_cores(), .load = w->load, .worst = 1};
	if (w->points_count < 2)
		return;
	const struct host_point *first = &w->points[0], *end = &w->points[w->points_count - 1];
	out->known = true;
	out->whole = between(first, end);
	const struct host_point *from = first;
	if (seconds(end->now_ns - last_byte_ns) >= 0.9 * silence_s)
		from = point_at(w, last_byte_ns + (end->now_ns - last_byte_ns) / 2);
	struct host_share s = between(from, end);
	out->starved = host_share_starves(&s, seconds(end->now_ns - from->now_ns));
	find_worst(w, out);
}

// ---- run.json -----------------------------------------------------------------------------------

static double rounded(double value)
{
	return round(value * 1000) / 1000;
}

const struct run_host *host_make(const struct host_use *u, struct arena *arena)
{
	if (!u || !u->known)
		return NULL;
	// Told of what is written, so that a judgement that reads it again writes the same.
	const struct host_share whole = {.ran_s = rounded(u->whole.ran_s),
					 .lost_s = rounded(u->whole.lost_s)};
	struct run_host *h = arena_new(arena, 1, sizeof(*h));
	*h = (struct run_host){
	    .cores = u->cores,
	    .load = u->load,
	    .cpu = whole.ran_s,
	    .lost = whole.lost_s,
	    .share = rounded(host_share_got(&whole)),
	    .worst_share = rounded(u->worst),
	    .starved = u->starved,
	    .starved_once = u->starved_once,
	    .own_clock = u->own_clock,
	    .by_time = u->by_time,
	};
	return h;
}

static double said(double value)
{
	return isfinite(value) ? value : 0;
}

void host_read(const struct run_host *h, struct host_use *out)
{
	*out = (struct host_use){.known = h != NULL};
	if (!h)
		return;
	out->cores = h->cores > 0 ? (unsigned)h->cores : 0;
	out->load = said(h->load);
	out->whole = (struct host_share){.ran_s = said(h->cpu), .lost_s = said(h->lost)};
	out->worst = said(h->worst_share);
	out->starved = h->starved;
	out->starved_once = h->starved_once;
	out->own_clock = h->own_clock;
	out->by_time = h->by_time;
}

// ---- a quieter host -----------------------------------------------------------------------------

// Percent of the last 10 s in which somebody waited for a CPU (Documentation/accounting/psi.rst);
// below 0: the kernel does not tell.
static double cpu_pressure(void)
{
	CLEANUP_BUFFER struct buffer text = {0};
	double avg10;
	return read_proc("/proc/pressure/cpu", &text) &&
		       sscanf(text.data, "some avg10=%lf", &avg10) == 1
		   ? avg10
		   : -1;
}

bool host_is_idle_enough(unsigned cpus)
{
	double load;
	unsigned running, cores = online_cores();
	if (!read_load(&load, &running))
		return true; // nothing to wait for that could be seen
	unsigned wanted = cpus < cores ? cpus : cores;
	double pressure = cpu_pressure();
	if (pressure >= 0)
		return pressure < 20 && (running ? running - 1 : 0) < cores;
	return load + wanted <= cores + 1;
}
