# SPDX-License-Identifier: MIT
# `make help` lists the targets. Everything is built under build/.

CC ?= gcc
CXX ?= g++
RUSTC ?= /usr/bin/rustc
BUILD ?= build
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
SANITIZE ?=
VERSION := 0.1.0

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Werror
C_WARNINGS := $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes -Wvla
# Where the linker puts a function must not depend on code elsewhere: that alone is 1 % of a 10 ns operation.
ALIGN := -falign-functions=64
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(ALIGN) $(CFLAGS) $(SANITIZE) $(C_WARNINGS) -MMD -MP -I. -I$(BUILD)/include $(TABLE_INCLUDES)
# Unlike gcc, g++ wants every field of a designated initialiser.
CXX_WARNINGS := -Wall -Wextra -Wshadow -Wno-missing-field-initializers -Werror
ALL_CXXFLAGS = -std=c++20 -D_GNU_SOURCE $(ALIGN) $(CFLAGS) $(SANITIZE) $(CXX_WARNINGS) -MMD -MP -I. -I$(BUILD)/include $(TABLE_INCLUDES)

# Asked when a recipe runs, not when this file is read: `make deps bench` installs them in between.
LIBRARIES := benchmark jansson libmd
TABLE_LIBRARIES = $(shell cat $(LINK_FLAGS))
LINK_LIBRARIES = $(TABLE_LIBRARIES) $(shell pkg-config --libs $(LIBRARIES)) -lpthread -ldl -lm

