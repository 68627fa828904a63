// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <lzma.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/unpack.h"
#include "unit/folder.h"

enum { PLAIN, GZIP, XZ, ZSTD, FORMATS };

static char plain[300000];

static struct buffer pack(int format)
{
	struct buffer out = {0};
	size_t cap = sizeof(plain) + 4096;
	CLEANUP_FREE unsigned char *packed = memory_new(1, cap);
	size_t len = 0;
	if (format == PLAIN) {
		buffer_append(&out, plain, sizeof(plain));
		return out;
	}
	if (format == GZIP) {
		z_stream z = {0};
		assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
		z.next_in = (unsigned char *)plain;
		z.avail_in = sizeof(plain);
		z.next_out = packed;
		z.avail_out = (uInt)cap;
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		len = cap - z.avail_out;
		deflateEnd(&z);
	} else if (format == XZ) {
		assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL,
							 (const uint8_t *)plain, sizeof(plain),
							 packed, &len, cap),
				 LZMA_OK);
	} else {
		len = ZSTD_compress(packed, cap, plain, sizeof(plain), 1);
		assert_false(ZSTD_isError(len));
	}
	buffer_append(&out, packed, len);
	return out;
}

static char *write_packed(const char *dir, const struct buffer *packed, size_t len)
{
	char *path = memory_printf("%s/packed", dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(packed->data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return path;
}

static struct error *read_all(const char *path, struct buffer *out)
{
	CLEANUP_UNPACK struct unpack *u = NULL;
	TRY(unpack_open(path, ERROR_CONFIG, &u));
	for (;;) {
		char chunk[7777];
		size_t got;
		TRY(unpack_read(u, chunk, sizeof(chunk), &got));
		if (!got)
			return NULL;
		buffer_append(out, chunk, got);
	}
}

static int set_up(void **state)
{
	uint32_t x = 1;
	for (size_t i = 0; i < sizeof(plain); i++) {
		x = x * 1664525 + 1013904223;
		plain[i] = (char)((x >> 24) & 0x3f) + ' ';
	}
	*state = folder_new();
	return 0;
}

static int tear_down(void **state)
{
	folder_remove(*state);
	free(*state);
	return 0;
}

static void each_format_gives_the_plain_bytes(void **state)
{
	for (int format = 0; format < FORMATS; format++) {
		CLEANUP_BUFFER struct buffer packed = pack(format);
		assert_int_equal(unpack_is_packed(packed.data, 6), format != PLAIN);
		CLEANUP_FREE char *path = write_packed(*state, &packed, packed.len);
		CLEANUP_BUFFER struct buffer out = {0};
		assert_null(read_all(path, &out));
		assert_int_equal(out.len, sizeof(plain));
		assert_memory_equal(out.data, plain, sizeof(plain));
	}
}

static void packed_files_one_behind_the_other_read_as_one(void **state)
{
	for (int format = GZIP; format < FORMATS; format++) {
		CLEANUP_BUFFER struct buffer packed = pack(format);
		CLEANUP_BUFFER struct buffer twice = {0};
		buffer_append(&twice, packed.data, packed.len);
		buffer_append(&twice, packed.data, packed.len);
		CLEANUP_FREE char *path = write_packed(*state, &twice, twice.len);
		CLEANUP_BUFFER struct buffer out = {0};
		assert_null(read_all(path, &out));
		assert_int_equal(out.len, 2 * sizeof(plain));
	}
}

static void a_packed_file_that_is_cut_or_damaged_is_an_error(void **state)
{
	for (int format = GZIP; format < FORMATS; format++) {
		CLEANUP_BUFFER struct buffer packed = pack(format);
		CLEANUP_FREE char *path = write_packed(*state, &packed, packed.len - 5);
		CLEANUP_BUFFER struct buffer out = {0};
		CLEANUP_ERROR struct error *cut = read_all(path, &out);
		assert_non_null(cut);
		assert_int_equal(error_kind(cut), ERROR_CONFIG);
	}
	CLEANUP_BUFFER struct buffer packed = pack(XZ);
	packed.data[packed.len / 2] ^= 0x55;
	CLEANUP_FREE char *path = write_packed(*state, &packed, packed.len);
	CLEANUP_BUFFER struct buffer out = {0};
	CLEANUP_ERROR struct error *damaged = read_all(path, &out);
	assert_non_null(damaged);
}

static void an_empty_file_is_empty(void **state)
{
	folder_write(*state, "empty", "");
	CLEANUP_FREE char *path = memory_printf("%s/empty", (char *)*state);
	CLEANUP_BUFFER struct buffer out = {0};
	assert_null(read_all(path, &out));
	assert_int_equal(out.len, 0);
}

// 64 KiB that unpack to 1.25 GiB of one byte.
static void a_bomb_is_refused_where_that_was_asked_for(void **state)
{
	CLEANUP_FREE char *path = memory_printf("%s/bomb", (char *)*state);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	static char zeros[1 << 20], packed[1 << 20];
	ZSTD_CStream *z = ZSTD_createCStream();
	for (int mib = 0; mib < 1280; mib++) {
		ZSTD_inBuffer in = {zeros, sizeof(zeros), 0};
		ZSTD_outBuffer out = {packed, sizeof(packed), 0};
		size_t rc =
		    ZSTD_compressStream2(z, &out, &in, mib == 1279 ? ZSTD_e_end : ZSTD_e_continue);
		assert_false(ZSTD_isError(rc));
		fwrite(packed, 1, out.pos, f);
	}
	ZSTD_freeCStream(z);
	fclose(f);
	CLEANUP_UNPACK struct unpack *u = NULL;
	assert_null(unpack_open(path, ERROR_USAGE, &u));
	unpack_refuse_bombs(u);
	size_t got = 1, total = 0;
	struct error *e = NULL;
	while (!e && got) {
		e = unpack_read(u, zeros, sizeof(zeros), &got);
		total += e ? 0 : got;
	}
	assert_non_null(e);
	assert_int_equal(error_kind(e), ERROR_USAGE);
	assert_non_null(strstr(error_text(e), "bomb"));
	assert_true(total >= (size_t)1 << 30 && total < ((size_t)1 << 30) + sizeof(zeros));
	error_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_format_gives_the_plain_bytes),
	    cmocka_unit_test(packed_files_one_behind_the_other_read_as_one),
	    cmocka_unit_test(a_packed_file_that_is_cut_or_damaged_is_an_error),
	    cmocka_unit_test(an_empty_file_is_empty),
	    cmocka_unit_test(a_bomb_is_refused_where_that_was_asked_for),
	};
	return cmocka_run_group_tests_name("base/unpack", tests, set_up, tear_down);
}
