//! One module per format. Each has `recognize`, which looks at the beginning of a report, and `read`, which sends its
//! suites and cases.

pub(crate) mod allure1;
pub(crate) mod allure2;
pub(crate) mod aunit;
pub(crate) mod boost;
pub(crate) mod check;
pub(crate) mod cppunit;
pub(crate) mod ctest;
pub(crate) mod ctrf;
pub(crate) mod cucumber;
pub(crate) mod cucumber_messages;
pub(crate) mod cunit;
pub(crate) mod dart;
pub(crate) mod fpcunit;
pub(crate) mod go_test;
pub(crate) mod gtester;
pub(crate) mod jest;
pub(crate) mod junit;
pub(crate) mod mocha;
pub(crate) mod mochawesome;
pub(crate) mod newman;
pub(crate) mod nunit;
pub(crate) mod open_test_reporting;
mod path;
pub(crate) mod playwright;
pub(crate) mod pytest;
pub(crate) mod qtest;
pub(crate) mod robot;
pub(crate) mod rspec;
mod small;
pub(crate) mod tap;
pub(crate) mod testng;
pub(crate) mod trx;
pub(crate) mod unittestpp;
mod value;
pub(crate) mod xunit;