RUST_TABLES := $(BUILD)/tables/rust.a
# Errors with the compiler that Debian has; what a newer one warns of must not end a build.
RUST_WARNINGS := $(if $(filter /usr/bin/rustc,$(RUSTC)),-D warnings)
BACK_ENDS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c,$(wildcard allocators/*.c tables/*.c))) \
             $(patsubst %.cc,$(BUILD)/%.o,$(wildcard tables/*.cc)) $(RUST_TABLES)
HARNESS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c %_fuzz.c harness/bare/% harness/testing/%,$(wildcard harness/*/*.c))) \
           $(patsubst %.cc,$(BUILD)/%.o,$(wildcard harness/*/*.cc))
PROGRAM := $(BUILD)/growbench
BARE := $(BUILD)/growbench-bare

.DEFAULT_GOAL := all
.PHONY: all deps deps-all bench bench-full sweep list plot report claims tax losses baseline compare duel nightly history gate-proof test check lint format install clean help FORCE \
        test-programs sanitized-programs fuzz-programs
.SECONDARY:

all: $(PROGRAM) $(BARE)  ## build build/growbench

# ---- packages ----

deps:  ## install what is missing for the other goals of this command line (Debian packages)
	@scripts/deps $(MAKECMDGOALS)

deps-all:  ## the same for every goal, and what only some rows need
	@scripts/deps everything

# ---- measuring ----

# A misspelt variable, or one that the goal does not use, would measure something else without a word.
EVERYWHERE := BUILD CC CXX RUSTC CFLAGS SANITIZE PREFIX DESTDIR VERBOSE
# Each becomes the option of the same name.
AXES := ALLOC TABLE WORKLOAD ENTRIES REPS MODE HEAP THP GROWTH LOAD ENTRY_BYTES RESERVE COUNT THREADS KEYS ROUNDS \
        SNAPSHOT BATCH STOPS BUDGET TIMEOUT SEED OUT
TAKES_bench := $(AXES) FIND_LIMIT QUIET ARGS
TAKES_bench-full := $(TAKES_bench)
TAKES_sweep := $(TAKES_bench)
TAKES_octave := ENTRIES REPS THP ALLOC BUDGET TIMEOUT OUT ARGS
TAKES_claims := BUDGET OUT ARGS
TAKES_losses := ALLOC REPS ARGS
TAKES_tax := ARGS
TAKES_plot := RUN
TAKES_report := RUN OUT ARGS
TAKES_baseline := $(TAKES_bench)
TAKES_compare := OLD NEW FORCE ARGS
TAKES_duel := $(filter-out REPS,$(AXES)) BASE CANDIDATE MINUTES ADVISORY QUIET ARGS
TAKES_nightly := $(filter-out OUT,$(AXES)) FIND_LIMIT QUIET ARGS MINUTES WAIT
TAKES_history := NIGHTS REBUILD ARGS
TAKES_gate-proof := OUT
MEASURING := $(filter bench bench-full sweep octave claims losses tax plot report baseline compare duel nightly history \
             gate-proof,$(MAKECMDGOALS))
ifneq ($(MEASURING),)
# A value's spaces come escaped, and are not where the next variable begins.
SPACE := $(subst ,, )
OVERRIDES := $(subst \$(SPACE),_,$(MAKEOVERRIDES))
KNOWN := $(sort $(foreach goal,$(MEASURING),$(TAKES_$(goal))))
UNKNOWN := $(filter-out $(KNOWN) $(EVERYWHERE),$(foreach word,$(OVERRIDES),$(firstword $(subst =, ,$(word)))))
$(if $(UNKNOWN),$(error $(MEASURING) takes no $(firstword $(UNKNOWN)): there is $(KNOWN)$(if $(filter ARGS,$(KNOWN)),; other options go into ARGS="--option ...")))
endif

# From the command line only: COUNT or MODE in somebody's environment are not meant for us.
$(foreach name,$(AXES) FIND_LIMIT QUIET ARGS RUN OLD NEW FORCE BASE CANDIDATE MINUTES ADVISORY WAIT NIGHTS REBUILD,\
    $(if $(filter environment,$(origin $(name))),$(eval $(name) :=)))
option = $(if $($(1)),--$(2)='$(subst ','\'',$($(1)))')
given = $(filter-out 0 no,$($(1)))
option_name = $(subst _,-,$(shell echo $(1) | tr A-Z a-z))
RUN_OPTIONS = $(foreach axis,$(AXES),$(if $($(axis)),$(call option,$(axis),$(call option_name,$(axis))))) \
              $(if $(call given,FIND_LIMIT),--find-limit) $(if $(call given,QUIET),--quiet) $(ARGS)

bench: all  ## measure and compare: ALLOC= TABLE= WORKLOAD= ENTRIES= REPS= MODE= HEAP= THP= GROWTH= LOAD= ENTRY_BYTES= RESERVE= COUNT= THREADS= KEYS= ROUNDS= SNAPSHOT= BATCH= STOPS= FIND_LIMIT= BUDGET= TIMEOUT= SEED= OUT= QUIET= ARGS=
	@$(PROGRAM) run $(RUN_OPTIONS)

# Cold cells three times, and what costs most beside them once; the last two go on in the same folder.
FULL_OUT := $(or $(OUT),results/$(shell date -u +%Y-%m-%dT%H%M%SZ)-full)
bench-full: all  ## the gigabyte run, about an hour: 2^26+1 entries; fill cold 3 times, then fill warm and find once
	@worst=0; \
	$(PROGRAM) run --entries=2^26+1 --reps=3 $(filter-out --out=%,$(RUN_OPTIONS)) --out='$(FULL_OUT)' || worst=$$?; \
	for part in '--workload=fill --heap=warm' '--workload=find --heap=cold'; do \
	    [ $$worst -le 1 ] || break; \
	    $(PROGRAM) run --resume $$part --reps=1 --out='$(FULL_OUT)' || worst=$$?; \
	done; exit $$worst

# An octave, so that no size flatters: a doubling table at 2^k + 1 is at its worst and at 2^k at its best.
sweep: TABLE ?= array,linear_inplace
sweep: ENTRIES ?= 2^20..2^21/16
sweep: GROWTH ?= 2,1.5,1.25
sweep: all  ## which growth factor, from which size: an octave in 16 steps, 10 minutes; takes what bench takes, ENTRIES=FROM..TO/STEPS
	@$(PROGRAM) run $(RUN_OPTIONS)

# Without ALLOC= the peers choose from all mallocs and their profiles.
octave: all  ## tables that grow without a pause against their peers, 16 sizes of an octave and 2^28, some two hours; goes on with the same OUT=; ENTRIES= REPS= THP= ALLOC= BUDGET= ARGS=
	@GROWBENCH='$(PROGRAM)' scripts/octave $(filter-out --out=%,$(RUN_OPTIONS)) --out='$(or $(OUT),results/octave)'

list: all  ## allocators, tables and workloads: what there is, what is missing and why
	@$(PROGRAM) list

plot: all  ## draw the charts of a run again: RUN=results/latest
	@$(PROGRAM) plot $(or $(RUN),results/latest)

report: all  ## report.html and report.md of runs, for a design review: RUN=results/latest, several side by side; OUT= ARGS=
	@$(PROGRAM) report $(or $(RUN),results/latest) $(call option,OUT,out) $(ARGS)

claims: all  ## test the claims of the seed document on this machine: BUDGET= OUT= ARGS=--json
	@$(PROGRAM) claims $(call option,BUDGET,budget) $(call option,OUT,out) $(ARGS)

tax: all  ## what the harness itself costs, against a bare loop
	@$(PROGRAM) tax $(ARGS)

losses: all  ## where the region loses, against the others: tables made again, threads, small arrays, fork
	@$(PROGRAM) losses $(call option,ALLOC,alloc) $(call option,REPS,reps) $(ARGS)

# ---- the gate ----

baseline: all  ## what identical processes repeat here, for compare: takes what bench takes; all of it 25 to 40 minutes
	@$(PROGRAM) baseline $(RUN_OPTIONS)

compare: all  ## what changed between two stored runs, or a baseline and a run: OLD= NEW= FORCE= ARGS=
	@$(PROGRAM) compare '$(OLD)' '$(NEW)' $(if $(call given,FORCE),--force) $(ARGS)

duel: all  ## two sides take turns until the gate can tell: BASE=HEAD~1 CANDIDATE=this, or two allocators, tables, libraries; MINUTES= ADVISORY=1 and what bench takes
	@$(PROGRAM) duel $(call option,BASE,base) $(call option,CANDIDATE,candidate) $(call option,MINUTES,minutes) \
	    $(if $(call given,ADVISORY),--advisory) $(RUN_OPTIONS)

# The script's exit code is the gate's; make's own is 2 whatever it was.
nightly: all  ## the standing matrix, compared with baseline and last good revision: takes what bench takes, MINUTES=30 WAIT=0
	@GROWBENCH='$(PROGRAM)' NIGHTLY_MINUTES='$(MINUTES)' NIGHTLY_WAIT='$(WAIT)' scripts/nightly $(RUN_OPTIONS)

history: all  ## what changed over the last nights: NIGHTS=30 REBUILD=1
	@$(PROGRAM) history $(call option,NIGHTS,nights) $(if $(call given,REBUILD),--rebuild) $(ARGS)

gate-proof: test-programs  ## the study of the gate, some two hours: planted regressions, false alarms; OUT=results/gate-proof
	@GROWBENCH='$(PROGRAM)' LIB='$(BUILD)/lib' RESAMPLE='$(RESAMPLE)' scripts/gate-proof '$(or $(OUT),results/gate-proof)'

# ---- testing ----

TEST_PROGRAMS := $(patsubst %.c,$(BUILD)/tests/%,$(wildcard allocators/*_test.c tables/*_test.c harness/*/*_test.c))
FAULTS := loses_key crashes hangs floods sleeps aborts_on_null refused_early closes scribbles forks destroys half \
          erases_nothing keeps_erased
