# toilmeter. `make help` lists the targets. Everything built goes to $(BUILD); nothing else in the tree is written.

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
VERSION := $(shell cat VERSION)

# Sanitizer builds: make BUILD=build/asan SANITIZE=address,undefined ...
SANITIZE ?=

LIBS_COMMON    := libpq libcjson libfyaml libcrypto libpcre2-8 glib-2.0
LIBS_COLLECTOR := rdkafka libmicrohttpd libsystemd
LIBS_ANALYZERS := gsl libarchive
LIBS_TESTS     := criterion

# -Wshadow and -Wconversion's cheap half catch what reviews miss; -Wvla because the stack is bounded; the format warnings
# because messages are made from outside text; _FORTIFY_SOURCE and the stack protector because input is hostile.
WARNINGS := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wvla -Wundef -Wformat=2 -Wstrict-prototypes \
            -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-align -Wwrite-strings \
            -Wimplicit-fallthrough -Wdouble-promotion -Wnull-dereference -Wduplicated-cond -Wlogical-op -Wno-overlength-strings
OPTIMIZE ?= -O2
CFLAGS   ?= $(OPTIMIZE) -g
ALL_CFLAGS := -std=c17 $(WARNINGS) $(CFLAGS) -D_GNU_SOURCE -DTOIL_VERSION='"$(VERSION)"' -fstack-protector-strong \
              -fno-common -pthread -MMD -MP -Iinclude -I$(BUILD)/gen $(shell pkg-config --cflags $(LIBS_COMMON))
ALL_LDFLAGS := $(LDFLAGS) -pthread -Wl,-z,relro,-z,now -Wl,--as-needed
ifneq ($(SANITIZE),)
# What the sanitizers add misleads gcc's flow warnings; the plain build is where a warning is an error.
ALL_CFLAGS  += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -w
ALL_LDFLAGS += -fsanitize=$(SANITIZE)
else
ALL_CFLAGS  += -D_FORTIFY_SOURCE=2
endif

