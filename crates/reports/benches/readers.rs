//! `cargo xtask bench readers`: MB/s of each reader beside a bare tokenizer pass of the same report.
//!
//! A report is made while it is read: a beginning, one case again and again, and an end. The target is 150 MB/s, or a
//! third of the tokenizer. Memory is compared between a report and one of four times its size, each in a process of its
//! own; formats whose verdict comes at the end (marked `all`) must keep their cases, so there it may grow.

use std::io::{BufRead, BufReader, Read};
use std::process::Command;
use std::time::Instant;

use quick_xml::events::Event;
use struson::reader::{JsonReader, JsonStreamReader};
use testkeep_reports::{State, read};

const SIZE: usize = 32 * 1024 * 1024;
const RUNS: usize = 5;
const TARGET: f64 = 150.0;

struct Sample {
    name: &'static str,
    begin: &'static str,
    /// `#` is replaced by the number of the case.
    case: &'static str,
    end: &'static str,
    /// Whether the reader keeps all cases until the end.
    keeps_all: bool,
}

impl Sample {
    /// Whether it is several JSON documents, one a line.
    fn is_lines(&self) -> bool {
        self.case.starts_with('{')
    }
}

const fn sample(name: &'static str, begin: &'static str, case: &'static str, end: &'static str) -> Sample {
    Sample { name, begin, case, end, keeps_all: false }
}

const fn all(name: &'static str, begin: &'static str, case: &'static str, end: &'static str) -> Sample {
    Sample { name, begin, case, end, keeps_all: true }
}