PLANTS := none slower_insert slower_growth longer_step slow_inserts more_memory one_move two_modes
REGION_PLANTS := none one_mremap
PLANTED := $(patsubst %,$(BUILD)/lib/planted_%.so,$(PLANTS) $(patsubst %,region_%,$(REGION_PLANTS)))
TEST_LIBRARIES := $(BUILD)/lib/probing.so $(BUILD)/lib/faulty.so $(BUILD)/lib/not_a_table.so \
                  $(BUILD)/lib/bump_malloc.so $(BUILD)/lib/larger_pages.so $(BUILD)/lib/refusing_malloc.so \
                  $(BUILD)/lib/aborting_malloc.so $(patsubst %,$(BUILD)/lib/faulty_%.so,$(FAULTS)) \
                  $(PLANTED)
SANITIZED := CFLAGS='-O1 -g1 -fno-omit-frame-pointer' SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all'
SANITIZED_BUILDS := $(BUILD)/sanitized-gcc $(BUILD)/sanitized-clang

# How often the gate cries wolf, from live duels of a program with itself.
RESAMPLE := $(BUILD)/gate-resample

test-programs: all $(TEST_PROGRAMS) $(TEST_LIBRARIES) $(RESAMPLE)

sanitized-programs:
	@$(MAKE) --no-print-directory test-programs BUILD=$(BUILD)/sanitized-gcc CC=gcc CXX=g++ $(SANITIZED)
	@$(MAKE) --no-print-directory fuzz-programs BUILD=$(BUILD)/sanitized-clang CC=clang CXX=clang++ $(SANITIZED)

