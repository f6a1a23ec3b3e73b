use super::*;

const POLICY: Policy = Policy {
    path: Some("/chat"),
    origins: &["https://example.com"],
    subprotocols: &["v2", "v1"],
    require_subprotocol: false,
    #[cfg(feature = "health")]
    health: Some("/health"),
    #[cfg(feature = "metrics-page")]
    metrics: Some("/metrics"),
    #[cfg(feature = "auth")]
    tokens: None,
    #[cfg(feature = "compression")]
    compression: None,
};

const GOOD: &str = "GET /chat HTTP/1.1\r\nHost: localhost:8080\r\nUpgrade: WebSocket\r\n\
    Connection: keep-alive, UPGRADE\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

fn ask(head: &str) -> Result<Acceptance, Refusal> {
    judge(format!("{head}\r\n").as_bytes(), &POLICY, || Ok(()))
}

/// The good request with `from` replaced.
fn changed(from: &str, to: &str) -> Result<Acceptance, Refusal> {
    assert!(GOOD.contains(from), "{from}");
    ask(&GOOD.replacen(from, to, 1))
}

fn refused(answer: Result<Acceptance, Refusal>) -> (u16, &'static str) {
    let refusal = answer.expect_err("refused");
    (refusal.status, refusal.reason)
}

#[test]
fn rfc6455_1_3_the_answer() {
    let answer = ask(GOOD).unwrap().answer();
    assert_eq!(
        answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    );
}

#[test]
fn rfc9112_3_malformed_requests() {
    let malformed = (400, "malformed request");
    for (from, to) in [
        ("GET /chat", "GET  /chat"),
        ("GET /chat", "GET\t/chat"),
        ("GET /chat HTTP/1.1", "GET /chat"),
        ("GET /chat", "GET /ch\u{e9}t"),
        ("GET /", "G(T /"),
        ("HTTP/1.1", "http/1.1"),
        ("HTTP/1.1", "HTTP/1.10"),
        ("HTTP/1.1\r\n", "HTTP/1.1 \r\n"),
        ("Host:", "Host :"),
        ("Host:", " Host:"),
        ("Host: ", "Host: \0"),
        ("Host: ", "Host: \n"),
        ("Host: localhost", "Host: local\rhost"),
        ("Host:", ":"),
        ("GET", "\r\nGET"),
    ] {
        assert_eq!(refused(changed(from, to)), malformed, "{to:?}");
    }
}

#[test]
fn rfc9110_2_5_versions() {
    assert_eq!(refused(changed("HTTP/1.1", "HTTP/1.0")), (400, "HTTP/1.1 required"));
    assert_eq!(refused(changed("HTTP/1.1", "HTTP/0.9")), (400, "HTTP/1.1 required"));
    assert_eq!(refused(changed("HTTP/1.1", "HTTP/2.0")), (505, "HTTP/1.1 required"));
    assert_eq!(refused(ask("PRI * HTTP/2.0\r\n")), (505, "HTTP/1.1 required"));
    assert!(changed("HTTP/1.1", "HTTP/1.9").is_ok());
}

#[test]
fn rfc9112_3_2_host() {
    let host = (400, "one valid Host field required");
    assert_eq!(refused(changed("Host: localhost:8080\r\n", "")), host);
    assert_eq!(refused(changed("Host:", "Host: a\r\nhost:")), host);
    assert_eq!(refused(changed("Host: localhost", "Host: local host")), host);
    assert_eq!(refused(changed("Host: localhost", "Host: a/b")), host);
    assert!(changed("Host: localhost:8080", "Host:").is_ok());
    assert!(changed("Host: localhost", "Host: [::1]").is_ok());
}

#[test]
fn rfc9110_6_4_no_body() {
    let body = (400, "request body not allowed");
    assert_eq!(refused(changed("Host:", "Content-Length: 1\r\nHost:")), body);
    assert_eq!(refused(changed("Host:", "Content-Length: 00\r\nHost:")), body);
    assert_eq!(refused(changed("Host:", "Transfer-Encoding: identity\r\nHost:")), body);
    assert!(changed("Host:", "Content-Length: 0\r\nHost:").is_ok());
}

#[test]
fn rfc6455_4_2_1_method_and_resource() {
    assert_eq!(refused(changed("GET", "POST")), (405, "only GET is allowed"));
    assert_eq!(refused(changed("GET", "get")), (405, "only GET is allowed"));
    for target in ["/", "/chat/", "/Chat", "/cha%74", "chat", "*", "http://h", "ftp://h/chat"] {
        let answer = changed("/chat", target);
        assert_eq!(refused(answer), (404, "no such resource"), "{target}");
    }
    for target in ["/chat?a=/b?", "http://h/chat", "WSS://h:1/chat?x", "ws:///chat"] {
        assert!(changed("/chat", target).is_ok(), "{target}");
    }
}

#[test]
fn rfc6455_4_2_1_upgrade_and_version() {
    let upgrade = (426, "websocket upgrade required");
    assert_eq!(refused(changed("Upgrade: WebSocket\r\n", "")), upgrade);
    assert_eq!(refused(changed("WebSocket", "WebSockets")), upgrade);
    assert_eq!(refused(changed("UPGRADE", "close")), upgrade);
    assert!(changed("Upgrade: WebSocket", "Upgrade: h2c\r\nUpgrade: ,websocket,").is_ok());
    let version = (426, "websocket version 13 required");
    assert_eq!(refused(changed(": 13", ": 8")), version);
    assert_eq!(refused(changed(": 13", ": 13, 8")), version);
    assert_eq!(refused(changed("Sec-WebSocket-Version: 13\r\n", "")), version);
}

