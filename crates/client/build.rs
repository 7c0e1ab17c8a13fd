//! Builds again when another vendor's key is to be compiled in.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=TESTKEEP_VENDOR_PUBLIC_KEY");
}
