//! `generate`: a spec and its servers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use specgen::diagnostics::{Diagnostic, codes};
use specgen::model::Target;
use specgen::output::disk::Destination;
use specgen::output::stamp::{Stamp, Stamped};
use specgen::source::{Notation, Source};
use specgen::{Analysis, analyse, quote};

use super::fields::Fields;
use super::result::TaskResult;
use super::{Arguments, settings};
use crate::commands::build::one_file::{self, Placed};
use crate::commands::build::{named, next_step};
use crate::commands::prepare::place;
use crate::commands::whole::write_whole;

/// How a spec begins that a task wrote: it may be replaced.
const STAMP: Stamp = Stamp("# Written by `specgen task`: ");

pub fn generate(operation: &str, fields: &mut Fields<'_>, arguments: &Arguments) -> TaskResult {
    let output = output(fields, arguments);
    let file = one_file::language(&output);
    let spec = spec(operation, fields, file);
    let mut problems = fields.end(operation);
    problems.extend(file.and_then(|language| no_file(&output, language, &spec)));
    if !problems.is_empty() {
        return TaskResult::failed(operation, problems);
    }
    let spec = in_order(&spec);
    let text = STAMP.on(&spec);
    let analysis = match Source::from_bytes("task", text.as_bytes(), Some(Notation::Yaml)) {
        Ok(source) => analyse(&source),
        Err(problem) => return TaskResult::failed(operation, vec![said(&problem)]),
    };
    let findings: Vec<String> = analysis.diagnostics.iter().map(said).collect();
    let mut result = TaskResult::new(operation);
    result.findings = findings;
    match write(&output, &text, &analysis, &mut result) {
        Ok(true) => {}
        Ok(false) => result.fail(),
        Err(problem) => {
            result.findings.push(said(&problem));
            result.fail();
        }
    }
    result
}

/// A diagnostic in one line; its places are in a text that the caller never saw.
pub fn said(problem: &Diagnostic) -> String {
    let help: String = problem.help.iter().map(|help| format!("; {help}")).collect();
    format!("{}: {}{help}", problem.code.id, problem.message)
}

/// The tree of the spec that the fields ask for. With a file as output its language needs no other word.
fn spec(operation: &str, fields: &mut Fields<'_>, file: Option<Target>) -> Map<String, Value> {
    let mut spec = Map::new();
    let kind = kind(operation, fields, &mut spec);
    settings::set(&mut spec, "specgen", json!(1));
    settings::set(&mut spec, "name", json!(format!("{kind}-server")));
    settings::set(&mut spec, "type", json!(kind));
    settings::read(fields, &mut spec);
    model(fields, &mut spec);
    features(fields, &mut spec);
    // No other way to end is generated: the caller need not ask for it.
    if let Some(value) = fields.take("gracefulShutdown").filter(|value| *value != &json!(true)) {
        fields.wrong("gracefulShutdown", "true, or left out", value);
    }
    let languages = languages(fields, kind, file);
    settings::set(&mut spec, "targets", json!(languages));
    spec
}

/// `tcp`, `udp` or `websocket`, from `type`, the operation's own name, or what only WebSockets have.
fn kind(operation: &str, fields: &mut Fields<'_>, spec: &mut Map<String, Value>) -> &'static str {
    let own = operation.strip_prefix("generate-").and_then(|rest| rest.strip_suffix("-server"));
    let word = fields.text("type").or(own).unwrap_or("websocket");
    match word.strip_suffix("-server").unwrap_or(word) {
        "tcp" => "tcp",
        "udp" => "udp",
        "websocket" | "ws" => "websocket",
        app @ ("echo" | "broadcast" | "chat") => {
            settings::set(spec, "app.kind", json!(app));
            "websocket"
        }
        _ => {
            fields
                .problems
                .push(format!("`type` is tcp, udp, websocket, echo, broadcast or chat, not {}", quote(word)));
            "websocket"
        }
    }
}

fn model(fields: &mut Fields<'_>, spec: &mut Map<String, Value>) {
    let model = fields.text("ioModel").map(str::to_owned);
    let non_blocking = fields.take("nonBlocking");
    match (model, non_blocking) {
        (Some(model), None | Some(Value::Bool(true))) => settings::set(spec, "io.model", json!(model)),
        (None, Some(Value::Bool(false))) => settings::set(spec, "io.model", json!("threads")),
        (None, None | Some(Value::Bool(true))) => {}
        (Some(_), Some(Value::Bool(false))) => {
            fields.problems.push("`ioModel` says already what `nonBlocking: false` says otherwise".to_owned())
        }
        (_, Some(other)) => fields.wrong("nonBlocking", "true or false", other),
    }
}

/// What callers ask for as features: those that every server has, those that are switches, and those of chats.
fn features(fields: &mut Fields<'_>, spec: &mut Map<String, Value>) {
    let mut of_chats = Vec::new();
    for feature in fields.texts("features") {
        match feature.as_str() {
            "echo" => {}
            "ping-pong" | "heartbeat" => {}
            "compression" => settings::set(spec, "websocket.compression", json!(true)),
            "rooms" | "presence" | "history" => of_chats.push(feature),
            _ => fields.problems.push(format!(
                "`features` holds echo, ping-pong, compression, rooms, presence, history, not {}",
                quote(&feature)
            )),
        }
    }
    if !of_chats.is_empty() {
        settings::set(spec, "app.kind", json!("chat"));
        settings::set(spec, "app.features", json!(of_chats));
    }
}

/// `language` or `languages`; without, that of the output's file, or C for sockets and Node.js for WebSockets.
fn languages(fields: &mut Fields<'_>, kind: &str, file: Option<Target>) -> Vec<String> {
    let given = fields.take_any(&["language", "languages", "targets"]);
    let Some((name, value)) = given else {
        let usual = if kind == "websocket" { Target::Nodejs } else { Target::C };
        return vec![file.unwrap_or(usual).name().to_owned()];
    };
    let words = fields.as_texts(name, value);
    let targets: Vec<Option<&str>> = words.iter().map(|word| target(word)).collect();
    for (word, target) in words.iter().zip(&targets) {
        if target.is_none() {
            fields.problems.push(format!("`{name}` is c, python, nodejs or rust, not {}", quote(word)));
        }
    }
    targets.into_iter().flatten().map(str::to_owned).collect()
}

/// The target of a language, by its usual names.
fn target(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "node" | "node.js" | "javascript" | "js" => Some(Target::Nodejs.name()),
        "py" | "python3" => Some(Target::Python.name()),
        "rs" => Some(Target::Rust.name()),
        other => Target::find(other).map(Target::name),
    }
}

