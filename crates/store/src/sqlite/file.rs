//! Opens the file, or makes it. What is no store of this weir's is refused before SQLite may touch it.
//!
//! A new store is made whole under another name and takes its own only then, and only if nothing has it: a crash leaves no half
//! store, and nothing is ever overwritten. Modes are set when file and directory are made, and never again.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{Link, migration, owner};
use crate::{Problem, lane::Shared, trouble::Trouble};

/// Files up to this size are checked page by page when they are opened.
const CHECKED_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// What a burst of writes may leave of the log's file.
const LOG_KEPT_BYTES: i64 = 64 * 1024 * 1024;
/// SQLite's file header.
const HEADER_BYTES: usize = 100;

/// The connection that writes says that this store lives; the one that reads does not.
pub(crate) fn open(path: &Path, shared: Arc<Shared>, owns: bool) -> Result<Link, Trouble> {
    make_unless_there(path)?;
    if owns {
        // Only before this process has a connection: closing any other descriptor of the file drops the locks of all its
        // connections (POSIX), and the next process to leave would take the log away from under them.
        inspect(path)?;
    }
    let mut connection = connect(path)?;
    let length = fs::metadata(path).map_err(|error| unusable(&error))?.len();
    if owns && length <= CHECKED_BYTES_MAX {
        check(&connection)?;
    }
    migration::migrate(&mut connection)?;
    let owners = owner::directory(path);
    let owner = owns.then(|| owner::announce(&owners, &shared.instance)).transpose()?;
    Link::new(connection, shared, Some(owners), owner)
}

/// Directory, file and schema.
fn make_unless_there(path: &Path) -> Result<(), Trouble> {
    if path.try_exists().map_err(|error| unusable(&error))? {
        return Ok(());
    }
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(|error| unusable(&error))?;
    }
    let draft = draft_of(path)?;
    let made = make(&draft).and_then(|()| take_name(&draft, path).map_err(|error| unusable(&error)));
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut leftover = draft.clone().into_os_string();
        leftover.push(suffix);
        let _ = fs::remove_file(leftover);
    }
    made
}

fn draft_of(path: &Path) -> Result<PathBuf, Trouble> {
    let random = crate::text::random_hex().map_err(|error| Trouble::new(Problem::Unusable(error.to_string())))?;
    let mut name = path.file_name().ok_or_else(|| Trouble::new(Problem::Unusable("it has no name".into())))?.to_owned();
    name.push(format!(".{random}.new"));
    Ok(path.with_file_name(name))
}

fn make(draft: &Path) -> Result<(), Trouble> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft);
    drop(file.map_err(|error| unusable(&error))?);
    let mut connection = Connection::open_with_flags(draft, flags())?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    wal(&connection)?;
    migration::migrate(&mut connection)?;
    // The last connection to close takes the log into the file.
    connection.close().map_err(|(_, error)| Trouble::from(error))
}

/// A name that somebody else took meanwhile is theirs.
fn take_name(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        // A file system without links: the check is a moment old, and that is the best there is.
        Err(_) if !path.try_exists()? => fs::rename(draft, path)?,
        linked => linked?,
    }
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Reads the header as SQLite would, before SQLite may repair, extend or roll back anything.
fn inspect(path: &Path) -> Result<(), Trouble> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    let file = File::open(path).map_err(|error| unusable(&error))?;
    let length = file.metadata().map_err(|error| unusable(&error))?.len();
    file.take(HEADER_BYTES as u64).read_to_end(&mut header).map_err(|error| unusable(&error))?;
    let foreign = |what: &str| Err(Trouble::new(Problem::Foreign(what.to_owned())));
    if header.is_empty() {
        return foreign("the file is empty");
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return foreign("the file is no SQLite database");
    }
    let field =
        |at: usize| header.get(at..at + 4).map(|bytes| u32::from_be_bytes(bytes.try_into().expect("four bytes")));
    let (Some(pages), Some(application)) = (field(28), field(68)) else {
        return Err(Trouble::damaged("the file ends within its header"));
    };
    if i64::from(application) != migration::APPLICATION {
        return foreign("the file is another program's database");
    }
    let page = match u64::from(header[16]) << 8 | u64::from(header[17]) {
        1 => 65_536,
        size => size,
    };
    let expected = u64::from(pages) * page;
    if length < expected && !has_log(path)? {
        return Err(Trouble::damaged(format!("the file has {length} bytes of {expected}: it was cut off")));
    }
    Ok(())
}

/// With a log, pages may be missing from the file and lie there.
fn has_log(path: &Path) -> Result<bool, Trouble> {
    let mut log = path.to_owned().into_os_string();
    log.push("-wal");
    match fs::metadata(log) {
        Ok(found) => Ok(found.len() > 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unusable(&error)),
    }
}

fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn connect(path: &Path) -> Result<Connection, Trouble> {
    let connection = Connection::open_with_flags(path, flags())?;
    connection.busy_timeout(super::BUSY_TIMEOUT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    wal(&connection)?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT_BYTES)?;
    // Where syncing alone does not reach the disk (macOS).
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    Ok(connection)
}

/// Refused by file systems that cannot share memory between processes.
fn wal(connection: &Connection) -> Result<(), Trouble> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode.eq_ignore_ascii_case("wal") {
        return Ok(());
    }
    let what = "its file system cannot hold SQLite's write-ahead log; put the store on a local disk".to_owned();
    Err(Trouble::new(Problem::Unusable(what)))
}

fn check(connection: &Connection) -> Result<(), Trouble> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(Trouble::damaged(found)) }
}

fn unusable(error: &io::Error) -> Trouble {
    let problem = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Problem::Full,
        _ => Problem::Unusable(error.to_string()),
    };
    Trouble::new(problem)
}
