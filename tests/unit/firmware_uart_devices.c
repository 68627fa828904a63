// SPDX-License-Identifier: GPL-2.0-or-later
// The serial ports' drivers on QEMU's models of the devices, register by register, for boards whose
// CPUs cannot run the firmware: what the driver is told to send comes out of the board's port.
#include "unit/unit.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "board/mmio.h"
#include "board/uart.h"
#include "report/clock.h"

#define PATIENCE_MS 60000 // a host may be busy

static FILE *board; // QEMU's test protocol, a line for each access

static uint64_t ask(const char *format, ...) __attribute__((format(printf, 1, 2)));
static uint64_t ask(const char *format, ...)
{
	char line[256];
	va_list arguments;
	va_start(arguments, format);
	vfprintf(board, format, arguments);
	va_end(arguments);
	fputc('\n', board);
	fflush(board);
	if (!fgets(line, sizeof(line), board) || strncmp(line, "OK", 2) != 0)
		fail_msg("QEMU does not answer");
	return line[2] == ' ' ? strtoull(line + 3, NULL, 0) : 0;
}

uint32_t mmio_read(uint64_t address, unsigned int width)
{
	return (uint32_t)ask("read%c 0x%lx", width == 4 ? 'l' : 'b', address);
}

void mmio_write(uint64_t address, unsigned int width, uint32_t value)
{
	ask("write%c 0x%lx 0x%x", width == 4 ? 'l' : 'b', address, value);
}

uint64_t clock_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool clock_expired(uint64_t start, uint64_t milliseconds)
{
	return clock_now() - start >= milliseconds;
}

// The board's own time stands still until it is told to go on.
void clock_pause(void)
{
	ask("clock_step 1000000");
}

struct device {
	const char *program, *machine, *compatible;
	uint64_t base;
	// What a boot loader does, before us: address and value, up to a zero.
	uint32_t loader[3][2];
};

static const struct device devices[] = {
    {"qemu-system-aarch64", "virt", "arm,pl011", 0x9000000, {{0}}},
    {"qemu-system-arm",
     "sabrelite",
     "fsl,imx6q-uart",
     0x2020000,
     {{0x2020080, 1}, {0x2020084, 0x4006}}}, // UCR1.UARTEN; UCR2: RX, TX, no flow control
    {"qemu-system-arm",
     "mcimx7d-sabre",
     "fsl,imx6q-uart",
     0x30860000,
     {{0x30860080, 1}, {0x30860084, 0x4006}}},
    {"qemu-system-arm", "xilinx-zynq-a9", "xlnx,xuartps", 0xe0000000, {{0}}},
    {"qemu-system-aarch64", "xlnx-zcu102", "xlnx,zynqmp-uart", 0xff000000, {{0}}},
    {"qemu-system-arm",
     "smdkc210",
     "samsung,exynos4210-uart",
     0x13800000,
     {{0x13800004, 5}, {0x13800008, 1}}}, // UCON: polled; UFCON: queues on
    {"qemu-system-arm", "raspi2b", "brcm,bcm2835-aux-uart", 0x3f215040, {{0}}},
};

static pid_t qemu;

// Starts the board with the second of its ports that is asked for going to `out`. False: this QEMU has none.
static bool start(const struct device *device, const char *directory, const char *out)
{
	char socket_path[96], protocol[112], serial[112];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(socket_path, sizeof(socket_path), "%s/qtest", directory);
	snprintf(protocol, sizeof(protocol), "unix:%s", socket_path);
	snprintf(serial, sizeof(serial), "file:%s", out);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	unlink(socket_path);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_return_code(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_return_code(listen(listener, 1), 0);
	qemu = fork();
	if (qemu == 0) {
		// The first port of a Raspberry Pi is another one.
		bool second = strcmp(device->machine, "raspi2b") == 0;
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(126);
		execlp(device->program, device->program, "-machine", device->machine, "-S",
		       "-qtest", protocol, "-nodefaults", "-display", "none", "-serial",
		       second ? "null" : serial, "-serial", second ? serial : "null", NULL);
		_exit(127);
	}
	struct pollfd connection = {.fd = listener, .events = POLLIN};
	bool connected = false;
	for (unsigned ms = 0; ms < PATIENCE_MS && !connected; ms += 100) {
		connected = poll(&connection, 1, 100) == 1;
		if (!connected && waitpid(qemu, NULL, WNOHANG) == qemu) {
			close(listener);
			return false;
		}
	}
	assert_true(connected);
	int peer = accept(listener, NULL, NULL);
	assert_return_code(peer, 0);
	close(listener);
	board = fdopen(peer, "r+");
	assert_non_null(board);
	return true;
}

static void stop(void)
{
	fclose(board);
	kill(qemu, SIGTERM);
	waitpid(qemu, NULL, 0);
}

// What has come out of the port, once it is as long as `expected`.
static void assert_came_out(const char *path, const char *expected)
{
	char found[256] = "";
	size_t size = 0;
	for (unsigned ms = 0; ms < PATIENCE_MS && size < strlen(expected); ms += 10) {
		FILE *file = fopen(path, "r");
		size = file ? fread(found, 1, sizeof(found) - 1, file) : 0;
		if (file)
			fclose(file);
		if (size < strlen(expected))
			usleep(10000);
	}
	found[size] = '\0';
	assert_string_equal(found, expected);
}

static void what_is_sent_comes_out_of_the_device(void **state)
{
	static const char line[] =
	    "#mm hello: a line longer than any of their queues, which must not "
	    "lose a byte of it. 0123456789 abcdefghijklmnopqrstuvwxyz\r\n";
	char directory[] = "/tmp/firmware_uart_XXXXXX";
	unsigned tried = 0;
	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		const struct device *device = &devices[i];
		char out[64];
		struct uart uart;
		snprintf(out, sizeof(out), "%s/out", directory);
		unlink(out);
		if (!start(device, directory, out)) {
			print_message("# %s has no %s\n", device->program, device->machine);
			continue;
		}
		for (size_t k = 0; device->loader[k][0]; k++)
			mmio_write(device->loader[k][0], 4, device->loader[k][1]);
		assert_true(uart_match(device->compatible, strlen(device->compatible), &uart));
		uart.base = device->base;
		uart_start(&uart);
		for (const char *p = line; *p; p++)
			uart_put(&uart, *p);
		assert_int_equal(uart.dropped, 0);
		assert_came_out(out, line);
		stop();
		tried++;
		print_message("# %s: %s\n", device->machine, device->compatible);
	}
	char rest[64];
	snprintf(rest, sizeof(rest), "%s/out", directory);
	unlink(rest);
	snprintf(rest, sizeof(rest), "%s/qtest", directory);
	unlink(rest);
	rmdir(directory);
	if (!tried)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_sent_comes_out_of_the_device),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("firmware/board/uart/devices", tests, NULL, NULL);
}
