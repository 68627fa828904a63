// SPDX-License-Identifier: GPL-2.0-or-later
// The serial port driver on a pseudo-terminal. libserialport takes one for a serial port only if it
// has an entry in /sys/class/tty and modem control lines, so these two are made up below, by the
// calls that libserialport makes; everything else is the kernel's. The whole of it, with a real
// adapter, is tests/long/board_serial.sh.
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <asm/termbits.h>
#include <unistd.h>

#include "board/console/serial_port.h"

// libserialport 0.1.1 asks by __lxstat, 0.1.2 by lstat.
int __lxstat(int version, const char *path, struct stat *out);

int lstat(const char *restrict path, struct stat *restrict out)
{
	if (strncmp(path, "/sys/class/tty/pts/", 19) != 0)
		return fstatat(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
	*out = (struct stat){.st_mode = S_IFLNK};
	return 0;
}

int __lxstat(int version, const char *path, struct stat *out)
{
	(void)version;
	return lstat(path, out);
}

ssize_t readlink(const char *restrict path, char *restrict out, size_t size)
{
	static const char target[] = "../../devices/virtual/tty/pts";
	if (strncmp(path, "/sys/class/tty/pts/", 19) != 0)
		return readlinkat(AT_FDCWD, path, out, size);
	memcpy(out, target, sizeof(target) - 1);
	return sizeof(target) - 1;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	va_start(ap, request);
	void *arg = va_arg(ap, void *);
	va_end(ap);
	switch (request) {
	case TIOCMGET:
		*(int *)arg = 0;
		return 0;
	case TIOCMSET:
	case TIOCMBIS:
	case TIOCMBIC:
		return 0;
	default:
		return (int)syscall(SYS_ioctl, fd, request, arg);
	}
}

struct pair {
	int master;
	char name[64];
};

static void pair_open(struct pair *p)
{
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(p->master >= 0);
	assert_int_equal(grantpt(p->master), 0);
	assert_int_equal(unlockpt(p->master), 0);
	assert_int_equal(ptsname_r(p->master, p->name, sizeof(p->name)), 0);
}

static struct serial_port port_at(const struct pair *p, int64_t baud)
{
	return (struct serial_port){.device = p->name, .line = {.baud = baud, .stop_bits = 1}};
}

static int open_or_fail(const struct serial_port *s)
{
	int fd = -1;
	CLEANUP_ERROR struct error *e = serial_port_open(s, &fd);
	if (e)
		fail_msg("%s", error_text(e));
	return fd;
}

static void the_line_is_raw_and_has_the_speed_asked_for(void **state)
{
	(void)state;
	static const int64_t bauds[] = {9600, 115200, 1500000, 1843200, 3000000};
	for (size_t i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++) {
		struct pair p;
		pair_open(&p);
		const struct serial_port s = port_at(&p, bauds[i]);
		int fd = open_or_fail(&s);
		struct termios2 t;
		assert_int_equal(ioctl(fd, TCGETS2, &t), 0);
		assert_int_equal(t.c_ospeed, bauds[i]);
		assert_int_equal(t.c_cflag & CSIZE, CS8);
		assert_int_equal(t.c_cflag & (PARENB | CSTOPB | CRTSCTS | HUPCL), 0);
		assert_int_equal(t.c_lflag & (ICANON | ECHO | ISIG), 0);
		assert_int_equal(t.c_oflag & OPOST, 0);
		close(fd);
		close(p.master);
	}
}

// Parity is missing: the kernel allows none on a pseudo-terminal.
static void every_setting_of_the_file_reaches_the_line(void **state)
{
	(void)state;
	struct pair p;
	pair_open(&p);
	struct serial_port s = port_at(&p, 1843200);
	s.line.stop_bits = 2;
	s.line.flow = SERIAL_FLOW_RTSCTS;
	int fd = open_or_fail(&s);
	struct termios2 t;
	assert_int_equal(ioctl(fd, TCGETS2, &t), 0);
	assert_int_equal(t.c_ospeed, 1843200);
	assert_int_equal(t.c_cflag & (CSTOPB | CRTSCTS), CSTOPB | CRTSCTS);
	close(fd);
	s.line.flow = SERIAL_FLOW_XONXOFF;
	fd = open_or_fail(&s);
	assert_int_equal(ioctl(fd, TCGETS2, &t), 0);
	assert_int_equal(t.c_cflag & CRTSCTS, 0);
	assert_int_equal(t.c_iflag & (IXON | IXOFF), IXON | IXOFF);
	close(fd);
	close(p.master);
}

static void a_port_in_use_is_refused_until_it_is_free(void **state)
{
	(void)state;
	struct pair p;
	pair_open(&p);
	const struct serial_port s = port_at(&p, 115200);
	int fd = open_or_fail(&s);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ioctl(fd, TIOCNXCL); // what the lock alone does: TIOCEXCL does not stop root
	int second = -1;
	CLEANUP_ERROR struct error *e = serial_port_open(&s, &second);
	assert_non_null(e);
	assert_non_null(strstr(error_text(e), "in use by another program"));
	assert_int_equal(second, -1);
	close(fd);
	close(open_or_fail(&s));
	close(p.master);
}

static void bytes_pass_unchanged_and_a_pulled_cable_shows(void **state)
{
	(void)state;
	struct pair p;
	pair_open(&p);
	const struct serial_port s = port_at(&p, 115200);
	int fd = open_or_fail(&s);
	char all[256], got[256];
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	assert_int_equal(write(p.master, all, 256), 256);
	for (size_t n = 0; n < 256;) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		assert_int_equal(poll(&pfd, 1, 5000), 1);
		ssize_t more = read(fd, got + n, sizeof(got) - n);
		assert_true(more > 0);
		n += (size_t)more;
	}
	assert_memory_equal(all, got, 256);
	close(p.master);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	assert_int_equal(poll(&pfd, 1, 5000), 1);
	assert_true(pfd.revents & POLLHUP);
	close(fd);
}

