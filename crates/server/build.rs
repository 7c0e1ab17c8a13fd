//! Points at the built UI. A checkout without one still compiles: a page that says what to do takes its place.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=TESTKEEP_VENDOR_PUBLIC_KEY");
    // Asked when this runs: checkouts that share a build folder share this program, too.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let built = Path::new(&here).join("../../ui/build");
    println!("cargo::rerun-if-changed={}", built.display());
    let folder = if built.join("index.html").is_file() { built } else { placeholder() };
    println!("cargo::rustc-env=TESTKEEP_UI_BUILD={}", folder.display());
}

fn placeholder() -> PathBuf {
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("ui");
    let page = "<!doctype html><title>Testkeep</title><p>This server was built without its pages. \
                Run <code>cargo xtask run</code>, which builds both.</p>";
    if let Err(error) =
        std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(folder.join("index.html"), page))
    {
        println!("cargo::error=cannot write {}: {error}", folder.display());
    }
    folder
}
