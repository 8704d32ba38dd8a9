# Builds, tests and installs libcoap-2.
#
#   make               the libraries and their pkg-config files, in build/
#   make check         every test there is
#   make demo          shows the library at work with peers that others wrote (TLS=1: over DTLS)
#   make bench         side by side with Debian's libcoap3 (ROUNDS, ONLY, MOST: see benches/run.py)
#   make install       into PREFIX (default /usr/local), below DESTDIR if that is set
#   make uninstall     takes away what make install with the same variables put there
#   make headers       writes include/coap2 and c-tests/null_arguments.c from their sources
#   make setup         installs the Debian packages that check, demo and bench need (as root)
#   make miri          the tests of the modules without unsafe code under Rust's interpreter, where that is installed
#   make clean         removes what make built, not cargo's target directory
#
# LIBCOAP2=openssl, for make and make install: a program that asks for plain libcoap-2 gets the library with DTLS and
# TLS, too. Without it, or with LIBCOAP2=notls, it gets the library without them. (This one is built in build-openssl/.)

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR    ?=

CC         ?= cc
CARGO      ?= cargo
INSTALL    ?= install
CARGO_TARGET_DIR ?= target
export CARGO_TARGET_DIR

VERSION := 3.0.0
PACKAGE_VERSION := 4.3.0rc1

# LIBRARIES: with code in them. ALIASES: names under which the one with OpenSSL is known besides.
LIBRARIES := libcoap-2-openssl
ALIASES   := libcoap-2-gnutls libcoap-2-mbedtls libcoap-2-tinydtls
ifeq ($(LIBCOAP2),openssl)
  ALIASES   += libcoap-2
  BUILD     ?= build-openssl
else ifeq ($(filter-out notls,$(LIBCOAP2)),)
  LIBRARIES += libcoap-2
  BUILD     ?= build
else
  $(error LIBCOAP2=$(LIBCOAP2): libcoap-2 without TLS is "notls" (as it is without LIBCOAP2), with TLS it is "openssl")
endif
NAMES := $(LIBRARIES) $(ALIASES)

# What Rust's standard library needs of the system besides what cc links anyway; so do programs that link the static
# library. (Not -lgcc_s: it is among what cc links anyway, and there is none for programs that are all static.)
SYSTEM_LIBS  := -lutil -lrt -lpthread -lm -ldl
OPENSSL_LIBS ?= $(or $(shell pkg-config --libs openssl 2>/dev/null),-lssl -lcrypto)

SOURCES := $(shell find src build.rs Cargo.toml Cargo.lock -type f)
LINK    := $(CC) -shared -Wl,--version-script=libcoap-2.map -Wl,-z,relro,-z,now,-z,defs
# These may be at work at the same time: each has a target directory of its own.
ARCHIVES := $(LIBRARIES:%=$(CARGO_TARGET_DIR)/%/release/libcoap2.a)

all: $(foreach name,$(NAMES),$(BUILD)/$(name).so.$(VERSION) $(BUILD)/$(name).a $(BUILD)/$(name).pc)

FEATURES_OF_libcoap-2-openssl := --features=openssl
LIBS_OF_libcoap-2-openssl      = $(OPENSSL_LIBS)

# Only the static library: building the rlib beside it would switch link-time optimisation off. What is not small and
# not marked #[inline] is there once (docs/DESIGN.md, "Size").
$(ARCHIVES): $(CARGO_TARGET_DIR)/%/release/libcoap2.a: $(SOURCES)
	+$(CARGO) rustc --release --lib --crate-type=staticlib --target-dir=$(CARGO_TARGET_DIR)/$* \
	  $(FEATURES_OF_$*) -- -C llvm-args=-inline-threshold=50
	@touch $@

$(LIBRARIES:%=$(BUILD)/%.a): $(BUILD)/%.a: $(CARGO_TARGET_DIR)/%/release/libcoap2.a
	@mkdir -p $(BUILD)
	cp $< $@

$(LIBRARIES:%=$(BUILD)/%.so.$(VERSION)): $(BUILD)/%.so.$(VERSION): $(BUILD)/%.a libcoap-2.map
	$(LINK) -o $@ -Wl,-soname,$*.so.3 -Wl,--whole-archive $< -Wl,--no-whole-archive -Wl,--gc-sections \
	  $(LDFLAGS) $(LIBS_OF_$*) $(SYSTEM_LIBS)
	ln -sf $*.so.$(VERSION) $(BUILD)/$*.so.3
	ln -sf $*.so.$(VERSION) $(BUILD)/$*.so

