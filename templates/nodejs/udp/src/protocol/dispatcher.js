import { MAX_DATAGRAM } from "../config.js";
import { TOO_LONG } from "./drops.js";
import { Session } from "./session.js";

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
 */

/** Hands datagrams to the application. Nothing of their senders is kept. */
export class Dispatcher {
  //% if not several_workers
  peerCount = 0;
  //% endif
  #context;
  #session;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.#session = new Session(context);
  }

  /**
   * @param {Buffer} datagram
   * @param {number} port
   * @param {string} address
   */
  receive(datagram, port, address) {
    const { app, drops, clock } = this.#context;
    if (datagram.length > MAX_DATAGRAM) return drops.count(TOO_LONG, clock());
    this.#session.port = port;
    this.#session.address = address;
    //% if metrics
    this.#context.metrics.measure(() => app.onMessage(this.#session, datagram));
    //% endif
    //% if not metrics
    app.onMessage(this.#session, datagram);
    //% endif
  }
}
