//! What must hold between fields: one function a rule. After these checks nothing in a spec can be invalid.

mod availability;
mod consistency;
mod effect;
mod windows;

use crate::diagnostics::Diagnostic;
use crate::spec::Spec;

/// A rule: looks at the whole spec, reports what breaks it.
type Rule = fn(&Spec, &mut Vec<Diagnostic>);

const RULES: &[Rule] = &[
    consistency::language_version,
    consistency::targets_given,
    consistency::subprotocol_required,
    consistency::chat_on_websocket,
    consistency::tls_files,
    consistency::bearer_tokens,
    consistency::cluster_url,
    consistency::multicast_group,
    consistency::multicast_address,
    consistency::tcp_delimiter,
    consistency::tcp_prefix_bytes,
    consistency::rust_edition,
    consistency::unix_socket_type,
    consistency::metrics_and_health,
    consistency::auth_on_websocket,
    consistency::tls_type,
    consistency::reconnect_waits,
    consistency::pool_bounds,
    effect::sections_of_other_types,
    effect::streams_alone,
    effect::handshake_of_tcp,
    effect::options_of_unix_sockets,
    effect::trigger_without_readiness,
    effect::compression_switched_off,
    effect::heartbeat_switched_off,
    effect::port_of_unix_socket,
    effect::features_without_chat,
    effect::v6_only_without_ipv6,
    effect::limit_above_the_whole,
    effect::sockets_of_nodejs,
    effect::tcp_details_without_framing,
    availability::models_exist,
    availability::models_on_platforms,
    availability::options_on_platforms,
    availability::models_available,
    availability::workers_of_python_elsewhere,
    availability::reuse_port_of_nodejs,
    windows::lacks_on_windows,
    windows::group_as_host_on_windows,
    availability::platforms_of_nodejs,
    availability::length_of_unix_path,
    availability::features_exist,
    availability::features_available,
];

/// Applies every rule.
pub fn check(spec: &Spec) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for rule in RULES {
        rule(spec, &mut problems);
    }
    problems
}
