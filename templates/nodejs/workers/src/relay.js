import cluster from "node:cluster";
import { tell } from "./tell.js";

/** @typedef {import("node:cluster").Worker} Worker */

/** Passes broadcasts on, and tells their senders when they are handled everywhere. */
export class Relay {
  #lastTicket = 0;
  /** @type {Map<number, { origin: Worker, bytes: number, awaited: number }>} by ticket */
  #broadcasts = new Map();

  /**
   * @param {Worker} worker
   * @param {import("./messages.js").Share | import("./messages.js").Delivered} message
   */
  told(worker, message) {
    if (message.type === "share") this.#share(worker, message.content);
    else this.#delivered(message.ticket);
  }

  /**
   * @param {Worker} origin
   * @param {import("./messages.js").Content} content
   */
  #share(origin, content) {
    const others = Object.values(cluster.workers ?? {}).filter((worker) => worker !== origin);
    const ticket = ++this.#lastTicket;
    const bytes = content.data.length;
    this.#broadcasts.set(ticket, { origin, bytes, awaited: others.length });
    for (const worker of others) tell(worker, { type: "deliver", ticket, content });
    if (others.length === 0) this.#conclude(ticket);
  }

  /** @param {number} ticket */
  #delivered(ticket) {
    const broadcast = this.#broadcasts.get(ticket);
    if (broadcast === undefined) return;
    broadcast.awaited--;
    if (broadcast.awaited === 0) this.#conclude(ticket);
  }

  /** @param {number} ticket */
  #conclude(ticket) {
    const broadcast = this.#broadcasts.get(ticket);
    this.#broadcasts.delete(ticket);
    if (broadcast) tell(broadcast.origin, { type: "relieve", bytes: broadcast.bytes });
  }
}
