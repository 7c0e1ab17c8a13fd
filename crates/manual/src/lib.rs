//! Man pages and shell completions of a program, made from the types that parse its arguments.
//!
//! Each program has a hidden command `manual FOLDER` that calls this; the packaging step runs it. So a page cannot
//! differ from the program. The pages of programs for administrators are in section 8: otherwise `testkeep license` and
//! the program `testkeep-license` would have the same page. Must never contain a text about a command: such a text
//! belongs to the command's arguments.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

/// Arguments of the hidden command `manual`.
#[derive(Args, Debug)]
pub struct ManualArguments {
    /// Folder for man pages (`man1`, `man8`) and completions (`bash`, `zsh`, `fish`)
    pub folder: PathBuf,
}

/// The section of a program's man pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// For everybody.
    Users,
    /// For administrators.
    Administrators,
}

impl Section {
    fn number(self) -> &'static str {
        match self {
            Self::Users => "1",
            Self::Administrators => "8",
        }
    }
}

/// Shells that packages have a folder for, with the name of that folder.
const SHELLS: [(Shell, &str); 3] = [(Shell::Bash, "bash"), (Shell::Zsh, "zsh"), (Shell::Fish, "fish")];

/// Writes the program's pages and completions into the folder.
///
/// # Errors
/// A file cannot be written.
pub fn write(program: &Command, section: Section, folder: &Path) -> io::Result<()> {
    for (shell, subfolder) in SHELLS {
        let subfolder = folder.join(subfolder);
        fs::create_dir_all(&subfolder)?;
        clap_complete::generate_to(shell, &mut visible(program), program.get_name(), &subfolder)?;
    }
    let pages = folder.join(format!("man{}", section.number()));
    fs::create_dir_all(&pages)?;
    let mut program = program.clone().disable_help_subcommand(true);
    // Gives each command its whole name, by which its page is called.
    program.build();
    write_pages(&program, section, &pages)
}

/// One page for the command and for each visible command below it.
fn write_pages(command: &Command, section: Section, folder: &Path) -> io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        write_pages(below, section, folder)?;
    }
    Man::new(command.clone()).section(section.number()).generate_to(folder).map(drop)
}

/// A copy without the hidden commands, because completions would offer them.
fn visible(program: &Command) -> Command {
    let subcommands = program.get_subcommands().filter(|command| !command.is_hide_set());
    let mut copy = Command::new(program.get_name().to_owned())
        .args(program.get_arguments().cloned())
        .subcommands(subcommands.map(visible));
    if let Some(about) = program.get_about() {
        copy = copy.about(about.clone());
    }
    if let Some(version) = program.get_version() {
        copy = copy.version(version.to_owned());
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Command {
        let secret = Command::new("internal").hide(true);
        let start = Command::new("start").about("Start it").arg(clap::arg!(--config <FILE> "The file"));
        Command::new("keep").about("Keeps things").version("1.2.3").subcommand(start).subcommand(secret)
    }

    #[test]
    fn every_shell_and_every_visible_command_has_a_file() {
        let folder = tempfile::tempdir().unwrap();
        write(&program(), Section::Administrators, folder.path()).unwrap();
        for file in ["man8/keep.8", "man8/keep-start.8", "bash/keep.bash", "zsh/_keep", "fish/keep.fish"] {
            let text = fs::read_to_string(folder.path().join(file)).unwrap();
            assert!(text.contains("start"), "{file} does not name the command");
            assert!(!text.contains("internal"), "{file} names a hidden command");
        }
        let page = fs::read_to_string(folder.path().join("man8/keep-start.8")).unwrap();
        assert!(page.contains("config") && page.contains("The file"), "{page}");
    }
}
