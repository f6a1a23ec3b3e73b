import { MAX_DATAGRAM } from "../config.js";
import { TOO_LONG } from "./drops.js";
//% if reliability
import { MALFORMED } from "./drops.js";
//% endif
//% if datagram_rate
import { RATE_LIMIT } from "./drops.js";
//% endif
//% if reliability
import { HEADER, isMalformed } from "./header.js";
//% endif
//% if reliability_ack
import { isAcknowledgement } from "./header.js";
//% endif
import { PeerTable } from "./peer-table.js";
import { Session } from "./session.js";

/** @typedef {import("./session.js").Owner} Owner */
/** @typedef {(datagram: Uint8Array, port: number, address: string) => void} Send */

/**
 * @typedef {object} Context
 * @property {import("../app/app.js").App} app
 * @property {import("../log.js").Log} log
 * @property {import("./drops.js").Drops} drops
//% if metrics
 * @property {import("../metrics.js").Metrics} metrics
//% endif
 * @property {() => number} clock in milliseconds
 * @property {Send} send
//% if several_workers
 * @property {() => void} peersChanged there may be more of them, or less
//% endif
//% if shares
 * @property {(content: import("../messages.js").Content) => void} share passes a broadcast to the
 *   peers of other processes
//% endif
//% if reliability
 * @property {() => number} randomNumber of 16 bits
//% endif
//% if reliability_ack
 * @property {() => void} endTurn has turnEnded() called when all input at hand is handled
//% endif
 */
//% if reliability_ack

/** Sendings that are due are looked for once in so many milliseconds. */
const RESEND_INTERVAL = 10;
//% endif

/**
 * Knows the peers, and hands their datagrams to the application.
 *
 * @implements {Owner}
 */
export class Dispatcher {
  context;
  /** @type {PeerTable<Session>} */
  #peers = new PeerTable();
  //% if reliability_ack
  /** @type {Set<Session>} whose datagrams are to be acknowledged at the end of the turn */
  #acknowledged = new Set();
  /** @type {Set<Session>} that have datagrams to acknowledge */
  #awaited = new Set();
  #resendDue = Infinity;
  //% endif

  /** @param {Context} context */
  constructor(context) {
    this.context = context;
  }

  get peerCount() {
    return this.#peers.size;
  }
  //% if several_workers

  /** @param {number} count of peers that the other processes know */
  set peersElsewhere(count) {
    this.#peers.elsewhere = count;
  }
  //% endif

  /** When tick() is due. */
  get deadline() {
    //% if reliability_ack
    if (this.#resendDue < this.#peers.deadline) return this.#resendDue;
    //% endif
    return this.#peers.deadline;
  }

  /**
   * @param {Buffer} datagram
   * @param {number} port
   * @param {string} address
   */
  receive(datagram, port, address) {
    const now = this.context.clock();
    const fault = this.#judge(datagram);
    if (fault !== null) return this.context.drops.count(fault, now);
    const key = `${address} ${port}`;
    //% if reliability_ack
    // A peer that is not known has been sent nothing that it could acknowledge.
    const isStray = isAcknowledgement(datagram) && !this.#peers.has(key);
    if (isStray) return this.context.drops.count(MALFORMED, now);
    //% endif
    const session = this.#peers.hear(key, now) ?? this.#open(key, port, address, now);
    //% if datagram_rate
    session.bucket.refill(now);
    if (!session.bucket.take(1)) return this.context.drops.count(RATE_LIMIT, now);
    //% endif
    //% if not reliability
    this.#deliver(session, datagram);
    //% endif
    //% if reliability
    this.#receiveNumbered(session, datagram, now);
    //% endif
  }

  /** @param {Buffer} datagram */
  #judge(datagram) {
    //% if reliability
    if (isMalformed(datagram)) return MALFORMED;
    //% endif
    //% if reliability_ack
    if (isAcknowledgement(datagram)) return null;
    //% endif
    //% if reliability
    if (datagram.length > HEADER + MAX_DATAGRAM) return TOO_LONG;
    //% endif
    //% if not reliability
    if (datagram.length > MAX_DATAGRAM) return TOO_LONG;
    //% endif
    return null;
  }
  //% if reliability

