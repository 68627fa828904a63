// SPDX-License-Identifier: GPL-2.0-or-later
// The serial ports' drivers on models of their registers, with a clock of the test's own; and their
// names in device trees, on command lines and in ACPI.
#include "unit/unit.h"

#include "board/mmio.h"
#include "board/uart.h"
#include "report/clock.h"

#define BASE UINT64_C(0x12340000)

// A port as its manual has it: a status register, one for the byte, and what must come before that.
struct model {
	uint8_t type;
	uint32_t status, data; // offsets
	uint32_t full, empty;  // what the status register reads
	uint8_t width;
	uint8_t shift;
	bool big_endian;
};

static const struct model models[] = {
    {UART_PL011, 0x18, 0x00, 1U << 5, 1U << 4, 4, 0, false},
    {UART_8250, 5, 0, 0, 0x60, 1, 0, false},
    {UART_8250, 0x14, 0, 0x40, 0x20, 4, 2, false},
    {UART_8250, 0x14, 0, 0, 0x60, 4, 2, true},
    {UART_CADENCE, 0x2c, 0x30, 0x10, 0x08, 4, 0, false},
    {UART_IMX, 0xb4, 0x40, 0x10, 0x60, 4, 0, false},
    {UART_LPUART, 0x04, 0x0c, 0, 0x00c00000, 4, 0, false},
    {UART_LPUART, 0x04, 0x0c, 0, 0x00c00000, 4, 0, true},
    {UART_LPUART_IMX, 0x14, 0x1c, 0, 0x00c00000, 4, 0, false},
    {UART_GENI, 0x40, 0x700, 1, 0, 4, 0, false},
    {UART_TEGRA_UTC, 0x100, 0x20, 2, 1, 4, 0, false},
    {UART_EXYNOS, 0x18, 0x20, 1U << 24, 0, 4, 0, false},
    {UART_MESON, 0x0c, 0x00, 1U << 21, 1U << 22, 4, 0, false},
    {UART_ARMADA3700, 0x0c, 0x04, 1U << 11, 1U << 5, 4, 0, false},
};
#define MODELS (sizeof(models) / sizeof(models[0]))

static const struct model *model;
static bool ready;
static uint64_t now, ready_at; // milliseconds
static char sent[64];
static size_t sent_count;
static uint32_t registers[0x200]; // by word: what was written elsewhere
static uint32_t geni_command, geni_length;

static uint32_t swapped(uint32_t value)
{
	return model->big_endian ? __builtin_bswap32(value) : value;
}

uint32_t mmio_read(uint64_t address, unsigned int width)
{
	uint32_t offset = (uint32_t)(address - BASE);
	assert_int_equal(width, model->width);
	if (offset == model->status)
		return swapped(ready ? model->empty : model->full);
	assert_in_range(offset, 0, sizeof(registers) - 4);
	return swapped(registers[offset / 4]);
}

// The engine sends what it was told the length of, and nothing while a command runs.
static void geni_write(uint32_t offset, uint32_t value)
{
	if (offset == 0x270)
		geni_length = value;
	if (offset == 0x600)
		geni_command = value;
	if (offset != 0x700)
		return;
	assert_int_equal(geni_command, 1U << 27);
	assert_int_equal(geni_length, 1);
	geni_command = geni_length = 0;
}

void mmio_write(uint64_t address, unsigned int width, uint32_t value)
{
	uint32_t offset = (uint32_t)(address - BASE);
	assert_int_equal(width, model->width);
	value = swapped(value);
	if (model->type == UART_GENI)
		geni_write(offset, value);
	if (offset == model->data) {
		assert_true(ready);
		assert_in_range(value, 0, 0xff);
		sent[sent_count++] = (char)value;
	} else if (offset < sizeof(registers)) {
		registers[offset / 4] = value;
	}
}

uint64_t clock_now(void)
{
	return now;
}

bool clock_expired(uint64_t start, uint64_t milliseconds)
{
	return now - start >= milliseconds;
}

void clock_pause(void)
{
	if (++now >= ready_at)
		ready = true;
}

