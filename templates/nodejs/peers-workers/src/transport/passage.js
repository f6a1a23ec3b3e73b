import { createSocket } from "node:dgram";
import { SEND_BUFFER } from "../config.js";
import { SocketTrace } from "./trace.js";

/** @typedef {import("./datagram-socket.js").Receive} Receive */
/** @typedef {import("./datagram-socket.js").Sent} Sent */

const LOOPBACK = "127.0.0.1";
/** The peer's port, and the length of its address. */
const HEAD = 3;

/**
 * A way for datagrams between processes: a socket on the loopback interface, that keeps their order,
 * and holds as many as any socket does.
 */
export class Passage {
  #socket = createSocket({
    type: "udp4",
    lookup: (address, _options, callback) => callback(null, address, 4),
  });
  /** @type {Set<number>} */
  #others = new Set();
  #settings;
  /** @type {SocketTrace | null} */
  #trace = null;

  /**
   * @param {import("../environment.js").Settings} settings
   * @param {Receive} receive is given a datagram, and the peer that it came from or is for
   */
  constructor(settings, receive) {
    this.#settings = settings;
    this.#socket.on("message", (packet, from) => {
      this.#trace?.line("recvmsg", packet.length);
      const isKnown = from.address === LOOPBACK && this.#others.has(from.port);
      if (!isKnown) return;
      const end = HEAD + packet[2];
      const address = packet.toString("latin1", HEAD, end);
      receive(packet.subarray(end), packet.readUInt16BE(0), address);
    });
  }

  /**
   * Opens it.
   *
   * @returns {Promise<number>} its port
   */
  async open() {
    await new Promise((resolve, reject) => {
      this.#socket.once("error", reject);
      const place = { address: LOOPBACK, port: 0, exclusive: true };
      this.#socket.bind(place, () => resolve(undefined));
    });
    if (this.#settings.socketDebug) this.#trace = new SocketTrace(this.#socket);
    return this.#socket.address().port;
  }

  /** @param {Iterable<number>} ports of those that are listened to */
  connect(ports) {
    this.#others = new Set(ports);
  }

  get isFull() {
    return this.#socket.getSendQueueSize() >= SEND_BUFFER;
  }

  /**
   * @param {Uint8Array} datagram
   * @param {number} port
   * @param {string} address
   * @param {number} other the port of the process that it is for
   * @param {Sent} done
   */
  send(datagram, port, address, other, done) {
    const parts = [formatHead(port, address), datagram];
    this.#socket.send(parts, other, LOOPBACK, (error, bytes) => {
      this.#trace?.line("sendmsg", error?.message ?? bytes);
      done(error);
    });
  }
}

/**
 * @param {number} port
 * @param {string} address
 */
function formatHead(port, address) {
  const head = Buffer.allocUnsafe(HEAD + address.length);
  head.writeUInt16BE(port, 0);
  head[2] = address.length;
  head.write(address, HEAD, "latin1");
  return head;
}
