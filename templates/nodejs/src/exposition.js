// The text format of Prometheus.

/** @typedef {import("./metrics.js").Samples} Samples */

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** @type {[string, string, string][]} name, type and help */
const METRICS = [
  //% if not udp
  ["server_connections", "gauge", "Open connections."],
  ["server_accepted_total", "counter", "Accepted connections."],
  ["server_refused_total", "counter", "Refused connections."],
  //% endif
  ["server_messages_received_total", "counter", "Messages from peers."],
  ["server_messages_sent_total", "counter", "Messages to peers."],
  ["server_received_bytes_total", "counter", "Bytes read from sockets."],
  ["server_sent_bytes_total", "counter", "Bytes written to sockets."],
  //% if not udp
  ["server_closed_total", "counter", "Closed connections."],
  ["server_backpressure_total", "counter", "Connections whose unsent bytes passed the watermark."],
  //% endif
  //% if udp
  ["server_dropped_datagrams_total", "counter", "Dropped datagrams."],
  //% endif
  //% if websocket
  ["server_handshake_seconds", "histogram", "From the accept to the answer 101."],
  //% endif
  ["server_message_seconds", "histogram", "From a message's last byte to the app's return."],
];

/** @param {Samples} samples */
export function formatMetrics(samples) {
  const lines = [];
  for (const [name, type, help] of METRICS) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [suffix, value] of Object.entries(samples[name] ?? {})) {
      lines.push(`${name}${suffix} ${value}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
//% if several_workers

/**
 * The sum over all processes.
 *
 * @param {Samples[]} all
 */
export function addUp(all) {
  /** @type {Samples} */
  const sums = {};
  for (const samples of all) {
    for (const [name, values] of Object.entries(samples)) {
      const sum = (sums[name] ??= {});
      for (const [suffix, value] of Object.entries(values)) {
        sum[suffix] = (sum[suffix] ?? 0) + value;
      }
    }
  }
  return sums;
}
//% endif
