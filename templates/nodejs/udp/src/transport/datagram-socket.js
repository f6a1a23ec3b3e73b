import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { formatAddress } from "../address.js";
import { SEND_BUFFER } from "../config.js";
//% if multicast
import { joinGroup } from "./multicast.js";
//% endif
import { SocketTrace } from "./trace.js";

/** @typedef {(datagram: Buffer, port: number, address: string) => void} Receive */
/** @typedef {(error: Error | null) => void} Sent */

/** The socket that peers speak to. */
export class DatagramSocket {
  #settings;
  #receive;
  #socket;
  /** @type {SocketTrace | null} */
  #trace = null;

  /**
   * @param {import("../environment.js").Settings} settings
   * @param {Receive} receive
   */
  constructor(settings, receive) {
    this.#settings = settings;
    this.#receive = receive;
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
    this.#socket.on("message", (datagram, from) => {
      this.#trace?.line("recvmsg", datagram.length);
      this.#receive(datagram, from.port, from.address);
    });
    // An error that a peer's host reports is no error of the server.
    this.#socket.on("error", (error) => this.#trace?.line("error", error.message));
    return name;
  }

  /** Whether so much waits to be sent that no more is to be. */
  get isFull() {
    return this.#socket.getSendQueueSize() >= SEND_BUFFER;
  }

  /**
   * @param {Uint8Array} datagram
   * @param {number} port
   * @param {string} address
   * @param {Sent} done
   */
  send(datagram, port, address, done) {
    this.#socket.send(datagram, port, address, (error, bytes) => {
      this.#trace?.line("sendmsg", error?.message ?? bytes);
      done(error);
    });
  }

  stopReceiving() {
    this.#socket.removeAllListeners("message");
  }
}
