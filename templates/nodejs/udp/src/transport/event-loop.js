//% if reliability
import { randomInt } from "node:crypto";
//% endif
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { performance } from "node:perf_hooks";
import { formatAddress } from "../address.js";
import { DRAIN_TIMEOUT, SEND_BUFFER } from "../config.js";
//% if multicast
import { joinGroup } from "./multicast.js";
//% endif
//% if metrics
import { Metrics } from "../metrics.js";
//% endif
import { Dispatcher } from "../protocol/dispatcher.js";
import { Drops, NOT_SENT } from "../protocol/drops.js";
import { SocketTrace } from "./trace.js";

/** @typedef {import("../protocol/dispatcher.js").Context} Context */
/** @typedef {import("node:dgram").RemoteInfo} RemoteInfo */

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
  #settings;
  #socket;
  #drops;
  #dispatcher;
  /** @type {SocketTrace | null} */
  #trace = null;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #timerDue = Infinity;
  //% if reliability_ack
  #isTurnEnding = false;
  //% endif
  #unsent = 0;
  /** @type {(() => void) | null} */
  #onSent = null;

  /**
   * @param {Context["app"]} app
   * @param {Context["log"]} log
   * @param {import("../environment.js").Settings} settings
   */
  constructor(app, log, settings) {
    this.#settings = settings;
    this.#socket = createSocket({
      type: isIPv6(settings.host) ? "udp6" : "udp4",
      //% if reuse_address
      reuseAddr: true,
      //% endif
      //% if v6_only
      ipv6Only: true,
      //% endif
      // A peer is an address already.
      lookup: (address, _options, callback) => callback(null, address, isIPv6(address) ? 6 : 4),
    });
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
  async listen() {
    const { host, port } = this.#settings;
    await new Promise((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#socket.bind({ address: host, port }, () => {
        this.#socket.off("error", reject);
        resolve(undefined);
      });
    });
    //% if udp_broadcast
    this.#socket.setBroadcast(true);
    //% endif
    //% if multicast
    joinGroup(this.#socket);
    //% endif
    return this.#listening();
  }

  #listening() {
    const { address, port } = this.#socket.address();
    const name = formatAddress(address, port);
    if (this.#settings.socketDebug) this.#trace = new SocketTrace(this.#socket);
    this.#trace?.line("listen", name);
    this.#socket.on("message", (datagram, from) => this.#receive(datagram, from));
    // An error that a peer's host reports is no error of the server.
    this.#socket.on("error", (error) => this.#trace?.line("error", error.message));
    return name;
  }

  //% if not several_workers
  get connectionCount() {
    return this.#dispatcher.peerCount;
  }

  //% endif
  /** Stops receiving, and closes when all that is queued is sent, or at the drain timeout. */
  drain() {
    //% if health and metrics_port and not several_workers
    this.isDraining = true;
    //% endif
    clearTimeout(this.#timer);
    this.#socket.removeAllListeners("message");
    this.#drops.flush();
    return new Promise((resolve) => {
      this.#onSent = () => resolve(undefined);
      setTimeout(this.#onSent, DRAIN_TIMEOUT);
      if (this.#unsent === 0) this.#onSent();
    });
  }

  /**
   * @param {Buffer} datagram
   * @param {RemoteInfo} from
   */
  #receive(datagram, { address, port }) {
    this.#trace?.line("recvmsg", datagram.length);
    //% if metrics
    this.metrics.bytesReceived += datagram.length;
    //% endif
    this.#dispatcher.receive(datagram, port, address);
    this.#arm();
  }

  /**
   * @param {Uint8Array} datagram
   * @param {number} port
   * @param {string} address
   */
  #send(datagram, port, address) {
    if (this.#unsent > 0 && this.#socket.getSendQueueSize() >= SEND_BUFFER) {
      this.#trace?.line("sendmsg", "EAGAIN");
      this.#drop();
      return;
    }
    this.#unsent++;
    //% if metrics
    this.metrics.bytesSent += datagram.length;
    //% endif
    this.#socket.send(datagram, port, address, this.#sent);
  }

  /** @type {(error: Error | null, bytes: number) => void} */
  #sent = (error, bytes) => {
    this.#unsent--;
    this.#trace?.line("sendmsg", error?.message ?? bytes);
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
