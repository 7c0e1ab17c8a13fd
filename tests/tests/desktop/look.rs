//! Checks for every page of the window: a picture for people, and no serious finding of axe.

use serde_json::Value;

use crate::desk::Desk;

/// Installed for the browser tests; `cargo xtask test` prepares it.
const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/web/node_modules/axe-core/axe.min.js");

const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document).then(({ violations, passes }) => done({
        passes: passes.length,
        grave: violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .flatMap(({ id, help, nodes }) => nodes.map((node) => `${id} (${help}): ${node.html}`)),
    }), (error) => done({ passes: 0, grave: [String(error)] }));";

impl Desk<'_> {
    /// Takes a picture and checks the page's accessibility.
    pub(crate) async fn look(&self, name: &str) {
        self.picture(name).await;
        let axe = std::fs::read_to_string(AXE)
            .unwrap_or_else(|error| panic!("{AXE}: {error}. Run npm ci in tests/web, or cargo xtask test."));
        self.window.execute(&axe, Vec::new()).await.unwrap();
        let found: Value = self.window.execute_async(RUN, Vec::new()).await.unwrap();
        assert!(
            found["passes"].as_u64() > Some(5),
            "axe found next to nothing to look at on {name}: {found}"
        );
        let grave = found["grave"].as_array().unwrap();
        assert!(grave.is_empty(), "{name}: {grave:#?}");
    }
}
