//! `testkeep-license`: the vendor's command line.
//!
//! Parses arguments and prints; everything else is in the library.
//! Exit codes: 0 success · 1 failed · 2 refused, or the inspected signature is not valid.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use testkeep_domain::Clock;
use testkeep_domain::license::Returns;
use testkeep_issuer::{ClientKeyUse, IssueRequest, Issued, IssuerError, ProductGrant, Signature};

/// Makes vendor keys, signs license files and inspects them.
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
    /// Make a customer's own RSA key for existing clients.
    #[command(subcommand)]
    ClientKey(ClientKeyCommand),
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
    /// Write man pages and shell completions.
    #[command(hide = true)]
    Manual(testkeep_manual::ManualArguments),
}

#[derive(Subcommand)]
enum ClientKeyCommand {
    /// Make client.key (for `issue --client-key`) and client.pub (for the configuration of this customer's clients).
    New {
        /// The customer's name, exactly as for `issue`; `issue` refuses the key for another customer.
        #[arg(long, value_name = "NAME")]
        customer: String,
        /// Folder for the two files, one per customer; an existing key is never overwritten.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(Args)]
struct IssueArgs {
    /// The vendor.key to sign with.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The Machine ID that the Activate page or `testkeep-server machine-id` shows.
    #[arg(long, value_name = "ID")]
    machine_id: String,
    #[arg(long, value_name = "NAME")]
    customer: String,
    /// Number of KSE users.
    #[arg(long, value_name = "N")]
    kse: Option<u32>,
    /// Number of simultaneous KRE sessions.
    #[arg(long, value_name = "N")]
    kre: Option<u32>,
    /// Number of machines with KSE; default: the number of users.
    #[arg(long, value_name = "N")]
    kse_machines: Option<u32>,
    /// Number of machines with KRE; default: the number of sessions.
    #[arg(long, value_name = "N")]
    kre_machines: Option<u32>,
    /// Last day, UTC.
    #[arg(long, value_name = "YYYY-MM-DD")]
    expires: String,
    /// First day, UTC; default: the license begins at once.
    #[arg(long, value_name = "YYYY-MM-DD")]
    not_before: Option<String>,
    /// A license that this one replaces: its file or its id; may be repeated. This license is added to all others.
    #[arg(long, value_name = "FILE|ID")]
    renews: Vec<String>,
    /// When the seat of a lease that is given back early becomes free: at once, within limits (trusted), or when the
    /// signed lease ends (counted).
    #[arg(long, value_name = "RULE", default_value = Returns::Trusted.word(), value_parser = returns())]
    returns: Returns,
    /// The RSA private key whose public key this customer's existing clients trust, made by `client-key new`. Without
    /// it such clients cannot use the server. The license file contains the key: if clients of other customers trust it
    /// too, this customer can sign for them.
    #[arg(long, value_name = "FILE")]
    client_key: Option<PathBuf>,
    /// The license file to write; it contains private keys.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

fn returns() -> impl clap::builder::TypedValueParser<Value = Returns> {
    PossibleValuesParser::new(Returns::ALL.map(Returns::word))
        .map(|word| Returns::parse(&word).unwrap_or_default())
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
            returns: args.returns,
            client_key: args.client_key,
            out: args.out,
        }
    }
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok((text, code)) => match io::stdout().write_all(text.as_bytes()) {
            // A program that reads the output, for example `head`, may end early; that is not a failure.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(1),
            _ => ExitCode::from(code),
        },
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Returns the output and the exit code.
fn run(command: Command) -> Result<(String, u8), IssuerError> {
    match command {
        Command::Keygen { out } => keygen(&out).map(|text| (text, 0)),
        Command::ClientKey(ClientKeyCommand::New { customer, out }) => {
            new_client_key(&customer, &out).map(|text| (text, 0))
        }
        Command::Issue(args) => issue(&(*args).into()).map(|text| (text, 0)),
        Command::Inspect { file, public_key, json } => {
            let inspection = testkeep_issuer::inspect(&file, public_key.as_deref())?;
            let code = if inspection.signature == Signature::Bad { 2 } else { 0 };
            let text =
                if json { format!("{:#}\n", serde_json::json!(inspection)) } else { inspection.to_string() };
            Ok((text, code))
        }
        Command::Manual(arguments) => write_manual(arguments.folder).map(|()| (String::new(), 0)),
    }
}

fn write_manual(folder: PathBuf) -> Result<(), IssuerError> {
    testkeep_manual::write(&Cli::command(), testkeep_manual::Section::Administrators, &folder)
        .map_err(|source| IssuerError::Write { path: folder, source })
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

fn new_client_key(customer: &str, folder: &std::path::Path) -> Result<String, IssuerError> {
    let new = testkeep_issuer::new_client_key(customer, folder)?;
    Ok(format!(
        "Client key of {}\nprivate: {}  (for `issue --client-key`; keep it secret and backed up)\npublic:  {}  (deliver it with the configuration of this customer's clients)\n",
        new.customer,
        new.private_key.display(),
        new.public_key.display()
    ))
}

fn issue(request: &IssueRequest) -> Result<String, IssuerError> {
    let issued = testkeep_issuer::issue(request, &Clock::system())?;
    if issued.client_key == ClientKeyUse::Shared {
        warn_of_shared_key(request, &issued);
    }
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

/// Warns that the license contains a shared client key. Writes to standard error, so that the output stays the result.
fn warn_of_shared_key(request: &IssueRequest, issued: &Issued) {
    let key = request.client_key.as_deref().unwrap_or(std::path::Path::new("")).display();
    let (file, customer) = (issued.file.display(), &issued.terms.customer);
    let _ = writeln!(
        io::stderr(),
        "WARNING: {file} contains the private key of {key}. Everybody who has the license file can take the key out \
         and sign leases with it: for any customer, any number of seats and any time. Every client that trusts this \
         key believes them, also the clients of your other customers.\n\
         If other customers' clients trust this key, do not send this file. Make a key for this customer alone, \
         deliver its client.pub with the configuration of this customer's clients, and issue the license again:\n  \
         testkeep-license client-key new --customer \"{customer}\" --out DIR\n  \
         testkeep-license issue … --client-key DIR/client.key\n\
         Without --client-key the license has no such key; programs that use Testkeep's own client need none."
    );
}
