import { performance } from "node:perf_hooks";

/**
 * Values by the name of a metric, and then by what stands behind it: labels, the part of a histogram.
 *
 * @typedef {Record<string, Record<string, number>>} Samples
 */

/** Upper bounds of histograms, in seconds. */
const BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** How often something took how long. */
class Histogram {
  #counts = BUCKETS.map(() => 0);
  #count = 0;
  #sum = 0;

  /** @param {number} seconds */
  observe(seconds) {
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.#counts[bucket]++;
    this.#count++;
    this.#sum += seconds;
  }

  samples() {
    /** @type {Record<string, number>} */
    const samples = {};
    let below = 0;
    for (const [i, bound] of BUCKETS.entries()) {
      below += this.#counts[i];
      samples[`_bucket{le="${bound}"}`] = below;
    }
    samples['_bucket{le="+Inf"}'] = this.#count;
    samples._sum = this.#sum;
    samples._count = this.#count;
    return samples;
  }
}

/**
 * Counts once more.
 *
 * @param {Record<string, number>} counts
 * @param {string} label as it stands in a sample, or empty
 */
export function count(counts, label) {
  counts[label] = (counts[label] ?? 0) + 1;
}

//% if not udp
//% if websocket
/** By code; none has occurred yet. */
//% endif
//% if not websocket
/** Without a label. */
//% endif
function noneClosed() {
  /** @type {Record<string, number>} */
  const counts = {};
  //% if not websocket
  counts[""] = 0;
  //% endif
  return counts;
}

//% endif
/** What is counted while the server runs. */
export class Metrics {
  //% if not udp
  connections = 0;
  accepted = 0;
  /** @type {Record<string, number>} by reason */
  refused = {};
  //% endif
  messagesReceived = 0;
  messagesSent = 0;
  bytesReceived = 0;
  bytesSent = 0;
  //% if not udp
  closed = noneClosed();
  backpressure = 0;
  //% endif
  //% if udp
  /** @type {Record<string, number>} by reason */
  dropped = {};
  //% endif
  //% if websocket
  handshakes = new Histogram();
  //% endif
  messages = new Histogram();

  /**
   * Takes the time of the application's call for a message.
   *
   * @param {() => void} handle
   */
  measure(handle) {
    this.messagesReceived++;
    const began = performance.now();
    handle();
    this.messages.observe((performance.now() - began) / 1000);
  }

  /** @returns {Samples} */
  snapshot() {
    return {
      //% if not udp
      server_connections: { "": this.connections },
      server_accepted_total: { "": this.accepted },
      server_refused_total: this.refused,
      //% endif
      server_messages_received_total: { "": this.messagesReceived },
      server_messages_sent_total: { "": this.messagesSent },
      server_received_bytes_total: { "": this.bytesReceived },
      server_sent_bytes_total: { "": this.bytesSent },
      //% if not udp
      server_closed_total: this.closed,
      server_backpressure_total: { "": this.backpressure },
      //% endif
      //% if udp
      server_dropped_datagrams_total: this.dropped,
      //% endif
      //% if websocket
      server_handshake_seconds: this.handshakes.samples(),
      //% endif
      server_message_seconds: this.messages.samples(),
    };
  }
}