# An alias has the names, and says that the code is in the library beside it (docs/DESIGN.md, "Building and linking").
$(ALIASES:%=$(BUILD)/%.so.$(VERSION)): $(BUILD)/%.so.$(VERSION): libcoap-2.map Makefile
	@mkdir -p $(BUILD)
	sed -n 's/^ *\(coap_[a-z0-9_]*\);$$/void \1(void) { __builtin_trap(); }/p' libcoap-2.map | \
	  $(LINK) -nostdlib -o $@ -x c - -Wl,-soname,$*.so.3 -Wl,--filter=libcoap-2-openssl.so.3 \
	  -Wl,--enable-new-dtags,-rpath,'$$ORIGIN' $(LDFLAGS)
	ln -sf $*.so.$(VERSION) $(BUILD)/$*.so.3
	ln -sf $*.so.$(VERSION) $(BUILD)/$*.so

$(ALIASES:%=$(BUILD)/%.a):
	@mkdir -p $(BUILD)
	ln -sf libcoap-2-openssl.a $@

$(BUILD)/libcoap-2.pc: TLS := $(if $(filter libcoap-2,$(ALIASES)),yes)
$(BUILD)/libcoap-2-%.pc: TLS := yes
$(NAMES:%=$(BUILD)/%.pc): $(BUILD)/%.pc: Makefile FORCE
	@mkdir -p $(BUILD)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' 'includedir=$(INCLUDEDIR)' '' \
	  'Name: $*' 'Description: CoAP library (RFC 7252), API 2$(if $(TLS),$(comma) with DTLS and TLS by OpenSSL)' \
	  'Version: $(PACKAGE_VERSION)' 'Libs: -L$${libdir} -l$(*:lib%=%)' \
	  'Libs.private:$(if $(TLS), $(OPENSSL_LIBS)) $(SYSTEM_LIBS)' 'Cflags: -I$${includedir}' > $@
comma := ,

install: all
	$(INSTALL) -d "$(DESTDIR)$(LIBDIR)/pkgconfig" "$(DESTDIR)$(INCLUDEDIR)/coap2"
	for name in $(NAMES); do \
	  $(INSTALL) -m 644 $(BUILD)/$$name.so.$(VERSION) "$(DESTDIR)$(LIBDIR)" && \
	  ln -sf $$name.so.$(VERSION) "$(DESTDIR)$(LIBDIR)/$$name.so.3" && \
	  ln -sf $$name.so.$(VERSION) "$(DESTDIR)$(LIBDIR)/$$name.so" && \
	  cp -Pf $(BUILD)/$$name.a "$(DESTDIR)$(LIBDIR)" && \
	  $(INSTALL) -m 644 $(BUILD)/$$name.pc "$(DESTDIR)$(LIBDIR)/pkgconfig" || exit 1; \
	done
	$(INSTALL) -m 644 include/coap2/*.h "$(DESTDIR)$(INCLUDEDIR)/coap2"

uninstall:
	for name in $(NAMES); do \
	  rm -f "$(DESTDIR)$(LIBDIR)/$$name.so.$(VERSION)" "$(DESTDIR)$(LIBDIR)/$$name.so.3" \
	    "$(DESTDIR)$(LIBDIR)/$$name.so" "$(DESTDIR)$(LIBDIR)/$$name.a" "$(DESTDIR)$(LIBDIR)/pkgconfig/$$name.pc"; \
	done
	for header in include/coap2/*.h; do rm -f "$(DESTDIR)$(INCLUDEDIR)/coap2/$${header##*/}"; done
	-rmdir "$(DESTDIR)$(INCLUDEDIR)/coap2"

headers:
	$(CARGO) run -q -p headers
	tools/null_calls.py > c-tests/null_arguments.c

setup:
	tools/setup.sh

check: setup
	tools/check.sh

demo: setup all
	tools/demo.sh

bench: setup all
	benches/run.py

# The tests of the modules without unsafe code, under Rust's interpreter, where it is installed.
miri:
	@$(CARGO) miri --version >/dev/null 2>&1 || { echo "cargo miri is not installed" >&2; exit 1; }
	tools/miri.sh

clean:
	rm -rf build build-openssl

FORCE:
.PHONY: all install uninstall headers setup check demo bench miri clean FORCE
.DELETE_ON_ERROR:
