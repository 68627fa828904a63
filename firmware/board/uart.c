// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/uart.h"

#include "board/mmio.h"
#include "report/clock.h"

// A port with a register that tells whether there is room and one that takes the byte.
struct uart_driver {
	uint16_t status;
	uint16_t data;
	uint32_t mask; // of the status register
	uint32_t room; // what is in the mask when there is
};

static const struct uart_driver drivers[UART_TYPES] = {
    [UART_PL011] = {0x18, 0x00, 1U << 5, 0},               // FR.TXFF
    [UART_8250] = {5, 0, 1U << 5, 1U << 5},                // LSR.THRE, times the spacing
    [UART_CADENCE] = {0x2c, 0x30, 1U << 4, 0},             // SR.TXFULL
    [UART_IMX] = {0xb4, 0x40, 1U << 4, 0},                 // UTS.TXFULL
    [UART_LPUART] = {0x04, 0x0c, 1U << 23, 1U << 23},      // STAT.TDRE
    [UART_LPUART_IMX] = {0x14, 0x1c, 1U << 23, 1U << 23},  // STAT.TDRE
    [UART_GENI] = {0x40, 0x700, 1U << 0, 0},               // SE_GENI_STATUS.M_GENI_CMD_ACTIVE
    [UART_TEGRA_UTC] = {0x100, 0x20, 1U << 1, 0},          // FIFO_STATUS.FULL
    [UART_EXYNOS] = {0x18, 0x20, 1U << 24, 0},             // UFSTAT.TXFULL
    [UART_MESON] = {0x0c, 0x00, 1U << 21, 0},              // STATUS.TX_FULL
    [UART_ARMADA3700] = {0x0c, 0x04, 1U << 11, 0},         // STAT.TX_FIFO_FUL
    [UART_VIRTIO] = {0x00, 0x108, UINT32_MAX, 0x74726976}, // the magic number; emerg_wr
};

#define GENI_TX_TRANS_LEN  0x270
#define GENI_M_CMD0        0x600
#define GENI_M_IRQ_CLEAR   0x618
#define GENI_START_TX      (1U << 27)
#define GENI_M_CMD_DONE_EN (1U << 0)

#define CADENCE_CONTROL    0x00
#define CADENCE_TX_ENABLE  (1U << 4)
#define CADENCE_TX_DISABLE (1U << 5)

#define UTC_ENABLE  0x000
#define UTC_COMMAND 0x00c
#define UTC_RESET   ((1U << 0) | (1U << 1)) // and flush

#define VIRTIO_MAGIC        0x000
#define VIRTIO_VERSION      0x004
#define VIRTIO_DEVICE       0x008
#define VIRTIO_FEATURES     0x010
#define VIRTIO_FEATURES_SEL 0x014
#define VIRTIO_MAGIC_VALUE  0x74726976
#define VIRTIO_CONSOLE      3
#define VIRTIO_EMERG_WRITE  (1U << 2)

static uint32_t word(const struct uart *uart, uint32_t value)
{
	return uart->big_endian ? __builtin_bswap32(value) : value;
}

static uint32_t register_read(const struct uart *uart, uint64_t offset)
{
	uint32_t value = mmio_read(uart->base + offset, uart->io_width);
	return uart->io_width == 4 ? word(uart, value) : value;
}

static void register_write(const struct uart *uart, uint64_t offset, uint32_t value)
{
	mmio_write(uart->base + offset, uart->io_width,
		   uart->io_width == 4 ? word(uart, value) : value);
}

static uint64_t status_offset(const struct uart *uart)
{
	uint64_t offset = drivers[uart->type].status;
	return uart->type == UART_8250 ? offset << uart->reg_shift : offset;
}

static bool has_room(const struct uart *uart)
{
	const struct uart_driver *driver = &drivers[uart->type];
	return (register_read(uart, status_offset(uart)) & driver->mask) == driver->room;
}

static bool wait_for_room(const struct uart *uart)
{
	uint64_t start = clock_now();
	while (!has_room(uart)) {
		if (clock_expired(start, UART_PATIENCE_MS))
			return false;
		clock_pause();
	}
	return true;
}

// A transfer of one byte: the engine takes it from its queue once the command runs.
static void geni_start_transfer(const struct uart *uart)
{
	register_write(uart, GENI_M_IRQ_CLEAR, GENI_M_CMD_DONE_EN);
	register_write(uart, GENI_TX_TRANS_LEN, 1);
	register_write(uart, GENI_M_CMD0, GENI_START_TX);
}

void uart_start(const struct uart *uart)
{
	uint32_t now;
	switch (uart->type) {
	case UART_CADENCE:
		// Off after a reset, and nobody else may have wanted to print.
		now = register_read(uart, CADENCE_CONTROL);
		if ((now & (CADENCE_TX_ENABLE | CADENCE_TX_DISABLE)) != CADENCE_TX_ENABLE)
			register_write(uart, CADENCE_CONTROL,
				       (now & ~CADENCE_TX_DISABLE) | CADENCE_TX_ENABLE);
		break;
	case UART_TEGRA_UTC:
		// Each client of the controller has a queue of its own, which a boot loader that is another
		// client has not enabled.
		if (register_read(uart, UTC_ENABLE) & 1)
			break;
		register_write(uart, UTC_COMMAND, UTC_RESET);
		register_write(uart, UTC_ENABLE, 1);
		break;
	default:
		break;
	}
}

void uart_put(struct uart *uart, char c)
{
	if (uart->type == UART_NONE)
		return;
	if (!uart->stalled && !has_room(uart))
		uart->stalled = !wait_for_room(uart);
	if (uart->stalled) {
		uart->dropped++;
		return;
	}
	if (uart->type == UART_GENI)
		geni_start_transfer(uart);
	register_write(uart, drivers[uart->type].data, (uint8_t)c);
}

void uart_retry(struct uart *uart)
{
	if (uart->stalled)
		uart->stalled = !has_room(uart);
}

uint64_t uart_status_address(const struct uart *uart)
{
	return uart->base + status_offset(uart);
}

bool uart_is_virtio_console(uint64_t base)
{
	struct uart uart = {.base = base, .io_width = 4};
	uint32_t version = register_read(&uart, VIRTIO_VERSION);
	if (register_read(&uart, VIRTIO_MAGIC) != VIRTIO_MAGIC_VALUE || version < 1 ||
	    version > 2 || register_read(&uart, VIRTIO_DEVICE) != VIRTIO_CONSOLE)
		return false;
	register_write(&uart, VIRTIO_FEATURES_SEL, 0);
	return register_read(&uart, VIRTIO_FEATURES) & VIRTIO_EMERG_WRITE;
}
