//! Every code, its severity, and what `specgen explain` says of it.

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is generated.
    Error,
    /// Something in the spec has no effect; `--deny warnings` makes it an error.
    Warning,
}

/// A kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `SG` and three digits; the first names the stage.
    pub id: &'static str,
    /// Whether it stops the compiler.
    pub severity: Severity,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Cause and remedy, as `specgen explain` prints them.
    pub explanation: &'static str,
}

macro_rules! codes {
    ($($name:ident $id:literal $severity:ident $title:literal $explanation:literal)*) => {
        $(#[doc = $title]
        pub static $name: Code = Code {
            id: $id, severity: Severity::$severity, title: $title, explanation: $explanation,
        };)*
        /// All of them, by number.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

/// The code of that id, without regard to case.
pub fn find(id: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.id.eq_ignore_ascii_case(id))
}

codes! {
    NOT_UTF8 "SG001" Error "the spec is not UTF-8"
"A spec is a text in UTF-8. The message names the first byte that is not.

Save the file as UTF-8; most editors have this under \"save with encoding\"."

    TOO_LARGE "SG002" Error "the spec is too large"
"A spec has at most 1 MiB, also after its YAML aliases are replaced by what they stand for. This keeps a
document that was built to grow (a \"billion laughs\") from taking the machine's memory."

    TOO_DEEP "SG003" Error "the spec is nested too deeply"
"Mappings and lists nest at most 64 levels deep. No field of a spec lies deeper than five."

    EMPTY "SG004" Error "the spec is empty"
"The file holds nothing but white space and comments. The shortest spec is:

    specgen: 1
    name: echo
    type: websocket
    targets: [c]"

    SYNTAX "SG005" Error "a syntax error"
"The text is not YAML 1.2 or not KDL 2, according to its extension (.yaml, .yml, .kdl). Only the first syntax error is
reported, since what follows it cannot be trusted.

Frequent causes in YAML: tabs as indentation, a missing space after a colon, an unquoted text that begins with
`*`, `&`, `@` or a backtick. In KDL: a boolean without its `#` (`#true`), an unquoted text with `/` or `:`."

    NOT_A_MAPPING "SG006" Error "the spec is not a mapping"
"The top of a spec is a mapping from field names to values, beginning with `specgen: 1`."

    UNREADABLE "SG007" Error "the spec cannot be read"
"The file does not exist, is no regular file, or may not be read. A folder is taken as all the .yaml, .yml and .kdl files
directly inside of it; `-` is standard input."

    UNKNOWN_KEY "SG101" Error "an unknown field"
"The field does not exist at this place. The help line names the field that is spelled most like it, or the fields that
this section has. Field names are snake_case in YAML and kebab-case in KDL; each reader takes both."

    DUPLICATE_KEY "SG102" Error "a field is given twice"
"Which of the two values would count is a guess that specgen does not make. Remove one of them."

    WRONG_TYPE "SG103" Error "a value of the wrong type"
"The field takes another kind of value. YAML decides by how the value is written: `8080` is an integer and `\"8080\"` a
text; `true` and `false` are the only booleans (`yes`, `no`, `on`, `off` are texts)."

    OUT_OF_RANGE "SG104" Error "a value out of range"
"The value is smaller or larger than the field allows; the message names both bounds."

    UNKNOWN_CHOICE "SG105" Error "not one of the choices"
"The field takes one of a few words; the help line lists them."

    MISSING "SG106" Error "a required field is missing"
"`specgen`, `name`, `type` and `targets` are always required; some sections have a field without which they mean nothing
(`tls.certificate`, `tcp.delimiter` with `framing: delimiter`)."

    BAD_DURATION "SG107" Error "not a duration"
"A duration is a whole number directly followed by its unit: `250ms`, `30s`, `5m`, `1h`. A bare number is refused, since
readers disagree on its unit."

    BAD_SIZE "SG108" Error "not a size"
"A size is a whole number of bytes, or a whole number directly followed by its unit: `64KiB`, `1MiB`, `2GiB` (powers of
1024), `500kB`, `1MB`, `1GB` (powers of 1000), `512B`."

    BAD_TEXT "SG109" Error "a text of the wrong form"
"The field's text has a form of its own: a name is `[a-z][a-z0-9]*(-[a-z0-9]+)*` with at most 63 characters, a path
begins with `/`, an origin is `scheme://host[:port]`, a subprotocol is an HTTP token, a host an IP address or `unix:/path`."

    UNSUPPORTED_VERSION "SG110" Error "another version of the language"
"This specgen reads version 1 of the spec language. A newer specgen is needed for a later one."

    MODEL_NOT_FOR_TARGET "SG201" Error "the target lacks this I/O model"
"Every language has its own set of I/O models (`specgen targets` shows them). Give the target one that it has:

    io: epoll
    targets:
      c:
      python: {io: asyncio}"

    MODEL_NOT_FOR_PLATFORM "SG202" Error "a platform lacks this I/O model or option"
"epoll and io_uring are Linux', kqueue is that of macOS and FreeBSD, wsapoll and iocp are Windows'. With several platforms
use `io: auto`, which picks the best of each when the program is compiled."

    FEATURE_NOT_FOR_TARGET "SG207" Error "the target lacks this"
"The language or its standard library has no means for it: Node.js, say, has no call that sets TCP_CORK. Remove the field, or
generate that target from a spec of its own without it."

    NO_EFFECT "SG203" Warning "a field has no effect"
"The field is valid but nothing in this spec reads it: a UDP field in a websocket spec, `io.trigger` without epoll or
kqueue, a compression level with compression off. Remove it, or `--deny warnings` makes it an error."

    INCOMPLETE "SG204" Error "a section lacks what it depends on"
"One field asks for another: `websocket.require_subprotocol` for subprotocols, `app: chat` for type websocket,
`udp.multicast` for a group."

    CONTRADICTION "SG205" Error "two fields contradict each other"
"Both fields are valid alone, but not together; the labels show both places."

    DUPLICATE_ITEM "SG206" Error "a list holds an item twice"
"Remove one of the two; a list's order has a meaning (subprotocols: the server's preference), its repetitions have none."

    NOT_AVAILABLE "SG301" Error "not available for this target yet"
"The spec language has this, but this version of specgen cannot generate it for that target. `specgen targets` shows
what can be generated. It is an error, since ignoring it would give a server that does not do what its spec says."

    EDITED "SG401" Error "a generated file was edited"
"The file is specgen's (its hash stands in .specgen.json, or in the first line of a program that is one file) but its
contents are not what specgen wrote. Building would lose the edit. Move the change into the handlers file or the spec, or
build with --force to replace the file."

    IN_THE_WAY "SG402" Error "a file is in the way"
"A file that specgen did not write has the name of one that it is about to write. Nothing was written. Move it away, or
build into another folder."

    OUTSIDE "SG403" Error "the output folder leads elsewhere"
"Something in the output folder is a symbolic link out of it. specgen writes below the folder that it was given and nowhere
else. Remove the link, or name its target with -o."

    CANNOT_WRITE "SG404" Error "the output cannot be written"
"Creating, renaming or removing a file failed. The output folder is as it was. The message holds the system's reason: no
permission, no space, a read-only file system."

    BAD_MANIFEST "SG405" Error "the manifest cannot be read"
"The file .specgen.json in the output folder tells specgen's files from yours. This one is damaged or was written by a newer
specgen. Restore it, or remove the generated folder and build anew."

    DRIFT "SG406" Error "the output is not what the spec gives"
"`build --check` compares the files on disk with what the spec gives. They differ: the spec or specgen's version changed without a
build, or a generated file was edited. Run `specgen build` and commit the result."

    NAME_TAKEN "SG407" Error "two specs have one name"
"Several specs built in one call go to <out>/<name>/<target>; two of the same name would overwrite each other. Rename one."

    NOT_ONE_FILE "SG408" Error "the program cannot be one file"
"Where -o ends in .c, `specgen build` writes one C source file that compiles alone. That is for one spec with the target c, whose app is
not `custom`: handlers are a file of yours, and stay one. Other languages' programs are folders. Name a folder with -o."

    MISSING_TOOL "SG501" Error "a tool is missing"
"The command needs a program that is not installed; the message names it and the command that installs it."

    NOT_ON_PLATFORM "SG502" Error "not on this platform"
"The command asks the kernel for things that only the named system tells. `specgen sockets` reads Linux' sock_diag interface and its
pidfd_getfd call; run it on the Linux machine, or in the container, that the server runs on."

    NOT_PERMITTED "SG503" Error "not permitted to look into another process"
"A process's sockets may be looked at by root, by whoever has CAP_SYS_PTRACE, and by its own user where
kernel.yama.ptrace_scope is 0 (ptrace(2), \"Ptrace access mode checking\"). A process that is not dumpable, say after a change of its
user, is closed to its own user too.

Run specgen as that user or as root. `specgen sockets states` and `specgen sockets connections` need no such permission, but for the
names of the owners."

    NO_SUCH_SOCKET "SG504" Error "no such socket"
"Nothing is bound to the port or address, the process is gone, or its descriptor is no socket. Sockets are those of the network namespace
that specgen runs in: for a server in a container run specgen in it, or with `nsenter --net --target PID`."

    KERNEL_REFUSES "SG505" Error "the kernel does not answer"
"The kernel lacks what the command asks it for, or a sandbox (seccomp) forbids it. The message holds the kernel's reason. Listing sockets needs
the modules inet_diag, tcp_diag and udp_diag; looking at another process's socket needs Linux 5.6."

    BAD_URL "SG601" Error "not a server's URL"
"The commands that talk to a server take its URL: ws:// and wss:// (RFC 6455), tcp://, tls:// and udp://, with a host and, but for the
first two, a port. What is no URL is taken as the name of a spec; the spec's server is then built and started."

    NO_ECHO "SG602" Error "not a server that echoes"
"`specgen test` and `specgen bench` send messages and want each of them back, as it was. A server with the app `broadcast` sends them to
everybody else. `specgen test --messages 0` talks to any server: it connects, and for WebSocket shakes hands, pings and closes."
}