const SAMPLES: &[Sample] = &[
    sample(
        "junit-xml",
        "<testsuites><testsuite name=\"s\">",
        "<testcase classname=\"com.example.shop.CartTest\" name=\"adds item #\" time=\"0.125\"><failure message=\"expected 1 but was 2\" type=\"AssertionError\">java.lang.AssertionError: expected 1\n\tat com.example.shop.CartTest.adds(CartTest.java:42)\n\tat org.junit.runners.Suite.run(Suite.java:128)\n</failure><system-out><![CDATA[opening the shop\nadding an item\nlooking at the cart\n]]></system-out></testcase>\n",
        "</testsuite></testsuites>",
    ),
    sample(
        "testng",
        "<testng-results><suite name=\"s\"><test name=\"t\"><class name=\"com.example.CartTest\">",
        "<test-method status=\"PASS\" signature=\"adds()[pri:0, instance:com.example.CartTest@1]\" name=\"adds#\" duration-ms=\"12\" started-at=\"2026-11-28T10:00:00Z\" finished-at=\"2026-11-28T10:00:00Z\"><reporter-output><line><![CDATA[opening the shop]]></line></reporter-output></test-method>\n",
        "</class></test></suite></testng-results>",
    ),
    sample(
        "katalon-log",
        "<log>",
        "<record><millis>1795860000002</millis><level>START</level><method>startTest</method><message>Start Test Case : Test Cases/Login #</message><nestedLevel>0</nestedLevel><property name=\"id\">Test Cases/Login #</property></record>\n<record><millis>1795860000100</millis><level>START</level><method>startKeyword</method><message>Start action : click</message></record>\n<record><millis>1795860000400</millis><level>PASSED</level><method>logMessage</method><message>Object &amp;apos;Login&amp;apos; is clicked</message></record>\n<record><millis>1795860000500</millis><level>END</level><method>endKeyword</method><message>End action : click</message></record>\n<record><millis>1795860000600</millis><level>PASSED</level><method>logMessage</method><message>Test Cases/Login #</message></record>\n<record><millis>1795860000602</millis><level>END</level><method>endTest</method><message>End Test Case : Test Cases/Login #</message></record>\n",
        "</log>",
    ),
    sample(
        "nunit",
        "<test-run><test-suite name=\"s\">",
        "<test-case id=\"#\" name=\"Adds#\" fullname=\"Shop.CartTest.Adds#\" classname=\"Shop.CartTest\" result=\"Failed\" start-time=\"2026-11-28 10:00:00Z\" duration=\"0.125\"><properties><property name=\"Owner\" value=\"ada\"/></properties><failure><message>Expected 1</message><stack-trace>at Shop.CartTest.Adds() in CartTest.cs:line 42</stack-trace></failure><output>opening the shop</output></test-case>\n",
        "</test-suite></test-run>",
    ),
    sample(
        "xunit",
        "<assemblies><assembly name=\"a\"><collection name=\"c\">",
        "<test name=\"Shop.CartTest.Adds#\" type=\"Shop.CartTest\" method=\"Adds\" time=\"0.125\" result=\"Fail\"><traits><trait name=\"Owner\" value=\"ada\"/></traits><failure exception-type=\"Xunit.EqualException\"><message>Expected 1</message><stack-trace>at Shop.CartTest.Adds() in CartTest.cs:line 42</stack-trace></failure></test>\n",
        "</collection></assembly></assemblies>",
    ),
    all(
        "trx",
        "<TestRun><Results>",
        "<UnitTestResult testId=\"#\" testName=\"Adds#\" outcome=\"Failed\" duration=\"00:00:00.1250000\" startTime=\"2026-11-28T10:00:00.0000000+00:00\"><Output><StdOut>opening the shop</StdOut><ErrorInfo><Message>Expected 1</Message><StackTrace>at Shop.CartTest.Adds() in CartTest.cs:line 42</StackTrace></ErrorInfo></Output></UnitTestResult>\n",
        "</Results></TestRun>",
    ),
    all(
        "robot",
        "<robot generator=\"Robot 7.0\"><suite name=\"s\">",
        "<test name=\"Adds #\" id=\"s1-t#\" line=\"4\"><kw name=\"Open Shop\" owner=\"Shop\"><msg time=\"2026-11-28T10:00:00.000\" level=\"INFO\">opening the shop</msg><arg>https://shop.example</arg><status status=\"PASS\" start=\"2026-11-28T10:00:00.000\" elapsed=\"0.1\"/></kw><tag>smoke</tag><status status=\"PASS\" start=\"2026-11-28T10:00:00.000\" elapsed=\"0.2\"/></test>\n",
        "<status status=\"PASS\" start=\"2026-11-28T10:00:00.000\" elapsed=\"9\"/></suite></robot>",
    ),
    sample(
        "jest-json",
        "{\"numTotalTests\":1,\"testResults\":[{\"name\":\"z\",\"assertionResults\":[]}",
        ",{\"name\":\"/shop/cart#.test.js\",\"status\":\"failed\",\"startTime\":1700000000000,\"endTime\":1700000000125,\"assertionResults\":[{\"ancestorTitles\":[\"cart\"],\"title\":\"adds an item\",\"fullName\":\"cart adds an item\",\"status\":\"failed\",\"duration\":12,\"failureMessages\":[\"Error: expected 1\\n    at cart.test.js:42:7\"]}]}\n",
        "]}",
    ),
    sample(
        "ctrf",
        "{\"reportFormat\":\"CTRF\",\"results\":{\"tool\":{\"name\":\"x\"},\"tests\":[{\"name\":\"z\",\"status\":\"passed\"}",
        ",{\"name\":\"adds #\",\"status\":\"failed\",\"duration\":125,\"suite\":\"shop > cart\",\"message\":\"expected 1\",\"trace\":\"at cart.test.js:42:7\",\"tags\":[\"smoke\"],\"filePath\":\"cart.test.js\",\"line\":42,\"stdout\":[\"opening the shop\"]}\n",
        "]}}",
    ),
    sample(
        "playwright-json",
        "{\"config\":{\"rootDir\":\"/w\"},\"suites\":[{\"title\":\"z\",\"specs\":[]}",
        ",{\"title\":\"cart#.spec.ts\",\"specs\":[{\"title\":\"adds an item\",\"file\":\"cart.spec.ts\",\"line\":42,\"tags\":[\"smoke\"],\"tests\":[{\"projectName\":\"firefox\",\"status\":\"expected\",\"results\":[{\"status\":\"passed\",\"duration\":125,\"startTime\":\"2026-11-28T10:00:00.000Z\",\"stdout\":[{\"text\":\"opening the shop\"}],\"steps\":[{\"title\":\"click\",\"duration\":20}]}]}]}]}\n",
        "]}",
    ),
    sample(
        "cucumber-json",
        "[{\"name\":\"z\",\"uri\":\"z\",\"keyword\":\"Feature\",\"elements\":[]}",
        ",{\"name\":\"Cart #\",\"uri\":\"cart.feature\",\"keyword\":\"Feature\",\"elements\":[{\"name\":\"Adds an item\",\"keyword\":\"Scenario\",\"type\":\"scenario\",\"line\":4,\"steps\":[{\"keyword\":\"Given \",\"name\":\"a shop\",\"result\":{\"status\":\"passed\",\"duration\":1250000}},{\"keyword\":\"Then \",\"name\":\"it opens\",\"result\":{\"status\":\"passed\",\"duration\":1250000}}]}]}\n",
        "]",
    ),
    sample(
        "rspec-json",
        "{\"examples\":[{\"description\":\"z\",\"status\":\"passed\"}",
        ",{\"id\":\"./cart_spec.rb[1:#]\",\"description\":\"adds #\",\"full_description\":\"cart adds #\",\"status\":\"failed\",\"file_path\":\"./cart_spec.rb\",\"line_number\":42,\"run_time\":0.125,\"exception\":{\"class\":\"RSpec::Expectations::ExpectationNotMetError\",\"message\":\"expected 1\",\"backtrace\":[\"cart_spec.rb:42\"]}}\n",
        "]}",
    ),
    all(
        "go-test-json",
        "",
        "{\"Time\":\"2026-11-28T10:00:00Z\",\"Action\":\"run\",\"Package\":\"shop\",\"Test\":\"TestAdds#\"}\n{\"Time\":\"2026-11-28T10:00:00Z\",\"Action\":\"output\",\"Package\":\"shop\",\"Test\":\"TestAdds#\",\"Output\":\"opening the shop\\n\"}\n{\"Time\":\"2026-11-28T10:00:00Z\",\"Action\":\"pass\",\"Package\":\"shop\",\"Test\":\"TestAdds#\",\"Elapsed\":0.12}\n",
        "",
    ),
    sample(
        "tap",
        "TAP version 13\n",
        "not ok # - adds an item to the cart\n  ---\n  message: 'expected 1'\n  duration_ms: 12.5\n  stack: |\n    at cart.test.js:42:7\n  ...\n",
        "",
    ),
    sample(
        "subunit-v1",
        "",
        "test: shop.CartTest.adds#\nopening the shop\nfailure: shop.CartTest.adds# [\nTraceback (most recent call last):\n  File \"cart.py\", line 42, in adds\nAssertionError: expected 1\n]\n",
        "",
    ),
    sample(
        "ctest",
        "<Site BuildName=\"linux\" Name=\"ci-1\"><Testing>",
        "<Test Status=\"passed\"><Name>adds#</Name><Path>./shop</Path><FullCommandLine>/w/adds -v</FullCommandLine><Results><NamedMeasurement type=\"numeric/double\" name=\"Execution Time\"><Value>0.5</Value></NamedMeasurement><Measurement><Value>opening the shop</Value></Measurement></Results><Labels><Label>smoke</Label></Labels></Test>\n",
        "</Testing></Site>",
    ),
    sample(
        "boosttest",
        "<TestLog><TestSuite name=\"s\">",
        "<TestCase name=\"adds#\" file=\"cart.cpp\" line=\"10\"><Info file=\"cart.cpp\" line=\"11\"><![CDATA[check opened]]></Info><Error file=\"cart.cpp\" line=\"12\"><![CDATA[check 1 == 2 has failed]]></Error><TestingTime>2500</TestingTime></TestCase>\n",
        "</TestSuite></TestLog>",
    ),
    sample(
        "qtestlib",
        "<TestCase name=\"tst_Cart\"><Environment/>",
        "<TestFunction name=\"adds#\"><Incident type=\"pass\" file=\"\" line=\"0\"><DataTag>one</DataTag></Incident><Incident type=\"fail\" file=\"tst_cart.cpp\" line=\"42\"><DataTag>two</DataTag><Description>1 returned FALSE</Description></Incident><Duration msecs=\"12\"/></TestFunction>\n",
        "</TestCase>",
    ),
    sample(
        "cunit",
        "<CUNIT_TEST_RUN_REPORT><CUNIT_RUN_SUITE><SUITE_NAME>s</SUITE_NAME>",
        "<CUNIT_RUN_TEST_RECORD><CUNIT_RUN_TEST_FAILURE><TEST_NAME> removes# </TEST_NAME><FILE_NAME> cart.c </FILE_NAME><LINE_NUMBER> 42 </LINE_NUMBER><CONDITION> 1 == 2 </CONDITION></CUNIT_RUN_TEST_FAILURE></CUNIT_RUN_TEST_RECORD>\n",
        "</CUNIT_RUN_SUITE></CUNIT_TEST_RUN_REPORT>",
    ),
    sample(
        "check",
        "<testsuites><suite><title>S1</title>",
        "<test result=\"failure\"><path>.</path><fn>ex.c:16</fn><id>test#</id><iteration>2</iteration><duration>0.5</duration><description>Core</description><message>Failure</message></test>\n",
        "</suite></testsuites>",
    ),
    sample(
        "cppunit",
        "<TestRun><SuccessfulTests>",
        "<Test id=\"#\"><Name>CartTest::adds#</Name><TestPath>/All/CartTest/adds</TestPath><Time>0.25</Time></Test>\n",
        "</SuccessfulTests></TestRun>",
    ),
    sample(
        "fpcunit",
        "<TestResults><TestListing><TestSuite Name=\"TTestCart\">",
        "<Test Name=\"Adds#\" Result=\"OK\" ElapsedTime=\"00:00:00.250\"/>\n",
        "</TestSuite></TestListing></TestResults>",
    ),
    sample(
        "unittest++",
        "<unittest-results>",
        "<test suite=\"Cart\" name=\"removes#\" time=\"1\"><failure message=\"cart.cpp(14) : expected 1\"/></test>\n",
        "</unittest-results>",
    ),
    sample(
        "gtester",
        "<gtester><testbinary path=\"./cart\">",
        "<testcase path=\"/cart/adds#\"><message>opening the shop</message><duration>0.25</duration><status exit-status=\"0\" n-forks=\"0\" result=\"success\"/></testcase>\n",
        "</testbinary></gtester>",
    ),
    all(
        "open-test-reporting",
        "<events><infrastructure/>",
        "<started id=\"#\" name=\"adds#\" time=\"2026-11-28T10:00:00Z\"><metadata><tags><tag>smoke</tag></tags></metadata></started><finished id=\"#\" time=\"2026-11-28T10:00:00.5Z\"><result status=\"FAILED\"><reason>expected 1</reason></result></finished>\n",
        "</events>",
    ),
    all(
        "allure1",
        "<test-suite start=\"1764324000000\"><name>cart</name><test-cases>",
        "<test-case start=\"1764324000000\" stop=\"1764324000500\" status=\"broken\"><name>adds#</name><failure><message>NullPointerException</message><stack-trace>at Cart.java:42</stack-trace></failure><steps><step start=\"1764324000000\" stop=\"1764324000100\" status=\"passed\"><name>opens</name></step></steps><labels><label name=\"owner\" value=\"ada\"/></labels></test-case>\n",
        "</test-cases></test-suite>",
    ),
    sample(
        "gtest-json",
        "{\"tests\":1,\"testsuites\":[{\"name\":\"z\",\"testsuite\":[]}",
        ",{\"name\":\"Cart#\",\"timestamp\":\"2026-11-28T10:00:00Z\",\"time\":\"0.5s\",\"testsuite\":[{\"name\":\"Adds\",\"file\":\"cart.cc\",\"line\":42,\"status\":\"RUN\",\"result\":\"COMPLETED\",\"time\":\"0.5s\",\"classname\":\"Cart\",\"failures\":[{\"message\":\"expected 1\"}]}]}\n",
        "]}",
    ),
    sample(
        "newman-json",
        "{\"collection\":{\"info\":{\"name\":\"Shop\"}},\"run\":{\"executions\":[{\"item\":{\"name\":\"z\"}}",
        ",{\"item\":{\"name\":\"List carts #\"},\"cursor\":{\"iteration\":0,\"cycles\":1},\"request\":{\"method\":\"GET\",\"url\":\"https://shop.example/carts\"},\"response\":{\"code\":500,\"responseTime\":125},\"assertions\":[{\"assertion\":\"is a list\",\"error\":{\"name\":\"AssertionError\",\"message\":\"expected 1\",\"stack\":\"at cart.js:42\"}},{\"assertion\":\"is fast\"}]}\n",
        "]}}",
    ),
    sample(
        "mochawesome",
        "{\"stats\":{\"tests\":1},\"results\":[{\"title\":\"z\"}",
        ",{\"title\":\"cart #\",\"file\":\"/cart.js\",\"duration\":12,\"tests\":[{\"title\":\"adds\",\"state\":\"failed\",\"duration\":12,\"err\":{\"message\":\"expected 1\",\"estack\":\"at cart.js:42\"}}],\"suites\":[]}\n",
        "]}",
    ),
    all(
        "mocha-json",
        "{\"stats\":{\"tests\":1},\"tests\":[{\"title\":\"z\",\"fullTitle\":\"z\",\"err\":{}}",
        ",{\"title\":\"adds #\",\"fullTitle\":\"cart adds #\",\"file\":\"cart.js\",\"duration\":12,\"currentRetry\":0,\"err\":{\"message\":\"expected 1\",\"stack\":\"at cart.js:42\"}}\n",
        "],\"pending\":[],\"failures\":[],\"passes\":[]}",
    ),
    sample(
        "pytest-json-report",
        "{\"exitcode\":1,\"root\":\"/w\",\"tests\":[{\"nodeid\":\"z\",\"outcome\":\"passed\"}",
        ",{\"nodeid\":\"tests/test_cart.py::TestCart::test_adds[#]\",\"lineno\":41,\"outcome\":\"passed\",\"keywords\":[\"smoke\"],\"setup\":{\"duration\":0.1,\"outcome\":\"passed\"},\"call\":{\"duration\":0.2,\"outcome\":\"passed\",\"stdout\":\"opening the shop\"},\"teardown\":{\"duration\":0.1,\"outcome\":\"passed\"}}\n",
        "]}",
    ),
    sample(
        "cypress-json",
        "{\"totalTests\":1,\"runs\":[{\"spec\":{\"relative\":\"z\"},\"tests\":[]}",
        ",{\"spec\":{\"relative\":\"cypress/e2e/cart#.cy.js\"},\"video\":\"v.mp4\",\"tests\":[{\"title\":[\"cart\",\"adds\"],\"state\":\"failed\",\"displayError\":\"Error: expected 1\",\"attempts\":[{\"state\":\"failed\"},{\"state\":\"failed\"}]}]}\n",
        "]}",
    ),
    sample(
        "dart-json",
        "{\"protocolVersion\":\"0.1.1\",\"type\":\"start\",\"time\":0}\n",
        "{\"test\":{\"id\":#,\"name\":\"cart adds #\",\"suiteID\":0,\"line\":42,\"url\":\"file:///w/test/cart_test.dart\",\"metadata\":{\"skip\":false,\"skipReason\":null}},\"type\":\"testStart\",\"time\":100}\n{\"testID\":#,\"messageType\":\"print\",\"message\":\"opening the shop\",\"type\":\"print\",\"time\":150}\n{\"testID\":#,\"result\":\"success\",\"skipped\":false,\"hidden\":false,\"type\":\"testDone\",\"time\":225}\n",
        "",
    ),
    all(
        "playwright-blob",
        "{\"method\":\"onBlobReportMetadata\",\"params\":{\"version\":2}}\n",
        "{\"method\":\"onProject\",\"params\":{\"project\":{\"name\":\"firefox\",\"suites\":[{\"title\":\"cart.spec.ts\",\"entries\":[{\"testId\":\"t#\",\"title\":\"adds #\",\"location\":{\"file\":\"cart.spec.ts\",\"line\":3}}]}]}}}\n{\"method\":\"onTestBegin\",\"params\":{\"testId\":\"t#\",\"result\":{\"id\":\"r1\",\"retry\":0,\"startTime\":1764324000000}}}\n{\"method\":\"onTestEnd\",\"params\":{\"test\":{\"testId\":\"t#\",\"expectedStatus\":\"passed\"},\"result\":{\"id\":\"r1\",\"duration\":100,\"status\":\"passed\"}}}\n",
        "",
    ),
];

