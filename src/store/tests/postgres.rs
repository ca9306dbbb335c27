//! A PostgreSQL server of our own, in a temporary folder, reached through a socket there; gone when dropped.

#![expect(clippy::disallowed_methods, reason = "a test harness: it looks for a server's programs")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use super::super::Location;

pub(super) struct Server {
    process: Child,
    folder: tempfile::TempDir,
}

impl Server {
    /// Gives none where there is no PostgreSQL, or none that we may run.
    pub(super) fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("qoltanba-pg-").tempdir_in("/tmp").ok()?;
        if is_root() {
            // The server refuses to run as root.
            succeed(Command::new("chown").arg("postgres:").arg(folder.path()))?;
        }
        let cluster = folder.path().join("cluster");
        let initdb = ["-A", "trust", "-U", "qoltanba", "-N", "-E", "UTF8", "--locale=C", "-D"];
        succeed(as_server(&programs.join("initdb")).args(initdb).arg(&cluster))?;
        let process = as_server(&programs.join("postgres"))
            .arg("-D")
            .arg(&cluster)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses=", "-c", "max_connections=60"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let server = Self { process, folder };
        server.answers().then_some(server)
    }

    /// Makes an empty database.
    pub(super) async fn new_database(&self, name: &str) -> Location {
        let name = &name[..name.len().min(60)];
        let mut connection = self.connect().await;
        let statement = format!("CREATE DATABASE {name}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        Location::Postgres(Box::new(self.options(name)))
    }

    /// A server that listens may still be starting up (57P03).
    async fn connect(&self) -> sqlx::PgConnection {
        for _ in 0..300 {
            match self.options("postgres").connect().await {
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("57P03") => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                connected => return connected.unwrap(),
            }
        }
        self.options("postgres").connect().await.unwrap()
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(self.folder.path()).username("qoltanba").database(database)
    }

    fn answers(&self) -> bool {
        let socket = self.folder.path().join(".s.PGSQL.5432");
        // Half a minute at most; a server that is not up by then counts as none.
        (0..300).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            std::os::unix::net::UnixStream::connect(&socket).is_ok()
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGQUIT: the server ends its children and stops at once; SIGKILL would leave them behind.
        let _ = Command::new("kill").arg("-QUIT").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

fn programs() -> Option<PathBuf> {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|e| e.path()).collect();
    versions.sort();
    versions.into_iter().rev().map(|version| version.join("bin")).find(|bin| bin.join("initdb").is_file())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

fn as_server(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program).current_dir("/tmp");
    command
}

fn succeed(command: &mut Command) -> Option<()> {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    status.success().then_some(())
}
