//! What is refused, with what to do instead.

use testkeep_tests::booted::PROGRAM;

use crate::inside::{answers, machine};

#[test]
fn wrong_rights_and_wrong_places_are_named() {
    let machine = machine();
    machine.succeed("useradd --create-home ada");
    machine.succeed(&format!("{PROGRAM} machine-id"));
    // A system service without root.
    machine.succeed("install -d -o ada /home/ada/testkeep/conf && chmod 755 /home/ada");
    let as_ada = "setpriv --reuid=ada --regid=ada --init-groups env HOME=/home/ada";
    let place = "--config /home/ada/testkeep/conf/testkeep.toml";
    let said = machine.fail(2, &format!("{as_ada} {PROGRAM} service install {place}"));
    assert!(said.contains("sudo testkeep-server service install") && said.contains("--user"), "{said}");
    // A person's service as root.
    let said = machine.fail(2, &format!("{PROGRAM} service install --user {place}"));
    assert!(said.contains("without sudo"), "{said}");
    // No service yet.
    let said = machine.fail(2, &format!("{PROGRAM} service start {place}"));
    assert!(said.contains("testkeep-server service install"), "{said}");
    // A temporary folder, and one that the service's account cannot enter.
    for (destination, words) in
        [("/var/tmp/testkeep", "temporary files"), ("/root/testkeep", "chmod o+x '/root'")]
    {
        let answers = answers(&machine, destination, 8080, "service");
        let said = machine.fail(2, &format!("{PROGRAM} install --answers {answers}"));
        assert!(said.contains("service.mode") && said.contains(words), "{said}");
        machine.succeed(&format!("test ! -e {destination}"));
    }
    assert_eq!(machine.succeed("grep testkeep /etc/passwd; true"), "");
}
