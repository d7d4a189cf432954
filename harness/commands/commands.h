/* SPDX-License-Identifier: MIT
 *
 * The commands of the program. Each gets its own arguments (argv[0] is the command's name), prints its own
 * sentences and returns the exit code.
 */
#ifndef GROWBENCH_COMMANDS_H
#define GROWBENCH_COMMANDS_H

enum exit_code {
    EXIT_FINE = 0,
    EXIT_REGRESSED = 1, /* or a cell ended WRONG or CRASH */
    EXIT_USAGE = 2,
    EXIT_NOT_COMPARABLE = 3,
    EXIT_INCONCLUSIVE = 4,
    EXIT_HARNESS = 5,
    EXIT_INTERRUPTED = 130,
};

enum exit_code command_run(int argc, char **argv);
enum exit_code command_cell(int argc, char **argv);
enum exit_code command_list(int argc, char **argv);
enum exit_code command_plot(int argc, char **argv);
enum exit_code command_claims(int argc, char **argv);
enum exit_code command_tax(int argc, char **argv);
enum exit_code command_losses(int argc, char **argv);
enum exit_code command_side(int argc, char **argv);

#endif
