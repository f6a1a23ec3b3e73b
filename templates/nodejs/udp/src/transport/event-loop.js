//% if reliability
import { randomInt } from "node:crypto";
//% endif
import { performance } from "node:perf_hooks";
import { DRAIN_TIMEOUT } from "../config.js";
//% if metrics
import { READ_SIZE } from "../config.js";
//% endif
//% if shares
import { SEND_BUFFER } from "../config.js";
//% endif
//% if metrics
import { Metrics } from "../metrics.js";
//% endif
import { Dispatcher } from "../protocol/dispatcher.js";
import { Drops, NOT_SENT } from "../protocol/drops.js";
//% if peers and several_workers
import { tellPrimary } from "../tell.js";
//% endif
//% if not (peers and several_workers)
import { DatagramSocket } from "./datagram-socket.js";
//% endif
//% if peers and several_workers
import { RelayedSocket } from "./relayed-socket.js";
//% endif

/** @typedef {import("../protocol/dispatcher.js").Context} Context */
/** @typedef {import("./datagram-socket.js").Receive} Receive */
/** @typedef {import("./datagram-socket.js").Sent} Sent */

/** A longer timeout would overflow and fire at once. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * The server: one thread, one socket, and Node's event loop. It knows datagrams, and nothing of what
 * is in them.
 */
export class EventLoopServer {
  //% if metrics
  metrics = new Metrics();
  //% endif
  //% if health and metrics_port and not several_workers
  isDraining = false;
  //% endif
  #socket;
  #drops;
  #dispatcher;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #timerDue = Infinity;
  //% if reliability_ack
  #isTurnEnding = false;
  //% endif
  #unsent = 0;
  //% if peers and several_workers
  #toldPeers = 0;
  #isTellingPeers = false;
  //% endif
  //% if shares
  #unhandled = 0; // bytes of broadcasts that other processes have not handled
  //% endif
  /** @type {(() => void) | null} */
  #onSent = null;

  /**
   * @param {Context["app"]} app
   * @param {Context["log"]} log
   * @param {import("../environment.js").Settings} settings
   */
  constructor(app, log, settings) {
    //% if not (peers and several_workers)
    this.#socket = new DatagramSocket(settings, this.#receive);
    //% endif
    //% if peers and several_workers
    this.#socket = new RelayedSocket(settings, this.#receive);
    //% endif
    this.#drops = new Drops(log);
    //% if metrics
    this.metrics.dropped = this.#drops.totals;
    //% endif
    this.#dispatcher = new Dispatcher({
      app,
      log,
      drops: this.#drops,
      //% if metrics
      metrics: this.metrics,
      //% endif
      clock: () => performance.now(),
      send: (datagram, port, address) => this.#send(datagram, port, address),
      //% if peers and several_workers
      peersChanged: () => this.#peersChanged(),
      //% endif
      //% if shares
      share: (content) => this.#share(content),
      //% endif
      //% if reliability
      randomNumber: () => randomInt(65536),
      //% endif
      //% if reliability_ack
      endTurn: () => this.#endTurn(),
      //% endif
    });
  }

  /**
   * Starts to receive, and returns the address.
   *
   * @returns {Promise<string>}
   */
  listen() {
    return this.#socket.listen();
  }

  //% if not several_workers or peers
  get connectionCount() {
    return this.#dispatcher.peerCount;
  }

  //% endif
  //% if peers and several_workers
  /** @param {import("../messages.js").ToWorker} message of the primary */
  told(message) {
    switch (message.type) {
      case "meet":
        return this.#socket.met(message.port, message.address);
      case "elsewhere":
        this.#dispatcher.peersElsewhere = message.peers;
        return;
      //% if shares
      case "deliver":
        this.#dispatcher.deliver(message.content.data, null);
        return tellPrimary({ type: "delivered", ticket: message.ticket });
      case "relieve":
        this.#unhandled -= message.bytes;
      //% endif
    }
  }

  //% endif
  /** Stops receiving, and closes when all that is queued is sent, or at the drain timeout. */
  drain() {
    //% if health and metrics_port and not several_workers
    this.isDraining = true;
    //% endif
    clearTimeout(this.#timer);
    this.#socket.stopReceiving();
    this.#drops.flush();
    return new Promise((resolve) => {
      this.#onSent = () => resolve(undefined);
      setTimeout(this.#onSent, DRAIN_TIMEOUT);
      if (this.#unsent === 0) this.#onSent();
    });
  }

  /** @type {Receive} */
  #receive = (datagram, port, address) => {
    //% if metrics
    this.metrics.bytesReceived += Math.min(datagram.length, READ_SIZE);
    //% endif
    this.#dispatcher.receive(datagram, port, address);
    this.#arm();
  };

  //% if peers and several_workers
  /** Has the primary told how many peers are known here, once a turn and if it is another number. */
  #peersChanged() {
    if (this.#isTellingPeers) return;
    this.#isTellingPeers = true;
    setImmediate(() => {
      this.#isTellingPeers = false;
      const peers = this.#dispatcher.peerCount;
      if (peers !== this.#toldPeers) tellPrimary({ type: "know", peers });
      this.#toldPeers = peers;
    });
  }

  //% endif
  //% if shares
  /** @param {import("../messages.js").Content} content for the peers of other processes */
  #share(content) {
    if (this.#unhandled >= SEND_BUFFER) return this.#drop();
    this.#unhandled += content.data.length;
    tellPrimary({ type: "share", content });
  }

  //% endif
  /**
   * @param {Uint8Array} datagram
   * @param {number} port
   * @param {string} address
   */
  #send(datagram, port, address) {
    if (this.#unsent > 0 && this.#socket.isFull) return this.#drop();
    this.#unsent++;
    //% if metrics
    this.metrics.bytesSent += datagram.length;
    //% endif
    this.#socket.send(datagram, port, address, this.#sent);
  }

  /** @type {Sent} */
  #sent = (error) => {
    this.#unsent--;
    if (error) this.#drop();
    if (this.#unsent === 0) this.#onSent?.();
  };

  #drop() {
    this.#drops.count(NOT_SENT, performance.now());
    this.#arm();
  }
  //% if reliability_ack

  /** Has the end of the turn told, when all that was received together is handled. */
  #endTurn() {
    if (this.#isTurnEnding) return;
    this.#isTurnEnding = true;
    setImmediate(() => {
      this.#isTurnEnding = false;
      this.#dispatcher.turnEnded();
      this.#arm();
    });
  }
  //% endif

  get #deadline() {
    //% if peers
    if (this.#dispatcher.deadline < this.#drops.deadline) return this.#dispatcher.deadline;
    //% endif
    return this.#drops.deadline;
  }

  /** Makes sure that the timer fires in time. One that fires early is set again then. */
  #arm() {
    const due = this.#deadline;
    if (due >= this.#timerDue) return;
    const delay = Math.max(Math.ceil(due - performance.now()), 1);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), Math.min(delay, MAX_TIMEOUT));
    this.#timerDue = due;
  }

  #tick() {
    const now = performance.now();
    this.#timerDue = Infinity;
    //% if peers
    if (now >= this.#dispatcher.deadline) this.#dispatcher.tick(now);
    //% endif
    if (now >= this.#drops.deadline) this.#drops.flush(now);
    this.#arm();
  }
}
