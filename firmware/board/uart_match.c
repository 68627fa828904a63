// SPDX-License-Identifier: GPL-2.0-or-later
// The names of ports: in device trees (Linux' bindings serial/*.yaml and virtio/mmio.yaml), on a kernel's
// command line (earlycon=), in ACPI's SPCR and DBG2 (Microsoft's Debug Port Table 2, subtypes).
#include <string.h>

#include "board/uart.h"

struct uart_name {
	char compatible[28];
	char earlycon[12]; // empty: as the row above, or none
	uint8_t type;
	uint8_t reg_shift, io_width; // unless the description says otherwise
	bool big_endian;
};

static const struct uart_name uart_names[] = {
    {"arm,pl011", "pl011", UART_PL011, 0, 4, false},
    {"arm,sbsa-uart", "", UART_PL011, 0, 4, false},
    {"ns16550a", "uart8250", UART_8250, 0, 1, false},
    {"ns16550", "uart", UART_8250, 0, 1, false},
    {"snps,dw-apb-uart", "", UART_8250, 0, 1, false},
    {"nvidia,tegra20-uart", "", UART_8250, 2, 4, false},
    {"mediatek,mt6577-uart", "mtk8250", UART_8250, 2, 4, false},
    {"ti,am654-uart", "omap8250", UART_8250, 2, 4, false},
    {"brcm,bcm2835-aux-uart", "bcm2835aux", UART_8250, 2, 4, false},
    {"xlnx,xuartps", "cdns", UART_CADENCE, 0, 4, false},
    {"cdns,uart-r1p8", "", UART_CADENCE, 0, 4, false},
    {"cdns,uart-r1p12", "", UART_CADENCE, 0, 4, false},
    {"xlnx,zynqmp-uart", "", UART_CADENCE, 0, 4, false},
    {"fsl,imx6q-uart", "ec_imx6q", UART_IMX, 0, 4, false},
    {"fsl,imx21-uart", "ec_imx21", UART_IMX, 0, 4, false},
    {"fsl,ls1021a-lpuart", "lpuart32", UART_LPUART, 0, 4, true},
    {"fsl,ls1028a-lpuart", "", UART_LPUART, 0, 4, false},
    {"fsl,imx7ulp-lpuart", "", UART_LPUART_IMX, 0, 4, false},
    {"fsl,imx8ulp-lpuart", "", UART_LPUART_IMX, 0, 4, false},
    {"fsl,imx8qxp-lpuart", "", UART_LPUART_IMX, 0, 4, false},
    {"qcom,geni-debug-uart", "qcom_geni", UART_GENI, 0, 4, false},
    {"nvidia,tegra264-utc", "tegra_utc", UART_TEGRA_UTC, 0, 4, false},
    {"samsung,exynos4210-uart", "exynos4210", UART_EXYNOS, 0, 4, false},
    {"samsung,exynos5433-uart", "", UART_EXYNOS, 0, 4, false},
    {"samsung,exynos850-uart", "", UART_EXYNOS, 0, 4, false},
    {"google,gs101-uart", "gs101", UART_EXYNOS, 0, 4, false},
    {"amlogic,meson-ao-uart", "meson", UART_MESON, 0, 4, false},
    {"amlogic,meson-gx-uart", "", UART_MESON, 0, 4, false},
    {"amlogic,meson-s4-uart", "", UART_MESON, 0, 4, false},
    {"marvell,armada-3700-uart", "ar3700_uart", UART_ARMADA3700, 0, 4, false},
    {"virtio,mmio", "", UART_VIRTIO, 0, 4, false},
};
#define UART_NAMES (sizeof(uart_names) / sizeof(uart_names[0]))

static bool is_word(const char *text, size_t size, const char *word)
{
	return strlen(word) == size && !memcmp(text, word, size);
}

static void fill(struct uart *uart, const struct uart_name *name)
{
	*uart = (struct uart){
	    .type = name->type,
	    .reg_shift = name->reg_shift,
	    .io_width = name->io_width,
	    .big_endian = name->big_endian,
	};
}

static bool match_name(const char *text, size_t size, struct uart *uart)
{
	for (size_t i = 0; i < UART_NAMES; i++) {
		if (is_word(text, size, uart_names[i].compatible)) {
			fill(uart, &uart_names[i]);
			return true;
		}
	}
	return false;
}

