//! A real pgbouncer in transaction mode in front of a real PostgreSQL; stopped when dropped.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::programs::Account;
use super::{Postgres, USER, free_port};

pub struct Bouncer {
    port: u16,
    folder: PathBuf,
    child: Child,
}

impl Bouncer {
    pub fn before(server: &Postgres) -> Self {
        let program =
            ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].into_iter().find(|it| Path::new(it).exists());
        let program = program.expect("pgbouncer is missing; install the package `pgbouncer`");
        let account = Account::unprivileged();
        let folder = account.create_folder();
        let port = free_port();
        let file = folder.join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={} user={USER}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 4\n\
             unix_socket_dir =\nlogfile = {}\n",
            server.port(),
            folder.join("log").display()
        );
        std::fs::write(&file, text).expect("the folder is ours");
        account.give(&file);
        // Ends with the test process, even if that is killed.
        let mut command = account.command("setpriv");
        command.args(["--pdeathsig", "KILL", program]).arg(&file);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let bouncer = Self { port, folder, child: child.expect("pgbouncer starts") };
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || std::fs::read_to_string(bouncer.folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "pgbouncer does not listen: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        bouncer
    }

    pub fn jdbc_url(&self, database: &str) -> String {
        format!("jdbc:postgresql://127.0.0.1:{}/{database}?user={USER}", self.port)
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}
