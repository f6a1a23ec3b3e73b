import cluster from "node:cluster";
//% if not udp
import { Census } from "./census.js";
//% endif
import { EXIT_CODES } from "./exit-codes.js";
//% if metrics_port and peers
import { addUp } from "./exposition.js";
//% endif
//% if metrics_port
import { formatMetrics } from "./exposition.js";
//% endif
//% if peers
import { explainListenError } from "./listen-error.js";
import { PeerCounts } from "./peer-counts.js";
//% endif
//% if broadcast or custom
import { Relay } from "./relay.js";
//% endif
//% if metrics
import { Reports } from "./reports.js";
//% endif
//% if peers
import { StartError } from "./start-error.js";
//% endif
//% if not udp
import { tell } from "./tell.js";
//% endif
import { tellAll } from "./tell.js";
//% if peers
import { Distributor } from "./transport/distributor.js";
//% endif
import { workerCount } from "./worker-count.js";

/** @typedef {import("node:cluster").Worker} Worker */
/** @typedef {import("./messages.js").ToPrimary} ToPrimary */

/** The process that starts and stops the workers, and knows what only all of them together know. */
export class Primary {
  #log;
  //% if not udp
  #census = new Census();
  //% endif
  //% if broadcast or custom
  #relay = new Relay();
  //% endif
  //% if metrics
  #reports = new Reports();
  //% endif
  //% if peers
  /** @type {Distributor | null} */
  #distributor = null;
  #place = { port: 0, address: "" };
  #peerCounts = new PeerCounts();
  /** @type {Map<Worker, number>} of their passages */
  #ports = new Map();
  #awaited = 0; // workers that are to say how many peers they know
  #peers = 0;
  //% endif
  /** @type {Set<Worker>} */
  #listening = new Set();
  #isDraining = false;
  #exitCode = 0;

  /** @param {import("./log.js").Log} log */
  constructor(log) {
    this.#log = log;
  }

  //% if peers
  /**
   * Opens the socket that the workers share.
   *
   * @param {import("./environment.js").Settings} settings
   */
  async listen(settings) {
    try {
      this.#distributor = new Distributor(this.#log, settings);
      this.#place = await this.#distributor.listen();
    } catch (error) {
      if (error instanceof StartError) throw error;
      throw new StartError(explainListenError(settings, error));
    }
  }

  //% endif
  start() {
    // Workers accept by themselves. A socket that is passed to a worker without descriptors left is
    // lost, and with it the worker.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ serialization: "advanced" });
    cluster.on("message", (worker, message) => this.#told(worker, message));
    cluster.on("exit", (worker, code, signal) => this.#ended(worker, signal ?? code));
    this.#drainOnSignals();
    //% if tls and not windows
    process.on("SIGHUP", () => tellAll({ type: "reload" }));
    //% endif
    //% if tls and windows
    if (process.platform !== "win32") process.on("SIGHUP", () => tellAll({ type: "reload" }));
    //% endif
    for (let i = 0; i < workerCount; i++) cluster.fork();
  }

  /**
   * @param {Worker} worker
   * @param {ToPrimary} message
   */
  #told(worker, message) {
    switch (message.type) {
      case "listening":
        return this.#workerListens(worker, message.address);
      case "failed":
        return this.#cannotStart(message.reason);
      //% if peers
      case "introduce":
        return this.#introduce(worker, message.port);
      case "draining":
        return this.#workerDrains(message.connections);
      case "know":
        return this.#peerCounts.set(worker, message.peers);
      //% endif
      //% if metrics
      case "counted":
        return this.#reports.counted(message.ticket, message.samples);
      //% endif
      //% if pages and metrics
      case "report":
        return this.#report(worker, message.id);
      //% endif
      //% if not udp
      case "stopped":
        return this.#workerStopped(worker);
      case "admit":
        return tell(worker, this.#census.admit(message));
      case "leave":
        //% if per_client
        this.#census.clients.remove(message.client);
        //% endif
        return this.#census.leave();
      //% endif
      //% if websocket
      case "arrive":
        return this.#arrive(worker, message.id);
      case "depart":
        return this.#census.depart();
      //% endif
      //% if broadcast or custom
      case "share":
      case "delivered":
        return this.#relay.told(worker, message);
      //% endif
    }
  }

  //% if websocket
  /**
   * @param {Worker} worker
   * @param {number} id
   */
  #arrive(worker, id) {
    if (!this.#census.arrive()) tell(worker, { type: "dismiss", id });
  }

  //% endif
  //% if metrics_port
  /** @returns {Promise<string>} */
  metrics() {
    return new Promise((resolve) => {
      //% if not peers
      this.#reports.ask((samples) => resolve(formatMetrics(samples)));
      //% endif
      //% if peers
      const server_dropped_datagrams_total = this.#distributor?.dropped ?? {};
      this.#reports.ask((samples) =>
        resolve(formatMetrics(addUp([samples, { server_dropped_datagrams_total }]))),
      );
      //% endif
    });
  }

  //% endif
  //% if metrics_port and health
  isDraining() {
    return this.#isDraining;
  }

  //% endif
  //% if pages and metrics
  /**
   * @param {Worker} worker
   * @param {number} id
   */
  #report(worker, id) {
    this.#reports.ask((samples) => tell(worker, { type: "reported", id, samples }));
  }