bool uart_match(const char *compatible, size_t size, struct uart *uart)
{
	for (size_t at = 0; at < size;) {
		size_t length = 0;
		while (at + length < size && compatible[at + length])
			length++;
		if (match_name(compatible + at, length, uart))
			return true;
		at += length + 1;
	}
	return false;
}

// Takes what stands ahead of the next comma.
static size_t take_part(const char **text, size_t *left, const char **part)
{
	size_t size = 0;
	*part = *text;
	while (size < *left && (*text)[size] != ',')
		size++;
	size_t gone = size + (size < *left);
	*text += gone;
	*left -= gone;
	return size;
}

// How the registers are reached; "io" is for other machines. False: it is no such word, or not to be had.
static bool apply_access(const char *text, size_t size, struct uart *uart)
{
	bool words = is_word(text, size, "mmio32") || is_word(text, size, "mmio32native");
	bool swapped = is_word(text, size, "mmio32be");
	if (words || swapped) {
		uart->io_width = 4;
		uart->reg_shift = uart->type == UART_8250 ? 2 : 0;
		uart->big_endian = swapped;
		return true;
	}
	return is_word(text, size, "mmio") && uart->type == UART_8250;
}

// Decimal, octal behind 0 or hexadecimal behind 0x, as kstrtoull() with base 0.
static bool read_address(const char *text, size_t size, uint64_t *value)
{
	unsigned int base = 10;
	*value = 0;
	if (size > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		text += 2;
		size -= 2;
	} else if (size > 1 && text[0] == '0') {
		base = 8;
	}
	for (size_t i = 0; i < size; i++) {
		char c = (char)(text[i] | 0x20);
		unsigned int digit = text[i] >= '0' && text[i] <= '9'
					 ? (unsigned int)(text[i] - '0')
				     : c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10
							    : 16;
		if (digit >= base || *value > (UINT64_MAX - digit) / base)
			return false;
		*value = *value * base + digit;
	}
	return size > 0;
}

bool uart_match_earlycon(const char *text, size_t size, struct uart *uart)
{
	const char *part;
	size_t length = take_part(&text, &size, &part);
	size_t i = 0;
	while (i < UART_NAMES &&
	       (!uart_names[i].earlycon[0] || !is_word(part, length, uart_names[i].earlycon)))
		i++;
	if (i == UART_NAMES)
		return false;
	fill(uart, &uart_names[i]);
	length = take_part(&text, &size, &part);
	if (length && (part[0] < '0' || part[0] > '9')) {
		if (!apply_access(part, length, uart))
			return false;
		length = take_part(&text, &size, &part);
	}
	return read_address(part, length, &uart->base) && uart->base && uart->base % 4 == 0;
}

bool uart_is_same(const struct uart *described, const struct uart *named)
{
	if (described->type == UART_LPUART_IMX && named->type == UART_LPUART)
		return named->base == described->base || named->base == described->base + 0x10;
	return described->type == named->type && described->base == named->base;
}

bool uart_match_spcr(uint8_t interface, uint8_t access_size, struct uart *uart)
{
	bool words = access_size == 3;
	*uart = (struct uart){.io_width = 4};
	switch (interface) {
	case 0x00: // 16550 and its subset
	case 0x01:
	case 0x12: // 16550 by generic address
		uart->type = UART_8250;
		uart->reg_shift = words ? 2 : 0;
		uart->io_width = words ? 4 : 1;
		break;
	case 0x05: // NVIDIA's 16550
	case 0x10: // BCM2835 auxiliary UART
		uart->type = UART_8250;
		uart->reg_shift = 2;
		break;
	case 0x03: // PL011
	case 0x0d: // SBSA generic UART, 32-bit accesses only
	case 0x0e:
		uart->type = UART_PL011;
		break;
	case 0x0a: // SAM5250
		uart->type = UART_EXYNOS;
		break;
	case 0x0c: // i.MX6
		uart->type = UART_IMX;
		break;
	case 0x11: // SDM845, by either of its clocks
	case 0x13:
		uart->type = UART_GENI;
		break;
	default:
		return false;
	}
	return true;
}
