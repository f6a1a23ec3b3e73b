import { formatAddress } from "../address.js";
import { BACKLOG, DRAIN_TIMEOUT, SEND_BUFFER } from "../config.js";
//% if keep_alive
import { KEEP_ALIVE_IDLE } from "../config.js";
//% endif
//% if websocket and not several_workers
import { MAX_CONNECTIONS } from "../config.js";
//% endif
//% if tls
import { readCredentials } from "../credentials.js";
//% endif
//% if metrics
import { Metrics } from "../metrics.js";
//% endif
import { Arena } from "../protocol/output.js";
import { Registry } from "../protocol/registry.js";
//% if several_workers
import { tellPrimary } from "../tell.js";
//% endif
import { unixPath } from "../unix-path.js";
//% if several_workers
import { Colleagues } from "./colleagues.js";
//% endif
import { Listener } from "./listener.js";
//% if not several_workers
import { removeStaleSocket } from "./stale-socket.js";
//% endif
import { SocketTrace } from "./trace.js";
import { Turns } from "./turns.js";

/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("../protocol/session.js").Context} Context */

const SOCKET_OPTIONS = {
  allowHalfOpen: true, // a peer that has sent its last byte is still answered
  //% if no_delay
  noDelay: true,
  //% endif
  //% if keep_alive
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_IDLE * 1000,
  //% endif
};

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
//% if several_workers
 * @property {Colleagues} colleagues
//% endif
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
  //% if metrics
  metrics = new Metrics();
  //% endif
  //% if health and metrics_port and not several_workers
  isDraining = false;
  //% endif
  //% if several_workers
  colleagues = new Colleagues(this);
  //% endif
  /** @type {Set<Connection>} */
  connections = new Set();
  #server = new Listener(this, SOCKET_OPTIONS);
  /** @type {(() => void) | null} */
  #onDrained = null;

  /**
   * @param {Context["app"]} app
   * @param {Context["log"]} log
   * @param {Context["settings"]} settings
   */
  constructor(app, log, settings) {
    const arena = new Arena(SEND_BUFFER);
    this.context = {
      app,
      log,
      settings,
      arena,
      registry: new Registry(),
      //% if shares
      share: (content) => this.colleagues.share(content),
      //% endif
      //% if metrics
      metrics: this.metrics,
      //% endif
      //% if pages and metrics and several_workers
      report: (done) => this.colleagues.report(done),
      //% endif
      now: 0,
    };
    this.turns = new Turns(this.context);
    //% if websocket and not several_workers
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
    //% if tls
    this.#server.use(readCredentials());
    //% endif
    const { host, port } = this.context.settings;
    const path = unixPath(host);
    //% if not several_workers
    if (path !== null) await removeStaleSocket(path);
    //% endif
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

  //% if several_workers

  /** @param {import("../messages.js").ToWorker} message of the primary */
  told(message) {
    if (message.type !== "stop") return this.colleagues.told(message);
    this.#server.close();
    tellPrimary({ type: "stopped" });
  }
  //% endif

  //% if tls
  /** Reads certificate and key anew, for the connections from now on. */
  reload() {
    const { log } = this.context;
    try {
      this.#server.use(readCredentials());
      log.info("reloaded");
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      log.error("reload-failed", { error: message });
    }
  }

  //% endif
  get connectionCount() {
    return this.connections.size;
  }

  /** Stops accepting, and closes all connections within the drain timeout. */
  drain() {
    //% if health and metrics_port and not several_workers
    this.isDraining = true;
    //% endif
    this.#server.close();
    //% if tls
    this.#server.abandon();
    //% endif
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
