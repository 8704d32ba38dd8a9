# Builds, tests and installs libcoap-2.
#
#   make               the libraries and their pkg-config file, in build/ (FEATURES=openssl: in build-openssl/)
#   make check         every test there is
#   make demo          shows the library at work with peers that others wrote (TLS=1: over DTLS)
#   make bench         side by side with Debian's libcoap3 (ROUNDS, ONLY, MOST: see benches/run.py)
#   make install       into PREFIX (default /usr/local), below DESTDIR if that is set
#   make headers       writes include/coap2 and c-tests/null_arguments.c from their sources
#   make setup         installs the Debian packages that check, demo and bench need (as root)
#   make miri          the tests of the modules without unsafe code under Rust's interpreter, where that is installed
#   make clean         removes what make built, not cargo's target directory

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR    ?=

CC         ?= cc
CARGO      ?= cargo
INSTALL    ?= install
CARGO_TARGET_DIR ?= target
export CARGO_TARGET_DIR

# Cargo features, for example openssl.
FEATURES   ?=
BUILD      ?= build$(addprefix -,$(FEATURES))

NAME    := libcoap-2
SONAME  := $(NAME).so.3
VERSION := 3.0.0
PACKAGE_VERSION := 4.3.0rc1

# What Rust's standard library needs of the system besides what cc links anyway; so do programs that link the static
# library. (Not -lgcc_s: it is among what cc links anyway, and there is none for programs that are all static.)
SYSTEM_LIBS := -lutil -lrt -lpthread -lm -ldl

SOURCES := $(shell find src build.rs Cargo.toml Cargo.lock -type f)
ARCHIVE := $(BUILD)/$(NAME).a
SHARED  := $(BUILD)/$(NAME).so.$(VERSION)

all: $(SHARED) $(ARCHIVE) $(BUILD)/$(NAME).pc

# Only the static library: building the rlib beside it would switch link-time optimisation off.
$(ARCHIVE): $(SOURCES)
	$(CARGO) rustc --release --lib --crate-type=staticlib $(addprefix --features=,$(FEATURES))
	@mkdir -p $(BUILD)
	cp $(CARGO_TARGET_DIR)/release/libcoap2.a $@

$(SHARED): $(ARCHIVE) libcoap-2.map
	$(CC) -shared -o $@ -Wl,--whole-archive $(ARCHIVE) -Wl,--no-whole-archive \
	  -Wl,-soname,$(SONAME) -Wl,--version-script=libcoap-2.map -Wl,--gc-sections \
	  -Wl,-z,relro,-z,now,-z,defs $(LDFLAGS) $(SYSTEM_LIBS)
	ln -sf $(NAME).so.$(VERSION) $(BUILD)/$(SONAME)
	ln -sf $(NAME).so.$(VERSION) $(BUILD)/$(NAME).so

$(BUILD)/$(NAME).pc: Makefile FORCE
	@mkdir -p $(BUILD)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' 'includedir=$(INCLUDEDIR)' '' \
	  'Name: $(NAME)' 'Description: CoAP library (RFC 7252), API 2' 'Version: $(PACKAGE_VERSION)' \
	  'Libs: -L$${libdir} -lcoap-2' 'Libs.private: $(SYSTEM_LIBS)' 'Cflags: -I$${includedir}' > $@

install: all
	$(INSTALL) -d "$(DESTDIR)$(LIBDIR)/pkgconfig" "$(DESTDIR)$(INCLUDEDIR)/coap2"
	$(INSTALL) -m 644 $(SHARED) $(ARCHIVE) "$(DESTDIR)$(LIBDIR)"
	ln -sf $(NAME).so.$(VERSION) "$(DESTDIR)$(LIBDIR)/$(SONAME)"
	ln -sf $(NAME).so.$(VERSION) "$(DESTDIR)$(LIBDIR)/$(NAME).so"
	$(INSTALL) -m 644 $(BUILD)/$(NAME).pc "$(DESTDIR)$(LIBDIR)/pkgconfig"
	$(INSTALL) -m 644 include/coap2/*.h "$(DESTDIR)$(INCLUDEDIR)/coap2"

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
.PHONY: all install headers setup check demo bench miri clean FORCE
.DELETE_ON_ERROR:
