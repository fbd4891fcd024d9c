# xl-gpu: partitions of SR-IOV GPUs for Xen guests.
#
#   make demo      install what it needs, show a guest with its partition
#   make test      install what it needs, run the tests that CI runs
#   make test-all  everything, long campaigns too
#   make install   DESTDIR is honoured; then divert-xl add puts xl in place
#   make deb       Debian packages of it, in build/deb
#   make xapi      the plugin for XenServer and XCP-ng; make install-xapi

VERSION = $(shell sed -n '1s/.*[(]\(.*\)[)].*/\1/p' debian/changelog)

# The wrapper and the binary know this place.
LIBDIR = /usr/lib/xl-gpu
MANDIR = /usr/share/man
# Where Pacemaker looks for resource agents.
OCFDIR = /usr/lib/ocf
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
BUILD = build

# CHECK=sanitize, CHECK=coverage: programs that tell what they do wrong, or what
# of them is run, in a directory of their own. What is preloaded comes into
# others' programs too, and is as always.
ifeq ($(CHECK),sanitize)
BUILD = build/sanitize
CHECKED = -fsanitize=address,undefined,float-cast-overflow,float-divide-by-zero \
	-fno-sanitize-recover=undefined,float-cast-overflow,float-divide-by-zero \
	-fno-omit-frame-pointer
CHECKED_LD = -static-libasan -static-libubsan -Wl,--wrap=_exit
else ifeq ($(CHECK),coverage)
BUILD = build/coverage
# Not optimised: else functions are called without a call.
CHECKED = -O0 --coverage -fprofile-update=atomic
CHECKED_LD = -Wl,--wrap=_exit,--wrap=raise
endif
ifdef CHECK
CHECKED_OBJ = $(addprefix $(BUILD)/tests/analysis/,$(CHECK).o leaks.o)
$(CHECKED_OBJ): XLGPU_CFLAGS += -DXLGPU_REPORTS='"$(CURDIR)/build/sanitize/reports"'
endif

LIBS = xenlight xlutil xenstore xencontrol xenguest xenhypfs xentoollog \
	xenforeignmemory libpci yajl libzstd libxxhash
XLGPU_CFLAGS = -std=gnu11 $(WARNINGS) -pthread -Ilibxl-ext -I. \
	$(shell pkg-config --cflags $(LIBS) 2>/dev/null)
XLGPU_LIBS = $(shell pkg-config --libs $(LIBS) 2>/dev/null)

