import cluster from "node:cluster";
import { addUp } from "./exposition.js";
import { tellAll } from "./tell.js";

/** @typedef {import("./metrics.js").Samples} Samples */

/** Adds up what all workers have counted. */
export class Reports {
  #lastTicket = 0;
  /** @type {Map<number, { all: Samples[], done: (sum: Samples) => void }>} by ticket */
  #waiting = new Map();

  /** @param {(sum: Samples) => void} done */
  ask(done) {
    const ticket = ++this.#lastTicket;
    this.#waiting.set(ticket, { all: [], done });
    tellAll({ type: "count", ticket });
  }

  /**
   * A worker has answered.
   *
   * @param {number} ticket
   * @param {Samples} samples
   */
  counted(ticket, samples) {
    const report = this.#waiting.get(ticket);
    if (report === undefined) return;
    report.all.push(samples);
    if (report.all.length < Object.keys(cluster.workers ?? {}).length) return;
    this.#waiting.delete(ticket);
    report.done(addUp(report.all));
  }
}