/// The bytes of a sample, made while they are read.
struct Made<'a> {
    sample: &'a Sample,
    size: usize,
    done: usize,
    number: usize,
    piece: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<'a> Made<'a> {
    fn new(sample: &'a Sample, size: usize) -> Self {
        let piece = sample.begin.as_bytes().to_vec();
        Self { sample, size, done: 0, number: 0, piece, at: 0, ended: false }
    }

    /// Many cases at once, so that making them costs little.
    fn next_piece(&mut self) {
        (self.at, self.done) = (0, self.done + self.piece.len());
        self.piece.clear();
        if self.ended {
            return;
        }
        if self.done >= self.size {
            self.ended = true;
            self.piece.extend(self.sample.end.bytes());
            return;
        }
        while self.piece.len() < 64 * 1024 {
            self.number += 1;
            let number = self.number.to_string();
            for (place, part) in self.sample.case.split('#').enumerate() {
                if place > 0 {
                    self.piece.extend(number.bytes());
                }
                self.piece.extend(part.bytes());
            }
        }
    }
}

impl Read for Made<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.piece.len() {
            self.next_piece();
        }
        let count = buffer.len().min(self.piece.len() - self.at);
        buffer[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

fn whole(sample: &Sample) -> Vec<u8> {
    let mut bytes = Vec::new();
    Made::new(sample, SIZE).read_to_end(&mut bytes).expect("it is made in memory");
    bytes
}

/// MB/s of the median run of both, which take turns so that a busy machine disturbs both.
fn speeds(bytes: usize, ours: impl Fn(), bare: impl Fn()) -> (f64, f64) {
    let timed = |run: &dyn Fn()| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    let (mut our_times, mut bare_times): (Vec<f64>, Vec<f64>) =
        (0..RUNS).map(|_| (timed(&ours), timed(&bare))).unzip();
    let megabytes = u32::try_from(bytes / 1_000_000).map_or(f64::INFINITY, f64::from);
    let speed = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        megabytes / times[RUNS / 2]
    };
    (speed(&mut our_times), speed(&mut bare_times))
}

