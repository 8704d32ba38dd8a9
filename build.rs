//! Compiles the one C file of the library: the variadic logging entry (see `src/capi/log_shim.c`). With OpenSSL, tells the
//! library which version of that it is built for.

fn main() {
    println!("cargo:rerun-if-changed=src/capi/log_shim.c");
    cc::Build::new().file("src/capi/log_shim.c").warnings(true).compile("coap_log_shim");
    // In hexadecimal; set where openssl-sys is a dependency.
    if let Ok(version) = std::env::var("DEP_OPENSSL_VERSION_NUMBER") {
        println!("cargo:rustc-env=OPENSSL_BUILT_VERSION={version}");
    }
}
