//! Behaviour §9: every option read back from the server's sockets, unix sockets, both stacks of IP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use generated_tests::answer::End;
use generated_tests::frame::Frame;
use generated_tests::paths;
use generated_tests::program::{Program, Target, specgen};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::sockets::{Flag, accepted, bound, integer, option};
use generated_tests::variant::Variant;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

generated_tests::for_each_variant!(
    quick: [],
    full: [
        unix_socket,
        options_of_streams,
        options_of_every_language,
        keep_alive_of_connections,
        linger,
        options_of_udp,
        options_of_multicast,
        options_beside_the_spec,
        option_refused,
        cork_does_not_hold_back,
        unix_socket_of_tcp,
        unix_socket_in_the_way,
        dual_stack,
        v6_only,
    ],
);

const SECOND: Duration = Duration::from_secs(1);

const REUSE_ADDRESS: Flag = ("SO_REUSEADDR", libc::SOL_SOCKET, libc::SO_REUSEADDR);
const REUSE_PORT: Flag = ("SO_REUSEPORT", libc::SOL_SOCKET, libc::SO_REUSEPORT);
const RECEIVE_BUFFER: Flag = ("SO_RCVBUF", libc::SOL_SOCKET, libc::SO_RCVBUF);
const SEND_BUFFER: Flag = ("SO_SNDBUF", libc::SOL_SOCKET, libc::SO_SNDBUF);
const KEEP_ALIVE: Flag = ("SO_KEEPALIVE", libc::SOL_SOCKET, libc::SO_KEEPALIVE);
const LINGER: Flag = ("SO_LINGER", libc::SOL_SOCKET, libc::SO_LINGER);
const BUSY_POLL: Flag = ("SO_BUSY_POLL", libc::SOL_SOCKET, libc::SO_BUSY_POLL);
const BIND_DEVICE: Flag = ("SO_BINDTODEVICE", libc::SOL_SOCKET, libc::SO_BINDTODEVICE);
const LOW_WATERMARK: Flag = ("SO_RCVLOWAT", libc::SOL_SOCKET, libc::SO_RCVLOWAT);
const BROADCAST: Flag = ("SO_BROADCAST", libc::SOL_SOCKET, libc::SO_BROADCAST);
const NO_DELAY: Flag = ("TCP_NODELAY", libc::IPPROTO_TCP, libc::TCP_NODELAY);
const KEEP_IDLE: Flag = ("TCP_KEEPIDLE", libc::IPPROTO_TCP, libc::TCP_KEEPIDLE);
const KEEP_INTERVAL: Flag = ("TCP_KEEPINTVL", libc::IPPROTO_TCP, libc::TCP_KEEPINTVL);
const KEEP_COUNT: Flag = ("TCP_KEEPCNT", libc::IPPROTO_TCP, libc::TCP_KEEPCNT);
const FAST_OPEN: Flag = ("TCP_FASTOPEN", libc::IPPROTO_TCP, libc::TCP_FASTOPEN);
const DEFER_ACCEPT: Flag = ("TCP_DEFER_ACCEPT", libc::IPPROTO_TCP, libc::TCP_DEFER_ACCEPT);
const USER_TIMEOUT: Flag = ("TCP_USER_TIMEOUT", libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT);
const TYPE_OF_SERVICE: Flag = ("IP_TOS", libc::IPPROTO_IP, libc::IP_TOS);
const MULTICAST_TTL: Flag = ("IP_MULTICAST_TTL", libc::IPPROTO_IP, libc::IP_MULTICAST_TTL);
const MULTICAST_LOOP: Flag = ("IP_MULTICAST_LOOP", libc::IPPROTO_IP, libc::IP_MULTICAST_LOOP);
const TRAFFIC_CLASS: Flag = ("IPV6_TCLASS", libc::IPPROTO_IPV6, libc::IPV6_TCLASS);
const V6_ONLY: Flag = ("IPV6_V6ONLY", libc::IPPROTO_IPV6, libc::IPV6_V6ONLY);

