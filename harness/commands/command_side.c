/* SPDX-License-Identifier: MIT
 *
 * `growbench side`, for `growbench duel` only: run's options, and a socket instead of an order of its own.
 */
#include "harness/commands/commands.h"
#include "harness/run/side.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int serve(struct session *session, int argc, char **argv, char *error)
{
    int failed = spec_parse(&session->spec, argc, argv, error);
    if (failed && !*error) /* printed; the duel has parsed them too, so this is another revision */
        sentence_fail(error, failed,
                      "a side does not know all of the options: name those that both revisions have");
    if (!failed)
        failed = session_choose(session, error);
    if (!failed)
        failed = session_open_folder(session, session->spec.out, error);
    if (failed)
        return failed;
    session_arm(session);
    failed = side_serve(session, SIDE_SOCKET_FD);
    struct results results;
    if (!results_load(session->folder.folder, &results, error)) {
        results_write_benchmark(session->folder.folder, &results);
        results_free(&results);
    }
    return failed;
}

enum exit_code command_side(int argc, char **argv)
{
    char error[SENTENCE_BYTES] = "";
    struct stat status;
    if (fstat(SIDE_SOCKET_FD, &status) || !S_ISSOCK(status.st_mode)) {
        fprintf(stderr, "growbench: 'side' is for 'growbench duel' to start\n");
        return EXIT_USAGE;
    }
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return EXIT_HARNESS;
    session_init(session);
    int failed = serve(session, argc, argv, error);
    if (failed && *error)
        side_say(SIDE_SOCKET_FD, "failed %s", error);
    session_free(session);
    free(session);
    return failed ? EXIT_HARNESS : EXIT_FINE;
}
