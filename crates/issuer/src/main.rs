//! `testkeep-license`: the vendor's command line.
//!
//! Parses arguments and prints; everything else is in the library.
//! Exit codes: 0 fine · 1 failed · 2 refused, or the inspected signature is not good.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use testkeep_domain::Clock;
use testkeep_issuer::{IssueRequest, IssuerError, ProductGrant, Signature};

/// Makes vendor keys, signs license files and looks into them.
#[derive(Parser)]
#[command(name = "testkeep-license", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a new key pair: vendor.key (keep it secret) and vendor.pub (build it into the server).
    Keygen {
        /// Folder for the two files; an existing key is never overwritten.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Sign a license file for one machine.
    Issue(Box<IssueArgs>),
    /// Print everything in a license file and check its signature.
    Inspect {
        file: PathBuf,
        /// The vendor.pub to check the signature with.
        #[arg(long, value_name = "FILE")]
        public_key: Option<PathBuf>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct IssueArgs {
    /// The vendor.key to sign with.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// As the Activate page or `testkeep-server machine-id` shows it.
    #[arg(long, value_name = "ID")]
    machine_id: String,
    #[arg(long, value_name = "NAME")]
    customer: String,
    /// KSE users.
    #[arg(long, value_name = "N")]
    kse: Option<u32>,
    /// KRE sessions at the same time.
    #[arg(long, value_name = "N")]
    kre: Option<u32>,
    /// Machines with KSE; as many as users when absent.
    #[arg(long, value_name = "N")]
    kse_machines: Option<u32>,
    /// Machines with KRE; as many as sessions when absent.
    #[arg(long, value_name = "N")]
    kre_machines: Option<u32>,
    /// Last day, UTC.
    #[arg(long, value_name = "YYYY-MM-DD")]
    expires: String,
    /// First day, UTC; at once when absent.
    #[arg(long, value_name = "YYYY-MM-DD")]
    not_before: Option<String>,
    /// A license that this one replaces, its file or its id; may be given again. Others add up.
    #[arg(long, value_name = "FILE|ID")]
    renews: Vec<String>,
    /// The RSA private key whose public half existing clients trust; without it they cannot use the server.
    #[arg(long, value_name = "FILE")]
    client_key: Option<PathBuf>,
    /// The license file to write; it has private keys inside.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl From<IssueArgs> for IssueRequest {
    fn from(args: IssueArgs) -> Self {
        Self {
            key: args.key,
            machine_id: args.machine_id,
            customer: args.customer,
            kse: ProductGrant { quota: args.kse, machines: args.kse_machines },
            kre: ProductGrant { quota: args.kre, machines: args.kre_machines },
            expires: args.expires,
            not_before: args.not_before,
            renews: args.renews,
            client_key: args.client_key,
            out: args.out,
        }
    }
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok((text, code)) => match io::stdout().write_all(text.as_bytes()) {
            // A reader such as `head` may have seen enough.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(1),
            _ => ExitCode::from(code),
        },
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// What to print, and the exit code.
fn run(command: Command) -> Result<(String, u8), IssuerError> {
    match command {
        Command::Keygen { out } => keygen(&out).map(|text| (text, 0)),
        Command::Issue(args) => issue(&(*args).into()).map(|text| (text, 0)),
        Command::Inspect { file, public_key, json } => {
            let inspection = testkeep_issuer::inspect(&file, public_key.as_deref())?;
            let code = if inspection.signature == Signature::Bad { 2 } else { 0 };
            let text =
                if json { format!("{:#}\n", serde_json::json!(inspection)) } else { inspection.to_string() };
            Ok((text, code))
        }
    }
}

fn keygen(folder: &std::path::Path) -> Result<String, IssuerError> {
    let new = testkeep_issuer::keygen(folder)?;
    Ok(format!(
        "Key {}\nprivate: {}  (keep it secret and backed up: it makes licenses)\npublic:  {}  (build it into the server)\n",
        new.key_id,
        new.private_key.display(),
        new.public_key.display()
    ))
}

fn issue(request: &IssueRequest) -> Result<String, IssuerError> {
    let issued = testkeep_issuer::issue(request, &Clock::system())?;
    let products: Vec<_> =
        issued.terms.products.iter().map(|(product, quota)| format!("{product} {}", quota.quota)).collect();
    Ok(format!(
        "License {} for {} ({}), until {}, signed with key {}\n{}  (confidential: the server's lease keys are inside)\n",
        issued.terms.license_id,
        issued.terms.customer,
        products.join(", "),
        issued.terms.expires_at.format("%Y-%m-%d"),
        issued.key_id,
        issued.file.display()
    ))
}