/// Node.js cannot set most options, and some are Linux' alone: a spec that asks for them does not name it, or another system.
fn has_options(variant: Variant) -> bool {
    variant.target != Target::NodeJs && variant.model != "kqueue" && !variant.on_windows()
}

/// All options that differ, named.
fn expect(socket: &OwnedFd, whose: &str, expected: &[(Flag, i32)]) -> Result<()> {
    let mut wrong = vec![];
    for (flag, value) in expected {
        let found = integer(socket, *flag)?;
        if found != *value {
            wrong.push(format!("{} is {found}, not {value}", flag.0));
        }
    }
    ensure!(wrong.is_empty(), "{whose}: {}", wrong.join(", "));
    Ok(())
}

/// What the listening socket hands on, and what each connection needs.
const OF_CONNECTIONS: [(Flag, i32); 11] = [
    (NO_DELAY, 1),
    (RECEIVE_BUFFER, 2 * 100 * 1024),
    (SEND_BUFFER, 2 * 50 * 1024),
    (KEEP_ALIVE, 1),
    (KEEP_IDLE, 30),
    (KEEP_INTERVAL, 5),
    (KEEP_COUNT, 3),
    (USER_TIMEOUT, 20_000),
    (BUSY_POLL, 50),
    (LOW_WATERMARK, 4),
    (LINGER, 1),
];

fn options_of_streams(variant: Variant) -> Result<()> {
    if !has_options(variant) {
        return Ok(());
    }
    let program = Program::of_lab_spec("options", variant)?;
    for (host, service) in [("127.0.0.1", TYPE_OF_SERVICE), ("::1", TRAFFIC_CLASS)] {
        let server = TestServer::start(&program, &[("HOST", host)])?;
        for socket in bound(&server)? {
            expect(&socket, "listening", &[(REUSE_ADDRESS, 1), (REUSE_PORT, 1), (FAST_OPEN, 16), (service, 46 << 2)])?;
            // The kernel counts retransmissions, and gives the seconds that they take.
            let seconds = integer(&socket, DEFER_ACCEPT)?;
            ensure!((2..=7).contains(&seconds), "TCP_DEFER_ACCEPT is {seconds}, not about 2");
            ensure!(option(&socket, BIND_DEVICE)?.starts_with(b"lo"), "SO_BINDTODEVICE is not lo");
        }
        let session = Session::open(&server, "/")?;
        let connection = accepted(&server, session.stream())?;
        expect(&connection, "accepted", &OF_CONNECTIONS)?;
        expect(&connection, "accepted", &[(service, 46 << 2)])?;
        let linger = option(&connection, LINGER)?;
        ensure!(linger[4..8] == 2_i32.to_ne_bytes(), "SO_LINGER is {linger:?}, not 2 s");
        session.close()?;
    }
    Ok(())
}

fn options_of_every_language(variant: Variant) -> Result<()> {
    let server = TestServer::of_lab_spec("options-off", variant)?;
    let mut session = Session::raw(&server)?;
    session.send(b"x")?;
    session.exactly(1)?;
    let connection = match accepted(&server, session.stream()) {
        // Wine may keep it to itself.
        Err(_) if variant.on_windows() => return Ok(()),
        found => found?,
    };
    expect(&connection, "accepted", &[(NO_DELAY, 0), (KEEP_ALIVE, 1), (KEEP_IDLE, 20)])?;
    if has_options(variant) || variant.on_windows() {
        expect(&connection, "accepted", &[(KEEP_INTERVAL, 10)])?;
    }
    // This wine has no name for it.
    if has_options(variant) { expect(&connection, "accepted", &[(KEEP_COUNT, 6)]) } else { Ok(()) }
}

