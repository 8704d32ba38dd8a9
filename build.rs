//! Compiles the one C file of the library: the variadic logging entry (see `src/capi/log_shim.c`).

fn main() {
    println!("cargo:rerun-if-changed=src/capi/log_shim.c");
    cc::Build::new().file("src/capi/log_shim.c").warnings(true).compile("coap_log_shim");
}
