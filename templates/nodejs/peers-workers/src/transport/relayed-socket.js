import { tellPrimary } from "../tell.js";
import { Passage } from "./passage.js";

/** @typedef {import("./datagram-socket.js").Receive} Receive */
/** @typedef {import("./datagram-socket.js").Sent} Sent */

/** The primary's socket, as a worker has it: what comes from its peers, and a way back to them. */
export class RelayedSocket {
  #passage;
  #primary = 0;
  #isReceiving = true;
  /** @type {(address: string) => void} */
  #onMet = () => {};

  /**
   * @param {import("../environment.js").Settings} settings
   * @param {Receive} receive
   */
  constructor(settings, receive) {
    this.#passage = new Passage(settings, (datagram, port, address) => {
      if (this.#isReceiving) receive(datagram, port, address);
    });
  }

  /**
   * Starts to receive, and returns the address that peers know.
   *
   * @returns {Promise<string>}
   */
  async listen() {
    tellPrimary({ type: "introduce", port: await this.#passage.open() });
    return new Promise((resolve) => {
      this.#onMet = resolve;
    });
  }

  /**
   * The primary has answered.
   *
   * @param {number} port
   * @param {string} address
   */
  met(port, address) {
    this.#primary = port;
    this.#passage.connect([port]);
    this.#onMet(address);
  }

  get isFull() {
    return this.#passage.isFull;
  }

  /**
   * @param {Uint8Array} datagram
   * @param {number} port
   * @param {string} address
   * @param {Sent} done
   */
  send(datagram, port, address, done) {
    this.#passage.send(datagram, port, address, this.#primary, done);
  }

  stopReceiving() {
    this.#isReceiving = false;
  }
}
