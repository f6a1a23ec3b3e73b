import cluster from "node:cluster";
import { tell } from "./tell.js";

/** @typedef {import("node:cluster").Worker} Worker */

/** How many peers each worker knows: there is one limit for all of them. */
export class PeerCounts {
  /** @type {Map<Worker, number>} */
  #counts = new Map();
  #total = 0;

  /**
   * Tells the other workers.
   *
   * @param {Worker} worker
   * @param {number} peers that it knows
   */
  set(worker, peers) {
    this.#total += peers - (this.#counts.get(worker) ?? 0);
    this.#counts.set(worker, peers);
    for (const other of Object.values(cluster.workers ?? {})) {
      if (other === undefined || other === worker) continue;
      tell(other, { type: "elsewhere", peers: this.#total - (this.#counts.get(other) ?? 0) });
    }
  }
}
