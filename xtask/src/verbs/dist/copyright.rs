//! The file `copyright` of a deb package, in Debian's machine-readable form, made from the product's license.

use anyhow::{Context, Result};

use super::notices;
use crate::workspace::Workspace;

pub(super) fn text(workspace: &Workspace) -> Result<String> {
    let license = std::fs::read_to_string(workspace.root().join("LICENSE")).context("cannot read LICENSE")?;
    Ok(machine_readable(&license))
}

fn machine_readable(license: &str) -> String {
    let holder = license.lines().find_map(|line| line.trim().strip_prefix("Copyright (c) "));
    let indented: String = license
        .lines()
        .skip_while(|line| !line.starts_with("Permission"))
        .map(|line| if line.is_empty() { " .\n".to_owned() } else { format!(" {line}\n") })
        .collect();
    format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
         Upstream-Name: Testkeep\n\
         Comment: Libraries of others are part of the programs. They and their licenses are listed in\n \
         /usr/share/doc/testkeep-server/{}.gz.\n\n\
         Files: *\nCopyright: {}\nLicense: MIT\n{indented}",
        notices::FILE,
        holder.unwrap_or("Testkeep")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_holder_and_the_whole_text() {
        let text =
            machine_readable("MIT License\n\nCopyright (c) 2026 Ada\n\nPermission is given.\n\nAs is.\n");
        assert!(
            text.contains("Copyright: 2026 Ada\nLicense: MIT\n Permission is given.\n .\n As is.\n"),
            "{text}"
        );
    }
}