/// Windows' listeners hand on no times, other than those of what wine runs on: a trace tells that they are set.
fn keep_alive_of_connections(variant: Variant) -> Result<()> {
    // With IOCP a socket has them before there is a connection.
    if !variant.on_windows() || variant.model == "iocp" {
        return Ok(());
    }
    let server = TestServer::start(&Program::of_lab_spec("options-off", variant)?, &[("SOCKET_DEBUG", "true")])?;
    let mut session = Session::raw(&server)?;
    session.send(b"x")?;
    session.exactly(1)?;
    let log = server.log();
    let set = |line: &str| line.starts_with("socket: setsockopt ");
    let (_, behind_listening) = log.split_once("socket: listen ").with_context(|| format!("no listening:\n{log}"))?;
    ensure!(behind_listening.lines().any(set), "no option was set on the connection:\n{log}");
    Ok(())
}

/// A connection that lingers is closed as any other.
fn linger(variant: Variant) -> Result<()> {
    if !has_options(variant) && !variant.on_windows() {
        return Ok(());
    }
    let mut server = TestServer::of_lab_spec("options-linger", variant)?;
    let mut session = Session::raw(&server)?;
    session.send(b"hello\n")?;
    ensure!(session.line()? == b"hello", "another answer");
    let connection = accepted(&server, session.stream())?;
    let value = option(&connection, LINGER)?;
    ensure!(value == [1_i32.to_ne_bytes(), 2_i32.to_ne_bytes()].concat(), "SO_LINGER is {value:?}, not 2 s");
    drop(connection);
    session.finish()?;
    ensure!(session.rest(5 * SECOND)? == (vec![], End::Eof), "another end");
    server.stop()
}

fn options_of_udp(variant: Variant) -> Result<()> {
    if !has_options(variant) {
        return Ok(());
    }
    let server = TestServer::of_lab_spec("options-udp", variant)?;
    for socket in bound(&server)? {
        let expected = [
            (REUSE_PORT, 1),
            (RECEIVE_BUFFER, 2 * 100 * 1024),
            (SEND_BUFFER, 2 * 50 * 1024),
            (TYPE_OF_SERVICE, 10 << 2),
            (BUSY_POLL, 50),
            (LOW_WATERMARK, 2),
            (BROADCAST, 1),
        ];
        expect(&socket, "bound", &expected)?;
        ensure!(option(&socket, BIND_DEVICE)?.starts_with(b"lo"), "SO_BINDTODEVICE is not lo");
    }
    Ok(())
}

fn options_of_multicast(variant: Variant) -> Result<()> {
    for spec in ["udp-multicast", "udp-multicast-address"] {
        let server = TestServer::of_lab_spec(spec, variant)?;
        for socket in bound(&server)? {
            expect(&socket, "bound", &[(MULTICAST_TTL, 3), (MULTICAST_LOOP, 0)])?;
        }
    }
    Ok(())
}

/// `specgen sockets options` finds that a server, and a connection if there is one, is as its spec says.
fn is_as_specified(server: &TestServer, spec: &str, variant: Variant) -> Result<()> {
    let spec = variant.spec(&paths::lab_spec(spec))?;
    let mut command = Command::new(specgen()?);
    command.args(["sockets", "options", "--port", &server.address.port().to_string(), "--spec"]).arg(spec);
    let output = command.args(["--target", variant.target.name()]).output()?;
    let (said, warned) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let agrees = said.ends_with(&format!("\nas the spec says (target {})\n", variant.target));
    ensure!(output.status.code() == Some(0) && agrees, "ended with {}: {said}{warned}", output.status);
    Ok(())
}

fn options_beside_the_spec(variant: Variant) -> Result<()> {
    if variant.platform().is_some() {
        return Ok(());
    }
    let server = TestServer::of_lab_spec("options-off", variant)?;
    let mut off = Session::raw(&server)?;
    off.send(b"x")?;
    off.exactly(1)?;
    is_as_specified(&server, "options-off", variant)?;
    is_as_specified(&TestServer::of_lab_spec("udp-multicast", variant)?, "udp-multicast", variant)?;
    if has_options(variant) {
        is_as_specified(&TestServer::of_lab_spec("options-udp", variant)?, "options-udp", variant)?;
        let server = TestServer::of_lab_spec("options", variant)?;
        let session = Session::open(&server, "/")?;
        is_as_specified(&server, "options", variant)?;
        session.close()?;
    }
    Ok(())
}

