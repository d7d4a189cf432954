/* SPDX-License-Identifier: MIT
 *
 * Files of keys: what counts as a line, what a process that measures gets, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/common/sentence.h"
#include "harness/request/spec_keys.h"
#include "harness/run/child.h"

#define MIB ((uint64_t)1 << 20)

struct fixture {
    char folder[64], path[128];
    struct keys_file file;
    char error[SENTENCE_BYTES];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/growbench-keys-XXXXXX");
    if (!f || !mkdtemp(f->folder))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/keys", f->folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    keys_file_close(&f->file);
    unlink(f->path);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void write_file(const struct fixture *f, const void *bytes, size_t size)
{
    FILE *out = fopen(f->path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(out);
}

static int load(struct fixture *f, const void *bytes, size_t size)
{
    write_file(f, bytes, size);
    keys_file_close(&f->file);
    return keys_file_load(&f->file, f->path, 64 * MIB, f->error);
}

#define LOAD(f, literal) assert_int_equal(load((f), (literal), sizeof(literal) - 1), 0)

static void read_keys(const struct fixture *f, uint64_t *keys, size_t count)
{
    assert_int_equal(f->file.distinct_count, count);
    assert_int_equal(pread(f->file.fd, keys, count * sizeof *keys, 0), count * sizeof *keys);
}

static uint64_t key_of(const char *line)
{
    return keys_file_hash(line, strlen(line));
}

static void test_a_line_is_a_key(void **state)
{
    struct fixture *f = *state;
    uint64_t keys[3];
    LOAD(f, "pear\napple\nfig\n");
    read_keys(f, keys, 3);
    assert_true(keys[0] == key_of("pear") && keys[1] == key_of("apple") && keys[2] == key_of("fig"));
    assert_int_equal(f->file.line_count, 3);
    LOAD(f, "pear\napple\nfig"); /* the last line end may be missing */
    read_keys(f, keys, 3);
    assert_true(keys[2] == key_of("fig"));
    assert_int_equal(f->file.line_count, 3);
}

static void test_a_line_end_may_be_that_of_another_system(void **state)
{
    struct fixture *f = *state;
    uint64_t keys[3];
    LOAD(f, "pear\r\nfig\r\na\rb\r");
    read_keys(f, keys, 3);
    assert_true(keys[0] == key_of("pear") && keys[1] == key_of("fig") && keys[2] == key_of("a\rb"));
}

static void test_repeated_and_empty_lines_are_left_out(void **state)
{
    struct fixture *f = *state;
    uint64_t keys[2];
    LOAD(f, "b\n\na\nb\r\n\r\na\nb");
    read_keys(f, keys, 2);
    assert_true(keys[0] == key_of("b") && keys[1] == key_of("a"));
    assert_int_equal(f->file.line_count, 7);
    assert_int_equal(f->file.empty_count, 2);
}

static void test_any_bytes_make_a_key(void **state)
{
    struct fixture *f = *state;
    uint64_t keys[5];
    LOAD(f, "a\na\0\na\0\0\n\0\n\xff\xfe\n");
    read_keys(f, keys, 5); /* all differ */
    assert_true(keys[1] == keys_file_hash("a\0", 2));
}

/* The buffer of 1 MiB ends in the midst of lines, of a line end, of a line that is longer than itself. */
static void test_lines_across_the_buffers_end(void **state)
{
    struct fixture *f = *state;
    const size_t size = 5 * MIB;
    char *text = malloc(size);
    for (size_t before = MIB - 3; before <= MIB + 1; before++) {
        memset(text, 'x', size);
        memcpy(text + before - 2, "\r\n", 2);
        memcpy(text + size - 4, "\nend", 4);
        uint64_t keys[3];
        assert_int_equal(load(f, text, size), 0);
        read_keys(f, keys, 3);
        assert_true(keys[0] == keys_file_hash(text, before - 2));
        assert_true(keys[1] == keys_file_hash(text + before, size - 4 - before));
        assert_true(keys[2] == key_of("end"));
    }
    free(text);
}

/* Past several growths of the set; against what is known of the lines. */
static void test_many_lines(void **state)
{
    struct fixture *f = *state;
    enum { DISTINCT = 300000 };
    FILE *out = fopen(f->path, "w");
    for (unsigned i = 0; i < DISTINCT; i++)
        fprintf(out, "user-%u\nuser-%u\n", i, i / 2);
    fclose(out);
    assert_int_equal(keys_file_load(&f->file, f->path, 64 * MIB, f->error), 0);
    uint64_t *keys = malloc(DISTINCT * sizeof *keys);
    read_keys(f, keys, DISTINCT);
    assert_int_equal(f->file.line_count, 2 * DISTINCT);
    for (unsigned i = 0; i < DISTINCT; i++) {
        char line[32];
        snprintf(line, sizeof line, "user-%u", i);
        assert_true(keys[i] == key_of(line));
        assert_true(keys[i] >> 63 == 0); /* absent keys have that bit */
    }
    free(keys);
}