static struct uart uart_of(const struct model *kind, bool is_ready)
{
	model = kind;
	ready = is_ready;
	now = 0;
	ready_at = UINT64_MAX;
	sent_count = 0;
	memset(registers, 0, sizeof(registers));
	memset(sent, 0, sizeof(sent));
	return (struct uart){
	    .base = BASE,
	    .type = kind->type,
	    .reg_shift = kind->shift,
	    .io_width = kind->width,
	    .big_endian = kind->big_endian,
	};
}

static void sends_when_there_is_room(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MODELS; i++) {
		struct uart uart = uart_of(&models[i], true);
		assert_int_equal(uart_status_address(&uart), BASE + models[i].status);
		uart_put(&uart, 'x');
		uart_put(&uart, '\xff');
		assert_memory_equal(sent, "x\xff", 3);
		assert_int_equal(now, 0);
	}
}

static void waits_for_room(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MODELS; i++) {
		struct uart uart = uart_of(&models[i], false);
		ready_at = UART_PATIENCE_MS - 1;
		uart_put(&uart, 'y');
		assert_string_equal(sent, "y");
		assert_int_equal(uart.dropped, 0);
		assert_false(uart.stalled);
	}
}

static void a_stalled_port_costs_one_wait(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MODELS; i++) {
		struct uart uart = uart_of(&models[i], false);
		for (unsigned n = 0; n < 100; n++) {
			uart_retry(&uart);
			uart_put(&uart, 'z');
		}
		assert_true(uart.stalled);
		assert_int_equal(uart.dropped, 100);
		assert_int_equal(now, UART_PATIENCE_MS);
		assert_int_equal(sent_count, 0);
	}
}

static void a_stalled_port_is_used_again_once_it_moves(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MODELS; i++) {
		struct uart uart = uart_of(&models[i], false);
		uart_put(&uart, 'a');
		ready = true;
		uart_put(&uart, 'b'); // the same line: half of it is worth nothing
		assert_int_equal(uart.dropped, 2);
		uart_retry(&uart);
		uart_put(&uart, 'c');
		assert_string_equal(sent, "c");
		assert_int_equal(uart.dropped, 2);
	}
}

static const struct model *model_of(enum uart_type type)
{
	for (unsigned i = 0; i < MODELS; i++)
		if (models[i].type == type)
			return &models[i];
	fail_msg("no model of port %d", type);
	return NULL;
}

static void a_sender_that_is_off_is_switched_on(void **state)
{
	(void)state;
	struct uart uart = uart_of(model_of(UART_CADENCE), true);
	registers[0] = 0x20 | 0x100; // CR: TX_DIS, and something else
	uart_start(&uart);
	assert_int_equal(registers[0], 0x10 | 0x100);
	uart = uart_of(model_of(UART_TEGRA_UTC), true);
	uart_start(&uart);
	assert_int_equal(registers[0], 1);        // ENABLE
	assert_int_equal(registers[0x0c / 4], 3); // COMMAND: reset and flush
}

static void a_port_that_is_set_up_is_left_as_it_is(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MODELS; i++) {
		struct uart uart = uart_of(&models[i], true);
		uint32_t before = models[i].type == UART_CADENCE ? 0x14 : 1;
		if (models[i].width == 1)
			continue;
		registers[0] = before;
		uart_start(&uart);
		assert_int_equal(registers[0], before);
		for (size_t at = 1; at < sizeof(registers) / 4; at++)
			assert_int_equal(registers[at], 0);
	}
}

static void each_port_has_a_driver(void **state)
{
	(void)state;
	for (unsigned type = UART_PL011; type < UART_TYPES; type++)
		if (type != UART_VIRTIO)
			model_of((enum uart_type)type);
}

static const struct model virtio = {UART_VIRTIO, 0x00, 0x108, 0, 0x74726976, 4, 0, false};

