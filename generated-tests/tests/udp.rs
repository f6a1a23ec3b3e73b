//! Behaviour §7.1: datagrams, what is dropped, peers, multicast, the process.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use generated_tests::datagrams::Datagrams;
use generated_tests::process::resident;
use generated_tests::program::{Program, Target};
use generated_tests::server::TestServer;
use generated_tests::variant::Variant;

generated_tests::for_each_variant!(
    quick: [echo],
    full: [
        ends_on_signals,
        broadcast,
        rate_limit,
        segments,
        too_long_is_dropped,
        many_peers_at_once,
        answers_nobody_takes,
        custom_handlers_echo,
        silent_peers_are_forgotten,
        the_table_is_bounded,
        memory_is_bounded,
        multicast,
        ipv6,
        port_in_use,
        log_lines,
        socket_debug,
    ],
);

const SECOND: Duration = Duration::from_secs(1);
/// Within this time everything that is under way on the loopback interface has come.
const SOON: Duration = Duration::from_millis(400);

fn serve(spec: &str, variant: Variant) -> Result<TestServer> {
    TestServer::of_lab_spec(spec, variant)
}

fn echo(variant: Variant) -> Result<()> {
    let server = serve("udp-echo", variant)?;
    let client = Datagrams::open(&server)?;
    for size in [0, 1, 2, 100, 511, 512] {
        client.echo(vec![b'x'; size])?;
    }
    // Several in one turn of the server.
    let sent: BTreeSet<Vec<u8>> = (0..60_u8).map(|number| vec![number; 20]).collect();
    sent.iter().try_for_each(|payload| client.send(payload))?;
    let received: BTreeSet<Vec<u8>> = client.all(SOON)?.into_iter().collect();
    ensure!(received == sent, "{} of {} came back", received.len(), sent.len());
    Ok(())
}

/// Datagrams that pass through the kernel as one message are as any others; C and Rust on Linux receive them with one message.
fn segments(variant: Variant) -> Result<()> {
    let program = Program::of_lab_spec("udp-echo", variant)?;
    let server = TestServer::start(&program, &[("SOCKET_DEBUG", "true")])?;
    let client = Datagrams::open(&server)?;
    client.segment(500)?;
    let sent: Vec<u8> = (0..10_250_u32).map(|number| number.to_le_bytes()[0] ^ number.to_le_bytes()[1]).collect();
    client.send(&sent)?;
    // Several processes that share a socket answer in any order.
    let expected: BTreeSet<Vec<u8>> = sent.chunks(500).map(<[u8]>::to_vec).collect();
    let received: BTreeSet<Vec<u8>> = client.all(SOON)?.into_iter().collect();
    ensure!(received == expected, "{} datagrams came back for {}", received.len(), expected.len());
    client.segment(600)?;
    client.send(vec![1; 1300])?;
    ensure!(client.all(SOON)? == [vec![1; 100]], "600 bytes are too many");
    if matches!(variant.target, Target::C | Target::Rust) && variant.platform().is_none() {
        let log = server.log();
        let receives = log.lines().filter(|line| line.contains("recvmmsg") && !line.contains("unavailable"));
        ensure!(receives.count() == 2, "not one message each:\n{log}");
    }
    Ok(())
}

fn many_peers_at_once(variant: Variant) -> Result<()> {
    let server = serve("udp-echo", variant)?;
    let clients = (0..100).map(|_| Datagrams::open(&server)).collect::<Result<Vec<_>>>()?;
    for (number, client) in clients.iter().enumerate() {
        client.send(number.to_string())?;
    }
    for (number, client) in clients.iter().enumerate() {
        ensure!(client.receive()? == number.to_string().as_bytes(), "client {number} received another's");
    }
    Ok(())
}

fn too_long_is_dropped(variant: Variant) -> Result<()> {
    let server = serve("udp-echo", variant)?;
    let client = Datagrams::open(&server)?;
    for size in [513, 514, 1500, 9000, 65_507] {
        client.send(vec![b'x'; size])?;
    }
    client.echo("still there")?;
    client.quiet(SOON)?;
    server.logs(&[" warn dropped reason=\"too long\" count="])?;
    dropped_is_logged_once_a_second(&server, "too long", 5)
}

/// At most one event of a cause in a second, which count no more than what was dropped.
fn dropped_is_logged_once_a_second(server: &TestServer, reason: &str, dropped: usize) -> Result<()> {
    let log = server.log();
    let beginning = format!(" warn dropped reason=\"{reason}\" count=");
    let counts: Vec<usize> = log.lines().filter_map(|line| line.split_once(&beginning)?.1.parse().ok()).collect();
    ensure!(!counts.is_empty() && counts.len() <= 5, "{} events in a few seconds:\n{log}", counts.len());
    ensure!(counts.iter().sum::<usize>() <= dropped, "more counted than the {dropped} that were dropped:\n{log}");
    Ok(())
}

