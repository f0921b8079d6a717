//! The system's keyring, through the platform's own program.
//!
//! The libraries for it bring either the D-Bus headers, which a build with a C compiler alone does not have, or an
//! asynchronous D-Bus of sixty packages. The program is taken from fixed places only: a `PATH` decides nothing here.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{CredentialFailure, command};

const SECRET_TOOL: [&str; 3] =
    ["/usr/bin/secret-tool", "/usr/local/bin/secret-tool", "/run/current-system/sw/bin/secret-tool"];
const SECURITY: [&str; 1] = ["/usr/bin/security"];

/// How this platform's keyring is asked.
#[derive(Debug, Clone)]
pub(crate) struct Keyring {
    program: Option<PathBuf>,
    dialect: Dialect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// libsecret's, for the Secret Service.
    SecretTool,
    /// macOS.
    Security,
}

impl Keyring {
    pub(crate) fn of_system() -> Self {
        let (places, dialect) = match cfg!(target_os = "macos") {
            true => (&SECURITY[..], Dialect::Security),
            false => (&SECRET_TOOL[..], Dialect::SecretTool),
        };
        Self { program: places.iter().map(PathBuf::from).find(|place| place.is_file()), dialect }
    }

    /// One that is spoken to as libsecret's.
    #[cfg(test)]
    pub(crate) fn of(program: PathBuf) -> Self {
        Self { program: Some(program), dialect: Dialect::SecretTool }
    }

    pub(crate) fn is_there(&self) -> bool {
        self.program.is_some()
    }

    pub(crate) async fn lookup(&self, service: &str, account: &str) -> Result<Zeroizing<String>, CredentialFailure> {
        let program = self.program()?;
        let args: Vec<String> = match self.dialect {
            Dialect::SecretTool => ["lookup", "service", service, "account", account].map(String::from).into(),
            Dialect::Security => ["find-generic-password", "-s", service, "-a", account, "-w"].map(String::from).into(),
        };
        let found =
            command::run(&program.to_string_lossy(), &args, None).await.map_err(|failure| CredentialFailure {
                cause: format!("the keyring gives no credential for {service}/{account}"),
                detail: Some(failure.told()),
                passing: failure.passing,
            })?;
        match found.trim_end_matches('\n').is_empty() {
            true => Err(CredentialFailure::lasting(format!("the keyring holds nothing for {service}/{account}"))),
            false => Ok(found),
        }
    }

    /// `value` must be made of letters and digits: it goes through a program that reads commands.
    pub(crate) async fn store(&self, service: &str, account: &str, value: &str) -> Result<(), CredentialFailure> {
        let program = self.program()?;
        let (args, input) = match self.dialect {
            Dialect::SecretTool => {
                let label = format!("--label={service} {account}");
                let args = ["store", &label, "service", service, "account", account].map(String::from).to_vec();
                (args, Zeroizing::new(value.to_owned()))
            }
            // Given as an argument every user of the machine could read it.
            Dialect::Security => {
                let said = format!("add-generic-password -U -s {service} -a {account} -w {value}\n");
                (vec!["-i".to_owned()], Zeroizing::new(said))
            }
        };
        command::run(&program.to_string_lossy(), &args, Some(&input)).await.map(|_| ())
    }

    fn program(&self) -> Result<&Path, CredentialFailure> {
        self.program.as_deref().ok_or_else(|| {
            let wanted = match self.dialect {
                Dialect::SecretTool => "secret-tool, of the package libsecret-tools",
                Dialect::Security => "/usr/bin/security",
            };
            CredentialFailure::lasting(format!("this system's keyring cannot be asked: {wanted}, is not installed"))
        })
    }
}
