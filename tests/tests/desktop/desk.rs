//! One open window: display, driver and session.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::display::Display;
use crate::place::Place;
use crate::process::{self, Owned};

pub(crate) struct Desk<'a> {
    pub(crate) place: &'a Place,
    pub(crate) display: Display,
    pub(crate) window: Client,
    _driver: Owned,
    pictures: PathBuf,
}

impl<'a> Desk<'a> {
    pub(crate) async fn open(place: &'a Place) -> Desk<'a> {
        let display = Display::open();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = start_driver(place, &display, port);
        let opening = Instant::now();
        let window = connect(place, port).await;
        // A picture can be taken only after the window has appeared.
        display.xdotool(&["search", "--sync", "--onlyvisible", "--name", "^Testkeep$"]);
        let pictures = pictures();
        let desk = Desk { place, display, window, _driver: driver, pictures };
        desk.window
            .wait()
            .at_most(Duration::from_secs(20))
            .for_element(crate::page::css("h1"))
            .await
            .unwrap();
        println!("window to first page, driver included: {} ms", opening.elapsed().as_millis());
        desk
    }

    /// A picture of the whole display.
    pub(crate) async fn picture(&self, name: &str) {
        // Transitions take 150 ms at most.
        sleep(Duration::from_millis(300)).await;
        self.display.screenshot(&self.file(name));
    }

    fn file(&self, name: &str) -> PathBuf {
        let number = self.place.pictures_taken.fetch_add(1, Ordering::SeqCst);
        let test = std::thread::current().name().map_or("desktop".into(), |name| name.replace("::", "-"));
        let folder = self.pictures.join(test.split('_').take(3).collect::<Vec<_>>().join("-"));
        std::fs::create_dir_all(&folder).unwrap();
        folder.join(format!("{number:02}-{name}.png"))
    }

    pub(crate) fn is_window_there(&self, window: &str) -> bool {
        let mut search = Command::new("xdotool");
        search.args(["search", "--onlyvisible", "--name", "."]).env("DISPLAY", self.display.name());
        String::from_utf8_lossy(&search.output().unwrap().stdout).lines().any(|line| line == window)
    }

    /// Closes the window as its title bar's button does and waits until the program has ended.
    pub(crate) async fn quit(self) {
        let window = self.display.xdotool(&["search", "--onlyvisible", "--name", "^Testkeep$"]);
        let window = window.lines().last().unwrap();
        let pid: u32 = self.display.xdotool(&["getwindowpid", window]).parse().unwrap();
        self.display.close_window(window.parse().unwrap());
        for _ in 0..100 {
            if !process::exists(pid) {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        process::kill(pid);
        panic!("the program did not end when its window was closed");
    }
}

fn start_driver(place: &Place, display: &Display, port: u16) -> Owned {
    let path = std::env::var("PATH").unwrap_or_default();
    let home = place.path().join("home");
    std::fs::create_dir_all(&home).unwrap();
    let driver = Command::new("WebKitWebDriver")
        .args([format!("--port={port}"), "--host=127.0.0.1".into()])
        .env("PATH", format!("{}:{path}", place.programs().display()))
        .env("DISPLAY", display.name())
        .env("GDK_BACKEND", "x11")
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("TESTKEEP_SERVER_BIN", &place.server_program)
        .env("HOME", &home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env_remove("WAYLAND_DISPLAY")
        .stdout(Stdio::null())
        .spawn();
    Owned(driver.expect("WebKitWebDriver is installed"))
}

async fn connect(place: &Place, port: u16) -> Client {
    let options = json!({ "binary": place.desktop_program, "args": [] });
    let capabilities: serde_json::Map<String, Value> =
        [("webkitgtk:browserOptions".to_owned(), options)].into_iter().collect();
    let mut last = None;
    for _ in 0..50 {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.clone());
        match builder.connect(&format!("http://127.0.0.1:{port}")).await {
            Ok(client) => return client,
            Err(error) => last = Some(error),
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("no session: {last:?}")
}

/// `TESTKEEP_SCREENSHOTS`, else `screenshots` beside the build.
fn pictures() -> PathBuf {
    std::env::var_os("TESTKEEP_SCREENSHOTS").map_or_else(
        || std::env::current_exe().unwrap().ancestors().nth(3).unwrap().join("screenshots"),
        PathBuf::from,
    )
}
