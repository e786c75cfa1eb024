# SPDX-License-Identifier: MIT
# Targets: `make help`. Everything that is built goes to build/.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
CLANG ?= clang
BPFTOOL ?= $(shell command -v bpftool || echo /usr/sbin/bpftool)
B := build

VERSION := 0.1.0
LIBS := libbpf libzstd zlib jansson smartcols hwloc libtraceevent
MULTIARCH := $(shell $(CC) -print-multiarch)
BPF_ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(shell uname -m)))

WARN := -Wall -Wextra -Wshadow -Wno-unused-parameter $(if $(CI),-Werror)
HARDEN := -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
OPT ?= -O2
CFLAGS ?= -g
# build/sanitized/ holds the same tree under ASan and UBSan, build/threads/ that under TSan.
ifeq ($(SANITIZE),thread)
B := build/threads
OPT := -O1
HARDEN := -fPIE -fno-omit-frame-pointer -fsanitize=thread
LDHARDEN := -fsanitize=thread
else ifdef SANITIZE
B := build/sanitized
OPT := -O1
HARDEN := -fPIE -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDHARDEN := -fsanitize=address,undefined
endif
LDHARDEN ?= -Wl,-z,relro,-z,now
BASE_CFLAGS := -std=gnu17 -D_GNU_SOURCE $(OPT) $(WARN) $(HARDEN) -ffile-prefix-map=$(CURDIR)=. \
	-DSCHEDLAB_VERSION='"$(VERSION)"' -MMD -MP \
	-I$(B)/generated -Iprobes -Iuserspace
USER_CFLAGS = $(BASE_CFLAGS) $(shell pkg-config --cflags $(LIBS))
USER_LIBS = $(shell pkg-config --libs $(LIBS)) -lm -pthread
WORKLOAD_LIBS = -l:libboost_context.a -pthread -lm \
	$(shell pkg-config --libs jansson libzstd sqlite3 libmicrohttpd)

