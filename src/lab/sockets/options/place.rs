//! Where a server listens, beside where its spec says.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::{Reading, Unit, Value, Verdict};
use crate::model::Listen;

/// Compares an address with the spec's. `HOST` and `PORT` of the server's environment come before the spec.
pub fn compare(local: SocketAddr, listen: &Listen, environment: &BTreeMap<String, String>) -> [Reading; 2] {
    let host = reading("host", "listen.host", Value::Text(local.ip().to_string()));
    let port = reading("port", "listen.port", Value::Number(local.port().into()));
    [
        beside_host(host, local.ip(), listen, environment.get("HOST")),
        beside_port(port, local.port(), listen, environment),
    ]
}

/// Compares a unix socket's path, as `unix:/path`, with the spec's.
pub fn compare_path(path: String, listen: &Listen, environment: &BTreeMap<String, String>) -> Reading {
    let (specified, variable) = (host(listen), environment.get("HOST"));
    let (as_specified, by_variable) = (path == specified, variable == Some(&path));
    let mut reading = reading("host", "listen.host", Value::Text(path));
    reading.asked = Some(Value::Text(specified));
    judge(&mut reading, as_specified, by_variable, "HOST");
    reading
}

fn host(listen: &Listen) -> String {
    listen.unix.as_ref().map_or_else(|| listen.host.clone(), |path| format!("unix:{path}"))
}

fn reading(option: &'static str, field: &'static str, value: Value) -> Reading {
    let (unit, verdict) = (Unit::None, Verdict::Same);
    Reading { option, value, unit, field: Some(field), asked: None, expected: None, verdict, note: None }
}

fn beside_host(mut reading: Reading, actual: IpAddr, listen: &Listen, variable: Option<&String>) -> Reading {
    reading.asked = Some(Value::Text(host(listen)));
    let same = |text: &str| text.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical() == actual.to_canonical());
    judge(&mut reading, listen.unix.is_none() && same(&listen.host), variable.is_some_and(|host| same(host)), "HOST");
    reading
}

fn beside_port(mut reading: Reading, actual: u16, listen: &Listen, environment: &BTreeMap<String, String>) -> Reading {
    reading.asked = Some(Value::Number(listen.port.into()));
    let by_variable =
        environment.get("PORT").is_some_and(|port| matches!(port.parse(), Ok(0)) || port.parse() == Ok(actual));
    judge(&mut reading, listen.port == actual, by_variable, "PORT");
    if listen.port == 0 && reading.verdict == Verdict::Differs {
        reading.verdict = Verdict::Adjusted;
        reading.note = Some("the spec lets the kernel choose".to_owned());
    }
    reading
}

fn judge(reading: &mut Reading, as_specified: bool, by_variable: bool, variable: &str) {
    if as_specified {
        return;
    }
    (reading.verdict, reading.note) = match by_variable {
        true => (Verdict::Adjusted, Some(format!("{variable} in the server's environment"))),
        false => (Verdict::Differs, None),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(local: &str, host: &str, port: u16, environment: &[(&str, &str)]) -> [(Verdict, Option<String>); 2] {
        let listen = Listen { host: host.to_owned(), unix: None, port, backlog: 128 };
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        compare(local.parse().unwrap(), &listen, &environment).map(|reading| (reading.verdict, reading.note))
    }

    #[test]
    fn paths() {
        let listen = |unix: Option<&str>| Listen {
            host: "127.0.0.1".to_owned(),
            unix: unix.map(str::to_owned),
            port: 80,
            backlog: 128,
        };
        let verdict = |spec, environment: &[(&str, &str)]| {
            let environment =
                environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            compare_path("unix:/run/x".to_owned(), &listen(spec), &environment).verdict
        };
        assert_eq!(verdict(Some("/run/x"), &[]), Verdict::Same);
        assert_eq!(verdict(Some("/run/y"), &[]), Verdict::Differs);
        assert_eq!(verdict(None, &[]), Verdict::Differs);
        assert_eq!(verdict(None, &[("HOST", "unix:/run/x")]), Verdict::Adjusted);
        let ip = compare("127.0.0.1:80".parse().unwrap(), &listen(Some("/run/x")), &BTreeMap::new());
        assert_eq!((ip[0].verdict, &ip[0].asked), (Verdict::Differs, &Some(Value::Text("unix:/run/x".to_owned()))));
    }

    #[test]
    fn places() {
        let same = (Verdict::Same, None);
        let differs = (Verdict::Differs, None);
        let adjusted = |note: &str| (Verdict::Adjusted, Some(note.to_owned()));
        assert_eq!(verdicts("127.0.0.1:80", "127.0.0.1", 80, &[]), [same.clone(), same.clone()]);
        assert_eq!(verdicts("127.0.0.1:81", "127.0.0.1", 80, &[]), [same.clone(), differs.clone()]);
        assert_eq!(verdicts("0.0.0.0:80", "127.0.0.1", 80, &[]), [differs, same.clone()]);
        let chosen = adjusted("the spec lets the kernel choose");
        assert_eq!(verdicts("[::]:80", "::", 0, &[]), [same.clone(), chosen]);
        let variable = adjusted("PORT in the server's environment");
        assert_eq!(verdicts("127.0.0.1:81", "127.0.0.1", 80, &[("PORT", "81")]), [same.clone(), variable.clone()]);
        assert_eq!(verdicts("127.0.0.1:4711", "127.0.0.1", 80, &[("PORT", "0")]), [same.clone(), variable]);
        let host = adjusted("HOST in the server's environment");
        assert_eq!(verdicts("127.0.0.2:80", "127.0.0.1", 80, &[("HOST", "127.0.0.2")]), [host, same]);
    }
}
