// SPDX-License-Identifier: GPL-2.0-or-later
// The init of a small guest: reads the kernel's dump of its page tables and says as tests (KTAP) whether
// the linear map's aliases of the kernel are as they should be when the boot is over. Then it switches
// the machine off.
//
// It needs debugfs and CONFIG_PTDUMP_DEBUGFS; without them its tests are skipped.
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#define DUMP       "/sys/kernel/debug/kernel_page_tables"
#define LINE_BYTES 512

struct range {
	uint64_t begin, end; // end not included
};

// The first range of /proc/iomem with that name; false: there is none.
static bool find_memory(const char *name, struct range *out)
{
	char line[LINE_BYTES];
	bool found = false;
	FILE *f = fopen("/proc/iomem", "r");
	while (f && !found && fgets(line, sizeof(line), f)) {
		char *at = NULL;
		out->begin = strtoull(line, &at, 16);
		if (*at != '-')
			continue;
		out->end = strtoull(at + 1, &at, 16) + 1;
		found = strncmp(at, " : ", 3) == 0 && strncmp(at + 3, name, strlen(name)) == 0 &&
			at[3 + strlen(name)] == '\n';
	}
	if (f)
		fclose(f);
	return found;
}

// ---- the dump -------------------------------------------------------------------------------------

// A line of it: "0xffff000000000000-0xffff000000200000  2M PMD  RW NX SHD AF NG  BLK UXN MEM/NORMAL".
struct mapping {
	struct range at;
	bool valid, writable, executable;
};

static bool has_word(const char *line, const char *word)
{
	size_t len = strlen(word);
	for (const char *s = line; (s = strstr(s, word)); s += len) {
		bool begins = s == line || s[-1] == ' ';
		bool ends = s[len] == ' ' || s[len] == '\n' || s[len] == '\0';
		if (begins && ends)
			return true;
	}
	return false;
}

static bool read_mapping(const char *line, struct mapping *out)
{
	char *at = NULL;
	out->at.begin = strtoull(line, &at, 16);
	if (at == line || *at != '-')
		return false;
	out->at.end = strtoull(at + 1, &at, 16);
	if (*at != ' ')
		return false;
	out->valid = !has_word(at, "F");
	out->writable = has_word(at, "RW");
	out->executable = has_word(at, "x");
	return out->writable || has_word(at, "ro");
}

// What is looked for.
struct look {
	struct range text, data; // aliases of the kernel in the linear map
	struct mapping text_writable, data_writable, both;
	bool text_seen;
};

static bool covers(const struct mapping *m, uint64_t address)
{
	return address >= m->at.begin && address < m->at.end;
}

static bool overlaps(const struct mapping *m, const struct range *r)
{
	return m->at.begin < r->end && r->begin < m->at.end;
}

static void take_mapping(struct look *l, const struct mapping *m, bool linear)
{
	if (m->valid && m->writable && m->executable)
		l->both = *m;
	if (!linear)
		return;
	l->text_seen |= covers(m, l->text.begin);
	if (m->valid && m->writable && overlaps(m, &l->text))
		l->text_writable = *m;
	// Its end may be used for something else by now: its first page never is.
	if (m->valid && m->writable && covers(m, l->data.begin))
		l->data_writable = *m;
}

// The linear map begins with the first memory.
static void place(struct look *l, uint64_t linear, uint64_t memory)
{
	uint64_t shift = linear - memory;
	l->text.begin += shift, l->text.end += shift;
	l->data.begin += shift, l->data.end += shift;
}

static bool read_dump(struct look *l, uint64_t memory)
{
	char line[LINE_BYTES];
	bool linear = false, placed = false;
	FILE *f = fopen(DUMP, "r");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		struct mapping m;
		if (strncmp(line, "---[ ", 5) == 0)
			linear = strncmp(line + 5, "Linear Mapping start", 20) == 0 ||
				 strncmp(line + 5, "Linear mapping start", 20) == 0;
		if (!read_mapping(line, &m))
			continue;
		if (linear && !placed)
			place(l, m.at.begin, memory);
		placed |= linear;
		take_mapping(l, &m, linear);
	}
	fclose(f);
	return placed;
}

// ---- what it says ---------------------------------------------------------------------------------

// Whether it failed.
static bool tell(int number, const char *name, const struct mapping *wrong, const char *skipped)
{
	if (skipped) {
		printf("    ok %d %s # SKIP %s\n", number, name, skipped);
		return false;
	}
	if (wrong->at.end)
		printf("    # 0x%016llx-0x%016llx is %s\n", (unsigned long long)wrong->at.begin,
		       (unsigned long long)wrong->at.end,
		       wrong->executable ? "writable and executable" : "writable");
	printf("    %s %d %s\n", wrong->at.end ? "not ok" : "ok", number, name);
	return wrong->at.end != 0;
}

// The alias of the data is taken away since Linux 7.3.
static bool takes_data_alias_away(void)
{
	struct utsname u;
	int major = 0, minor = 0;
	if (uname(&u) < 0 || sscanf(u.release, "%d.%d", &major, &minor) != 2)
		return false;
	return major > 7 || (major == 7 && minor >= 3);
}

// With rodata=off the kernel's own mapping of its text stays writable, as was asked for.
static bool keeps_text_writable(void)
{
	char line[4096] = "";
	FILE *f = fopen("/proc/cmdline", "r");
	if (f && !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		fclose(f);
	return has_word(line, "rodata=off");
}

static void run_tests(void)
{
	struct look l = {0};
	struct range memory;
	const char *skip = NULL;
	if (!find_memory("System RAM", &memory) || !find_memory("Kernel code", &l.text) ||
	    !find_memory("Kernel data", &l.data))
		skip = "/proc/iomem does not say where the kernel lies";
	else if (!read_dump(&l, memory.begin))
		skip = "no " DUMP;
	printf("KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: linear_map\n    1..3\n");
	bool wrong = false;
	wrong |= tell(1, "text_alias_read_only", &l.text_writable,
		      skip || l.text_seen ? skip : "the linear map has no alias of the text");
	wrong |=
	    tell(2, "data_alias_not_writable", &l.data_writable,
		 skip || takes_data_alias_away() ? skip : "kernels before 7.3 leave it writable");
	wrong |= tell(3, "no_writable_executable", &l.both,
		      skip || !keeps_text_writable() ? skip : "rodata=off keeps the text writable");
	printf("%s 1 linear_map\n", wrong ? "not ok" : "ok");
}

int main(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	int console = open("/dev/console", O_RDWR);
	for (int i = 0; console >= 0 && i < 3; i++)
		dup2(console, i);
	setvbuf(stdout, NULL, _IOLBF, 0);
	run_tests();
	fflush(stdout);
	tcdrain(1);
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