/// Where servers go: `output`, or `server` beside the result.
fn output(fields: &mut Fields<'_>, arguments: &Arguments) -> PathBuf {
    let beside = arguments.output.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
    match fields.take_any(&["output", "outputDir"]) {
        Some((_, Value::String(folder))) => PathBuf::from(folder),
        Some((name, other)) => {
            fields.wrong(name, "the path of a folder, or of a C file", other);
            beside.join("server")
        }
        None => beside.join("server"),
    }
}

/// As people write specs: what it is comes first.
fn in_order(spec: &Map<String, Value>) -> String {
    const FIRST: [&str; 4] = ["specgen", "name", "description", "type"];
    let part = |wanted: bool| {
        let chosen = spec.iter().filter(|(name, _)| FIRST.contains(&name.as_str()) == wanted);
        chosen.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>()
    };
    let mut first = String::new();
    let head = part(true);
    for name in FIRST {
        if let Some(value) = head.get(name) {
            first += &format!("{name}: {value}\n");
        }
    }
    first + &settings::yaml(&part(false))
}

/// Why the output cannot be that file.
fn no_file(output: &Path, language: Target, spec: &Map<String, Value>) -> Option<String> {
    let other = spec.get("targets").is_some_and(|targets| *targets != json!([Target::C.name()]));
    let wrong =
        || format!("`output` is a C file where `language` is c alone, not {}", quote(&output.to_string_lossy()));
    one_file::misuse(output, language, 1).map(|problem| said(&problem)).or_else(|| other.then(wrong))
}

/// Writes the spec and its servers; `false` if the spec is none.
fn write(output: &Path, text: &str, analysis: &Analysis, result: &mut TaskResult) -> Result<bool, Diagnostic> {
    let Some(model) = &analysis.model else { return Ok(false) };
    let languages: Vec<&str> = model.targets.iter().map(|plan| plan.target.name()).collect();
    result.target = Some(format!("{} in {}", model.name, languages.join(", ")));
    result.address = Some(match &model.listen.unix {
        Some(path) => format!("unix:{path}"),
        None => format!("{}:{}", model.listen.host, model.listen.port),
    });
    let spec = format!("{}.yaml", model.name);
    match one_file::language(output) {
        Some(_) => write_file(&output.with_file_name(spec), output, text, analysis, result)?,
        None => write_folders(&output.join(spec), output, text, analysis, result)?,
    }
    Ok(true)
}

fn write_folders(
    spec: &Path,
    folder: &Path,
    text: &str,
    analysis: &Analysis,
    result: &mut TaskResult,
) -> Result<(), Diagnostic> {
    write_spec(spec, text)?;
    result.artifacts.push(spec.display().to_string());
    for plan in analysis.model.iter().flat_map(|model| &model.targets) {
        let Some(files) = specgen::generate(analysis, plan.target) else { continue };
        let destination = Destination { folder: folder.join(plan.target.name()), files };
        place(folder, &destination, false)?;
        let shown = destination.folder.display().to_string();
        let name = analysis.model.as_ref().map_or("", |model| &model.name);
        result.recommendations.push(next_step(plan.target, &shown, name));
        result.artifacts.push(shown);
    }
    Ok(())
}

fn write_file(
    spec: &Path,
    output: &Path,
    text: &str,
    analysis: &Analysis,
    result: &mut TaskResult,
) -> Result<(), Diagnostic> {
    let Some(file) = specgen::generate_one_file(analysis, &named(output)) else { return Ok(()) };
    let placed = Placed::compare(output, file, false)?;
    write_spec(spec, text)?;
    result.artifacts.push(spec.display().to_string());
    placed.write()?;
    result.artifacts.push(output.display().to_string());
    result.recommendations.push(placed.next_step());
    Ok(())
}

/// A spec of the user's own, or one that the user edited, is not replaced.
fn write_spec(path: &Path, text: &str) -> Result<(), Diagnostic> {
    let cannot = |error: io::Error| Diagnostic::new(&codes::CANNOT_WRITE, format!("{}: {error}", path.display()));
    match fs::read(path) {
        Ok(old) if old == text.as_bytes() => return Ok(()),
        Ok(old) if STAMP.judge(&old) == Stamped::Whole => {}
        Ok(_) => {
            return Err(Diagnostic::new(&codes::IN_THE_WAY, format!("{} is not a task's", path.display()))
                .help("another `name`, or another `output`"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(cannot(error)),
    }
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(cannot)?;
    write_whole(path, text).map_err(cannot)
}
