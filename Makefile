# SPDX-License-Identifier: MIT
# `make help` lists the targets. Everything is built under build/.

CC ?= gcc
CXX ?= g++
BUILD ?= build
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
SANITIZE ?=
VERSION := 0.1.0

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Werror
C_WARNINGS := $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes -Wvla
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(CFLAGS) $(SANITIZE) $(C_WARNINGS) -MMD -MP -I. -I$(BUILD)/include
ALL_CXXFLAGS = -std=c++17 $(CFLAGS) $(SANITIZE) -Wall -Wextra -Wshadow -Werror -MMD -MP -I.

# Asked when a recipe runs, not when this file is read: `make deps bench` installs them in between.
LIBRARIES := benchmark jansson libmd
LINK_LIBRARIES = $(shell pkg-config --libs $(LIBRARIES)) -lpthread -ldl -lm

BACK_ENDS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c,$(wildcard allocators/*.c tables/*.c)))
HARNESS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c harness/main.c,$(wildcard harness/*.c))) \
           $(patsubst %.cc,$(BUILD)/%.o,$(wildcard harness/*.cc))
PROGRAM := $(BUILD)/growbench
BARE := $(BUILD)/growbench-bare

.DEFAULT_GOAL := all
.PHONY: all deps deps-all bench bench-full list plot tax test check lint install clean help FORCE

all: $(PROGRAM) $(BARE)  ## build build/growbench

# ---- packages ----

deps:  ## install what is missing for the other goals of this command line (Debian packages)
	@scripts/deps $(MAKECMDGOALS)

deps-all:  ## the same for every goal, and what only some rows need
	@scripts/deps everything

# ---- measuring ----

# Each make variable becomes the option of the same name.
option = $(if $($(1)),--$(2)='$($(1))')
RUN_OPTIONS = $(call option,ALLOC,alloc) $(call option,TABLE,table) $(call option,WORKLOAD,workload) \
              $(call option,ENTRIES,entries) $(call option,REPS,reps) $(call option,MODE,mode) \
              $(call option,HEAP,heap) $(call option,THP,thp) $(call option,BUDGET,budget) \
              $(call option,TIMEOUT,timeout) $(call option,SEED,seed) $(call option,OUT,out) $(if $(QUIET),--quiet)

bench: all  ## measure and compare: ALLOC= TABLE= WORKLOAD= ENTRIES= REPS= MODE= HEAP= THP= BUDGET= TIMEOUT= SEED= OUT= QUIET=
	@$(PROGRAM) run $(RUN_OPTIONS)

bench-full: all  ## the gigabyte run: 2^26+1 entries, 3 repetitions, fill and find, cold and warm
	@$(PROGRAM) run --entries=2^26+1 --reps=3 --workload=fill,find --heap=cold,warm $(RUN_OPTIONS)

list: all  ## allocators, tables and workloads: what there is, what is missing and why
	@$(PROGRAM) list

plot: all  ## draw the charts of a run again: RUN=results/latest
	@$(PROGRAM) plot $(or $(RUN),results/latest)

tax: all  ## what the harness itself costs, against a bare loop
	@$(PROGRAM) tax

# ---- building ----

$(BUILD)/include/build_version.h: FORCE
	@mkdir -p $(@D)
	@printf '#define GROWBENCH_VERSION "%s"\n#define GROWBENCH_REVISION "%s"\n#define GROWBENCH_FLAGS "%s"\n' \
	    '$(VERSION)' "$$(git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)" \
	    '$(strip $(CFLAGS) $(SANITIZE))' > $@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@

$(BUILD)/harness/environment.o $(BUILD)/harness/main.o: $(BUILD)/include/build_version.h

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC   $<'; $(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	@echo '  CXX  $<'; $(CXX) $(ALL_CXXFLAGS) -c -o $@ $<

$(PROGRAM): $(HARNESS) $(BUILD)/harness/main.o $(BACK_ENDS)
	@echo '  LINK $@'; $(CXX) $(CFLAGS) $(SANITIZE) -rdynamic -o $@ $^ $(LINK_LIBRARIES)

$(BARE): $(BUILD)/harness/bare/main.o $(BACK_ENDS)
	@echo '  LINK $@'; $(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ -lpthread

FORCE:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