fn tokenize(bytes: &[u8], is_lines: bool) {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'<') => {
            let mut reader = quick_xml::Reader::from_reader(bytes);
            let mut buffer = Vec::new();
            while !matches!(reader.read_event_into(&mut buffer).expect("it is XML"), Event::Eof) {
                buffer.clear();
            }
        }
        Some(b'[' | b'{') => {
            // Several documents, one a line, are several values.
            if is_lines {
                for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    JsonStreamReader::new(line).skip_value().expect("it is JSON");
                }
            } else {
                JsonStreamReader::new(bytes).skip_value().expect("it is JSON");
            }
        }
        _ => {
            let mut line = String::new();
            let mut lines = BufReader::new(bytes);
            while lines.read_line(&mut line).expect("it is text") > 0 {
                line.clear();
            }
        }
    }
}

fn read_fully<'a>(input: Box<dyn BufRead + 'a>, name: &str) {
    let report = read(input, &mut |_event| Ok(())).expect("nobody stops it");
    let format = report.format.map(testkeep_reports::Format::as_str);
    assert_eq!((format, report.state), (Some(name), State::Ok), "{:?}", report.notes);
}

/// The largest memory of a process of its own that reads a report of this size, in MB.
fn memory(name: &str, size: usize) -> Option<u64> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program).args(["--memory", name, &size.to_string()]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn print_own_memory(sample: &Sample, size: usize) {
    read_fully(Box::new(BufReader::new(Made::new(sample, size))), sample.name);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        peak.and_then(|peak| peak.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or_default();
    println!("{}", kilobytes / 1024);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, size] = arguments.as_slice()
        && flag == "--memory"
    {
        let sample = SAMPLES.iter().find(|sample| sample.name == name).expect("a known format");
        print_own_memory(sample, size.parse().expect("a size"));
        return;
    }
    println!(
        "{:<20} {:>8} {:>10} {:>7}  {:>8} {:>8}",
        "format", "MB/s", "tokenizer", "times", "MB", "MB of 4×"
    );
    for sample in SAMPLES {
        let bytes = whole(sample);
        let (ours, bare) = speeds(
            bytes.len(),
            || read_fully(Box::new(&*bytes), sample.name),
            || tokenize(&bytes, sample.is_lines()),
        );
        drop(bytes);
        let shown = |size| memory(sample.name, size).map_or("-".into(), |memory| memory.to_string());
        let (small, large) = (shown(SIZE / 4), shown(SIZE));
        let verdict = if ours >= TARGET || ours * 3.0 >= bare { "" } else { "  too slow" };
        let kept = if sample.keeps_all { " all" } else { "" };
        let times = bare / ours;
        println!(
            "{:<20} {ours:>8.0} {bare:>10.0} {times:>6.1}×  {small:>8} {large:>8}{kept}{verdict}",
            sample.name
        );
    }
}
