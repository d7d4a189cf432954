/* SPDX-License-Identifier: MIT
 *
 * A shared library that loads well and exports no table: for the test of the message that says so.
 */
const char growbench_not_a_table[] = "no table here";
