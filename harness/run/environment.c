/* SPDX-License-Identifier: MIT */
#include "harness/run/environment.h"

#include "build_version.h"
#include "harness/common/clock.h"
#include "harness/common/files.h"
#include "harness/measure/memory.h"
#include "harness/run/budget.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

const char *const environment_identity_keys[] = {
    "cpu_model", "cpu_stepping",    "cpu_count",      "mem_total_bytes",    "swap_total_bytes",
    "kernel",    "page_size_bytes", "thp_enabled",    "overcommit_memory",  "libc",
    "compiler",  "compiler_flags",  "virtualization", "memory_limit_bytes", NULL};

static void set_text(json_t *context, const char *key, const char *text)
{
    json_object_set_new(context, key, json_string(text));
}

static void set_bytes(json_t *context, const char *key, uint64_t bytes)
{
    json_object_set_new(context, key, json_integer((json_int_t)bytes));
}

/* First line of a small file. */
static void read_line(const char *path, char *line, size_t size)
{
    char *text = files_read(path);
    snprintf(line, size, "%.*s", text ? (int)strcspn(text, "\n") : 0, text ? text : "");
    free(text);
}

/* Which of its words a file of /sys has in brackets. */
static void set_choice(json_t *context, const char *key, const char *path)
{
    char line[128];
    read_line(path, line, sizeof line);
    const char *open = strchr(line, '[');
    char *close = open ? strchr(open, ']') : NULL;
    if (close)
        *close = 0;
    set_text(context, key, close ? open + 1 : "unsupported");
}

/* "key<spaces>: value" of /proc/cpuinfo. */
static void cpu_field(const char *cpuinfo, const char *key, char *value, size_t size)
{
    const char *at = cpuinfo ? strstr(cpuinfo, key) : NULL;
    const char *colon = at ? strchr(at, ':') : NULL;
    colon = colon && colon[1] ? colon + 2 : "unknown\n";
    snprintf(value, size, "%.*s", (int)strcspn(colon, "\n"), colon);
}

static void set_cpu(json_t *context)
{
    char value[128], *cpuinfo = files_read("/proc/cpuinfo");
    cpu_field(cpuinfo, "model name", value, sizeof value);
    set_text(context, "cpu_model", value);
    cpu_field(cpuinfo, "stepping", value, sizeof value);
    set_text(context, "cpu_stepping", value);
    cpu_field(cpuinfo, "cpu MHz", value, sizeof value);
    json_object_set_new(context, "mhz_per_cpu", json_integer(strtol(value, NULL, 10)));
    json_object_set_new(context, "cpu_count", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    json_object_set_new(context, "tsc_invariant", json_boolean(clock_is_invariant()));
    json_object_set_new(context, "num_cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    free(cpuinfo);
}

static void set_virtualization(json_t *context)
{
    char vendor[13] = "none";
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) && (c & 1u << 31)) { /* a hypervisor says so itself */
        unsigned words[3];
        __cpuid(0x40000000, a, words[0], words[1], words[2]);
        memcpy(vendor, words, 12);
        vendor[12] = 0;
    }
#endif
    set_text(context, "virtualization", !strcmp(vendor, "KVMKVMKVM") ? "KVM" : vendor);
}

static uint64_t available_bytes(const char *meminfo, uint64_t limit_bytes)
{
    uint64_t half = memory_field_bytes(meminfo, "MemTotal", 0) / 2;
    uint64_t available = memory_field_bytes(meminfo, "MemAvailable", half);
    return limit_bytes && limit_bytes < available ? limit_bytes : available;
}

uint64_t environment_available_bytes(void)
{
    char *meminfo = files_read("/proc/meminfo");
    uint64_t bytes = available_bytes(meminfo ? meminfo : "", budget_around_bytes());
    free(meminfo);
    return bytes;
}

