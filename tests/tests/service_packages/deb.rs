//! The deb package from installation to purge.

use crate::made::{NEW, OLD};
use crate::site::{HOME, Site, boot};

/// One machine for all of it, because each step is about what the step before has left.
#[test]
fn lives_from_installation_to_purge() {
    let site = boot("deb");
    installs(&site);
    site.set_up();
    site.upgrade_under_load(&format!("dpkg -i /root/{NEW}.deb"));
    keeps_what_the_admin_chose(&site);
    removal_keeps_the_data(&site);
    comes_back_as_it_was(&site);
    purge_leaves_nothing(&site);
    makes_no_server_when_asked(&site);
}

fn installs(site: &Site) {
    let report = site.machine.succeed(&format!("dpkg -i /root/{OLD}.deb 2>&1"));
    assert!(report.contains("testkeep-server setup-link --config"), "{report}");
    site.wait_until_ready();
    assert_eq!(site.machine.succeed("systemctl is-enabled testkeep"), "enabled");
    assert_eq!(site.machine.succeed("ps -o user= -C testkeep-server | sort -u"), "testkeep");
}

/// A server that does not start at boot and is stopped stays so.
fn keeps_what_the_admin_chose(site: &Site) {
    site.machine.succeed(&format!("sed -i 's/^http_port.*/http_port = 8090/' {HOME}/conf/testkeep.toml"));
    site.machine.succeed("systemctl disable --now testkeep");
    site.machine.succeed(&format!("dpkg -i /root/{OLD}.deb"));
    assert!(site.machine.run("systemctl is-active testkeep").stdout.starts_with(b"inactive"));
    assert!(site.machine.run("systemctl is-enabled testkeep").stdout.starts_with(b"disabled"));
    assert_eq!(
        site.machine.succeed(&format!("grep http_port {HOME}/conf/testkeep.toml")),
        "http_port = 8090"
    );
    site.machine.succeed(&format!("sed -i 's/^http_port.*/http_port = 8080/' {HOME}/conf/testkeep.toml"));
    site.machine.succeed("systemctl enable --now testkeep");
    site.wait_until_ready();
}

fn removal_keeps_the_data(site: &Site) {
    site.machine.succeed("dpkg --remove testkeep-server");
    assert_eq!(site.machine.succeed("pgrep -c testkeep-server || true"), "0");
    assert_eq!(site.machine.succeed("find /etc/systemd -name '*testkeep*'"), "");
    site.machine.succeed(&format!("test -s {HOME}/data/testkeep.db && test -s {HOME}/conf/secret.key"));
}

fn comes_back_as_it_was(site: &Site) {
    site.machine.succeed(&format!("dpkg -i /root/{NEW}.deb"));
    site.wait_until_ready();
    let number = "curl -sf -o /dev/null -w '%{http_code}' -H \"authorization: Bearer $(cat /root/token)\" \
                  http://127.0.0.1:8080/api/v2/me";
    assert_eq!(site.machine.succeed(number), "200", "the session of before is still known");
}

fn purge_leaves_nothing(site: &Site) {
    site.machine.succeed("dpkg --purge testkeep-server");
    let traces = "find / -xdev -path /root -prune -o -path /proc -prune -o -path /usr/local/bin -prune -o \
                  -path /var/log -prune -o -path /tmp -prune -o -name '*testkeep*' -print; \
                  grep testkeep /etc/passwd /etc/group /var/lib/dpkg/status; true";
    let left = site.machine.succeed(traces);
    let ours: Vec<_> = left
        .lines()
        .filter(|line| line.starts_with("/usr/") || line.starts_with("/etc/") || line.starts_with("/var/"))
        .collect();
    assert!(ours.is_empty(), "{ours:#?}");
}

fn makes_no_server_when_asked(site: &Site) {
    site.machine.succeed("mkdir /etc/testkeep && touch /etc/testkeep/no-server");
    let report = site.machine.succeed(&format!("dpkg -i /root/{NEW}.deb 2>&1"));
    assert!(report.contains("No server was made, as /etc/testkeep/no-server"), "{report}");
    site.machine.succeed(&format!("test ! -e {HOME}"));
    site.machine.succeed("dpkg --purge testkeep-server && test ! -e /etc/testkeep");
    site.machine.succeed(&format!("TESTKEEP_NO_SERVER=1 dpkg -i /root/{NEW}.deb && test ! -e {HOME}"));
    site.machine.succeed("dpkg --purge testkeep-server");
}
