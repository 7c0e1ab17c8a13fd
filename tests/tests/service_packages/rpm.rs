//! The rpm package from installation to removal, with rpm's own database.
//!
//! This system's files do not come from rpm, so one package stands for them: it provides what the server's package
//! requires. Without it rpm would have to be told to ignore requirements, and would not show whether scripts run.

use crate::made::{NEW, OLD};
use crate::site::{HOME, Site, boot};

/// Debian's rpm asks to be told that it is meant.
const RPM: &str = "rpm --force-debian";

#[test]
fn lives_from_installation_to_removal() {
    let site = boot("rpm");
    stand_for_the_system(&site);
    let report = site.machine.succeed(&format!("{RPM} --install /root/{OLD}.rpm 2>&1"));
    assert!(report.contains("testkeep-server setup-link --config"), "{report}");
    site.wait_until_ready();
    site.set_up();
    site.upgrade_under_load(&format!("{RPM} --upgrade /root/{NEW}.rpm"));
    removal_keeps_the_data(&site);
}

fn stand_for_the_system(site: &Site) {
    let required = site.machine.succeed(&format!("rpm -qp --requires /root/{OLD}.rpm"));
    assert!(required.contains("libc.so.6"), "rpmbuild found the libraries: {required}");
    let provided: Vec<String> = required
        .lines()
        .filter(|line| !line.starts_with("rpmlib("))
        .map(|line| format!("Provides: {line}"))
        .collect();
    let provided = provided.join("\n");
    let spec = format!(
        "Name: system\nVersion: 1\nRelease: 1\nSummary: Stands for the system\nLicense: MIT\n{provided}\n\
         %description\nStands for the system.\n%files\n"
    );
    site.machine.write("/root/system.spec", &spec);
    site.machine.succeed("rpmbuild -bb --quiet --define '_topdir /root/rpm' /root/system.spec");
    site.machine.succeed(&format!("{RPM} --install /root/rpm/RPMS/*/system-1-1.*.rpm"));
}

fn removal_keeps_the_data(site: &Site) {
    site.machine.succeed(&format!("{RPM} --erase testkeep-server"));
    assert_eq!(site.machine.succeed("pgrep -c testkeep-server || true"), "0");
    let left = "find /etc/systemd /usr/bin /usr/share -name '*testkeep*'; grep testkeep /etc/passwd /etc/group; true";
    assert_eq!(site.machine.succeed(left), "");
    site.machine.succeed(&format!("test -s {HOME}/data/testkeep.db"));
}
