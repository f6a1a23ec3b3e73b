import { createServer } from "node:net";
import { formatAddress } from "../address.js";
import { BACKLOG, DRAIN_TIMEOUT, SEND_BUFFER } from "../config.js";
//% if keep_alive
import { KEEP_ALIVE_IDLE } from "../config.js";
//% endif
//% if websocket
import { MAX_CONNECTIONS } from "../config.js";
//% endif
import { Arena } from "../protocol/output.js";
import { Registry } from "../protocol/registry.js";
import { unixPath } from "../unix-path.js";
import { Connection } from "./connection.js";
import { removeStaleSocket } from "./stale-socket.js";
import { SocketTrace } from "./trace.js";
import { Turns } from "./turns.js";

/** @typedef {import("../protocol/session.js").Context} Context */

const IP_OPTIONS = {
  backlog: BACKLOG,
  //% if v6_only
  ipv6Only: true,
  //% endif
  //% if reuse_port
  reusePort: true,
  //% endif
};

/**
 * What a connection needs of the server.
 *
 * @typedef {object} Loop
 * @property {Context} context
 * @property {Turns} turns
 * @property {Set<Connection>} connections all that are not closed
 * @property {() => void} closed called when one is
 */

/**
 * The server: one thread, and Node's event loop.
 *
 * @implements {Loop}
 */
export class EventLoopServer {
  /** @type {Context} */
  context;
  turns;
  /** @type {Set<Connection>} */
  connections = new Set();
  #server = createServer(
    {
      allowHalfOpen: true, // a peer that has sent its last byte is still answered
      //% if no_delay
      noDelay: true,
      //% endif
      //% if keep_alive
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_IDLE * 1000,
      //% endif
    },
    (socket) => this.connections.add(new Connection(this, socket)),
  );
  /** @type {(() => void) | null} */
  #onDrained = null;

  /**
   * @param {Context["app"]} app
   * @param {Context["log"]} log
   * @param {Context["settings"]} settings
   */
  constructor(app, log, settings) {
    const arena = new Arena(SEND_BUFFER);
    this.context = { app, log, settings, arena, registry: new Registry(), now: 0 };
    this.turns = new Turns(this.context);
    //% if websocket
    // Those beyond are closed as they are accepted.
    this.#server.maxConnections = MAX_CONNECTIONS + BACKLOG;
    //% endif
  }

  /**
   * Starts to accept connections, and returns the address.
   *
   * @returns {Promise<string>}
   */
  async listen() {
    const { host, port } = this.context.settings;
    const path = unixPath(host);
    if (path !== null) await removeStaleSocket(path);
    const options = path === null ? { ...IP_OPTIONS, host, port } : { path, backlog: BACKLOG };
    await new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(options, () => {
        this.#server.off("error", reject);
        resolve(undefined);
      });
    });
    return this.#listening();
  }

  #listening() {
    const { log, settings } = this.context;
    this.#server.on("error", ({ message }) => log.error("accept-failed", { error: message }));
    const address = /** @type {import("node:net").AddressInfo | string} */ (this.#server.address());
    const name =
      typeof address === "string" ? address : formatAddress(address.address, address.port);
    if (settings.socketDebug) new SocketTrace(this.#server).line("listen", name);
    return name;
  }

  /** Stops accepting, and closes all connections within the drain timeout. */
  drain() {
    this.context.log.info("draining", { connections: this.connections.size });
    this.#server.close();
    return new Promise((resolve) => {
      this.#onDrained = () => resolve(undefined);
      setTimeout(this.#onDrained, DRAIN_TIMEOUT);
      this.turns.begin();
      for (const connection of this.connections) connection.goAway();
      this.turns.end();
      this.closed();
    });
  }

  closed() {
    if (this.connections.size === 0) this.#onDrained?.();
  }
}