/* Each bit of a line changes each bit of the key about half the time; 6 sigma. */
static void test_the_hash_mixes(void **state)
{
    (void)state;
    enum { LINES = 20000 };
    static const size_t lengths[] = {1, 7, 8, 9, 23};
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
        for (size_t flipped = 0; flipped < 8 * lengths[l]; flipped += 5) {
            unsigned changed[63] = {0};
            for (unsigned i = 0; i < LINES; i++) {
                unsigned char line[24] = {0};
                for (size_t b = 0; b < lengths[l]; b++)
                    line[b] = (unsigned char)keys_random(b, i);
                uint64_t key = keys_file_hash(line, lengths[l]);
                line[flipped / 8] ^= (unsigned char)(1u << flipped % 8);
                key ^= keys_file_hash(line, lengths[l]);
                for (int bit = 0; bit < 63; bit++)
                    changed[bit] += (unsigned)(key >> bit & 1);
            }
            /* One byte has 256 values only: then their mean is not that of many draws. */
            double slack = lengths[l] == 1 ? 0.25 * LINES : 6 * 0.5 * 141.5;
            for (int bit = 0; bit < 63; bit++)
                assert_true(changed[bit] > LINES / 2 - slack && changed[bit] < LINES / 2 + slack);
        }
}

static void assert_refused(struct fixture *f, const char *path, const char *why)
{
    *f->error = 0;
    assert_int_not_equal(keys_file_load(&f->file, path, 64 * MIB, f->error), 0);
    assert_int_equal(f->file.fd, 0);
    if (!strstr(f->error, why))
        fail_msg("'%s' does not say '%s'", f->error, why);
}

static void test_what_is_no_file_of_lines_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[128];
    assert_refused(f, f->path, "No such file");
    assert_refused(f, f->folder, "is a folder");
    assert_refused(f, "/dev/zero", "is a device");
    assert_int_equal(mkfifo(f->path, 0600), 0);
    assert_refused(f, f->path, "is a pipe"); /* and nobody waits for its writer */
    unlink(f->path);
    write_file(f, "", 0);
    assert_refused(f, f->path, "is empty");
    write_file(f, "\n\r\n\n", 4);
    assert_refused(f, f->path, "has no key");
    snprintf(path, sizeof path, "%s/a,b", f->folder);
    FILE *out = fopen(path, "w");
    fputs("a\n", out);
    fclose(out);
    assert_refused(f, path, "comma");
    unlink(path);
    out = fopen(f->path, "w");
    assert_int_equal(ftruncate(fileno(out), KEYS_FILE_LINE_MAX_BYTES + 1), 0);
    fclose(out);
    assert_refused(f, f->path, "line 1 of");
}

static void test_more_keys_than_memory_are_refused(void **state)
{
    struct fixture *f = *state;
    FILE *out = fopen(f->path, "w");
    for (unsigned i = 0; i < 100000; i++)
        fprintf(out, "%u\n", i);
    fclose(out);
    assert_int_equal(keys_file_load(&f->file, f->path, MIB, f->error), E2BIG);
    assert_non_null(strstr(f->error, "more than 65536 distinct lines, which is all that 1.00 MiB hold"));
    assert_int_equal(keys_file_load(&f->file, f->path, 4 * MIB, f->error), 0);
}

static void test_the_list_cannot_be_written_to(void **state)
{
    struct fixture *f = *state;
    LOAD(f, "a\nb\n");
    uint64_t key = 0;
    assert_int_equal(pwrite(f->file.fd, &key, sizeof key, 0), -1);
    assert_int_equal(errno, EPERM);
    assert_true(mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, f->file.fd, 0) == MAP_FAILED);
}