  /**
   * @param {Session} session
   * @param {Buffer} datagram
   * @param {number} now
   */
  #receiveNumbered(session, datagram, now) {
    //% if reliability_ack
    if (isAcknowledgement(datagram)) return this.#receiveAcknowledgement(session, datagram, now);
    //% endif
    const fault = session.link.receive(datagram);
    //% if reliability_ack
    if (session.link.owesAcknowledgement) {
      this.#acknowledged.add(session);
      this.context.endTurn();
    }
    //% endif
    if (fault !== null) return this.context.drops.count(fault, now);
    this.#deliver(session, datagram.subarray(HEADER));
  }
  //% endif

  /**
   * @param {Session} session
   * @param {Buffer} payload
   */
  #deliver(session, payload) {
    //% if custom
    // The handlers may have closed it as it was opened.
    if (session.isClosed) return;
    //% endif
    //% if metrics
    this.context.metrics.measure(() => this.context.app.onMessage(session, payload));
    //% endif
    //% if not metrics
    this.context.app.onMessage(session, payload);
    //% endif
  }
  //% if reliability_ack

  /**
   * @param {Session} session
   * @param {Buffer} datagram
   * @param {number} now
   */
  #receiveAcknowledgement(session, datagram, now) {
    const isRight = session.link.acknowledge(datagram, now);
    if (!isRight) this.context.drops.count(MALFORMED, now);
    else if (session.link.resendDue === Infinity) this.#awaited.delete(session);
  }

  /** @param {Session} session which has been sent something */
  awaitAcknowledgement(session) {
    this.#awaited.add(session);
    this.#resendDue = Math.min(this.#resendDue, session.link.resendDue);
    this.context.endTurn();
  }

  /** All input at hand is handled: what came is acknowledged. */
  turnEnded() {
    for (const session of this.#acknowledged) session.link.sendAcknowledgement();
    this.#acknowledged.clear();
  }

  /** @param {number} now */
  #resend(now) {
    let due = Infinity;
    for (const session of this.#awaited) {
      if (!session.link.resend(now)) this.#lose(session);
      else due = Math.min(due, session.link.resendDue);
    }
    this.#resendDue = Math.max(due, now + RESEND_INTERVAL);
  }

  /** @param {Session} session whose peer acknowledges nothing any more */
  #lose(session) {
    this.context.log.info("lost", { peer: session.peer });
    this.forget(session);
  }
  //% endif

  /**
   * @param {string} key
   * @param {number} port
   * @param {string} address
   * @param {number} now
   */
  #open(key, port, address, now) {
    const session = new Session(this, key, port, address, now);
    const replaced = this.#peers.add(session);
    if (replaced !== null) this.#forgotten(replaced);
    this.context.log.debug("opened", { peer: session.peer });
    //% if several_workers
    this.context.peersChanged();
    //% endif
    //% if custom
    this.context.app.onOpen?.(session);
    //% endif
    return session;
  }

  //% if custom or reliability_ack

  /** @param {Session} session */
  forget(session) {
    if (this.#peers.remove(session)) this.#forgotten(session);
  }
  //% endif

  /** @param {Session} session */
  #forgotten(session) {
    //% if custom
    session.isClosed = true;
    //% endif
    //% if reliability_ack
    this.#acknowledged.delete(session);
    this.#awaited.delete(session);
    //% endif
    this.context.log.debug("closed", { peer: session.peer });
    //% if several_workers
    this.context.peersChanged();
    //% endif
    //% if custom
    this.context.app.onClose?.(session);
    //% endif
  }
  //% if broadcast or custom

  /**
   * @param {Session} sender
   * @param {Uint8Array} payload
   */
  broadcast(sender, payload) {
    this.deliver(payload, sender);
    //% if shares
    this.context.share({ data: payload });
    //% endif
  }

  /**
   * Sends a broadcast to the peers of this process.
   *
   * @param {Uint8Array} payload
   * @param {Session | null} sender
   */
  deliver(payload, sender) {
    for (const session of this.#peers.all()) {
      if (session !== sender) session.transmit(payload);
    }
  }
  //% endif

  /**
   * The deadline is reached.
   *
   * @param {number} now
   */
  tick(now) {
    //% if reliability_ack
    if (now >= this.#resendDue) this.#resend(now);
    //% endif
    for (let peer = this.#peers.expire(now); peer !== null; peer = this.#peers.expire(now)) {
      this.#forgotten(peer);
    }
  }
}