fn one_error_line(output: &std::process::Output, expected: &str) -> Result<()> {
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1), "ended with {}: {said}", output.status);
    ensure!(said.starts_with(expected) && said.lines().count() == 1, "standard error: {said:?}, not {expected:?}");
    Ok(())
}

fn option_refused(variant: Variant) -> Result<()> {
    if !has_options(variant) {
        return Ok(());
    }
    let output = Program::of_lab_spec("options-refused", variant)?.fails(&[])?;
    one_error_line(&output, "error: cannot set SO_BINDTODEVICE: No such device; remove socket.bind_device")
}

/// A corked answer would wait for 200 ms.
fn cork_does_not_hold_back(variant: Variant) -> Result<()> {
    if !has_options(variant) {
        return Ok(());
    }
    let server = TestServer::of_lab_spec("options", variant)?;
    let mut session = Session::open(&server, "/")?;
    let start = Instant::now();
    for _ in 0..20 {
        session.send_frame(&Frame::text("corked?"))?;
        ensure!(session.frame()?.payload == b"corked?", "another answer");
    }
    ensure!(start.elapsed() < 2 * SECOND, "20 answers took {:?}", start.elapsed());
    session.close()
}

/// A path of this test's own.
fn socket_path(name: &str, variant: Variant) -> Result<PathBuf> {
    let folder = paths::generated().join("sockets");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}-{variant}-{}", std::process::id()));
    // sun_path has 108 bytes.
    ensure!(path.as_os_str().len() < 108, "{} is too long for a unix socket", path.display());
    let _ = std::fs::remove_file(&path);
    Ok(path)
}

fn on(program: &Program, path: &std::path::Path, level: &str) -> Result<TestServer> {
    let server = TestServer::start(program, &[("HOST", &format!("unix:{}", path.display())), ("LOG_LEVEL", level)])?;
    ensure!(server.path.as_deref() == Some(path), "listens on {:?}, not {}", server.path, path.display());
    Ok(server)
}

fn unix_socket(variant: Variant) -> Result<()> {
    let path = socket_path("websocket", variant)?;
    let mut server = on(&Program::of_lab_spec("plain", variant)?, &path, "debug")?;
    let mut session = Session::open(&server, "/")?;
    session.send_frame(&Frame::text("hello"))?;
    ensure!(session.frame()?.payload == b"hello", "another answer");
    session.close()?;
    let listening = format!(" info listening address={}\n", path.display());
    server.logs(&[&listening, " debug opened peer=unix\n", " debug closed peer=unix code=1000\n"])?;
    server.stop()?;
    ensure!(!path.exists(), "the socket file is still there");
    Ok(())
}

fn unix_socket_of_tcp(variant: Variant) -> Result<()> {
    let path = socket_path("tcp", variant)?;
    let mut server = on(&Program::of_lab_spec("tcp-lines", variant)?, &path, "debug")?;
    let mut session = Session::raw(&server)?;
    session.send(b"hello\nunfinished")?;
    session.finish()?;
    let (received, end) = session.rest(5 * SECOND)?;
    ensure!(received == b"hello\n" && end == End::Eof, "{end:?} behind {received:?}");
    server.logs(&[" debug opened peer=unix\n", " debug closed peer=unix\n"])?;
    server.stop()?;
    ensure!(!path.exists(), "the socket file is still there");
    Ok(())
}

