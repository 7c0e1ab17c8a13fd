//! A machine in which a package is installed, and the server that the package made.

use std::path::Path;
use std::time::Duration;

use testkeep_domain::Clock;
use testkeep_domain::machine::MachineId;
use testkeep_tests::api::license_by;
use testkeep_tests::booted::BootedMachine;
use testkeep_tests::programs::{demo_key, server_program};

use crate::made::{MADE, NEW, OLD, package};

pub(crate) const HOME: &str = "/var/lib/testkeep";
const URL: &str = "http://127.0.0.1:8080";
const READY: Duration = Duration::from_secs(20);

pub(crate) struct Site {
    pub(crate) machine: BootedMachine,
}

/// Boots a machine with both versions of the server's package as `/root/OLD.deb`, `/root/NEW.rpm` and so on.
pub(crate) fn boot(ending: &str) -> Site {
    let machine = BootedMachine::boot(&server_program());
    for (folder, version) in [(&MADE.old, OLD), (&MADE.new, NEW)] {
        let target = machine.root().join(format!("root/{version}.{ending}"));
        copy(&package(folder, &format!("testkeep-server{}", separator(ending)), ending), &target);
    }
    Site { machine }
}

fn separator(ending: &str) -> &'static str {
    if ending == "deb" { "_" } else { "-" }
}

fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

impl Site {
    pub(crate) fn wait_until_ready(&self) {
        self.machine.wait_for(READY, &format!("curl -sf --max-time 1 {URL}/readyz"));
    }

    /// How often the server has started, by the journal.
    pub(crate) fn starts(&self) -> usize {
        let count = self.machine.succeed("journalctl -u testkeep --no-pager | grep -c ' INFO ready' || true");
        count.parse().unwrap_or_else(|_| panic!("{count}"))
    }

    /// As the admin does it in the browser: license, owner account.
    pub(crate) fn set_up(&self) {
        let id = MachineId::parse(&self.machine.succeed("testkeep-server machine-id")).expect("a Machine ID");
        let license = license_by(&demo_key(), Clock::system().now(), |terms| terms.machine_id = id);
        self.machine.write("/root/license.lic", &license);
        self.machine.succeed(&format!(
            "curl -sf -H 'content-type:' --data-binary @/root/license.lic {URL}/api/v2/activation"
        ));
        let link =
            self.machine.succeed(&format!("testkeep-server setup-link --config {HOME}/conf/testkeep.toml"));
        let token = link.split_once("#token=").unwrap_or_else(|| panic!("{link}")).1;
        let owner = format!(
            "{{\"setup_token\":\"{token}\",\"email\":\"ada@example.com\",\"password\":\"correct horse battery\",\
             \"first_name\":\"Ada\",\"last_name\":\"Lovelace\"}}"
        );
        self.machine.succeed(&post("default-account", &owner));
    }

    /// Upgrades while a client writes without a pause; every write that the server confirmed is still there.
    pub(crate) fn upgrade_under_load(&self, upgrade: &str) {
        let starts = self.starts();
        self.machine.write("/root/load.sh", &load());
        let script = format!(
            "bash /root/load.sh > /root/load.log 2>&1 & load=$!
             trap 'touch /root/enough' EXIT
             until test \"$(wc -l < /root/confirmed)\" -ge 20; do sleep 0.1; done
             {upgrade} || exit 1
             before=$(wc -l < /root/confirmed)
             until test \"$(wc -l < /root/confirmed)\" -ge $((before + 20)); do sleep 0.1; done
             touch /root/enough; wait $load"
        );
        self.machine.write("/root/confirmed", "");
        self.machine.write("/root/upgrade.sh", &script);
        self.machine.succeed("timeout 120 bash /root/upgrade.sh; code=$?; touch /root/enough; exit $code");
        self.wait_until_ready();
        assert_eq!(self.starts(), starts + 1, "the server restarts once");
        assert_eq!(
            self.machine.succeed("systemctl show -p NRestarts --value testkeep"),
            "0",
            "none was a crash"
        );
        let lost = "while read -r id; do curl -sf -o /dev/null -H \"authorization: Bearer $(cat /root/token)\" \
                    http://127.0.0.1:8080/api/v2/organizations/$id || echo $id; done < /root/confirmed";
        assert_eq!(self.machine.succeed(lost), "", "these were confirmed and are gone");
    }
}

fn post(path: &str, body: &str) -> String {
    format!("curl -sf -H 'content-type: application/json' -d '{body}' {URL}/api/v2/{path}")
}

/// Creates organizations until `/root/enough` is there, and writes the ids of the confirmed ones to `/root/confirmed`.
fn load() -> String {
    let session = post("sessions", "{\"email\":\"ada@example.com\",\"password\":\"correct horse battery\"}");
    format!(
        "{session} | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/' > /root/token
         number=0
         until test -e /root/enough; do
             number=$((number + 1))
             answer=$(curl -s --max-time 5 -w '\\n%{{http_code}}' -H \"authorization: Bearer $(cat /root/token)\" \
                 -H 'content-type: application/json' -d \"{{\\\"name\\\":\\\"load $number\\\"}}\" {URL}/api/v2/organizations)
             case \"$answer\" in *201) echo \"$answer\" | grep -o '\"id\":[0-9]*' | head -n 1 | cut -d : -f 2 >> /root/confirmed ;; esac
         done\n"
    )
}
