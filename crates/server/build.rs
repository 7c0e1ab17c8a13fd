//! Prepares the built UI for embedding: texts are compressed once, here, and not for each request. A checkout without a
//! built UI still compiles: a page that says what to do takes its place.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

/// Files that stay as they are: fonts and pictures are compressed already, and the server reads the page itself.
const AS_THEY_ARE: [&str; 4] = ["html", "woff2", "png", "ico"];

const PLACEHOLDER: &str = "<!doctype html><title>Testkeep</title><p>This server was built without its pages. \
                           Run <code>cargo xtask run</code>, which builds both.</p>";

fn main() {
    println!("cargo::rerun-if-env-changed=TESTKEEP_VENDOR_PUBLIC_KEY");
    // Asked when this runs: checkouts that share a build folder share this program, too.
    let variable = |name| PathBuf::from(std::env::var_os(name).unwrap_or_default());
    let built = variable("CARGO_MANIFEST_DIR").join("../../ui/build");
    println!("cargo::rerun-if-changed={}", built.display());
    let folder = variable("OUT_DIR").join("ui");
    if let Err(error) = prepare(&built, &folder) {
        println!("cargo::error=cannot prepare the UI in {}: {error}", folder.display());
    }
    println!("cargo::rustc-env=TESTKEEP_UI_BUILD={}", folder.display());
}

fn prepare(built: &Path, folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    if built.join("index.html").is_file() {
        return copy(built, folder);
    }
    fs::create_dir_all(folder)?;
    fs::write(folder.join("index.html"), PLACEHOLDER)
}

/// Copies a folder. A compressed file keeps its name: the server recognizes it by its first bytes.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (source, target) = {
            let entry = entry?;
            (entry.path(), to.join(entry.file_name()))
        };
        if source.is_dir() {
            copy(&source, &target)?;
        } else if source.extension().and_then(OsStr::to_str).is_some_and(|kind| AS_THEY_ARE.contains(&kind)) {
            fs::copy(&source, &target)?;
        } else {
            let mut encoder = GzEncoder::new(fs::File::create(&target)?, Compression::best());
            encoder.write_all(&fs::read(&source)?)?;
            encoder.finish()?;
        }
    }
    Ok(())
}
