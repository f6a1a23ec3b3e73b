import { constants } from "node:crypto";
import { performance } from "node:perf_hooks";
import { Server } from "node:tls";
import { HANDSHAKE_TIMEOUT, TLS_MIN_VERSION } from "../config.js";
//% if alpn
import { ALPN } from "../config.js";
//% endif
//% if metrics
import { count } from "../metrics.js";
//% endif
import { Connection } from "./connection.js";
import { clientOf, formatPeer } from "./peer.js";
import { socketBelow } from "./socket-below.js";
import { SocketTrace } from "./trace.js";

/** @typedef {import("node:net").Socket} Socket */
/** @typedef {import("node:tls").TLSSocket} TLSSocket */
/** @typedef {import("./event-loop.js").Loop} Loop */

const FAILED = "TLS handshake failed";

/** Accepts sockets, and makes connections of those whose TLS handshake succeeds. */
export class Listener extends Server {
  #loop;
  /** @type {Map<Socket, { peer: string, accepted: number }>} whose handshake is in progress */
  #handshakes = new Map();

  /**
   * @param {Loop} loop
   * @param {import("node:net").ServerOpts} options
   */
  constructor(loop, options) {
    super({
      ...options,
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      //% if client_certificates
      requestCert: true,
      rejectUnauthorized: true,
      //% endif
      //% if alpn and not alpn_callback
      ALPNProtocols: ALPN,
      //% endif
      //% if alpn_callback
      // With ALPNProtocols, Node.js 18 serves a client that offers none of them.
      ALPNCallback: ({ protocols }) => ALPN.find((name) => protocols.includes(name)),
      //% endif
    });
    this.#loop = loop;
    this.on("connection", (socket) => this.#accepted(socket));
    this.on("secureConnection", (secured) => this.#succeeded(secured));
    this.on("tlsClientError", (_error, secured) => this.#failed(secured));
  }

  /** @param {import("../credentials.js").Credentials} credentials for the connections from now on */
  use(credentials) {
    this.setSecureContext({
      cert: credentials.certificate,
      key: credentials.key,
      //% if client_certificates
      ca: credentials.clientCa,
      //% endif
      minVersion: TLS_MIN_VERSION,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    });
  }

  /** Closes the sockets whose handshake is in progress. */
  abandon() {
    const sockets = [...this.#handshakes.keys()];
    this.#handshakes.clear();
    for (const socket of sockets) socket.destroy();
  }

  /** @param {Socket} socket */
  #accepted(socket) {
    const { settings } = this.#loop.context;
    const peer = formatPeer(socket, clientOf(socket, settings.host));
    if (settings.socketDebug) new SocketTrace(socket).line("accept", peer);
    //% if metrics
    this.#loop.context.metrics.accepted++;
    //% endif
    //% if several_workers and websocket
    const id = this.#loop.colleagues.arrive(socket);
    socket.on("close", () => this.#loop.colleagues.depart(id));
    //% endif
    this.#handshakes.set(socket, { peer, accepted: performance.now() });
  }

  /** @param {TLSSocket} secured */
  #succeeded(secured) {
    const socket = socketBelow(secured);
    const handshake = this.#handshakes.get(socket);
    if (handshake === undefined) return;
    this.#handshakes.delete(socket);
    const connection = new Connection(this.#loop, secured);
    this.#loop.connections.add(connection);
    //% if websocket
    connection.countFrom(handshake.accepted);
    //% endif
  }

  /** @param {TLSSocket} secured */
  #failed(secured) {
    const socket = socketBelow(secured);
    const handshake = this.#handshakes.get(socket);
    if (handshake === undefined) return;
    this.#handshakes.delete(socket);
    //% if metrics
    count(this.#loop.context.metrics.refused, `{reason="${FAILED}"}`);
    //% endif
    this.#loop.context.log.info("refused", { peer: handshake.peer, reason: FAILED });
    // One that was too slow is still open.
    secured.destroy();
  }
}
