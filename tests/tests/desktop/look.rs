//! What every page of the window must pass: a picture for people, and axe finding nothing serious.

use serde_json::Value;

use crate::desk::Desk;

/// Installed for the browser tests, which `cargo xtask test` prepares as well.
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
    /// Takes a picture and looks at the page as a screen reader would.
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