static void test_a_spec_takes_what_the_file_says(void **state)
{
    struct fixture *f = *state;
    struct spec *spec = malloc(sizeof *spec);
    spec_init(spec);
    write_file(f, "a\nb\na\nc\n", 8);
    char option[160], id[CELL_ID_BYTES];
    snprintf(option, sizeof option, "random,file:%s", f->path);
    assert_int_equal(spec_set(spec, "keys", option, f->error), 0);
    assert_int_equal(spec_load_keys(spec, &f->file, 64 * MIB, f->error), 0);
    assert_int_equal(spec->axes[CELL_AXIS_entries].items[0], 3);
    struct cell cell = cell_default();
    strcpy(cell.table, "array");
    strcpy(cell.allocator, "null");
    cell.entries = 3;
    cell.keys = spec->axes[CELL_AXIS_keys].items[1];
    char expected[64];
    snprintf(expected, sizeof expected, "/keys:file-%.8s", f->file.sha256);
    assert_non_null(strstr(cell_format_id(&cell, id), expected));

    struct matrix matrix = {.cells = &cell, .count = 1};
    assert_int_equal(spec_check_keys(&matrix, &f->file, f->error), 0);
    cell.entries = 4;
    assert_int_equal(spec_check_keys(&matrix, &f->file, f->error), EINVAL);
    assert_non_null(strstr(f->error, "has 3 distinct keys, too few for 4 entries"));
    cell.keys = KEYS_RANDOM; /* one that can be run is enough */
    assert_int_equal(spec_check_keys(&matrix, &f->file, f->error), 0);

    json_t *stored = keys_file_json(&f->file);
    assert_int_equal(spec_check_stored_keys(stored, &f->file, f->error), 0);
    LOAD(f, "a\nb\nc\n"); /* the same keys: another file all the same */
    assert_int_equal(spec_check_stored_keys(stored, &f->file, f->error), EXDEV);
    assert_int_equal(spec_check_stored_keys(NULL, &f->file, f->error), 0);
    json_decref(stored);

    spec_init(spec); /* churn: every entry is replaced twice */
    assert_int_equal(spec_set(spec, "workload", "fill,churn,drain", f->error), 0);
    assert_int_equal(spec_set(spec, "keys", option, f->error), 0);
    write_file(f, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", 21);
    keys_file_close(&f->file);
    assert_int_equal(spec_load_keys(spec, &f->file, 64 * MIB, f->error), 0);
    assert_int_equal(spec->axes[CELL_AXIS_entries].items[0], 3);
    cell.workload = CELL_CHURN;
    cell.entries = 4;
    cell.keys = keys_file_value(&f->file);
    assert_int_equal(spec_check_keys(&matrix, &f->file, f->error), EINVAL);
    cell.entries = 3;
    assert_int_equal(spec_check_keys(&matrix, &f->file, f->error), 0);

    spec_init(spec);
    assert_int_equal(spec_set(spec, "entries", "2", f->error), 0);
    assert_int_equal(spec_set(spec, "keys", option, f->error), 0);
    keys_file_close(&f->file);
    assert_int_equal(spec_load_keys(spec, &f->file, 64 * MIB, f->error), 0);
    assert_int_equal(spec->axes[CELL_AXIS_entries].items[0], 2); /* as given */
    free(spec);
}

/* In a process that measures: its keys, none of its figures. */
static int measure_nothing(const struct fixture *f)
{
    struct cell cell = cell_default();
    cell.keys = keys_file_value(&f->file);
    struct keys keys;
    struct memory_probe probe;
    struct memory_sample before, after;
    struct memory_exact exact;
    dup2(f->file.fd, CHILD_KEYS_FD);
    if (memory_probe_open(&probe) || memory_probe_read(&probe, &before) || keys_open(&keys, &cell, &probe) ||
        memory_probe_read(&probe, &after) || memory_count_exactly(&probe, &exact))
        return 1;
    if (keys.loaded_count != f->file.distinct_count || keys_limit(&keys) != keys.loaded_count)
        return 2;
    /* 2 MiB of keys: were they counted, it would be seen. The kernel's counters err by some pages. */
    int64_t more_bytes = (int64_t)(after.rss_bytes - before.rss_bytes);
    if (more_bytes > 300000 || more_bytes < -300000 || after.page_table_bytes != before.page_table_bytes)
        return 3;
    int64_t apart_bytes = (int64_t)(exact.rss_bytes - after.rss_bytes);
    if (apart_bytes > 1000000 || apart_bytes < -1000000)
        return 4;
    for (uint64_t i = 0; i < keys.loaded_count; i++)
        if (keys_at(&keys, i) >> 63 || !(keys_at(&keys, i | KEYS_MISSING_ORDINAL) >> 63))
            return 5;
    keys_close(&keys);
    return keys.loaded ? 6 : 0;
}

static void test_keys_are_in_no_figure(void **state)
{
    struct fixture *f = *state;
    FILE *out = fopen(f->path, "w");
    for (unsigned i = 0; i < 1 << 18; i++)
        fprintf(out, "%u\n", i);
    fclose(out);
    assert_int_equal(keys_file_load(&f->file, f->path, 64 * MIB, f->error), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (!pid)
        _exit(measure_nothing(f));
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_line_is_a_key),
        TEST(test_a_line_end_may_be_that_of_another_system),
        TEST(test_repeated_and_empty_lines_are_left_out),
        TEST(test_any_bytes_make_a_key),
        TEST(test_lines_across_the_buffers_end),
        TEST(test_many_lines),
        TEST(test_the_hash_mixes),
        TEST(test_what_is_no_file_of_lines_is_refused),
        TEST(test_more_keys_than_memory_are_refused),
        TEST(test_the_list_cannot_be_written_to),
        TEST(test_a_spec_takes_what_the_file_says),
        TEST(test_keys_are_in_no_figure),
    };
    return cmocka_run_group_tests_name("keys_file", tests, NULL, NULL);
}
