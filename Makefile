# toilmeter. `make help` lists the targets. Everything built goes to $(BUILD); nothing else in the tree is written.

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
VERSION := $(shell cat VERSION)

# Sanitizer builds: make BUILD=build/asan SANITIZE=address,undefined ...
SANITIZE ?=

LIBS_COMMON    := libpq libcjson libfyaml libcrypto libpcre2-8
LIBS_COLLECTOR := rdkafka libmicrohttpd libsystemd
LIBS_ANALYZERS := gsl libarchive glib-2.0
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
ALL_CFLAGS  += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
ALL_LDFLAGS += -fsanitize=$(SANITIZE)
else
ALL_CFLAGS  += -D_FORTIFY_SOURCE=2
endif

COMMON_SRC    := $(sort $(wildcard common/*.c)) $(BUILD)/gen/sql_data.c
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
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BUILD)/obj/%.o: %.c $(BUILD)/gen/toilmeter/sql_list.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(shell pkg-config --cflags $(LIBS_COLLECTOR) $(LIBS_ANALYZERS)) \
	    -I$(firstword $(subst /, ,$<)) -I. -c $< -o $@
$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/gen/toilmeter/sql_list.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

$(BUILD)/tools/embed_sql: tools/embed_sql.c
	@mkdir -p $(@D)
	$(CC) -std=c17 $(WARNINGS) -O1 -D_GNU_SOURCE $< -o $@
$(BUILD)/gen/toilmeter/sql_list.h $(BUILD)/gen/sql_data.c &: $(BUILD)/tools/embed_sql $(SQL_FILES)
	@mkdir -p $(BUILD)/gen/toilmeter
	$(BUILD)/tools/embed_sql $(BUILD)/gen/toilmeter/sql_list.h $(BUILD)/gen/sql_data.c $(SQL_FILES)

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
$(BUILD)/tools/toil-%: $(BUILD)/obj/tests/support/tool_%.o $(BUILD)/libsupport.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $^ $(call libs,$(LIBS_COMMON) $(LIBS_COLLECTOR)) -o $@

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