#[test]
fn rfc6455_4_2_1_key() {
    let key = (400, "invalid Sec-WebSocket-Key");
    assert_eq!(refused(changed("==", "=")), key);
    assert_eq!(refused(changed("dGhl", "dGh*")), key);
    assert_eq!(refused(changed("dGhl", "dGh")), key);
    assert_eq!(refused(changed("==\r\n", "==\r\nSec-WebSocket-Key: x\r\n")), key);
    let nonce = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    assert_eq!(refused(changed(nonce, "")), key);
}

#[test]
fn rfc6455_10_2_origin() {
    let origin = |lines: &str| changed("Host:", &format!("{lines}Host:"));
    assert!(origin("Origin: https://example.com\r\n").is_ok());
    let forbidden = (403, "origin not allowed");
    assert_eq!(refused(origin("Origin: https://EXAMPLE.com\r\n")), forbidden);
    assert_eq!(refused(origin("Origin:\r\n")), forbidden);
    let twice = "Origin: https://example.com\r\nOrigin: https://example.com\r\n";
    assert_eq!(refused(origin(twice)), forbidden);
}

#[test]
fn rfc6455_4_2_2_subprotocol_in_the_servers_order() {
    let chosen = |lines: &str| changed("Host:", &format!("{lines}Host:")).unwrap().subprotocol;
    assert_eq!(chosen("Sec-WebSocket-Protocol: v1, v2\r\n"), Some("v2"));
    let repeated = "Sec-WebSocket-Protocol: v3,\r\nSec-WebSocket-Protocol: v1\r\n";
    assert_eq!(chosen(repeated), Some("v1"));
    assert_eq!(chosen("Sec-WebSocket-Protocol: V1\r\n"), None);
    let policy = Policy { require_subprotocol: true, ..POLICY };
    let answer = judge(format!("{GOOD}\r\n").as_bytes(), &policy, || Ok(()));
    assert_eq!(refused(answer), (400, "no common subprotocol"));
}

#[test]
fn the_limits_are_asked_after_the_origin_and_before_the_subprotocol() {
    let policy = Policy { require_subprotocol: true, ..POLICY };
    let full = || Err(Refusal::FULL);
    let good = format!("{GOOD}\r\n");
    assert_eq!(judge(good.as_bytes(), &policy, full), Err(Refusal::FULL));
    let foreign = format!("{GOOD}Origin: x\r\n\r\n");
    assert_eq!(judge(foreign.as_bytes(), &policy, full), Err(Refusal::ORIGIN));
}

#[test]
fn a_refusal_says_so_in_full() {
    assert_eq!(
        Refusal::METHOD.answer(),
        "HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Length: 20\r\nAllow: GET\r\n\r\n\
         only GET is allowed\n"
    );
}

#[cfg(feature = "auth")]
#[test]
fn behaviour_10_tokens_are_judged_behind_origins() {
    let tokens = Some(super::super::bearer::Tokens::new(vec![b"secret".to_vec()]));
    let policy = Policy { tokens, ..POLICY };
    let ask = |fields: &str| judge(format!("{GOOD}{fields}\r\n").as_bytes(), &policy, || Ok(()));
    assert_eq!(refused(ask("")), (401, "token required"));
    assert_eq!(refused(ask("Origin: https://other.example\r\n")).0, 403);
    assert!(ask("Authorization: Bearer secret\r\n").is_ok());
    let offered = ask("Sec-WebSocket-Protocol: secret, v1\r\n").unwrap();
    assert_eq!(offered.subprotocol, Some("v1"));
    assert!(Refusal::TOKEN.answer().contains("\r\nWWW-Authenticate: Bearer\r\n"));
}

#[cfg(feature = "health")]
#[test]
fn behaviour_10_health_is_judged_where_the_path_is() {
    let answer = |head: &str| judge(head.as_bytes(), &POLICY, || Ok(())).expect_err("no upgrade");
    for target in ["/health", "/health?now", "http://localhost/health"] {
        let head = format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(answer(&head), Refusal::HEALTHY);
    }
    assert_eq!(answer("POST /health HTTP/1.1\r\nHost: h\r\n\r\n").status, 405);
    assert_eq!(refused(changed("/chat", "/health")).0, 404, "with an upgrade");
    assert!(Refusal::HEALTHY.answer().ends_with("\r\nContent-Length: 3\r\n\r\nok\n"));
}

#[cfg(feature = "metrics-page")]
#[test]
fn behaviour_10_metrics_are_judged_where_the_path_is() {
    let answer = |head: &str| judge(head.as_bytes(), &POLICY, || Ok(())).expect_err("no upgrade");
    assert_eq!(answer("GET /metrics?x=y HTTP/1.1\r\nHost: h\r\n\r\n"), Refusal::METRICS);
    assert_eq!(answer("GET /metrics HTTP/1.1\r\n\r\n").status, 400);
    assert_eq!(refused(changed("/chat", "/metrics")).0, 404, "with an upgrade");
}