USER_SRC := $(sort $(wildcard userspace/*.c userspace/*/*.c))
USER_OBJ := $(USER_SRC:%.c=$(B)/%.o)
LIB_OBJ := $(filter-out $(B)/userspace/main.o,$(USER_OBJ))
WORKLOAD_SRC := $(sort $(wildcard workloads/*.c))
WORKLOAD_OBJ := $(WORKLOAD_SRC:%.c=$(B)/%.o)
WORKLOAD_LIB_OBJ := $(filter-out $(B)/workloads/main.o,$(WORKLOAD_OBJ))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT_SRC:%.c=$(B)/%)
HELPER_SRC := $(sort $(wildcard tests/helpers/*.c))
HELPER_BIN := $(HELPER_SRC:%.c=$(B)/%)
UNIT_STRIP := $(if $(SANITIZE),,-S)
PRELOAD_SRC := $(sort $(wildcard tests/preload/*.c))
PRELOAD_LIB := $(PRELOAD_SRC:%.c=$(B)/%.so)
SKEL := $(patsubst probes/%.bpf.c,$(B)/generated/%.skel.h,$(wildcard probes/*.bpf.c))
FLOOR := $(B)/tests/bench/floor
MAKE_TRACE := $(B)/tests/bench/make_trace
SYSCALLS := $(B)/generated/syscall_names.h

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2))

all: $(B)/schedlab $(B)/schedlab-workload

help:
	@echo 'make              build build/schedlab and build/schedlab-workload'
	@echo 'make check        all tests (as root those too that need the kernel; scripts/test installs what they need)'
	@echo 'make check-unit   the tests that need neither root nor a kernel'
	@echo 'make check-asan   what needs no root, and traced workloads as root, under ASan and UBSan'
	@echo 'make check-tsan   what has threads, the reading of traces and the carriers of coroutines, under TSan'
	@echo 'make check-kernels  records on other kernels in QEMU: Debian'"'"'s 5.10, 6.1, 6.12 and the newest (SUITES=)'
	@echo 'make fuzz         traces that lie, under ASan and UBSan; MUTATIONS=N a drawing (default 5000)'
	@echo 'make bench        what recording and reporting cost, beside their peers (root; BENCH=--help)'
	@echo 'make bench-reports  only how fast and how large a report is (BENCH_REPORTS=--help)'
	@echo 'make lab-margins  how far the rules of experiments are from turning, over 20 labs (LAB_MARGINS=--help)'
	@echo 'make lint         clang-format, shellcheck, cppcheck'
	@echo 'make fmt          format the C sources'
	@echo 'make install      into $$(DESTDIR)$$(PREFIX); uninstall takes it away'
	@echo 'make clean        remove build/'
	@echo 'V=1 shows the commands, CI=1 makes warnings errors'

# ---- probes -------------------------------------------------------------------------------------

$(B)/%.bpf.o: %.bpf.c
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Wall -Wextra -Werror=implicit-function-declaration \
		-Wno-unused-parameter -Wno-missing-declarations -I/usr/include/$(MULTIARCH) -Iprobes -ffile-prefix-map=$(CURDIR)=. \
		-MMD -MP -MT $@ -c $< -o $@

$(SKEL): $(B)/generated/%.skel.h: $(B)/probes/%.bpf.o
	$(call say,SKEL,$@)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

$(B)/generated/floor.skel.h: $(FLOOR).bpf.o
	$(call say,SKEL,$@)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name floor_bpf > $@.tmp && mv $@.tmp $@

# ---- userspace ----------------------------------------------------------------------------------

$(SYSCALLS):
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)echo '#include <asm/unistd.h>' | $(CC) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9][0-9]*\)$$/[\2] = "\1",/p' | sort -t'[' -k2n > $@.tmp && mv $@.tmp $@

$(B)/userspace/%.o: userspace/%.c | $(SKEL) $(SYSCALLS)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(USER_CFLAGS) -c $< -o $@

# What each event of a trace goes through: a report takes 3 % fewer instructions. Of a record's fields no
# vectors: what is gathered into one to be stored at once takes longer than to store it.
HOT := trace/event_merge trace/event_order trace/event_source trace/trace_unpack resolve/resolve \
	resolve/resolve_events resolve/resolve_switch timeline/timeline timeline/timeline_clock \
	timeline/timeline_notes timeline/timeline_states timeline/timeline_switch
$(HOT:%=$(B)/userspace/%.o): USER_CFLAGS += $(if $(filter -O2,$(OPT)),-O3 -fno-tree-slp-vectorize)

$(B)/schedlab: $(USER_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(LDHARDEN) -pie $^ -o $@ $(USER_LIBS)

# ---- workloads ----------------------------------------------------------------------------------

$(B)/workloads/%.o: workloads/%.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(BASE_CFLAGS) -pthread -Iworkloads -c $< -o $@

$(B)/workloads/truth.o: BASE_CFLAGS += -DWORKLOAD_FLAGS='"$(strip $(CFLAGS) $(OPT) $(HARDEN))"'

$(B)/schedlab-workload: $(WORKLOAD_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(LDHARDEN) -pie $^ -o $@ $(WORKLOAD_LIBS)

# ---- tests --------------------------------------------------------------------------------------

# All but the two mains in one object, without its debug sections but for the sanitizers: read by the
# linker once for each test program.
$(B)/tests/unit/all.o: $(LIB_OBJ) $(WORKLOAD_LIB_OBJ)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)ld -r $(UNIT_STRIP) $^ -o $@

$(B)/tests/unit/%.o: tests/unit/%.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(USER_CFLAGS) -Iworkloads -Itests/unit -c $< -o $@

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/tests/unit/all.o
	$(call say,TEST,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(LDHARDEN) -pie $< $(B)/tests/unit/all.o -o $@ \
		$(USER_LIBS) $(WORKLOAD_LIBS)

$(B)/tests/helpers/%: tests/helpers/%.c
	$(call say,HELPER,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -std=gnu17 -D_GNU_SOURCE -O1 -Wall -Wextra -MMD -MP $< -o $@ -pthread

$(B)/tests/preload/%.so: tests/preload/%.c
	$(call say,PRELOAD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -std=gnu17 -D_GNU_SOURCE -O1 -Wall -Wextra -fPIC -shared -MMD -MP $< -o $@

test-programs: all $(UNIT_BIN) $(HELPER_BIN) $(PRELOAD_LIB) $(MAKE_TRACE)

check: test-programs
	$(Q)tests/run

check-unit: test-programs
	$(Q)tests/run --unit

# Of what needs root only this: most of the rest asserts times and memory.
check-asan:
	$(Q)$(MAKE) SANITIZE=1 test-programs
	$(Q)BUILD=build/sanitized tests/run --no-root
	$(Q)[ "$$(id -u)" != 0 ] || BUILD=build/sanitized tests/run tests/workloads_traced.bats

# Whatever has a thread beside the main one.
TSAN_TESTS := $(addprefix build/threads/tests/unit/test_,trace_unzip resolve_ahead workload_blocking_pool workload_carriers)
check-tsan:
	$(Q)$(MAKE) SANITIZE=thread $(TSAN_TESTS)
	$(Q)for test in $(TSAN_TESTS); do setarch -R $$test || exit; done
	$(Q)$(MAKE) SANITIZE=thread build/threads/schedlab-workload build/threads/tests/helpers/leftovers
	$(Q)BUILD=build/threads setarch -R tests/run tests/workloads_all.bats
	$(Q)$(MAKE) SANITIZE=thread build/threads/schedlab build/threads/tests/bench/make_trace
	$(Q)setarch -R build/threads/tests/bench/make_trace build/threads/large.trace 4 200 300000
	$(Q)for verb in report 'report --format json' dump; do \
		setarch -R build/threads/schedlab $$verb build/threads/large.trace >/dev/null || exit; done

# Minutes, and no part of check: four kernels to fetch and to boot.
check-kernels: all
	$(Q)scripts/check-kernels $(SUITES)

# ---- measuring ----------------------------------------------------------------------------------

$(FLOOR): tests/bench/floor.c $(B)/generated/floor.skel.h
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(USER_CFLAGS) $(LDFLAGS) $(LDHARDEN) -pie $< -o $@ $(USER_LIBS)

$(MAKE_TRACE): tests/bench/make_trace.c $(LIB_OBJ)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(USER_CFLAGS) $(LDFLAGS) $(LDHARDEN) -pie $< $(LIB_OBJ) -o $@ $(USER_LIBS)

bench: all $(FLOOR) $(MAKE_TRACE)
	$(Q)scripts/bench $(BENCH)
	$(Q)scripts/bench-reports $(BENCH_REPORTS)

bench-reports: all $(MAKE_TRACE)
	$(Q)scripts/bench-reports $(BENCH_REPORTS)

lab-margins: all
	$(Q)scripts/lab-margins $(LAB_MARGINS)

# Lies in traces, at random (the same ones each time), under ASan and UBSan.
fuzz:
	$(Q)$(MAKE) SANITIZE=1 build/sanitized/tests/unit/test_mutation
	$(Q)MUTATIONS=$(or $(MUTATIONS),5000) build/sanitized/tests/unit/test_mutation

lint:
	$(Q)clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
	$(Q)shellcheck -x $$(git ls-files scripts tests .ci | xargs grep -lE '^#!.*(bash|/sh)') \
		$$(git ls-files '*.bats' '*.bash')
	$(Q)cppcheck --quiet --error-exitcode=1 --enable=warning,portability --inline-suppr \
		--suppress=missingIncludeSystem \
		--suppress=preprocessorErrorDirective:userspace/trace/trace_pack_fields.h \
		'-Djson_array_foreach(a,i,v)=for(;;)' \
		'-Djson_object_foreach(o,k,v)=for(;;)' -Iprobes -Iuserspace -Iworkloads userspace workloads

fmt:
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')

# ---- installing ---------------------------------------------------------------------------------

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/schedlab/experiments \
		$(DESTDIR)$(PREFIX)/share/schedlab/python
	install -m 755 $(B)/schedlab $(B)/schedlab-workload $(DESTDIR)$(PREFIX)/bin/
	install -m 644 workloads/experiments/*.json $(DESTDIR)$(PREFIX)/share/schedlab/experiments/
	install -m 755 workloads/python/*.py $(DESTDIR)$(PREFIX)/share/schedlab/python/

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/schedlab $(DESTDIR)$(PREFIX)/bin/schedlab-workload
	rm -rf $(DESTDIR)$(PREFIX)/share/schedlab

clean:
	rm -rf build

.PHONY: all help check check-unit check-asan check-tsan check-kernels fuzz test-programs bench bench-reports lab-margins lint fmt install uninstall clean
.DELETE_ON_ERROR:
.SECONDARY:
-include $(USER_OBJ:.o=.d) $(WORKLOAD_OBJ:.o=.d) $(UNIT_BIN:=.d) $(HELPER_BIN:=.d) $(patsubst %.c,$(B)/%.d,$(wildcard probes/*.bpf.c)) $(FLOOR).bpf.d $(FLOOR).d $(MAKE_TRACE).d
