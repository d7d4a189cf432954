# SPDX-License-Identifier: MIT
#
# Resident memory over entries: a line at what stays, a band up to the peak of each interval, a mark at growth.

load script_folder.'/lines.gp'
