// SPDX-License-Identifier: GPL-2.0-or-later
// The serial port reports go to. Output only, polled, its speed never reprogrammed: whoever loaded us
// has set that. The drivers are rows of a table in uart.c, their names rows of one in uart_match.c.
#ifndef FIRMWARE_BOARD_UART_H
#define FIRMWARE_BOARD_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum uart_type {
	UART_NONE,
	UART_PL011,      // Arm PrimeCell UART (DDI 0183)
	UART_8250,       // 16550 and relatives, registers spaced by 1 << reg_shift
	UART_CADENCE,    // Xilinx Zynq, ZynqMP and others
	UART_IMX,        // i.MX6, i.MX7, i.MX8M
	UART_LPUART,     // Layerscape's LPUART; big-endian on some
	UART_LPUART_IMX, // i.MX7ULP, i.MX8ULP, i.MX8QXP, i.MX9: the same 16 bytes further on
	UART_GENI,       // Qualcomm's serial engine, a command for each byte
	UART_TEGRA_UTC,  // NVIDIA Tegra264's UART trace controller
	UART_EXYNOS,     // Samsung
	UART_MESON,      // Amlogic
	UART_ARMADA3700, // Marvell
	UART_VIRTIO,     // a virtio console behind virtio-mmio that offers emergency writes
	UART_TYPES,
};

struct uart {
	uint64_t base; // physical, and identity mapped
	uint8_t type;  // enum uart_type
	uint8_t reg_shift;
	uint8_t io_width; // bytes of one access: 1 or 4
	bool big_endian;
	bool stalled;     // it did not come ready within the bound
	uint64_t dropped; // bytes that were not sent for that
};

// Which driver serves a `compatible` string (a list of NUL-ended strings of `size` bytes): fills in all
// but the base. False: none.
bool uart_match(const char *compatible, size_t size, struct uart *uart);

// What a kernel's earlycon= names: "pl011,0x9000000", "uart8250,mmio32,0xfe215040,115200". False: no
// driver, or no address.
bool uart_match_earlycon(const char *text, size_t size, struct uart *uart);

// Whether earlycon= names the very port that a description describes, which then knows more of it: the
// order of bytes, the spacing, and with LPUART which of two addresses is meant.
bool uart_is_same(const struct uart *described, const struct uart *named);

// The interface type of the Serial Port Console Redirection table (DBG2's subtypes), and the access size of
// its generic address (3: words; 0: not told).
bool uart_match_spcr(uint8_t interface, uint8_t access_size, struct uart *uart);

// Bytes of registers at `base` that must be mapped.
#define UART_WINDOW 0x1000

// How long one byte may wait for room. Longer than the slowest port takes to empty a full queue.
#define UART_PATIENCE_MS 1000

// Makes a port that answers ready to send, where nobody else can have done so.
void uart_start(const struct uart *uart);

// Sends one byte when there is room, waiting at most UART_PATIENCE_MS. A port that is not ready by
// then is marked stalled; later bytes are dropped at once, and counted, until uart_retry().
void uart_put(struct uart *uart, char c);

// Uses a stalled port again if it has room by now.
void uart_retry(struct uart *uart);

// Where the driver reads whether there is room: to find out if there is a port at all.
uint64_t uart_status_address(const struct uart *uart);

// Whether the registers at `base`, which can be read, are those of a virtio console that takes emergency
// writes (Virtual I/O Device 1.2, 4.2.2 and 5.3.4).
bool uart_is_virtio_console(uint64_t base);

#endif
