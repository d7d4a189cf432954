/* SPDX-License-Identifier: MIT
 *
 * Symbols of libraries as they lie on disk, whole and damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/request/keys.h"
#include "harness/run/elf.h"

static const char *libc_path(void)
{
    Dl_info info;
    assert_true(dladdr(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"), &info));
    return info.dli_fname;
}

static void test_a_library_exports_what_it_defines(void **state)
{
    (void)state;
    assert_true(elf_exports(libc_path(), "malloc"));
    assert_true(elf_exports(libc_path(), "mallinfo2"));
    assert_false(elf_exports(libc_path(), "mallo"));
    assert_false(elf_exports(libc_path(), "malloc_of_nobody"));
    assert_false(elf_exports(libc_path(), "__tls_get_addr")); /* it uses that one: ld.so's */
}

static void test_what_is_no_library_exports_nothing(void **state)
{
    (void)state;
    assert_false(elf_exports("/etc/passwd", "malloc"));
    assert_false(elf_exports("/tmp", "malloc"));
    assert_false(elf_exports("/dev/null", "malloc"));
    assert_false(elf_exports("/nonexistent", "malloc"));
}

/* Any answer will do, under the sanitizers too: one byte in the head or in the section table is wrong, or the
 * end is missing. */
static void test_a_damaged_library_is_read_to_its_end_only(void **state)
{
    (void)state;
    char path[] = "/tmp/growbench-elf-XXXXXX";
    FILE *in = fopen("/proc/self/exe", "r");
    assert_non_null(in);
    enum { HEAD_BYTES = 4096 };
    fseek(in, 0, SEEK_END);
    size_t size = (size_t)ftell(in);
    unsigned char *whole = malloc(size);
    rewind(in);
    assert_int_equal(fread(whole, 1, size, in), size);
    fclose(in);
    int fd = mkstemp(path);
    assert_int_equal(write(fd, whole, size), size);
    for (uint64_t i = 0; i < 300; i++) {
        size_t span = i % 2 ? 64 : HEAD_BYTES, from = i % 2 ? 0 : size - HEAD_BYTES;
        size_t where = from + (size_t)keys_random_below(1, i, span);
        unsigned char damaged = (unsigned char)keys_random(2, i);
        assert_int_equal(pwrite(fd, &damaged, 1, (off_t)where), 1);
        elf_exports(path, "malloc");
        assert_int_equal(pwrite(fd, whole + where, 1, (off_t)where), 1);
    }
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(ftruncate(fd, (off_t)keys_random_below(3, i, size)), 0);
        assert_int_equal(elf_exports(path, "malloc"), 0);
        assert_int_equal(pwrite(fd, whole, size, 0), size);
    }
    close(fd);
    unlink(path);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_library_exports_what_it_defines),
        cmocka_unit_test(test_what_is_no_library_exports_nothing),
        cmocka_unit_test(test_a_damaged_library_is_read_to_its_end_only),
    };
    return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
