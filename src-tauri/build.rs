//! Prepares the window program's resources.
//!
//! Owns: a clean clone compiles without a built UI. Must never copy the server program: `cargo xtask dist` does
//! that, because an `externalBin` of the bundler would overwrite the freshly built server in the target folder.

use std::path::Path;

fn main() {
    let ui = Path::new("../ui/build");
    println!("cargo:rerun-if-changed={}", ui.display());
    if !ui.join("index.html").is_file() {
        println!(
            "cargo:warning=The UI is not built: the window will stay empty. Run `npm run build` in ui/."
        );
        if let Err(error) = std::fs::create_dir_all(ui) {
            println!("cargo:warning=Cannot create {}: {error}.", ui.display());
        }
    }
    tauri_build::build();
}