# What is in libxl's place in the xapi plugin.
XAPI_SRC = $(wildcard libxl-ext/xapi/*.c) xenstore/xenopsd.c
SRC = $(filter-out $(XAPI_SRC), \
	$(wildcard libxl-ext/*.c libxl-ext/*/*.c xenstore/*.c))
OBJ = $(SRC:%.c=$(BUILD)/%.o)
# All but the programs' own files, for the tests too.
LIB = $(BUILD)/libxlgpu.a
CLI_OBJ = $(filter $(BUILD)/libxl-ext/cli/%,$(OBJ))
HELPER = $(BUILD)/xl-gpu-save-helper
HELPER_MAIN = $(BUILD)/libxl-ext/helper/main.o

all: $(BUILD)/xl-gpu $(HELPER)

LINK = $(CC) $(CFLAGS) $(CHECKED) $(CHECKED_LD) $(LDFLAGS)

$(BUILD)/xl-gpu: $(CLI_OBJ) $(CHECKED_OBJ) $(LIB)
	$(LINK) -o $@ $^ $(XLGPU_LIBS)

$(HELPER): $(HELPER_MAIN) $(CHECKED_OBJ) $(LIB)
	$(LINK) -o $@ $^ $(XLGPU_LIBS)

# The plugin takes from dom0 what a stub of its libraries has, but for
# libxlutil, whose name changes with Xen's version: docs/architecture.md.
XAPI = $(BUILD)/xapi/xl-gpu
XAPI_OBJ = $(XAPI_SRC:%.c=$(BUILD)/%.o)
XAPI_CLI = $(patsubst %,$(BUILD)/libxl-ext/cli/%.o, \
	emit layout_print list_print verdict_print)
DOM0 = $(addprefix $(BUILD)/xapi/dom0/,libc.so.6 libexpat.so.1 libpci.so.3 \
	libxenstore.so.4 libyajl.so.2)

xapi: $(XAPI)

$(DOM0): $(BUILD)/xapi/dom0/%: scripts/dom0-stub
	@mkdir -p $(@D)
	CC="$(CC)" scripts/dom0-stub $* $@

# Its own objects first: no other ones are taken for what they have.
ifndef CHECK
$(XAPI): $(XAPI_OBJ) $(XAPI_CLI) $(LIB) $(DOM0)
	$(LINK) -nodefaultlibs -o $@ $(XAPI_OBJ) $(XAPI_CLI) $(LIB) \
		-l:libxlutil.a $(DOM0) -lgcc
else
# What is checked needs more than dom0 has.
$(XAPI): $(filter-out %/glibc217.o,$(XAPI_OBJ)) $(XAPI_CLI) $(CHECKED_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(XLGPU_LIBS) -lexpat
endif

$(BUILD)/libxl-ext/cli/html.o: XLGPU_CFLAGS += -DXLGPU_VERSION='"$(VERSION)"'

# The hash, for the instruction sets that a CPU may have.
$(BUILD)/libxl-ext/helper/hash_%.o: XLGPU_CFLAGS += -O3
$(BUILD)/libxl-ext/helper/hash_avx2.o: XLGPU_CFLAGS += -mavx2
$(BUILD)/libxl-ext/helper/hash_avx512.o: XLGPU_CFLAGS += -mavx512f

$(LIB): $(filter-out $(CLI_OBJ) $(HELPER_MAIN),$(OBJ))
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(XLGPU_CFLAGS) $(CFLAGS) $(CHECKED) $(CPPFLAGS) -MMD -MP -c -o $@ $<

# Each has a man page, which is xl-gpu(8).
VERBS = $(shell sed -n 's/^    { "\([a-z-]*\)", main_.*/\1/p' \
	libxl-ext/cli/main.c)

install: all
	install -d $(DESTDIR)$(LIBDIR)/stock $(DESTDIR)/usr/sbin \
		$(DESTDIR)/etc/bash_completion.d $(DESTDIR)/etc/init.d \
		$(DESTDIR)/usr/lib/systemd/system/xendomains.service.d \
		$(DESTDIR)/etc/xl-gpu/models.d $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(MANDIR)/man8 \
		$(DESTDIR)$(OCFDIR)/lib/xl-gpu $(DESTDIR)$(OCFDIR)/resource.d/xl-gpu
	install -m 755 $(BUILD)/xl-gpu $(HELPER) scripts/xl scripts/divert-xl \
		$(DESTDIR)$(LIBDIR)
	ln -sfn /usr/sbin/xl.stock $(DESTDIR)$(LIBDIR)/stock/xl
	install -m 644 config/models.d/*.conf $(DESTDIR)/etc/xl-gpu/models.d
	[ -e $(DESTDIR)/etc/xl-gpu/gpu.conf ] || \
		install -m 644 config/gpu.conf $(DESTDIR)/etc/xl-gpu
	ln -sfn $(LIBDIR)/xl-gpu $(DESTDIR)/usr/sbin/xl-gpu
	install -m 644 config/xl-gpu.service config/xl-gpu-recover.service \
		$(DESTDIR)/usr/lib/systemd/system
	install -m 644 config/xendomains.conf \
		$(DESTDIR)/usr/lib/systemd/system/xendomains.service.d/10-xl-gpu.conf
	install -m 755 config/init.d/xl-gpu $(DESTDIR)/etc/init.d
	install -m 644 docs/man/*.5 $(DESTDIR)$(MANDIR)/man5
	install -m 644 docs/man/*.7 $(DESTDIR)$(MANDIR)/man7
	install -m 644 $(filter-out %/xl-gpu-xapi.8,$(wildcard docs/man/*.8)) \
		$(DESTDIR)$(MANDIR)/man8
	for verb in $(VERBS); do \
		ln -sfn xl-gpu.8 $(DESTDIR)$(MANDIR)/man8/xl-gpu-$$verb.8 || exit; \
	done
	# Not beside Xen's own, which has the name that is loaded for xl.
	install -m 644 scripts/bash-completion \
		$(DESTDIR)/etc/bash_completion.d/xl-gpu
	install -m 644 scripts/ocf/lib/xl-gpu/* $(DESTDIR)$(OCFDIR)/lib/xl-gpu
	install -m 755 scripts/ocf/resource.d/xl-gpu/* \
		$(DESTDIR)$(OCFDIR)/resource.d/xl-gpu

install-xapi: xapi
	install -d $(DESTDIR)/etc/xapi.d/plugins \
		$(DESTDIR)/usr/lib/systemd/system \
		$(DESTDIR)/etc/xl-gpu/models.d $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(MANDIR)/man8
	install -m 755 $(XAPI) $(DESTDIR)/etc/xapi.d/plugins
	install -m 644 config/models.d/*.conf $(DESTDIR)/etc/xl-gpu/models.d
	[ -e $(DESTDIR)/etc/xl-gpu/gpu.conf ] || \
		install -m 644 config/gpu.conf $(DESTDIR)/etc/xl-gpu
	install -m 644 config/xl-gpu-xapi.service \
		$(DESTDIR)/usr/lib/systemd/system
	install -m 644 docs/man/*.8 $(DESTDIR)$(MANDIR)/man8
	install -m 644 docs/man/*.5 $(DESTDIR)$(MANDIR)/man5

# For the Debian release that this is; REBUILD=2 makes a higher version.
deb:
	scripts/setup build deb
	scripts/deb $(REBUILD)

# ---- Tests ----

# The same with fault points: libxl-ext/step.h.
FAULTS = $(addprefix $(BUILD)/faults/,xl-gpu xl-gpu-save-helper)
$(FAULTS) &: $(SRC) $(wildcard libxl-ext/*.h libxl-ext/*/*.h xenstore/*.h)
	$(MAKE) BUILD=$(BUILD)/faults CPPFLAGS=-DXLGPU_FAULTS $(FAULTS)

XAPI_FAULTS = $(BUILD)/faults/xapi/xl-gpu
$(XAPI_FAULTS): $(XAPI_SRC) scripts/dom0-stub $(FAULTS)
	$(MAKE) BUILD=$(BUILD)/faults CPPFLAGS=-DXLGPU_FAULTS $@

UNIT = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
RECORDS = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/records/test_*.c))
FAKEXEN = $(BUILD)/tests/records/fakexen.so

$(UNIT) $(RECORDS): $(BUILD)/%: $(BUILD)/%.o $(CHECKED_OBJ) $(LIB)
	$(LINK) -o $@ $^ $(XLGPU_LIBS) -lcmocka

# What takes xapi's calls apart is not in the library: it needs expat.
RPC = $(patsubst %,$(BUILD)/libxl-ext/xapi/%.o,rpc_answer rpc_call text)
RPC_TESTS = $(addprefix $(BUILD)/tests/,unit/test_rpc fuzz/fuzz_rpc)
$(RPC_TESTS): $(RPC)
$(RPC_TESTS): XLGPU_LIBS += $(LIB) -lexpat

$(FAKEXEN): tests/records/fakexen.c
	@mkdir -p $(@D)
	$(CC) -shared -fPIC $(CFLAGS) -Wall -o $@ $< -ldl

# Simulated hardware and Xen.
SIM = $(addprefix $(BUILD)/tests/sim/,simfs simxl simxen.so simguest.so simcut speak)
SIM_DOM = tests/sim/simdom.c tests/sim/simpci.c
SIM_CC = @mkdir -p $(@D) && $(CC) -std=gnu11 $(WARNINGS) $(CFLAGS) $(LDFLAGS)
SIM_LINK = $(SIM_CC) $(CHECKED) $(CHECKED_LD) -o $@ $(filter %.c %.o %.a,$^)

$(SIM): $(wildcard tests/sim/*.h)

# It ends from a signal's handler, where leaks can't be looked for.
$(BUILD)/tests/sim/simfs: CHECKED_LD := $(filter-out -Wl%,$(CHECKED_LD))
$(BUILD)/tests/sim/simfs: $(wildcard tests/sim/simfs*.c) $(CHECKED_OBJ)
	$(SIM_LINK) $(shell pkg-config --cflags --libs fuse3)

$(BUILD)/tests/sim/simxl: $(wildcard tests/sim/simxl*.c) tests/sim/simconfig.c \
		$(SIM_DOM) $(CHECKED_OBJ)
	$(SIM_LINK) $(XLGPU_CFLAGS) $(XLGPU_LIBS)

$(BUILD)/tests/sim/simxen.so: $(wildcard tests/sim/simxen*.c) \
		tests/sim/simconfig.c $(SIM_DOM)
	$(SIM_CC) -shared -fPIC -o $@ $(filter %.c,$^) $(XLGPU_CFLAGS) -lxenstore

$(BUILD)/tests/sim/simguest.so: tests/sim/simguest.c $(SIM_DOM)
	$(SIM_CC) -shared -fPIC -o $@ $(filter %.c,$^) $(XLGPU_CFLAGS) -lxenstore

$(BUILD)/tests/sim/simcut: tests/sim/simcut.c $(CHECKED_OBJ) $(LIB)
	$(SIM_LINK) $(XLGPU_CFLAGS) $(XLGPU_LIBS)

$(BUILD)/tests/sim/speak: tests/sim/speak.c $(CHECKED_OBJ)
	$(SIM_LINK) $(shell pkg-config --cflags --libs libzstd)

# Fuzz targets: here with a main() that runs the inputs that are kept;
# tests/fuzz/run makes them with libFuzzer's.
FUZZ = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_MAIN = $(BUILD)/tests/fuzz/main.o
FUZZ_OBJ = $(addprefix $(BUILD)/tests/,fuzz/fuzz.o fuzz/xs.o analysis/leaks.o) \
	$(FUZZ_MAIN)

# xs.o is in libxenstore's place.
$(FUZZ): $(BUILD)/%: $(BUILD)/%.o $(FUZZ_OBJ) $(CHECKED_OBJ) $(LIB)
	$(LINK) -o $@ $^ $(XLGPU_LIBS)

fuzz-targets: $(FUZZ)

# Ten minutes for each target, two at a time.
fuzz: setup-fuzz
	tests/fuzz/run 600

COUNT_XS = $(BUILD)/tests/bench/count_xs.so
$(COUNT_XS): tests/bench/count_xs.c
	$(SIM_CC) -shared -fPIC -o $@ $<

TIME_MAP = $(BUILD)/tests/bench/time_map.so
$(TIME_MAP): tests/bench/time_map.c
	$(SIM_CC) -shared -fPIC -o $@ $< $(XLGPU_CFLAGS)

# Runs in dom0 of the testbed.
DIRTY_ROUNDS = $(BUILD)/tests/guest/dirty-rounds
$(DIRTY_ROUNDS): tests/guest/dirty-rounds.c
	@mkdir -p $(@D)
	$(CC) $(XLGPU_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(XLGPU_LIBS)

BENCH_HASH = $(BUILD)/tests/bench/hash
$(BENCH_HASH): $(BENCH_HASH).o $(CHECKED_OBJ) $(LIB)
	$(LINK) -pthread -o $@ $^ $(XLGPU_LIBS)

# What tests/analysis sees its tools find.
BROKEN = $(BUILD)/tests/analysis/broken
$(BROKEN): $(BROKEN).o $(CHECKED_OBJ)
	$(LINK) -o $@ $^

tests: $(UNIT) $(RECORDS) $(FAKEXEN) $(FAULTS) $(SIM) $(COUNT_XS) $(TIME_MAP) \
	$(DIRTY_ROUNDS) $(FUZZ) $(BENCH_HASH) $(XAPI) $(XAPI_FAULTS) $(BROKEN)

# The unit tests alone, as when a package is built: without the plugin's.
UNIT_TESTS = $(filter-out $(RPC_TESTS),$(UNIT))
check: $(UNIT_TESTS)
	@set -e; for t in $(UNIT_TESTS); do $$t; done

setup:
	scripts/setup build testbed test xapi

setup-fuzz: setup
	scripts/setup fuzz

setup-analysis:
	scripts/setup build test xapi analysis

# pkg-config and the compiler may come with the set-up: a new make sees them.
test: setup
	$(MAKE) -j$(shell nproc) all tests
	tests/run

setup-browser: setup
	scripts/setup browser

test-all: setup setup-fuzz setup-browser setup-analysis
	$(MAKE) -j$(shell nproc) all tests
	tests/all

# The tests but for the testbed's, with address, undefined and leak sanitizer.
sanitize: setup-analysis
	tests/analysis/sanitize

# What of the sources the same tests run: a table, and a list of what they don't
# in build/coverage/not-covered.
coverage: setup-analysis
	tests/analysis/coverage

demo: setup
	scripts/demo

# A pipe fails where what measures does.
bench: SHELL = /bin/bash
bench: .SHELLFLAGS = -o pipefail -c
bench: setup
	$(MAKE) all tests
	scripts/testbed down
	scripts/testbed up --hosts 2 --memory 6144
	tests/bench/create | tests/bench/publish create
	tests/bench/scale
	$(BENCH_HASH) | tests/bench/publish hash
	tests/bench/migrate --new
	tests/bench/map
	tests/bench/tracker
	XEN=4.20 tests/bench/tracker
	tests/bench/pool | tests/bench/publish pool

clean:
	rm -rf $(BUILD)/libxl-ext $(BUILD)/xenstore $(BUILD)/tests \
		$(BUILD)/faults $(BUILD)/xapi $(BUILD)/xl-gpu $(HELPER) $(LIB) \
		$(BUILD)/sanitize $(BUILD)/coverage

-include $(OBJ:.o=.d) $(XAPI_OBJ:.o=.d)

-include $(UNIT:=.d) $(RECORDS:=.d) $(FUZZ:=.d) $(FUZZ_OBJ:.o=.d) \
	$(CHECKED_OBJ:.o=.d)

.PHONY: all install xapi install-xapi deb tests check setup setup-fuzz \
	setup-browser setup-analysis test test-all fuzz fuzz-targets sanitize \
	coverage demo bench clean
