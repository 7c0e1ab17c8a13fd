//! Turns arguments and environment variables into the values that the library needs: client, keys, machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use testkeep_client::upload::Uploader;
use testkeep_client::{
    ApiKey, Authorities, LeaseVerifier, LicenseClient, MachineKey, Package, PublicKey, ServerUrl,
    TrustedKeys, trusted_keys,
};
use testkeep_domain::encoding;
use testkeep_domain::user_file::{self, SMALL};

use super::failure::Failure;

/// Name of the environment variable.
pub(crate) const API_KEY: &str = "TESTKEEP_API_KEY";

#[derive(Args)]
pub(crate) struct ServerArguments {
    /// The Testkeep server, for example http://testkeep.example.com:8080
    #[arg(long, value_name = "URL", env = "TESTKEEP_SERVER")]
    server: Option<String>,
    /// File with the API key. Without it, the key is read from the environment variable TESTKEEP_API_KEY
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// PEM file with certificates of authorities to trust in addition to the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct TrustArguments {
    /// PEM file with a vendor's public key to trust in addition to the built-in one
    #[arg(long, value_name = "FILE")]
    vendor_key: Option<PathBuf>,
    /// 32 hexadecimal digits to use instead of the ID of this machine and account
    #[arg(long, value_name = "ID")]
    machine_id: Option<String>,
}

/// Kind of program that needs the seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PackageName {
    /// Studio, with windows: one person's seat
    #[value(name = "KSE")]
    Kse,
    /// Runtime Engine in the console: a floating seat
    #[value(name = "ENGINE")]
    Engine,
    /// Runtime Engine in a container: a floating seat
    #[value(name = "FLOATING_ENGINE")]
    FloatingEngine,
}

impl From<PackageName> for Package {
    fn from(name: PackageName) -> Self {
        match name {
            PackageName::Kse => Self::Kse,
            PackageName::Engine => Self::Engine,
            PackageName::FloatingEngine => Self::FloatingEngine,
        }
    }
}

impl ServerArguments {
    /// `None`: neither an argument nor the environment names a server.
    pub(crate) fn server(&self) -> Result<Option<ServerUrl>, Failure> {
        let given = self.server.as_deref().filter(|text| !text.is_empty());
        given.map(ServerUrl::parse).transpose().map_err(|error| Failure::usage(error.to_string()))
    }

    /// The same arguments for another process of this program.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let options = [
            ("--server", self.server.as_ref().map(OsString::from)),
            ("--api-key-file", self.api_key_file.as_ref().map(OsString::from)),
            ("--ca", self.ca.as_ref().map(OsString::from)),
        ];
        let given = options.into_iter().filter_map(|(name, value)| value.map(|value| [name.into(), value]));
        given.flatten().collect()
    }

    pub(crate) fn require_server(&self) -> Result<ServerUrl, Failure> {
        self.server()?.ok_or_else(|| {
            Failure::usage("No server is named. Pass --server URL, or set the variable TESTKEEP_SERVER.")
        })
    }

    pub(crate) fn client(&self, server: ServerUrl, trusted: TrustedKeys) -> Result<LicenseClient, Failure> {
        let (key, authorities) = self.credentials()?;
        Ok(LicenseClient::with_authorities(server, &key, trusted, &authorities)?)
    }

    pub(crate) fn uploader(&self, server: ServerUrl) -> Result<Uploader, Failure> {
        let (key, authorities) = self.credentials()?;
        Ok(Uploader::new(server, &key, &authorities)?)
    }

    fn credentials(&self) -> Result<(ApiKey, Authorities), Failure> {
        let key = self.api_key()?.ok_or_else(|| {
            Failure::usage(format!(
                "There is no API key. Set the variable {API_KEY}, or pass --api-key-file FILE. Make a key in Testkeep, \
                 Profile → API keys."
            ))
        })?;
        let authorities = match &self.ca {
            None => Authorities::default(),
            Some(file) => Authorities::from_pem(&read_pem(file)?)
                .map_err(|error| Failure::usage(format!("{} cannot be used: {error}.", file.display())))?,
        };
        Ok((key, authorities))
    }

    /// `None`: neither an argument nor the environment contains a key.
    pub(crate) fn api_key(&self) -> Result<Option<ApiKey>, Failure> {
        let (text, place) = match &self.api_key_file {
            Some(file) => (Some(read_text(file)?), file.display().to_string()),
            None => (std::env::var(API_KEY).ok().filter(|text| !text.is_empty()), API_KEY.to_owned()),
        };
        let parsed = text.map(|text| ApiKey::parse(&text)).transpose();
        parsed.map_err(|error| Failure::usage(format!("{place}: {error}")))
    }
}

impl TrustArguments {
    pub(crate) fn trusted(&self) -> Result<TrustedKeys, Failure> {
        let given = match &self.vendor_key {
            None => None,
            Some(file) => Some(
                PublicKey::from_pem(&read_text(file)?)
                    .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?,
            ),
        };
        let keys = trusted_keys(given)
            .map_err(|error| Failure::here(format!("This build's vendor key is damaged: {error}")))?;
        if keys.ids().is_empty() {
            return Err(Failure::usage(
                "This build of testkeep has no vendor's key, so it cannot trust any lease. Pass your vendor's public key \
                 with --vendor-key FILE.",
            ));
        }
        Ok(keys)
    }

    pub(crate) fn verifier(&self) -> Result<LeaseVerifier, Failure> {
        self.trusted().map(LeaseVerifier::new)
    }

    pub(crate) fn machine(&self) -> Result<MachineKey, Failure> {
        match &self.machine_id {
            Some(text) => Ok(MachineKey::parse(text)?),
            None => Ok(MachineKey::of_this_machine()?),
        }
    }
}

/// Reads a file that an argument names.
pub(crate) fn read_text(file: &Path) -> Result<String, Failure> {
    user_file::read_text(file, SMALL)
        .map_err(|error| Failure::usage(format!("{} {}", file.display(), error.problem)))
}

/// Reads a PEM file. Bytes that are not text are reported by the certificate parser.
fn read_pem(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = user_file::read(file, SMALL)
        .map_err(|error| Failure::usage(format!("{} {}", file.display(), error.problem)))?;
    let text = encoding::decode(&bytes).map(|text| text.into_owned().into_bytes());
    Ok(text.unwrap_or(bytes))
}
