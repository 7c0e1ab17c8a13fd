//! A person's actions on a page: see, click, type. Elements are found by their `data-testid`.

use std::time::Duration;

use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use serde_json::Value;
use tokio::time::sleep;

use crate::desk::Desk;

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn css(selector: &str) -> Locator<'_> {
    Locator::Css(selector)
}

/// A text of the user interface.
pub(crate) fn message(key: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/messages/en");
    let texts =
        std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let mut areas = texts.map(|text| serde_json::from_str::<Value>(&text).unwrap());
    let found = areas.find_map(|messages| messages[key].as_str().map(str::to_owned));
    found.unwrap_or_else(|| panic!("no message {key}"))
}

impl Desk<'_> {
    pub(crate) async fn find(&self, testid: &str) -> Element {
        let selector = format!("[data-testid=\"{testid}\"]");
        match self.window.wait().at_most(PATIENCE).for_element(css(&selector)).await {
            Ok(element) => element,
            Err(error) => self.give_up(&format!("no {testid}: {error}")).await,
        }
    }

    pub(crate) async fn text(&self, testid: &str) -> String {
        self.find(testid).await.text().await.unwrap()
    }

    /// Clicks as soon as the control is enabled and no toast covers it.
    pub(crate) async fn click(&self, testid: &str) {
        self.until(&format!("{testid} is enabled"), async || {
            self.find(testid).await.is_enabled().await.unwrap_or(false)
        })
        .await;
        self.until(&format!("{testid} can be clicked"), async || {
            match self.find(testid).await.click().await {
                Ok(()) => true,
                Err(CmdError::Standard(problem)) if problem.error == ErrorStatus::ElementClickIntercepted => {
                    false
                }
                Err(error) => panic!("{testid}: {error}"),
            }
        })
        .await;
    }

    /// Replaces the content of a field.
    pub(crate) async fn fill(&self, testid: &str, text: &str) {
        let field = self.find(testid).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Waits until the page's address ends with `path`.
    pub(crate) async fn arrive(&self, path: &str) {
        self.until(&format!("the page is {path}"), async || {
            self.window.current_url().await.is_ok_and(|url| url.path() == path)
        })
        .await;
    }

    /// Waits until `testid` shows `words`.
    pub(crate) async fn see(&self, testid: &str, words: &str) {
        self.see_at(&format!("[data-testid=\"{testid}\"]"), words).await;
    }

    /// Waits until `testid` inside `frame` shows `words`, when the page has several of them.
    pub(crate) async fn see_within(&self, frame: &str, testid: &str, words: &str) {
        self.see_at(&format!("[data-testid=\"{frame}\"] [data-testid=\"{testid}\"]"), words).await;
    }

    async fn see_at(&self, selector: &str, words: &str) {
        self.until(&format!("{selector} says “{words}”"), async || {
            match self.window.find(css(selector)).await {
                Ok(element) => element.text().await.is_ok_and(|text| text.contains(words)),
                Err(_) => false,
            }
        })
        .await;
    }

    /// Waits until the Server page shows this state.
    pub(crate) async fn see_state(&self, state: &str) {
        let selector = format!("[data-testid=\"server-state\"][data-state=\"{state}\"]");
        self.until(&format!("the server is {state}"), async || {
            self.window.find(css(&selector)).await.is_ok()
        })
        .await;
    }

    pub(crate) async fn until(&self, what: &str, condition: impl AsyncFn() -> bool) {
        let patience = PATIENCE.as_millis() / 100;
        for _ in 0..patience {
            if condition().await {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        self.give_up(&format!("never: {what}")).await;
    }

    async fn give_up(&self, why: &str) -> ! {
        self.picture("gave-up").await;
        let body = match self.window.find(css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        panic!("{why}\nThe page says:\n{body}")
    }
}
