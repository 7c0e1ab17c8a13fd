//! Recognizes the format of a report by its content. Must never decide by the name of a file.

use struson::reader::{JsonReader, JsonStreamReader, ReaderError};

use crate::formats;
use crate::input::Source;
use crate::sink::{Problem, Sink};

/// One line per format: its name in code, its word in commands and answers, and its module in `formats/`.
macro_rules! formats {
    ($($name:ident $word:literal $($module:ident)::+,)*) => {
        /// The format of a report.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Format {
            $($name,)*
        }

        impl Format {
            /// All formats in the order in which they are tried: the most distinctive first.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// Checks whether the report has this format.
            ///
            /// # Errors
            /// The reason why the beginning of the report is not of this format.
            pub(crate) fn recognize(self, start: &Start) -> Result<(), String> {
                match self {
                    $(Self::$name => formats::$($module)::+::recognize(start),)*
                }
            }

            pub(crate) fn read(self, source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
                match self {
                    $(Self::$name => formats::$($module)::+::read(source, sink),)*
                }
            }
        }
    };
}

formats! {
    Testng "testng" testng,
    KatalonLog "katalon-log" katalon::log,
    Check "check" check,
    JunitXml "junit-xml" junit,
    Nunit "nunit" nunit,
    Xunit "xunit" xunit,
    AUnit "aunit" aunit,
    CppUnit "cppunit" cppunit,
    Trx "trx" trx,
    Robot "robot" robot,
    CTest "ctest" ctest,
    BoostTest "boosttest" boost,
    QTest "qtestlib" qtest,
    CUnit "cunit" cunit,
    FpcUnit "fpcunit" fpcunit,
    UnitTestPp "unittest++" unittestpp,
    Gtester "gtester" gtester,
    OpenTestReporting "open-test-reporting" open_test_reporting,
    Allure1 "allure1" allure1,
    CucumberMessages "cucumber-messages" cucumber_messages,
    PlaywrightBlob "playwright-blob" playwright_blob,
    Xcresult "xcresult" xcresult,
    RobotJson "robot-json" robot_json,
    GtestJson "gtest-json" gtest_json,
    CypressJson "cypress-json" cypress,
    NewmanJson "newman-json" newman,
    Allure2 "allure2" allure2,
    Ctrf "ctrf" ctrf,
    JestJson "jest-json" jest,
    Mochawesome "mochawesome" mochawesome,
    MochaJson "mocha-json" mocha,
    PlaywrightJson "playwright-json" playwright,
    KatalonJson "katalon-json" katalon::json,
    PytestJsonReport "pytest-json-report" pytest,
    RspecJson "rspec-json" rspec,
    CucumberJson "cucumber-json" cucumber,
    DartJson "dart-json" dart,
    GoTestJson "go-test-json" go_test,
    Subunit2 "subunit-v2" subunit::v2,
    Subunit1 "subunit-v1" subunit::v1,
    Tap "tap" tap,
}

/// A format that was tried, and the reason why the report is not of this format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub format: Format,
    pub reason: String,
}

/// The beginning of a report, parsed as far as possible.
#[derive(Debug)]
pub(crate) enum Start {
    Xml(XmlStart),
    Json(JsonStart),
    /// Lines of text, decoded.
    Text(String),
    Empty,
    /// The first bytes of something that is not text.
    Binary(Vec<u8>),
}

#[derive(Debug, Default)]
pub(crate) struct XmlStart {
    pub(crate) root: String,
    pub(crate) root_attributes: Vec<(String, String)>,
    /// Names of the elements inside the root, in their order, as far as the prefix contains them.
    pub(crate) elements: Vec<String>,
}

impl XmlStart {
    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        self.root_attributes.iter().any(|(known, _)| known == name)
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        self.elements.iter().any(|known| known == name)
    }
}

/// The beginning of one JSON document, or of several documents, one a line.
#[derive(Debug, Default)]
pub(crate) struct JsonStart {
    /// `true`: the document is an array; `keys` are then those of its first object.
    pub(crate) is_array: bool,
    /// Keys of the outermost object, as far as the prefix contains them.
    pub(crate) keys: Vec<String>,
    /// The decoded prefix.
    pub(crate) text: String,
}

