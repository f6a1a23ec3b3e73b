//! The handler interface as its users meet it: what compiles, and what the compiler says of mistakes.

#![cfg(all(feature = "server", feature = "websocket"))]

#[test]
fn handlers() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/counting.rs");
    cases.pass("tests/ui/question_mark.rs");
    cases.compile_fail("tests/ui/kept_peer.rs");
    cases.compile_fail("tests/ui/kept_message.rs");
    cases.compile_fail("tests/ui/wrong_result.rs");
}