/// Ten a second: a burst of ten passes, and each peer has its own bucket.
fn rate_limit(variant: Variant) -> Result<()> {
    let server = serve("udp-rates", variant)?;
    let (client, other) = (Datagrams::open(&server)?, Datagrams::open(&server)?);
    let start = Instant::now();
    for number in 0..40_u8 {
        client.send([number])?;
    }
    let answers = client.all(SOON)?;
    let refilled = usize::try_from(start.elapsed().as_millis())? / 100 + 1;
    ensure!((10..=10 + refilled).contains(&answers.len()), "{} of 40 answered", answers.len());
    ensure!(answers.iter().zip(0..).all(|(answer, number)| *answer == [number]), "not the first ones");
    for number in 0..10_u8 {
        other.echo([number])?;
    }
    server.logs(&[" warn dropped reason=\"rate limit\" count="])?;
    dropped_is_logged_once_a_second(&server, "rate limit", 30)?;
    std::thread::sleep(SECOND);
    client.echo("refilled")
}

/// The answer to a peer that is gone provokes an ICMP error, which is nobody else's matter.
fn answers_nobody_takes(variant: Variant) -> Result<()> {
    let server = serve("udp-echo", variant)?;
    let client = Datagrams::open(&server)?;
    for _ in 0..50 {
        Datagrams::open(&server)?.send("gone before the answer")?;
        client.echo("still served")?;
    }
    let log = server.log();
    ensure!(!log.contains(" error "), "an error was logged:\n{log}");
    Ok(())
}

fn custom_handlers_echo(variant: Variant) -> Result<()> {
    let server = serve("udp-custom", variant)?;
    let client = Datagrams::open(&server)?;
    client.echo("hello")?;
    client.echo("")?;
    Datagrams::open(&server)?.echo("hello")
}

fn broadcast(variant: Variant) -> Result<()> {
    let server = serve("udp-broadcast", variant)?;
    let clients = (0..4).map(|_| Datagrams::open(&server)).collect::<Result<Vec<_>>>()?;
    introduce(&clients)?;
    for (number, speaker) in clients.iter().enumerate() {
        speaker.send(format!("from {number}"))?;
        for (other, listener) in clients.iter().enumerate().filter(|(other, _)| *other != number) {
            let heard = listener.receive()?;
            ensure!(
                heard == format!("from {number}").as_bytes(),
                "{other} heard {:?}",
                String::from_utf8_lossy(&heard)
            );
        }
    }
    clients.iter().try_for_each(|client| client.quiet(Duration::from_millis(50)))
}

/// Each says something once, and hears what came of it.
fn introduce(clients: &[Datagrams]) -> Result<()> {
    for client in clients {
        client.send("here I am")?;
        std::thread::sleep(Duration::from_millis(30));
    }
    clients.iter().try_for_each(|client| client.all(Duration::from_millis(60)).map(drop))
}

/// `timeouts.idle` after its last datagram a peer hears nothing more.
fn silent_peers_are_forgotten(variant: Variant) -> Result<()> {
    let server = serve("udp-broadcast", variant)?;
    let (silent, listener, speaker) = (Datagrams::open(&server)?, Datagrams::open(&server)?, Datagrams::open(&server)?);
    silent.send("here I am")?;
    std::thread::sleep(Duration::from_millis(600));
    listener.send("here I am")?;
    ensure!(silent.receive()? == b"here I am", "not known although it spoke 600 ms before");
    std::thread::sleep(Duration::from_millis(650));
    speaker.send("anybody?")?;
    ensure!(listener.receive()? == b"anybody?", "not known although it spoke 650 ms before");
    silent.quiet(SOON)
}

/// The fifth of four peers takes the place of the one that was silent longest.
fn the_table_is_bounded(variant: Variant) -> Result<()> {
    if variant.workers > 1 {
        // Which worker hears which peer is the kernel's choice.
        return Ok(());
    }
    let server = serve("udp-broadcast", variant)?;
    let clients = (0..5).map(|_| Datagrams::open(&server)).collect::<Result<Vec<_>>>()?;
    introduce(&clients[..4])?;
    clients[0].send("me again")?;
    for listener in &clients[1..4] {
        ensure!(listener.receive()? == b"me again", "something else was heard");
    }
    clients[4].send("a fifth")?;
    for number in [0, 2, 3] {
        let heard = clients[number].within(SECOND)?.with_context(|| format!("{number} was forgotten"))?;
        ensure!(heard == b"a fifth", "{number} heard {:?}", String::from_utf8_lossy(&heard));
    }
    clients[1].quiet(Duration::from_millis(100))
}