static void set_memory(struct environment *e)
{
    char *meminfo = files_read("/proc/meminfo");
    const char *text = meminfo ? meminfo : "";
    uint64_t total = memory_field_bytes(text, "MemTotal", 0), limit = budget_around_bytes();
    /* Rounded: firmware and kernel take some pages more or less from boot to boot. */
    set_bytes(e->context, "mem_total_bytes", (total + (32 << 20)) & ~((uint64_t)(64 << 20) - 1));
    set_bytes(e->context, "swap_total_bytes", memory_field_bytes(text, "SwapTotal", 0));
    set_bytes(e->context, "memory_limit_bytes", limit);
    e->available_bytes = available_bytes(text, limit);
    set_bytes(e->context, "mem_available_bytes", e->available_bytes);
    uint64_t most = (uint64_t)16 << 30, share = e->available_bytes / 10 * 6;
    e->default_budget_bytes = share < most ? share : most;
    free(meminfo);
}

static void set_settings(json_t *context)
{
    char line[128];
    set_choice(context, "thp_enabled", "/sys/kernel/mm/transparent_hugepage/enabled");
    set_choice(context, "thp_defrag", "/sys/kernel/mm/transparent_hugepage/defrag");
    read_line("/proc/sys/vm/overcommit_memory", line, sizeof line);
    json_object_set_new(context, "overcommit_memory", json_integer(strtol(line, NULL, 10)));
    set_bytes(context, "page_size_bytes", (uint64_t)sysconf(_SC_PAGESIZE));
    set_bytes(context, "huge_page_size_bytes", memory_huge_page_size_bytes()); /* 0: none */
}

static void set_condition(json_t *context)
{
    double load[3] = {0};
    json_t *list = json_array();
    for (int i = 0, count = getloadavg(load, 3); i < count; i++)
        json_array_append_new(list, json_real(load[i]));
    json_object_set_new(context, "load_avg", list);
    char text[64], line[128];
    clock_format_utc(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ");
    set_text(context, "date", text);
    read_line("/proc/pressure/memory", line, sizeof line);
    set_text(context, "memory_pressure", line);
}

json_t *environment_identity(const json_t *context)
{
    json_t *identity = json_object();
    for (const char *const *key = environment_identity_keys; *key; key++)
        json_object_set(identity, *key, json_object_get(context, *key));
    return identity;
}

void environment_format_fingerprint(const json_t *context, char *fingerprint)
{
    json_t *identity = environment_identity(context);
    char *text = json_dumps(identity, JSON_SORT_KEYS | JSON_COMPACT), digest[FILES_SHA256_BYTES];
    files_sha256_text(text ? text : "", digest);
    snprintf(fingerprint, ENVIRONMENT_FINGERPRINT_BYTES, "%.16s", digest);
    free(text);
    json_decref(identity);
}

int environment_collect(struct environment *e, uint64_t seed, int aslr)
{
    e->context = json_object();
    if (!e->context)
        return ENOMEM;
    struct utsname names;
    char text[256];
    uname(&names);
    set_condition(e->context);
    set_text(e->context, "executable", "growbench");
    set_text(e->context, "growbench_version", GROWBENCH_VERSION);
    set_text(e->context, "git_revision", GROWBENCH_REVISION);
    snprintf(text, sizeof text, "%.80s %.80s %.80s", names.sysname, names.release, names.machine);
    set_text(e->context, "kernel", text);
    set_cpu(e->context);
    set_virtualization(e->context);
    set_memory(e);
    set_settings(e->context);
    snprintf(text, sizeof text, "glibc %s", gnu_get_libc_version());
    set_text(e->context, "libc", text);
#ifdef __clang__
    set_text(e->context, "compiler", "clang " __clang_version__);
#else
    set_text(e->context, "compiler", "gcc " __VERSION__);
#endif
    set_text(e->context, "compiler_flags", GROWBENCH_FLAGS);
    set_text(e->context, "library_build_type", "release");
    json_object_set_new(e->context, "aslr", json_boolean(aslr));
    json_object_set_new(e->context, "seed", json_integer((json_int_t)seed));
    environment_format_fingerprint(e->context, e->fingerprint);
    set_text(e->context, "machine_fingerprint", e->fingerprint);
    return 0;
}

void environment_release(struct environment *e)
{
    json_decref(e->context);
    e->context = NULL;
}