static void a_virtio_console_is_one_that_takes_emergency_writes(void **state)
{
	(void)state;
	struct uart uart = uart_of(&virtio, true);
	registers[0x04 / 4] = 1;
	registers[0x08 / 4] = 3;
	registers[0x10 / 4] = 0x6;
	registers[0x14 / 4] = 1;
	assert_true(uart_is_virtio_console(BASE));
	assert_int_equal(registers[0x14 / 4], 0); // the low half was asked for
	uart_put(&uart, 'v');
	assert_string_equal(sent, "v");
	registers[0x04 / 4] = 2;
	assert_true(uart_is_virtio_console(BASE));
	registers[0x04 / 4] = 3;
	assert_false(uart_is_virtio_console(BASE));
	registers[0x04 / 4] = 2;
	registers[0x10 / 4] = 0x2;
	assert_false(uart_is_virtio_console(BASE));
	registers[0x10 / 4] = 0x6;
	registers[0x08 / 4] = 2; // a block device
	assert_false(uart_is_virtio_console(BASE));
	registers[0x08 / 4] = 3;
	ready = false; // another magic number
	assert_false(uart_is_virtio_console(BASE));
}

static void the_most_specific_known_name_counts(void **state)
{
	(void)state;
	struct uart uart;
	static const char zynqmp[] = "acme,new\0xlnx,zynqmp-uart\0cdns,uart-r1p12";
	assert_true(uart_match(zynqmp, sizeof(zynqmp), &uart));
	assert_int_equal(uart.type, UART_CADENCE);
	static const char imx93[] = "fsl,imx93-lpuart\0fsl,imx8ulp-lpuart\0fsl,imx7ulp-lpuart";
	assert_true(uart_match(imx93, sizeof(imx93), &uart));
	assert_int_equal(uart.type, UART_LPUART_IMX);
	static const char layerscape[] = "fsl,ls1021a-lpuart";
	assert_true(uart_match(layerscape, sizeof(layerscape), &uart));
	assert_int_equal(uart.type, UART_LPUART);
	assert_true(uart.big_endian);
	static const char pi[] = "brcm,bcm2835-aux-uart";
	assert_true(uart_match(pi, sizeof(pi), &uart));
	assert_int_equal(uart.reg_shift, 2);
	assert_int_equal(uart.io_width, 4);
	assert_false(uart_match("arm,pl01", 9, &uart));
	assert_false(uart_match("arm,pl0111", 11, &uart));
	assert_true(uart_match("arm,pl011", 9, &uart)); // not ended
	assert_false(uart_match("", 1, &uart));
	assert_false(uart_match("", 0, &uart));
}

static bool earlycon(const char *text, struct uart *uart)
{
	return uart_match_earlycon(text, strlen(text), uart);
}

static void earlycon_is_read_as_a_kernel_does(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t base;
		uint8_t type, shift, width;
		bool big_endian;
	} good[] = {
	    {"pl011,0x9000000", 0x9000000, UART_PL011, 0, 4, false},
	    {"pl011,mmio32,0x9000000", 0x9000000, UART_PL011, 0, 4, false},
	    {"uart8250,mmio,0x1000,115200n8", 0x1000, UART_8250, 0, 1, false},
	    {"uart8250,mmio32,0xFE215040", 0xfe215040, UART_8250, 2, 4, false},
	    {"uart,mmio32be,0x21c0500", 0x21c0500, UART_8250, 2, 4, true},
	    {"uart8250,4096", 4096, UART_8250, 0, 1, false},
	    {"cdns,0xff000000,115200n8", 0xff000000, UART_CADENCE, 0, 4, false},
	    {"ec_imx6q,0x30860000,115200", 0x30860000, UART_IMX, 0, 4, false},
	    {"lpuart32,0x2260000", 0x2260000, UART_LPUART, 0, 4, true},
	    {"lpuart32,mmio32,0x5a060010", 0x5a060010, UART_LPUART, 0, 4, false},
	    {"qcom_geni,0xa84000", 0xa84000, UART_GENI, 0, 4, false},
	    {"tegra_utc,0xc5a0000", 0xc5a0000, UART_TEGRA_UTC, 0, 4, false},
	    {"exynos4210,0x13800000", 0x13800000, UART_EXYNOS, 0, 4, false},
	    {"meson,0xff803000", 0xff803000, UART_MESON, 0, 4, false},
	    {"ar3700_uart,0xd0012000", 0xd0012000, UART_ARMADA3700, 0, 4, false},
	};
	static const char *const bad[] = {
	    "",
	    "pl011",
	    "pl011,",
	    "pl011,0x",
	    "pl011,0x900000g",
	    "pl011,0",
	    "pl011,0x9000001",
	    "sbi",
	    "smh",
	    "uart8250,io,0x3f8",
	    ",0x9000000",
	    "pl011,mmio32",
	    "uart8250,mmio16,0x1000",
	    "pl011,0x10000000000000000",
	};
	struct uart uart;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!earlycon(good[i].text, &uart))
			fail_msg("not understood: %s", good[i].text);
		assert_int_equal(uart.base, good[i].base);
		assert_int_equal(uart.type, good[i].type);
		assert_int_equal(uart.reg_shift, good[i].shift);
		assert_int_equal(uart.io_width, good[i].width);
		assert_int_equal(uart.big_endian, good[i].big_endian);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (earlycon(bad[i], &uart))
			fail_msg("understood: %s", bad[i]);
}