/// A file that nobody listens on is replaced; a file of another kind, or a socket that is in use, is not.
fn unix_socket_in_the_way(variant: Variant) -> Result<()> {
    let path = socket_path("way", variant)?;
    let program = Program::of_lab_spec("plain", variant)?;
    let host = format!("unix:{}", path.display());
    let beginning = format!("error: cannot listen on {}: ", path.display());

    let listener = UnixListener::bind(&path)?;
    one_error_line(&program.fails(&[("HOST", &host)])?, &beginning)?;
    ensure!(path.exists(), "the socket of another program was removed");
    drop(listener);
    let mut server = on(&program, &path, "info")?;
    Session::open(&server, "/")?.close()?;
    server.stop()?;

    std::fs::write(&path, "precious")?;
    one_error_line(&program.fails(&[("HOST", &host)])?, &beginning)?;
    ensure!(std::fs::read_to_string(&path)? == "precious", "the file was touched");
    std::fs::remove_file(&path)?;
    let nowhere = path.join("no/such/folder");
    let output = program.fails(&[("HOST", &format!("unix:{}", nowhere.display()))])?;
    one_error_line(&output, &format!("error: cannot listen on {}: ", nowhere.display()))
}

/// A server on every address, in a network of its own that has the loopback interface alone.
fn apart(spec: &str, variant: Variant) -> Result<TestServer> {
    let program = Program::of_lab_spec(spec, variant)?;
    let server = program.command();
    let mut command = Command::new("unshare");
    command.args(["--net", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""]);
    command.arg(server.get_program()).args(server.get_args()).current_dir(&program.folder);
    command.env("HOST", "::").env("PORT", "0");
    TestServer::launch(command).context("a network namespace of its own needs root")
}

/// A connection within the server's network.
fn connect(server: &TestServer, address: IpAddr) -> Result<TcpStream> {
    let namespace = std::fs::File::open(format!("/proc/{}/ns/net", server.pid()))?;
    let address = SocketAddr::new(address, server.address.port());
    let connecting = std::thread::spawn(move || -> Result<TcpStream> {
        // A thread that is in another network ends here.
        move_into_link_name_space(std::os::fd::AsFd::as_fd(&namespace), Some(LinkNameSpaceType::Network))?;
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(10 * SECOND))?;
        Ok(stream)
    });
    connecting.join().map_err(|_| anyhow::anyhow!("the connecting thread panicked"))?
}

fn served(stream: TcpStream) -> Result<Session> {
    let mut session = Session::over(stream);
    session.send(b"served\n")?;
    ensure!(session.line()? == b"served", "another line");
    Ok(session)
}

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// An IPv4 peer is shown, and counted, as such.
fn dual_stack(variant: Variant) -> Result<()> {
    let server = apart("dual-stack", variant)?;
    ensure!(server.address.ip() == Ipv6Addr::UNSPECIFIED, "listens on {}", server.address);
    drop(served(connect(&server, V4)?)?);
    drop(served(connect(&server, V6)?)?);
    server.logs(&[" debug opened peer=127.0.0.1:", " debug opened peer=[::1]:"])?;
    ensure!(!server.log().contains("::ffff:"), "a mapped address in the log:\n{}", server.log());
    for socket in bound(&server)? {
        expect(&socket, "listening", &[(V6_ONLY, 0)])?;
    }
    if variant.at_once() == 1 {
        return Ok(());
    }
    server.logs(&[" debug closed peer=127.0.0.1:", " debug closed peer=[::1]:"])?;
    let _held = [served(connect(&server, V4)?)?, served(connect(&server, V4)?)?, served(connect(&server, V6)?)?];
    let (received, end) = Session::over(connect(&server, V4)?).rest(5 * SECOND)?;
    ensure!(received.is_empty() && end == End::Eof, "a third connection of an IPv4 client was served");
    served(connect(&server, V6)?).map(drop)
}

fn v6_only(variant: Variant) -> Result<()> {
    let server = apart("v6-only", variant)?;
    served(connect(&server, V6)?)?;
    ensure!(connect(&server, V4).is_err(), "IPv4 is served");
    for socket in bound(&server)? {
        expect(&socket, "listening", &[(V6_ONLY, 1)])?;
    }
    Ok(())
}
