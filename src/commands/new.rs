use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use clap::ValueEnum;
use specgen::model::Target;
use specgen::source::Notation;
use specgen::spec::scalar::show_size;
use specgen::spec::schema;

use super::Outcome;
use super::build::parse_target;
use super::report::print;

/// Write a commented spec to begin with, from flags
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Package, binary and service name
    #[arg(default_value = "server")]
    name: String,
    /// What is served
    #[arg(long = "type", default_value = "websocket", value_parser = ["tcp", "udp", "websocket"])]
    kind: String,
    /// What the server does with a message
    #[arg(long, default_value = "echo", value_parser = ["echo", "broadcast", "chat", "custom"])]
    app: String,
    /// The languages to generate
    #[arg(long, visible_alias = "language", value_name = "TARGET", value_parser = parse_target, value_delimiter = ',')]
    target: Vec<Target>,
    /// The address to listen on
    #[arg(long)]
    host: Option<String>,
    /// The port to listen on
    #[arg(long)]
    port: Option<u16>,
    /// Connections that wait to be accepted
    #[arg(long)]
    backlog: Option<u16>,
    /// The I/O model
    #[arg(long)]
    io_model: Option<String>,
    /// Accepted for the sake of scripts: every model but `blocking` is non-blocking
    #[arg(long, conflicts_with = "io_model")]
    non_blocking: bool,
    /// User-space buffer of one read, in bytes
    #[arg(long, env = "DEFAULT_BUFFER_SIZE", hide_env_values = true)]
    buffer_size: Option<u64>,
    /// Compression of WebSocket messages
    #[arg(long)]
    compression: Option<CompressionChoice>,
    /// WebSocket subprotocols, in the order of preference
    #[arg(long, value_delimiter = ',')]
    subprotocol: Vec<String>,
    /// Features of a chat
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
    /// The file to write (.yaml, .yml or .kdl); without it, YAML on standard output
    #[arg(short, long)]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CompressionChoice {
    PermessageDeflate,
    None,
}

/// A section with the fields that were asked for; the first value stands for the section's primary field.
type Line = (&'static str, Vec<(&'static str, String)>);

pub fn run(arguments: &Arguments) -> Outcome {
    let notation = match &arguments.output {
        None => Notation::Yaml,
        Some(path) => match path.extension().and_then(|extension| Notation::of_extension(extension.to_str()?)) {
            Some(notation) => notation,
            None => {
                eprintln!("error: {} ends in neither .yaml, .yml nor .kdl", path.display());
                return Outcome::Usage;
            }
        },
    };
    let text = match notation {
        Notation::Yaml => yaml(arguments),
        Notation::Kdl => kdl(arguments),
    };
    let Some(path) = &arguments.output else {
        print(&text);
        return Outcome::Done;
    };
    match fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => {
            print(&format!("{} written\n  next: specgen build {0}\n", path.display()));
            Outcome::Done
        }
        Err(error) => {
            eprintln!("error: {}: {error}", path.display());
            Outcome::Environment
        }
    }
}

fn lines(arguments: &Arguments) -> Vec<Line> {
    let quoted = |text: &String| format!("\"{}\"", text.escape_default());
    let mut lines: Vec<Line> = Vec::new();
    let mut app = vec![("kind", arguments.app.clone())];
    if !arguments.features.is_empty() {
        app.push(("features", format!("[{}]", arguments.features.join(", "))));
    }
    lines.push(("app", app));
    let mut listen = Vec::new();
    listen.extend(arguments.host.as_ref().map(|host| ("host", quoted(host))));
    listen.push(("port", arguments.port.unwrap_or(8080).to_string()));
    listen.extend(arguments.backlog.map(|backlog| ("backlog", backlog.to_string())));
    lines.push(("listen", listen));
    lines.push(("io", vec![("model", arguments.io_model.clone().unwrap_or_else(|| "auto".to_owned()))]));
    lines.extend(arguments.buffer_size.map(|size| ("buffers", vec![("receive", show_size(size))])));
    if arguments.kind == "websocket" {
        lines.push(("limits", vec![("message", "100MiB".to_owned())]));
        lines.push(("heartbeat", vec![("interval", "30s".to_owned())]));
        lines.push(("websocket", websocket(arguments, quoted)));
    }
    lines
}

fn websocket(arguments: &Arguments, quoted: impl Fn(&String) -> String) -> Vec<(&'static str, String)> {
    let mut fields = vec![("path", "/".to_owned())];
    if !arguments.subprotocol.is_empty() {
        let items: Vec<String> = arguments.subprotocol.iter().map(quoted).collect();
        fields.push(("subprotocols", format!("[{}]", items.join(", "))));
    }
    let enabled = arguments.compression != Some(CompressionChoice::None);
    fields.push(("compression", enabled.to_string()));
    fields
}

fn targets(arguments: &Arguments) -> Vec<&'static str> {
    let chosen = if arguments.target.is_empty() { &Target::ALL[..] } else { &arguments.target };
    chosen.iter().map(|target| target.name()).collect()
}

fn doc(path: &str) -> &'static str {
    schema::lookup(path).map_or("", |field| field.doc)
}

fn yaml(arguments: &Arguments) -> String {
    let mut text = String::from("# Every field: `specgen build` generates a server from this file.\n");
    let mut top = |name: &str, value: &str| {
        let _ = writeln!(text, "{:<40} # {}", format!("{name}: {value}"), doc(name));
    };
    top("specgen", "1");
    top("name", &arguments.name);
    top("type", &arguments.kind);
    for (section, fields) in lines(arguments) {
        let _ = writeln!(text, "\n{:<40} # {}", format!("{section}:"), doc(section));
        for (name, value) in fields {
            let _ = writeln!(text, "  {:<38} # {}", format!("{name}: {value}"), doc(&format!("{section}.{name}")));
        }
    }
    let _ = writeln!(text, "\n{:<40} # {}", format!("targets: [{}]", targets(arguments).join(", ")), doc("targets"));
    text
}

fn kdl(arguments: &Arguments) -> String {
    let mut text = String::from("// `specgen build` generates a server from this file.\n");
    let mut top = |name: &str, value: &str| {
        let _ = writeln!(text, "{:<40} // {}", format!("{name} {value}"), doc(name));
    };
    top("specgen", "1");
    top("name", &format!("\"{}\"", arguments.name));
    top("type", &format!("\"{}\"", arguments.kind));
    for (section, fields) in lines(arguments) {
        let _ = writeln!(text, "\n{:<40} // {}", format!("{section} {{"), doc(section));
        for (name, value) in fields {
            let line = format!("{} {}", name.replace('_', "-"), kdl_value(&value));
            let _ = writeln!(text, "    {line:<36} // {}", doc(&format!("{section}.{name}")));
        }
        text.push_str("}\n");
    }
    let quoted: Vec<String> = targets(arguments).iter().map(|name| format!("\"{name}\"")).collect();
    let _ = writeln!(text, "\n{:<40} // {}", format!("targets {}", quoted.join(" ")), doc("targets"));
    text
}

/// From a YAML flow value to KDL arguments.
fn kdl_value(value: &str) -> String {
    match value {
        "true" | "false" => format!("#{value}"),
        _ if value.parse::<u64>().is_ok() || value.starts_with('"') => value.to_owned(),
        _ => match value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(items) => items.split(", ").map(kdl_value).collect::<Vec<_>>().join(" "),
            None => format!("\"{value}\""),
        },
    }
}
