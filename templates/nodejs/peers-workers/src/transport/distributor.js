import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Drops, NOT_SENT } from "../protocol/drops.js";
import { DatagramSocket } from "./datagram-socket.js";
import { Passage } from "./passage.js";

/** @typedef {import("./datagram-socket.js").Sent} Sent */

/** Drops are logged so many milliseconds later at the latest. */
const LOG_INTERVAL = 1000;
/** How often it is looked whether all is sent, in milliseconds. */
const DRAIN_INTERVAL = 5;

/**
 * Gives each worker the datagrams of the peers that it knows, and sends its answers. Workers that
 * received from the socket themselves would have the datagrams of one peer overtake each other.
 */
export class Distributor {
  #drops;
  #socket;
  #passage;
  /** @type {number[]} of the workers' passages */
  #workers = [];
  #answers = 0;
  #unsent = 0;

  /**
   * @param {import("../log.js").Log} log
   * @param {import("../environment.js").Settings} settings
   */
  constructor(log, settings) {
    this.#drops = new Drops(log);
    this.#socket = new DatagramSocket(settings, (datagram, port, address) =>
      this.#distribute(datagram, port, address),
    );
    this.#passage = new Passage(settings, (datagram, port, address) =>
      this.#answer(datagram, port, address),
    );
  }

  /** Opens the sockets, and returns the port of the passage and the address. */
  async listen() {
    const address = await this.#socket.listen();
    return { port: await this.#passage.open(), address };
  }

  /** @param {number[]} ports of the workers' passages */
  serve(ports) {
    this.#workers = ports;
    this.#passage.connect(ports);
  }

  //% if metrics
  /** Answers that could not be sent, by the label of a metric. */
  get dropped() {
    return this.#drops.totals;
  }

  //% endif
  stopReceiving() {
    this.#socket.stopReceiving();
  }

  /** Sends what the workers have left. */
  async drain() {
    let seen = -1;
    while (this.#answers > seen || this.#unsent > 0) {
      seen = this.#answers;
      await delay(DRAIN_INTERVAL);
    }
    this.#drops.flush();
  }

  /**
   * @param {Buffer} datagram
   * @param {number} port
   * @param {string} address
   */
  #distribute(datagram, port, address) {
    const worker = this.#workers[hash(port, address) % this.#workers.length];
    // What a worker has no room for is lost, as what a socket has no room for is.
    if (worker === undefined || this.#passage.isFull) return;
    this.#passage.send(datagram, port, address, worker, () => {});
  }

  /**
   * @param {Buffer} datagram
   * @param {number} port
   * @param {string} address
   */
  #answer(datagram, port, address) {
    this.#answers++;
    if (this.#unsent > 0 && this.#socket.isFull) return this.#drop();
    this.#unsent++;
    this.#socket.send(datagram, port, address, this.#sent);
  }

  /** @type {Sent} */
  #sent = (error) => {
    this.#unsent--;
    if (error) this.#drop();
  };

  #drop() {
    const isPending = this.#drops.deadline < Infinity;
    this.#drops.count(NOT_SENT, performance.now());
    if (isPending || this.#drops.deadline === Infinity) return;
    setTimeout(() => this.#drops.flush(performance.now()), LOG_INTERVAL);
  }
}

/**
 * FNV-1a.
 *
 * @param {number} port
 * @param {string} address
 */
function hash(port, address) {
  let value = 0x811c9dc5 ^ port;
  for (let i = 0; i < address.length; i++) {
    value = Math.imul(value ^ address.charCodeAt(i), 0x01000193);
  }
  return (value ^ (value >>> 16)) >>> 0;
}
