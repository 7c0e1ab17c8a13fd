//! Rebuilds the crate when the vendor's key in the environment changes, because the key is compiled in.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=TESTKEEP_VENDOR_PUBLIC_KEY");
}