# libFuzzer comes with clang alone. Only what a target is about is compiled once more, so that it is seen where an input
# leads; the rest is that of the other test programs.
FUZZ_SECONDS ?= 60
FUZZED_results := harness/testing/results_fuzz.c harness/results/results_*.c harness/common/s*.c harness/common/units.c harness/request/spec*.c \
                  harness/request/cell.c harness/evaluate/*.c harness/gate/*.c harness/history/*.c
FUZZED_tables := tables/testing/tables_fuzz.c tables/linear*.c tables/paged*.c tables/dense*.c
FUZZ_PROGRAMS := $(BUILD)/fuzz/results_fuzz $(BUILD)/fuzz/tables_fuzz
fuzz_objects = $(patsubst %.c,$(BUILD)/fuzz/%.o,$(filter-out %_test.c,$(wildcard $(FUZZED_$(1)))))

fuzz-programs: test-programs # whose archive they take
	@if echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	    $(CC) -fsanitize=fuzzer -x c -o /dev/null - 2>/dev/null; then \
	    $(MAKE) --no-print-directory $(FUZZ_PROGRAMS); \
	else rm -f $(FUZZ_PROGRAMS); echo 'no fuzzing: $(CC) has no libFuzzer (Debian: clang and libclang-rt-14-dev)'; fi

test: test-programs sanitized-programs lint  ## every test: plain, under sanitizers, integration; "N passed, N failed"
	@FUZZ_SECONDS='$(FUZZ_SECONDS)' scripts/run-tests $(BUILD) $(SANITIZED_BUILDS)

check: sanitized-programs  ## the suites under ASan and UBSan, gcc and clang, and a minute of each fuzz target: FUZZ_SECONDS=
	@FUZZ_SECONDS='$(FUZZ_SECONDS)' scripts/run-tests $(SANITIZED_BUILDS)

lint:  ## clang-format and shellcheck
	@clang-format --dry-run --Werror $$(git ls-files '*.c' '*.h' '*.cc' '*.hh')
	@shellcheck -x $$(find scripts -maxdepth 1 -type f -exec grep -LE '^\#!.*python' {} +) .ci/run $$(git ls-files '*.sh')

format:  ## clang-format the tree
	@clang-format -i $$(git ls-files '*.c' '*.h' '*.cc' '*.hh')

# ---- building ----

# Two runs of make in one tree, each with a bench, must not take each other's file.
FRESH := new.$(shell echo $$PPID)

$(BUILD)/include/build_version.h: FORCE
	@mkdir -p $(@D)
	@printf '#define GROWBENCH_VERSION "%s"\n#define GROWBENCH_REVISION "%s"\n#define GROWBENCH_FLAGS "%s"\n' \
	    '$(VERSION)' "$$(git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)" \
	    '$(strip $(CFLAGS) $(SANITIZE))' > $@.$(FRESH)
	@cmp -s $@ $@.$(FRESH) && rm $@.$(FRESH) || mv $@.$(FRESH) $@

$(BUILD)/harness/run/environment.o $(BUILD)/harness/run/revision.o $(BUILD)/harness/main.o: $(BUILD)/include/build_version.h

# Which of the tables' libraries there are; what was built without one is built anew when it has come. How to link
# with them is asked with it and not by each program: that takes longer than linking.
LINK_FLAGS := $(BUILD)/table_libraries.link
ASK_TABLES := CC='$(CC)' CXX='$(CXX)' RUSTC='$(RUSTC)' scripts/table-libraries
$(BUILD)/include/table_libraries.h: FORCE
	@mkdir -p $(@D)
	@$(ASK_TABLES) header > $@.$(FRESH)
	@cmp -s $@ $@.$(FRESH) && [ -f $(LINK_FLAGS) ] && rm $@.$(FRESH) || \
	    { $(ASK_TABLES) link > $(LINK_FLAGS).$(FRESH) && mv $(LINK_FLAGS).$(FRESH) $(LINK_FLAGS) && mv $@.$(FRESH) $@; }

TABLES_ON_LIBRARIES := $(shell grep -l 'table_libraries.h"' tables/*.c tables/*.cc harness/history/*.c 2>/dev/null)
$(patsubst %,$(BUILD)/%.o,$(basename $(TABLES_ON_LIBRARIES))): $(BUILD)/include/table_libraries.h
$(patsubst %,$(BUILD)/%.o,$(basename $(TABLES_ON_LIBRARIES))): TABLE_INCLUDES = $(shell scripts/table-libraries compile $(*F))

# An empty archive where there is no Rust compiler: tables/rust.c then says so.
$(RUST_TABLES): $(wildcard tables/rust/*.rs) $(BUILD)/include/table_libraries.h
	@mkdir -p $(@D); rm -f $@
	@if grep -q WITH_RUST $(BUILD)/include/table_libraries.h; then \
	    echo '  RUST $@'; $(RUSTC) --edition 2021 --crate-type staticlib --crate-name growbench_tables $(RUST_WARNINGS) \
	        -C opt-level=3 -C panic=abort -o $@ tables/rust/lib.rs; \
	else ar rc $@; fi

# What was compiled with other flags is compiled anew: a record names the flags of all of it.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CXX) $(ALIGN) $(CFLAGS) $(SANITIZE)' | cmp -s - $@ || echo '$(CC) $(CXX) $(ALIGN) $(CFLAGS) $(SANITIZE)' > $@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo '  CC   $<'; $(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/%.o: %.cc $(BUILD)/flags
	@mkdir -p $(@D)
	@echo '  CXX  $<'; $(CXX) $(ALL_CXXFLAGS) -c -o $@ $<

$(PROGRAM): $(HARNESS) $(BUILD)/harness/main.o $(BACK_ENDS)
	@echo '  LINK $@'; $(CXX) $(CFLAGS) $(SANITIZE) -rdynamic -o $@ $^ $(LINK_LIBRARIES)

$(BARE): $(BUILD)/harness/bare/main.o $(BACK_ENDS)
	@echo '  LINK $@'; $(CXX) $(CFLAGS) $(SANITIZE) -o $@ $^ $(TABLE_LIBRARIES) -lpthread -ldl -lm

# Of everything a test takes what it needs: linking all of it sixty times took longer than compiling.
EVERYTHING := $(BUILD)/everything.a
$(EVERYTHING): $(HARNESS) $(filter %.o,$(BACK_ENDS))
	@rm -f $@; ar rcsT $@ $^

$(BUILD)/tests/%: $(BUILD)/%.o $(EVERYTHING) $(RUST_TABLES)
	@mkdir -p $(@D); echo '  LINK $@'; $(CXX) $(CFLAGS) $(SANITIZE) -rdynamic -o $@ $^ -lcmocka $(LINK_LIBRARIES)

$(RESAMPLE): $(BUILD)/harness/testing/gate_resample.o $(EVERYTHING) $(RUST_TABLES)
	@echo '  LINK $@'; $(CXX) $(CFLAGS) $(SANITIZE) -rdynamic -o $@ $^ $(LINK_LIBRARIES)

# What hashes and slots are compared with tells libFuzzer nothing, and takes three quarters of the time.
$(BUILD)/fuzz/tables/%.o: NO_COVERAGE := -fno-sanitize-coverage=trace-cmp
$(BUILD)/fuzz/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo '  CC   $< (to be fuzzed)'; $(CC) $(ALL_CFLAGS) -fsanitize=fuzzer-no-link $(NO_COVERAGE) -c -o $@ $<

$(BUILD)/fuzz/results_fuzz: $(call fuzz_objects,results)
$(BUILD)/fuzz/tables_fuzz: $(call fuzz_objects,tables)
$(FUZZ_PROGRAMS): $(EVERYTHING) $(RUST_TABLES)
	@echo '  LINK $@'; $(CXX) $(CFLAGS) $(SANITIZE) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LINK_LIBRARIES)

library = mkdir -p $(@D); echo '  LIB  $@'; $(CC) $(CFLAGS) -std=c11 -D_GNU_SOURCE $(C_WARNINGS) -I. -shared -fPIC

# The command that the example's head comment tells.
$(BUILD)/lib/%.so: tables/examples/%.c tables/table.h
	@$(library) -o $@ $<

$(BUILD)/lib/%.so: tables/testing/%.c tables/table.h
	@$(library) -o $@ $<

$(BUILD)/lib/%.so: allocators/testing/%.c
	@$(library) -o $@ $<

$(BUILD)/lib/aborting_malloc.so: allocators/testing/refusing_malloc.c
	@$(library) -DABORTS -o $@ $<

$(patsubst %,$(BUILD)/lib/faulty_%.so,$(FAULTS)): $(BUILD)/lib/faulty_%.so: tables/testing/faulty.c tables/table.h
	@$(library) -DFAULT_$(shell echo $* | tr a-z A-Z) -o $@ $<

# They take the rows that they wrap from the program that loads them.
$(patsubst %,$(BUILD)/lib/planted_%.so,$(PLANTS)): $(BUILD)/lib/planted_%.so: tables/testing/planted.c tables/table.h
	@$(library) -DPLANT_$(shell echo $* | tr a-z A-Z) -o $@ $<

$(patsubst %,$(BUILD)/lib/planted_region_%.so,$(REGION_PLANTS)): $(BUILD)/lib/planted_region_%.so: \
        allocators/testing/planted_region.c allocators/allocator.h
	@$(library) -DPLANT_$(shell echo $* | tr a-z A-Z) -o $@ $<

install: all  ## copy program and chart scripts to PREFIX (default /usr/local)
	install -D -t $(DESTDIR)$(PREFIX)/bin $(PROGRAM) $(BARE)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/growbench/plots plots/*.gp plots/report.css

clean:  ## remove build/
	rm -rf $(BUILD)

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# With `make -j deps test` nothing may be compiled before the packages are there.
PACKAGES_FIRST := $(filter deps deps-all,$(MAKECMDGOALS))
ifneq ($(PACKAGES_FIRST),)
$(HARNESS) $(BACK_ENDS) $(BUILD)/harness/main.o $(BUILD)/harness/bare/main.o: | $(PACKAGES_FIRST)
$(BUILD)/include/table_libraries.h: | $(PACKAGES_FIRST)
$(patsubst %.c,$(BUILD)/%.o,$(wildcard */*_test.c */*/*_test.c)) $(TEST_LIBRARIES): | $(PACKAGES_FIRST)
lint sanitized-programs: | $(PACKAGES_FIRST)
deps-all: | $(filter deps,$(PACKAGES_FIRST)) # one apt at a time
endif

FORCE:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