impl JsonStart {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }
}

impl Start {
    pub(crate) fn of(prefix: &[u8]) -> Self {
        if formats::subunit::v2::is_packet(prefix) {
            return Self::Binary(prefix.to_vec());
        }
        let text = decode(prefix);
        let trimmed = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if trimmed.is_empty() {
            Self::Empty
        } else if trimmed.starts_with('<') {
            Self::Xml(xml_start(prefix))
        } else if prefix.contains(&0) && !is_utf16(prefix) {
            Self::Binary(prefix.to_vec())
        } else if trimmed.starts_with(['{', '[']) {
            Self::Json(json_start(trimmed))
        } else {
            Self::Text(trimmed.to_owned())
        }
    }

    /// Whether the beginning cannot show any format: it is empty, or XML without an element.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Self::Empty) || matches!(self, Self::Xml(start) if start.root.is_empty())
    }

    /// The beginning of the XML document.
    ///
    /// # Errors
    /// The report is not XML.
    pub(crate) fn xml(&self) -> Result<&XmlStart, String> {
        match self {
            Self::Xml(start) => Ok(start),
            Self::Empty => Err("it is empty".into()),
            Self::Text(_) | Self::Json(_) => Err("it is not XML".into()),
            Self::Binary(_) => Err("it is not text".into()),
        }
    }
}

impl Start {
    /// The beginning of the JSON document.
    ///
    /// # Errors
    /// The report is not JSON.
    pub(crate) fn json(&self) -> Result<&JsonStart, String> {
        match self {
            Self::Json(start) => Ok(start),
            Self::Empty => Err("it is empty".into()),
            Self::Xml(_) | Self::Text(_) => Err("it is not JSON".into()),
            Self::Binary(_) => Err("it is not text".into()),
        }
    }
}

fn is_utf16(prefix: &[u8]) -> bool {
    matches!(prefix, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'<', ..] | [b'<', 0, ..])
}

fn decode(prefix: &[u8]) -> String {
    let encoding = match prefix {
        [0, b'<', ..] => encoding_rs::UTF_16BE,
        [b'<', 0, ..] => encoding_rs::UTF_16LE,
        _ => encoding_rs::UTF_8,
    };
    // A byte order mark takes precedence over the guess.
    encoding.decode(prefix).0.into_owned()
}

/// Reads tags until the prefix ends or an error occurs. The reader of the format finds the error again and reports it.
fn xml_start(prefix: &[u8]) -> XmlStart {
    let mut start = XmlStart::default();
    let Ok((_, source)) = crate::input::open(Box::new(prefix)) else { return start };
    let mut xml = crate::xml::Xml::new(source);
    while let Ok(token) = xml.next() {
        match token {
            crate::xml::Token::Open(element) if start.root.is_empty() => {
                element.name().clone_into(&mut start.root);
                start.root_attributes = owned(element);
            }
            crate::xml::Token::Open(element) => start.elements.push(element.name().to_owned()),
            crate::xml::Token::End => break,
            _ => {}
        }
    }
    start
}

fn owned(element: &crate::xml::Element) -> Vec<(String, String)> {
    element.attributes().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Reads keys until the prefix or the document ends.
fn json_start(text: &str) -> JsonStart {
    let mut start =
        JsonStart { is_array: text.starts_with('['), text: text.to_owned(), ..JsonStart::default() };
    let mut reader = JsonStreamReader::new(text.as_bytes());
    let _prefix_ends = keys(&mut reader, start.is_array, &mut start.keys);
    start
}

fn keys(
    reader: &mut JsonStreamReader<&[u8]>,
    is_array: bool,
    keys: &mut Vec<String>,
) -> Result<(), ReaderError> {
    if is_array {
        reader.begin_array()?;
    }
    reader.begin_object()?;
    while reader.has_next()? {
        keys.push(reader.next_name_owned()?);
        reader.skip_value()?;
    }
    Ok(())
}