COMMON_SRC    := $(sort $(wildcard common/*.c common/*/*.c)) $(BUILD)/gen/sql_data.c $(BUILD)/gen/presets_data.c
PRESET_FILES  := $(sort $(wildcard presets/*.yaml))
COLLECTOR_SRC := $(sort $(wildcard collector/*.c))
ANALYZERS_SRC := $(sort $(wildcard analyzers/*.c analyzers/*/*.c))
UNIT_SRC      := $(sort $(wildcard tests/unit/test_*.c))
SUPPORT_SRC   := $(sort $(wildcard tests/support/lib_*.c))
TOOL_SRC      := $(sort $(wildcard tests/support/tool_*.c))
SQL_FILES     := $(sort $(wildcard schema/migrations/*.sql schema/queries/*.sql))

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(patsubst $(BUILD)/gen/%,gen/%,$(1)))
COMMON_OBJ    := $(call obj,$(COMMON_SRC))
COLLECTOR_OBJ := $(call obj,$(COLLECTOR_SRC))
ANALYZERS_OBJ := $(call obj,$(ANALYZERS_SRC))
# Programs' main stays out of the archives, so that tests can link the rest.
COLLECTOR_LIB_OBJ := $(filter-out $(BUILD)/obj/collector/main.o,$(COLLECTOR_OBJ))
ANALYZERS_LIB_OBJ := $(filter-out $(BUILD)/obj/analyzers/main.o,$(ANALYZERS_OBJ))
UNIT_BIN := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT_SRC))
INTEGRATION_SRC := $(sort $(wildcard tests/integration/test_*.c))
INTEGRATION_BIN := $(patsubst tests/integration/%.c,$(BUILD)/tests/integration/%,$(INTEGRATION_SRC))
TOOL_BIN := $(patsubst tests/support/tool_%.c,$(BUILD)/tools/toil-%,$(TOOL_SRC))

libs = $(shell pkg-config --libs $(1)) -lm
PROGRAMS := $(BUILD)/toilmeterd $(BUILD)/toilmeter

.PHONY: all help
all: $(PROGRAMS) ## build both programs into build/

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BUILD)/obj/%.o: %.c $(BUILD)/gen/toilmeter/sql_list.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(shell pkg-config --cflags $(LIBS_COLLECTOR) $(LIBS_ANALYZERS)) \
	    -I$(firstword $(subst /, ,$<)) -Ianalyzers -I. -c $< -o $@
$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/gen/toilmeter/sql_list.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

$(BUILD)/tools/embed_sql: tools/embed_sql.c
	@mkdir -p $(@D)
	$(CC) -std=c17 $(WARNINGS) -O1 -D_GNU_SOURCE $< -o $@
$(BUILD)/gen/toilmeter/sql_list.h $(BUILD)/gen/sql_data.c &: $(BUILD)/tools/embed_sql $(SQL_FILES)
	@mkdir -p $(BUILD)/gen/toilmeter
	$(BUILD)/tools/embed_sql $(BUILD)/gen/toilmeter/sql_list.h $(BUILD)/gen/sql_data.c $(SQL_FILES)

$(BUILD)/tools/embed_presets: tools/embed_presets.c
	@mkdir -p $(@D)
	$(CC) -std=c17 $(WARNINGS) -O1 -D_GNU_SOURCE $< -o $@
$(BUILD)/gen/presets_data.c: $(BUILD)/tools/embed_presets $(PRESET_FILES)
	@mkdir -p $(@D)
	$(BUILD)/tools/embed_presets $@ $(PRESET_FILES)

$(BUILD)/libcommon.a: $(COMMON_OBJ)
	@rm -f $@ && ar rcs $@ $^
$(BUILD)/libcollector.a: $(COLLECTOR_LIB_OBJ)
	@rm -f $@ && ar rcs $@ $^
$(BUILD)/libanalyzers.a: $(ANALYZERS_LIB_OBJ)
	@rm -f $@ && ar rcs $@ $^
$(BUILD)/libsupport.a: $(call obj,$(SUPPORT_SRC))
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/toilmeterd: $(BUILD)/obj/collector/main.o $(BUILD)/libcollector.a $(BUILD)/libcommon.a
	$(CC) $(ALL_LDFLAGS) $^ $(call libs,$(LIBS_COMMON) $(LIBS_COLLECTOR)) -o $@
$(BUILD)/toilmeter: $(BUILD)/obj/analyzers/main.o $(BUILD)/libanalyzers.a $(BUILD)/libcommon.a
	$(CC) $(ALL_LDFLAGS) $^ $(call libs,$(LIBS_COMMON) $(LIBS_ANALYZERS)) -o $@

# A unit test links what its module needs out of the archives.
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/libsupport.a $(BUILD)/libcollector.a $(BUILD)/libanalyzers.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $^ $(call libs,$(LIBS_COMMON) $(LIBS_COLLECTOR) $(LIBS_ANALYZERS) $(LIBS_TESTS)) -o $@
$(BUILD)/tools/gen_event_docs: $(BUILD)/obj/tools/gen_event_docs.o $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $^ $(call libs,$(LIBS_COMMON)) -o $@
$(BUILD)/tools/gen_manuals: $(BUILD)/obj/tools/gen_manuals.o $(BUILD)/libcollector.a $(BUILD)/libanalyzers.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $^ $(call libs,$(LIBS_COMMON) $(LIBS_COLLECTOR) $(LIBS_ANALYZERS)) -o $@
$(BUILD)/tools/gen_completions: $(BUILD)/obj/tools/gen_completions.o $(BUILD)/libcollector.a $(BUILD)/libanalyzers.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $^ $(call libs,$(LIBS_COMMON) $(LIBS_COLLECTOR) $(LIBS_ANALYZERS)) -o $@
COMPLETIONS := $(BUILD)/completion/toilmeter.bash $(BUILD)/completion/toilmeterd.bash \
               $(BUILD)/completion/_toilmeter $(BUILD)/completion/_toilmeterd
$(BUILD)/completion/%.bash: $(BUILD)/tools/gen_completions
	@mkdir -p $(@D)
	$< bash $* >$@.new && mv $@.new $@
$(BUILD)/completion/_%: $(BUILD)/tools/gen_completions
	@mkdir -p $(@D)
	$< zsh $* >$@.new && mv $@.new $@
$(BUILD)/tools/toil-%: $(BUILD)/obj/tests/support/tool_%.o $(BUILD)/libsupport.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $^ $(call libs,$(LIBS_COMMON) $(LIBS_COLLECTOR)) -o $@

# ---- test, check, bench, format, install, clean ----

TESTS ?=
SOURCES_C := $(shell git ls-files '*.c' '*.h' 2>/dev/null || find . -name '*.[ch]' -not -path './$(BUILD)/*')
# A make that was started without -j still uses what the machine has.
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
PAIRS ?= 5
ROWS  ?= 1000000
EVENTS ?= 100000 1000000 10000000
RUNS  ?= 1

.PHONY: flags tests tools test check check-pages stories bench bench-analysis bench-links calibrate docs format install deb check-package check-container clean
flags:
	@echo "$(filter -std=% -I%,$(ALL_CFLAGS)) -D_GNU_SOURCE -DTOIL_VERSION=0 -I. -Itests -Icommon -Icollector -Ianalyzers \
	    $(shell pkg-config --cflags $(LIBS_COLLECTOR) $(LIBS_ANALYZERS))"
tools: $(TOOL_BIN)
tests: $(PROGRAMS) $(TOOL_BIN) $(UNIT_BIN) $(INTEGRATION_BIN)

test: ## install what is missing, build, run unit and integration tests (TESTS="test_decode ..." for some)
	@tools/install_deps.sh build test --optional kafka
	@$(SUBMAKE) -s tests
	@BUILD=$(BUILD) tests/run $(TESTS)

check: ## formatting, static analysis, include arrows, banned calls, documents against tables
	@tools/install_deps.sh build test check
	@$(SUBMAKE) -s all tools
	@BUILD=$(BUILD) tools/check.sh

check-pages: ## open pages in Chromium: those of the tests, and the demo's where it has been run (PAGES="FILE.html ...")
	@tools/install_deps.sh browser
	@tests/browser/check_pages $(or $(PAGES),$(wildcard tests/golden/*.html $(BUILD)/demo/pages/*.html))

SEEDS ?= 1 10
stories: ## the six stories on many made-up companies, against what was planted (SEEDS="1 10")
	@tools/install_deps.sh build test
	@$(SUBMAKE) -s all
	@BUILD=$(BUILD) tests/demo/seeds.sh $(SEEDS)

bench: ## compare collector and analysis with the database's own limit (ROWS=1000000 PAIRS=5, bench-analysis)
	@tools/install_deps.sh build test --optional kafka
	@$(SUBMAKE) -s all tools
	@BUILD=$(BUILD) ROWS=$(ROWS) PAIRS=$(PAIRS) tests/bench/run
	@BUILD=$(BUILD) EVENTS="$(EVENTS)" RUNS=$(RUNS) tests/bench/analysis

bench-analysis: ## the part of bench about toilmeter analyze (EVENTS="100000 1000000 10000000" RUNS=1)
	@tools/install_deps.sh build test
	@$(SUBMAKE) -s all
	@BUILD=$(BUILD) EVENTS="$(EVENTS)" RUNS=$(RUNS) tests/bench/analysis

# Data of this form: NAME-alarms.csv beside NAME-edges.csv (tests/support/lib_alarms.h); LIST=1 prints each pair.
DATA ?= ../shared/data/links
LIST ?=
bench-links: ## F1 of the links found among alarms with known causes (DATA=folder with NAME-alarms.csv, NAME-edges.csv LIST=1)
	@tools/install_deps.sh build test
	@$(SUBMAKE) -s $(BUILD)/tests/bench/bench_links
	@ls $(DATA)/*-alarms.csv >/dev/null 2>&1 || { echo "bench-links: no NAME-alarms.csv in $(DATA)" >&2; exit 2; }
	@for alarms in $(DATA)/*-alarms.csv; do \
	    $(BUILD)/tests/bench/bench_links --alarms "$$alarms" --edges "$${alarms%-alarms.csv}-edges.csv" \
	        $(if $(LIST),--list) || exit $$?; \
	done

# A whole run is ROUNDS=200; the short one only sees what is clearly wrong.
ROUNDS ?= 25
WORLDS ?=
calibrate: ## coverage, false claims and power: links in simulated worlds, then savings, growth, payback (ROUNDS=25 WORLDS=a,b SEED=1)
	@tools/install_deps.sh build test
	@$(SUBMAKE) -s $(BUILD)/tests/bench/calibrate $(BUILD)/tests/bench/calibrate_weeks
	@BUILD=$(BUILD) WORLDS="$(WORLDS)" tests/bench/calibrate_all $(ROUNDS) $(SEED) $(if $(LIST),--details)

docs: ## make the references, the JSON Schema and the manual pages from the code's tables
	@$(SUBMAKE) -s $(BUILD)/tools/gen_event_docs $(BUILD)/tools/gen_manuals
	@BUILD=$(BUILD) tools/gen_docs.sh

format: ## lay out every C file as .clang-format says
	clang-format -i $(SOURCES_C)

# What is made for the place it comes to: the unit and its user, completions where the shells look for them.
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
SHARE := $(DESTDIR)$(PREFIX)/share
DOC   := $(SHARE)/doc/toilmeter
install: all $(COMPLETIONS) ## put programs, man pages, completions, unit, presets and documents under PREFIX, below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DOC)/examples $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/sysusers.d
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 README.md LICENSE $(wildcard docs/*.md docs/*.json) $(DOC)
	install -m 644 $(wildcard deploy/examples/*) $(DOC)/examples
	$(foreach file,$(wildcard deploy/prometheus/* deploy/grafana/*),install -D -m 644 $(file) $(DOC)/examples/$(patsubst deploy/%,%,$(file));)
	$(foreach page,$(wildcard docs/*.[1-8]),install -D -m 644 $(page) \
	    $(SHARE)/man/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page));)
	$(foreach preset,$(wildcard presets/*.yaml),install -D -m 644 $(preset) $(SHARE)/toilmeter/$(preset);)
	$(foreach program,toilmeter toilmeterd,install -D -m 644 $(BUILD)/completion/$(program).bash \
	    $(SHARE)/bash-completion/completions/$(program);)
	install -d $(DESTDIR)$(ZSH_COMPLETIONS)
	install -m 644 $(BUILD)/completion/_toilmeter $(BUILD)/completion/_toilmeterd $(DESTDIR)$(ZSH_COMPLETIONS)
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' deploy/toilmeterd.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/toilmeterd.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/toilmeterd.service
	install -m 644 deploy/toilmeter.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/toilmeter.conf

deb: ## the Debian package, inspected by lintian and built twice to compare; its path is printed
	@tools/install_deps.sh build package
	@BUILD=$(BUILD) tools/build_deb.sh --twice

check-package: ## install the package into a clean Debian 12 tree (as root), and use it there
	@tools/install_deps.sh build test kafka package
	@$(SUBMAKE) -s tools
	@BUILD=$(BUILD) tests/package/debootstrap.sh

check-container: ## build the image without a registry (as root), and use it
	@tools/install_deps.sh test package
	@BUILD=$(BUILD) tests/package/container.sh

clean: ## remove what was built
	rm -rf $(BUILD)

# ---- demo ----

SEED ?= 1
.PHONY: demo demo-up demo-down
demo: ## a year of events through a broker into PostgreSQL and out as reports, compared with the truth (SEED=1 BROKER=kafka)
	@BUILD=$(BUILD) SEED=$(SEED) BROKER=$(BROKER) tests/demo/demo.sh run
demo-up: ## the same, and leave the database up: . build/demo/env; make demo-down stops it
	@BUILD=$(BUILD) SEED=$(SEED) BROKER=$(BROKER) tests/demo/demo.sh up
demo-down: ## stop what demo-up left
	@BUILD=$(BUILD) tests/demo/demo.sh down

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