  //% endif
  /**
   * @param {Worker} worker
   * @param {string} address
   */
  #workerListens(worker, address) {
    this.#listening.add(worker);
    if (this.#listening.size < workerCount) return;
    this.#log.info("listening", { address });
    process.stdout.write(`listening on ${address}\n`);
  }

  //% if peers
  /**
   * @param {Worker} worker
   * @param {number} port
   */
  #introduce(worker, port) {
    this.#ports.set(worker, port);
    if (this.#ports.size < workerCount) return;
    this.#distributor?.serve([...this.#ports.values()]);
    tellAll({ type: "meet", ...this.#place });
  }

  /** @param {number} peers that it knows */
  #workerDrains(peers) {
    this.#peers += peers;
    this.#awaited--;
    if (this.#awaited === 0) this.#log.info("draining", { connections: this.#peers });
  }

  //% endif
  /** @param {string} reason */
  #cannotStart(reason) {
    process.stderr.write(`error: ${reason}\n`);
    this.#exit(1);
  }

  /**
   * @param {Worker} worker
   * @param {string | number} status
   */
  #ended(worker, status) {
    if (!this.#isDraining) {
      this.#log.error("worker-failed", { pid: worker.process.pid ?? 0, status });
      this.#exitCode = 1;
      this.#drain();
    }
    //% if not udp
    this.#workerStopped(worker);
    //% endif
    const isLast = Object.keys(cluster.workers ?? {}).length === 0;
    //% if peers
    if (isLast) this.#sendRest().then(() => this.#stop());
    //% endif
    //% if not peers
    if (isLast) this.#stop();
    //% endif
  }
  //% if peers

  /** What the workers have left. */
  async #sendRest() {
    await this.#distributor?.drain();
  }
  //% endif

  #stop() {
    this.#log.info("stopped");
    process.exit(this.#exitCode);
  }

  /** The first signal ends the server in good order, a second one at once. */
  #drainOnSignals() {
    for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
      process.on(signal, () => {
        if (this.#isDraining) this.#exit(exitCode);
        else this.#drain();
      });
    }
  }

  #drain() {
    this.#isDraining = true;
    //% if peers
    this.#distributor?.stopReceiving();
    //% endif
    //% if not udp
    this.#log.info("draining", { connections: this.#census.count });
    //% endif
    //% if udp and not peers
    this.#log.info("draining", { connections: 0 });
    //% endif
    //% if peers
    const workers = Object.values(cluster.workers ?? {});
    this.#awaited = workers.filter((worker) => worker?.isConnected()).length;
    //% endif
    //% if not udp
    tellAll({ type: "stop" });
    //% endif
    //% if udp
    tellAll({ type: "drain" });
    //% endif
  }
  //% if not udp

  /** @param {Worker} worker which accepts nothing any more */
  #workerStopped(worker) {
    this.#listening.delete(worker);
    // Peers are told to go when none of them can come again.
    if (this.#listening.size === 0) tellAll({ type: "drain" });
  }
  //% endif

  /** @param {number} code */
  #exit(code) {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill("SIGKILL");
    process.exit(code);
  }
}
