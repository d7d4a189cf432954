/* SPDX-License-Identifier: MIT */
#include "harness/duel/duel_side.h"

#include "harness/common/shell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A SPEC that names what the options name too would leave one of them unheard. */
static int check_axis(const struct spec *run, const struct contender_spec *spec, char *error)
{
    if (spec->kind == CONTENDER_ALLOCATOR && run->allocators.count)
        return sentence_fail(error, EINVAL, "'%.200s' is an allocator: leave out --alloc", spec->text);
    if (spec->kind == CONTENDER_TABLE && run->tables.count)
        return sentence_fail(error, EINVAL, "'%.200s' is a table: leave out --table", spec->text);
    return 0;
}

static int find_program(struct duel_side *side, char *error)
{
    ssize_t length = readlink("/proc/self/exe", side->program, sizeof side->program - 1);
    side->program[length > 0 ? length : 0] = 0;
    snprintf(side->revision, sizeof side->revision, "%s", revision_of_this());
    if (side->spec.kind == CONTENDER_REVISION &&
        revision_build(side->spec.revision, side->program, sizeof side->program, side->revision, error))
        return EINVAL;
    if (!files_sha256(side->program, side->program_sha256))
        return sentence_fail(error, EINVAL, "the program '%.600s' cannot be read", side->program);
    return 0;
}

int duel_side_prepare(struct duel_side *side, const char *text, const char *role, const struct spec *run,
                      char *error)
{
    int failed = contender_spec_parse(&side->spec, text, role, error);
    if (!failed)
        failed = check_axis(run, &side->spec, error);
    if (!failed)
        failed = find_program(side, error);
    if (failed)
        return failed;
    contender_spec_option(&side->spec, side->option, sizeof side->option);
    if (*side->spec.name.path && !files_sha256(side->spec.name.path, side->library_sha256))
        return sentence_fail(error, EINVAL, "the library '%.600s' cannot be read", side->spec.name.path);
    return 0;
}

static bool is_name(const struct duel_side *side)
{
    return side->spec.kind == CONTENDER_ALLOCATOR || side->spec.kind == CONTENDER_TABLE;
}

int duel_side_match(const struct duel_side *base, const struct duel_side *candidate, char *error)
{
    if ((is_name(base) || is_name(candidate)) && base->spec.kind != candidate->spec.kind)
        return sentence_fail(
            error, EINVAL,
            "'%.200s' cannot stand against '%.200s': name an allocator, or a table, on both sides",
            base->spec.text, candidate->spec.text);
    return 0;
}

bool duel_side_same(const struct duel_side *base, const struct duel_side *candidate)
{
    if (strcmp(base->program_sha256, candidate->program_sha256) ||
        strcmp(base->library_sha256, candidate->library_sha256))
        return false;
    return *base->library_sha256 || !strcmp(base->option, candidate->option);
}

json_t *duel_side_json(const struct duel_side *side)
{
    return json_pack("{s:s,s:s,s:s,s:s}", "spec", side->spec.text, "revision", side->revision,
                     "program_sha256", side->program_sha256, "library_sha256", side->library_sha256);
}

static void append(char *command, size_t size, const char *word)
{
    const size_t used = strlen(command);
    snprintf(command + used, size - used, "%s", word);
}

struct command {
    char *text;
    size_t size;
};

/* What is said for all cells: limits and settings. */
static void append_common(void *context, const char *argument)
{
    static const char *const common[] = {"--env=", "--budget=", "--timeout=", "--limit-by=", NULL};
    struct command *command = context;
    char quoted[4 * DUEL_OPTION_BYTES];
    for (const char *const *option = common; *option; option++)
        if (!strncmp(argument, *option, strlen(*option))) {
            append(command->text, command->size, " ");
            append(command->text, command->size, shell_quote(argument, quoted, sizeof quoted));
        }
}

void duel_side_format_again(const struct duel_side *base, const struct duel_side *candidate,
                            const struct cell *cell, const struct spec *run, char *command, size_t size)
{
    char quoted[4 * DUEL_OPTION_BYTES], arguments[CELL_ID_BYTES * 2], word[CELL_ID_BYTES];
    snprintf(command, size, "growbench duel --base=");
    append(command, size, shell_quote(base->spec.text, quoted, sizeof quoted));
    append(command, size, " --candidate=");
    append(command, size, shell_quote(candidate->spec.text, quoted, sizeof quoted));
    /* What the sides name themselves is not named again. */
    const char *named = base->spec.kind == CONTENDER_ALLOCATOR ? "--alloc="
                        : base->spec.kind == CONTENDER_TABLE   ? "--table="
                                                               : "\n";
    cell_format_arguments(cell, arguments, sizeof arguments);
    for (const char *at = arguments; *at; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        snprintf(word, sizeof word, " %.*s", (int)length, at);
        if (strncmp(at, named, strlen(named)))
            append(command, size, word);
        at += length;
    }
    spec_each_argument(run, append_common, &(struct command){command, size});
}
