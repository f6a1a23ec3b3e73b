//! The handler interfaces as their users meet them: what compiles, and what the compiler says of
//! mistakes.

#![cfg(feature = "server")]

#[cfg(feature = "websocket")]
#[test]
fn handlers() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/counting.rs");
    cases.pass("tests/ui/question_mark.rs");
    cases.compile_fail("tests/ui/kept_peer.rs");
    cases.compile_fail("tests/ui/kept_message.rs");
    cases.compile_fail("tests/ui/wrong_result.rs");
}

#[cfg(any(feature = "tcp", feature = "udp"))]
#[test]
fn handlers_of_bytes() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/bytes_counting.rs");
    cases.compile_fail("tests/ui/bytes_kept_message.rs");
    cases.compile_fail("tests/ui/bytes_no_code.rs");
}
