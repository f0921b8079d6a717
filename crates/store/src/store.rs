//! One open store: its location, its two lanes, its clock.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use tokio::sync::Mutex;

use crate::{
    Problem, StoreUnavailable,
    connection::{Connection, Mode},
    journal::BindingsKept,
    lane::{Lane, Shared},
    location::Location,
    postgres, sqlite,
    text::random_hex,
    trouble::Trouble,
};

/// Where runs, journals, approvals, handles and stored values are kept; several processes may have the same one open.
///
/// The last owner to drop it waits until what was queued is written.
pub struct Store {
    pub(crate) location: Location,
    place: Arc<str>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) writer: Lane,
    /// `None` where there is only one connection.
    reader: Option<Lane>,
    pub(crate) bindings: BindingsKept,
    /// Held by whoever looks for changes in the file.
    pub(crate) looking: Mutex<()>,
    wall: Box<dyn Fn() -> u64 + Send + Sync>,
}

impl Store {
    /// Opens it, or makes it where there is none, and brings its schema to this version.
    pub async fn open(location: Location) -> Result<Arc<Self>, StoreUnavailable> {
        Self::open_at(location, unix_ms).await
    }

    /// With a clock of one's own: milliseconds since the Unix epoch. It may jump.
    pub async fn open_at(
        location: Location,
        wall: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Result<Arc<Self>, StoreUnavailable> {
        let place: Arc<str> = match &location {
            Location::Memory => "in memory".into(),
            Location::Sqlite(path) => path.display().to_string().into(),
            Location::Postgres(address) => postgres::place(address).into(),
        };
        match lanes(&location).await {
            Ok((shared, writer, reader)) => Ok(Arc::new(Self {
                location,
                place,
                shared,
                writer,
                reader,
                bindings: BindingsKept::default(),
                looking: Mutex::default(),
                wall: Box::new(wall),
            })),
            Err(trouble) => Err(StoreUnavailable { place, problem: trouble.problem }),
        }
    }

    /// Resolves when everything acknowledged so far survives the loss of power.
    pub async fn flush(&self) -> Result<(), StoreUnavailable> {
        self.write(Mode::Now, async |connection| {
            // A commit is synced only when it has something to write.
            connection.execute("UPDATE meta SET value = value WHERE name = 'changes'", &[]).await
        })
        .await?;
        Ok(())
    }

    pub(crate) fn now(&self) -> u64 {
        (self.wall)()
    }

    pub(crate) fn unavailable(&self, problem: Problem) -> StoreUnavailable {
        StoreUnavailable { place: self.place.clone(), problem }
    }

    /// One transaction that writes, behind everything that was journaled before.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        mode: Mode,
        work: impl AsyncFnMut(&mut Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreUnavailable> {
        self.writer.work(mode, work).await.map_err(|problem| self.unavailable(problem))
    }

    /// One transaction that reads; it sees everything that was journaled before.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl AsyncFnMut(&mut Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreUnavailable> {
        self.writer.settle().await.map_err(|problem| self.unavailable(problem))?;
        self.glance(work).await
    }

    /// One transaction that reads what is committed.
    pub(crate) async fn glance<T: Send + 'static>(
        &self,
        work: impl AsyncFnMut(&mut Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreUnavailable> {
        let lane = self.reader.as_ref().unwrap_or(&self.writer);
        lane.work(Mode::Read, work).await.map_err(|problem| self.unavailable(problem))
    }
}

type Lanes = (Arc<Shared>, Lane, Option<Lane>);

async fn lanes(location: &Location) -> Result<Lanes, Trouble> {
    let instance = random_hex().map_err(|error| Trouble::new(Problem::Unusable(format!("no randomness: {error}"))))?;
    let shared = Arc::new(Shared::new(instance));
    let known = shared.clone();
    match location {
        Location::Memory => {
            let connect = async move || sqlite::Link::in_memory(known).map(Connection::Sqlite);
            let writer = Lane::start("weir-store", shared.clone(), connect).await?;
            Ok((shared, writer, None))
        }
        Location::Sqlite(path) => {
            let path = path.clone();
            let open = |owns: bool| {
                let (path, known) = (path.clone(), shared.clone());
                async move || sqlite::open(&path, known, owns).map(Connection::Sqlite)
            };
            let writer = Lane::start("weir-store", shared.clone(), open(true)).await?;
            let reader = Lane::start("weir-store-read", shared.clone(), open(false)).await?;
            Ok((shared, writer, Some(reader)))
        }
        Location::Postgres(address) => {
            let open = |role: postgres::Role| {
                let (address, known) = (address.clone(), shared.clone());
                async move || {
                    let link = postgres::open(&address, known, role).await?;
                    Ok(Connection::Postgres(Box::new(link)))
                }
            };
            let writer = Lane::start("weir-store", shared.clone(), open(postgres::Role::Writes)).await?;
            let reader = Lane::start("weir-store-read", shared.clone(), open(postgres::Role::Reads)).await?;
            Ok((shared, writer, Some(reader)))
        }
    }
}

/// A clock before 1970 says 0.
fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