// Or a line that is read after a rest would be closed and opened anew whenever it was silent.
static void a_silent_line_is_told_from_one_that_hung_up(void **state)
{
	(void)state;
	struct pair p;
	pair_open(&p);
	const struct serial_port s = port_at(&p, 115200);
	int fd = open_or_fail(&s);
	char byte;
	errno = 0;
	assert_int_equal(read(fd, &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	close(p.master);
	assert_int_equal(read(fd, &byte, 1), 0);
	close(fd);
}

static void no_tty_fills_while_a_port_is_left_unread(void **state)
{
	(void)state;
	for (int64_t baud = 50; baud <= 4000000; baud += 997) {
		const struct serial_port s = {.line = {.baud = baud, .stop_bits = 1}};
		int64_t bits = serial_port_unread_ns(&s) * baud / 1000000000;
		assert_true(bits > 8 * 2048 && bits <= 10 * 3072);
	}
}

static void a_port_that_is_none_or_another_is_named(void **state)
{
	(void)state;
	struct pair p;
	pair_open(&p);
	int fd = -1;
	struct serial_port s = port_at(&p, 115200);
	s.usb_serial = "A50285BI"; // a pseudo-terminal has no number
	struct error *e = serial_port_open(&s, &fd);
	assert_non_null(e);
	assert_int_equal(error_kind(e), ERROR_IDENTITY);
	assert_non_null(strstr(error_text(e), "swapped cable?"));
	error_free(e);
	s = (struct serial_port){.device = "/dev/null", .line = {.baud = 9600, .stop_bits = 1}};
	e = serial_port_open(&s, &fd);
	assert_non_null(e);
	assert_int_equal(error_kind(e), ERROR_LAB);
	error_free(e);
	s.device = "/dev/serial/by-id/no-such-adapter";
	e = serial_port_open(&s, &fd);
	assert_non_null(e);
	assert_non_null(strstr(error_text(e), "no-such-adapter: No such file"));
	error_free(e);
	assert_int_equal(fd, -1);
	close(p.master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_line_is_raw_and_has_the_speed_asked_for),
	    cmocka_unit_test(every_setting_of_the_file_reaches_the_line),
	    cmocka_unit_test(a_port_in_use_is_refused_until_it_is_free),
	    cmocka_unit_test(bytes_pass_unchanged_and_a_pulled_cable_shows),
	    cmocka_unit_test(a_silent_line_is_told_from_one_that_hung_up),
	    cmocka_unit_test(no_tty_fills_while_a_port_is_left_unread),
	    cmocka_unit_test(a_port_that_is_none_or_another_is_named),
	};
	return cmocka_run_group_tests_name("board/console/serial_port", tests, NULL, NULL);
}
