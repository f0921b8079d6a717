//! What the process was started in: environment variables, home, working directory.
//! The only place that reads the environment; everything else is handed what it needs.

use std::{
    collections::BTreeMap,
    env, fmt,
    path::{Path, PathBuf},
};

/// Where variables and well-known folders are looked up.
#[derive(Clone)]
pub struct Surroundings {
    variables: Variables,
    pub home: Option<PathBuf>,
    pub cwd: PathBuf,
}

#[derive(Clone)]
enum Variables {
    Process,
    Fixed(BTreeMap<String, String>),
}

const DESKTOP: [&str; 16] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "DESKTOP_SESSION",
    "DISPLAY",
    "HOME",
    "LANG",
    "LANGUAGE",
    "LOGNAME",
    "PATH",
    "SHELL",
    "TERM",
    "TMPDIR",
    "TZ",
    "USER",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "__CF_USER_TEXT_ENCODING",
];

/// How a look-up in the environment can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Unset,
    NotText,
}

impl Surroundings {
    pub fn of_process() -> Self {
        Self {
            variables: Variables::Process,
            home: env::home_dir().filter(|home| home.is_absolute()),
            cwd: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        }
    }

    /// Fixed ones: a configuration made in code, and tests.
    pub fn fixed(
        variables: impl IntoIterator<Item = (&'static str, &'static str)>,
        home: Option<PathBuf>,
        cwd: PathBuf,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { variables: Variables::Fixed(variables), home, cwd }
    }

    pub fn variable(&self, name: &str) -> Result<String, Missing> {
        match &self.variables {
            Variables::Process => env::var(name).map_err(|error| match error {
                env::VarError::NotPresent => Missing::Unset,
                env::VarError::NotUnicode(_) => Missing::NotText,
            }),
            Variables::Fixed(map) => map.get(name).cloned().ok_or(Missing::Unset),
        }
    }

    /// Names of all variables, for "did you mean".
    pub fn variable_names(&self) -> Vec<String> {
        match &self.variables {
            Variables::Process => env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
            Variables::Fixed(map) => map.keys().cloned().collect(),
        }
    }

    /// An XDG base folder, or its default below home. Relative values are no values, as the specification says.
    fn base(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let set = self.variable(variable).ok().map(PathBuf::from).filter(|path| path.is_absolute());
        set.or_else(|| Some(self.home.as_ref()?.join(below_home)))
    }

    pub fn config_home(&self) -> Option<PathBuf> {
        self.base("XDG_CONFIG_HOME", ".config")
    }

    /// Where compiled guests and parsed descriptions are kept: `$XDG_CACHE_HOME/weir`.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        self.base("XDG_CACHE_HOME", ".cache").map(|base| base.join("weir"))
    }

    /// Where runs and tokens are kept: `$XDG_STATE_HOME/weir`.
    pub fn state_dir(&self) -> Option<PathBuf> {
        self.base("XDG_STATE_HOME", ".local/state").map(|base| base.join("weir"))
    }

    /// What a command of the operator's own sees of the environment: enough to find programs and the desktop, and
    /// nothing that may be a credential of an upstream.
    pub fn desktop(&self) -> Vec<(String, String)> {
        let passes =
            |name: &String| DESKTOP.contains(&name.as_str()) || name.starts_with("LC_") || name.starts_with("XDG_");
        let names = self.variable_names().into_iter().filter(passes);
        names.filter_map(|name| self.variable(&name).ok().map(|value| (name, value))).collect()
    }

    /// What `WEIR_LOG` asks to be traced.
    pub fn log_filter(&self) -> Option<String> {
        self.variable("WEIR_LOG").ok().filter(|filter| !filter.is_empty())
    }

    /// A path as people write it: `~/` is home, relative is relative to `base`.
    pub fn path(&self, written: &str, base: &Path) -> PathBuf {
        match (written.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ if written == "~" => self.home.clone().unwrap_or_else(|| base.to_path_buf()),
            _ => base.join(written),
        }
    }

    /// A path as people read it: short, relative to where they are, or to home.
    pub fn shown(&self, path: &Path) -> String {
        if let Ok(rest) = path.strip_prefix(&self.cwd) {
            return if rest.as_os_str().is_empty() { ".".to_owned() } else { rest.display().to_string() };
        }
        match self.home.as_ref().and_then(|home| path.strip_prefix(home).ok()) {
            Some(rest) => format!("~/{}", rest.display()),
            None => path.display().to_string(),
        }
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("home", &self.home).field("cwd", &self.cwd).finish_non_exhaustive()
    }
}
