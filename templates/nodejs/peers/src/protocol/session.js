//% if datagram_rate
import { DATAGRAMS_PER_SECOND } from "../config.js";
//% endif
import { formatAddress, plainAddress } from "../address.js";
//% if reliability_ack
import { WINDOW_FULL } from "./drops.js";
//% endif
//% if reliability
import { Link } from "./link.js";
//% endif
//% if datagram_rate
import { TokenBucket } from "./rate.js";
//% endif

/**
 * What a session needs of the dispatcher.
 *
 * @typedef {object} Owner
 * @property {import("./dispatcher.js").Context} context
//% if broadcast or custom
 * @property {(sender: Session, payload: Uint8Array) => void} broadcast
//% endif
//% if custom
 * @property {(session: Session) => void} forget
//% endif
//% if reliability_ack
 * @property {(session: Session) => void} awaitAcknowledgement
//% endif
 */

/** A known peer. */
export class Session {
  key;
  lastHeard;
  //% if metrics
  metrics;
  //% endif
  port;
  address;
  //% if custom
  /** @type {unknown} */
  data = undefined;
  isClosed = false;
  //% endif
  //% if datagram_rate
  bucket = new TokenBucket(DATAGRAMS_PER_SECOND);
  //% endif
  //% if reliability
  /** @type {Link} */
  link;
  //% endif
  //% if broadcast or custom or not reliability_sequence
  #owner;
  //% endif

  /**
   * @param {Owner} owner
   * @param {string} key
   * @param {number} port
   * @param {string} address
   * @param {number} now
   */
  constructor(owner, key, port, address, now) {
    //% if broadcast or custom or not reliability_sequence
    this.#owner = owner;
    //% endif
    this.key = key;
    this.port = port;
    this.address = address;
    this.lastHeard = now;
    //% if metrics
    this.metrics = owner.context.metrics;
    //% endif
    //% if reliability
    const { context } = owner;
    this.link = new Link(context.randomNumber(), (datagram) =>
      context.send(datagram, port, address),
    );
    //% endif
  }

  get peer() {
    return formatAddress(plainAddress(this.address), this.port);
  }

  // What the application calls.
  //% if echo or custom

  /** @param {string | Uint8Array} data */
  send(data) {
    this.transmit(payloadOf(data));
  }
  //% endif
  //% if broadcast or custom

  /** @param {string | Uint8Array} data */
  broadcast(data) {
    this.#owner.broadcast(this, payloadOf(data));
  }
  //% endif

  /** @param {Uint8Array} payload */
  transmit(payload) {
    //% if custom
    if (this.isClosed) return;
    //% endif
    //% if metrics
    this.metrics.messagesSent++;
    //% endif
    //% if not reliability
    this.#owner.context.send(payload, this.port, this.address);
    //% endif
    //% if reliability_sequence
    this.link.send(payload);
    //% endif
    //% if reliability_ack
    const { clock, drops } = this.#owner.context;
    if (!this.link.send(payload, clock())) drops.count(WINDOW_FULL, clock());
    this.#owner.awaitAcknowledgement(this);
    //% endif
  }
  //% if custom

  /** Forgets the peer. */
  close() {
    this.#owner.forget(this);
  }

  /** @param {unknown} error what a handler threw */
  handlerFailed(error) {
    const text = error instanceof Error ? error.message : String(error);
    this.#owner.context.log.error("handler-failed", { peer: this.peer, error: text });
    this.#owner.forget(this);
  }
  //% endif
}

/** @param {string | Uint8Array} data */
function payloadOf(data) {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError("a message is a string or a Uint8Array");
}
