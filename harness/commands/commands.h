/* SPDX-License-Identifier: MIT
 *
 * The commands of the program. Each gets its own arguments (argv[0] is the command's name), prints its own
 * sentences and returns the exit code.
 */
#ifndef GROWBENCH_COMMANDS_H
#define GROWBENCH_COMMANDS_H

#include "harness/common/exit_code.h"

enum exit_code command_run(int argc, char **argv);
enum exit_code command_cell(int argc, char **argv);
enum exit_code command_list(int argc, char **argv);
enum exit_code command_plot(int argc, char **argv);
enum exit_code command_report(int argc, char **argv);
enum exit_code command_claims(int argc, char **argv);
enum exit_code command_tax(int argc, char **argv);
enum exit_code command_losses(int argc, char **argv);
enum exit_code command_duel(int argc, char **argv);
enum exit_code command_side(int argc, char **argv);
enum exit_code command_compare(int argc, char **argv);
enum exit_code command_baseline(int argc, char **argv);
enum exit_code command_history(int argc, char **argv);

#endif