// Kernels do not agree on whether an i.MX LPUART is named by its first register or its 16th byte.
static void the_description_of_the_port_that_earlycon_names_counts(void **state)
{
	(void)state;
	struct uart described, named;
	assert_true(uart_match("fsl,imx8qxp-lpuart", 18, &described));
	described.base = 0x5a060000;
	assert_true(earlycon("lpuart32,0x5a060000", &named));
	assert_true(uart_is_same(&described, &named));
	assert_true(earlycon("lpuart32,0x5a060010", &named));
	assert_true(uart_is_same(&described, &named));
	assert_true(earlycon("lpuart32,0x5a070010", &named));
	assert_false(uart_is_same(&described, &named));
	assert_true(uart_match("ns16550a", 8, &described));
	described.base = 0x1000;
	assert_true(earlycon("uart8250,mmio,0x1000", &named));
	assert_true(uart_is_same(&described, &named));
	assert_true(earlycon("uart8250,mmio,0x1100", &named));
	assert_false(uart_is_same(&described, &named));
	assert_true(earlycon("pl011,0x1000", &named));
	assert_false(uart_is_same(&described, &named));
}

static void acpi_names_ports_by_number(void **state)
{
	(void)state;
	static const uint8_t expected[][2] = {
	    {0x00, UART_8250},   {0x01, UART_8250}, {0x03, UART_PL011}, {0x05, UART_8250},
	    {0x0a, UART_EXYNOS}, {0x0c, UART_IMX},  {0x0d, UART_PL011}, {0x0e, UART_PL011},
	    {0x10, UART_8250},   {0x11, UART_GENI}, {0x12, UART_8250},  {0x13, UART_GENI},
	};
	struct uart uart;
	unsigned known = 0;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_true(uart_match_spcr(expected[i][0], 3, &uart));
		assert_int_equal(uart.type, expected[i][1]);
		assert_int_equal(uart.io_width, 4);
	}
	for (unsigned i = 0; i < 256; i++)
		known += uart_match_spcr((uint8_t)i, 1, &uart);
	assert_int_equal(known, sizeof(expected) / sizeof(expected[0]));
	assert_true(uart_match_spcr(0x12, 1, &uart));
	assert_int_equal(uart.io_width, 1);
	assert_int_equal(uart.reg_shift, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sends_when_there_is_room),
	    cmocka_unit_test(waits_for_room),
	    cmocka_unit_test(a_stalled_port_costs_one_wait),
	    cmocka_unit_test(a_stalled_port_is_used_again_once_it_moves),
	    cmocka_unit_test(a_sender_that_is_off_is_switched_on),
	    cmocka_unit_test(a_port_that_is_set_up_is_left_as_it_is),
	    cmocka_unit_test(each_port_has_a_driver),
	    cmocka_unit_test(a_virtio_console_is_one_that_takes_emergency_writes),
	    cmocka_unit_test(the_most_specific_known_name_counts),
	    cmocka_unit_test(earlycon_is_read_as_a_kernel_does),
	    cmocka_unit_test(the_description_of_the_port_that_earlycon_names_counts),
	    cmocka_unit_test(acpi_names_ports_by_number),
	};
	return cmocka_run_group_tests_name("firmware/board/uart", tests, NULL, NULL);
}