/// Twenty thousand source addresses, of which a hundred may be known.
fn memory_is_bounded(variant: Variant) -> Result<()> {
    let server = serve("udp-rates", variant)?;
    let from = |number: u32| -> Result<()> {
        let [_, b, c, d] = (number + 1).to_be_bytes();
        Datagrams::open_from(&server, Ipv4Addr::new(127, b + 1, c, d).into())?.send([0; 100])
    };
    let pace = |number: u32| {
        if number.is_multiple_of(100) {
            std::thread::sleep(Duration::from_millis(3));
        }
    };
    for number in 0..1000 {
        from(number)?;
        pace(number);
    }
    // What a socket's buffer has no room for is lost.
    std::thread::sleep(SECOND / 2);
    let client = Datagrams::open(&server)?;
    client.echo("first")?;
    let before = resident(server.pid())?;
    for number in 1000..20_000 {
        from(number)?;
        pace(number);
    }
    std::thread::sleep(SECOND / 2);
    let grown = resident(server.pid())?.saturating_sub(before);
    // A collected heap breathes; a table of 19,000 peers would be larger still.
    let bound = if variant.target == Target::NodeJs { 16 << 20 } else { 4 << 20 };
    ensure!(grown < bound, "{grown} bytes more memory for 19,000 addresses");
    Datagrams::open(&server)?.echo("last")
}

/// Interfaces are known by their addresses everywhere, and by these names where wine does not stand between.
fn multicast(variant: Variant) -> Result<()> {
    multicast_of("udp-multicast-address", variant)?;
    if variant.on_windows() { Ok(()) } else { multicast_of("udp-multicast", variant) }
}

/// The group's datagrams come in by the loopback interface, and are answered.
fn multicast_of(spec: &str, variant: Variant) -> Result<()> {
    let program = Program::of_lab_spec(spec, variant)?;
    for host in ["239.255.77.77", "127.0.0.1"] {
        let server = TestServer::start(&program, &[("HOST", host)])?;
        ensure!(server.address.ip().to_string() == host, "listens on {}", server.address);
        let client = UdpSocket::bind("127.0.0.1:0")?;
        rustix::net::sockopt::set_ip_multicast_if(&client, &Ipv4Addr::LOCALHOST)?;
        client.set_read_timeout(Some(2 * SECOND))?;
        client.send_to(b"to the group", SocketAddr::new("239.255.77.77".parse()?, server.address.port()))?;
        let mut buffer = [0; 100];
        match client.recv_from(&mut buffer) {
            Ok((size, _)) => ensure!(host != "127.0.0.1" && &buffer[..size] == b"to the group", "heard by {host}"),
            // What is bound to an address of its own does not get what is sent to the group.
            Err(error) => ensure!(host == "127.0.0.1", "the group did not answer: {error}"),
        }
    }
    Ok(())
}

fn ipv6(variant: Variant) -> Result<()> {
    let server = TestServer::start(&Program::of_lab_spec("udp-echo", variant)?, &[("HOST", "::1")])?;
    ensure!(server.address.is_ipv6(), "listens on {}", server.address);
    Datagrams::open(&server)?.echo("hello")
}

fn port_in_use(variant: Variant) -> Result<()> {
    let taken = UdpSocket::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?;
    let program = Program::of_lab_spec("udp-echo", variant)?;
    let output = program.fails(&[("PORT", &address.port().to_string())])?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1), "ended with {}: {said}", output.status);
    let expected =
        format!("error: cannot listen on {address}: Address already in use; stop the other program or set PORT\n");
    ensure!(said == expected, "standard error: {said:?}");
    Ok(())
}

fn ends_on_signals(variant: Variant) -> Result<()> {
    let program = Program::of_lab_spec("udp-echo", variant)?;
    for (signal, _) in variant.signals() {
        let mut server = TestServer::start(&program, &[])?;
        let client = Datagrams::open(&server)?;
        client.echo("hello")?;
        let start = Instant::now();
        server.signal(*signal)?;
        let status = server.wait(5 * SECOND)?;
        ensure!(status.code() == Some(0), "{signal:?}: ended with {status}");
        ensure!(start.elapsed() < 2 * SECOND, "{signal:?}: took {:?}", start.elapsed());
    }
    Ok(())
}

fn log_lines(variant: Variant) -> Result<()> {
    let mut server = serve("udp-echo", variant)?;
    Datagrams::open(&server)?.echo("hello")?;
    server.stop()?;
    let listening = format!(" info listening address={}\n", server.address);
    server.logs(&[&listening, " info stopped\n"])
}

fn socket_debug(variant: Variant) -> Result<()> {
    let program = Program::of_lab_spec("udp-echo", variant)?;
    let server = TestServer::start(&program, &[("SOCKET_DEBUG", "true")])?;
    Datagrams::open(&server)?.echo("hello")?;
    let deadline = Instant::now() + 2 * SECOND;
    while server.log().matches("socket: ").count() < 2 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    let log = server.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("socket: ")).collect();
    ensure!(lines.len() >= 2, "too few socket lines:\n{log}");
    ensure!(lines.iter().all(|line| line.contains(" = ")), "a line without a result:\n{log}");
    Ok(())
}
