import cluster from "node:cluster";
import { HIGH_WATERMARK } from "./config.js";
import { tell } from "./tell.js";

/** @typedef {import("node:cluster").Worker} Worker */

/** Passes broadcasts on, but not to a worker that has too many before it. */
export class Relay {
  #lastTicket = 0;
  /** @type {Map<number, number>} bytes of broadcasts on their way, by ticket */
  #sizes = new Map();
  /** @type {WeakMap<Worker, number>} the same by worker */
  #unhandled = new WeakMap();
  //% if overflow_close
  /** @type {WeakSet<Worker>} that know of a broadcast they did not get */
  #flooded = new WeakSet();
  //% endif

  /**
   * @param {Worker} worker
   * @param {import("./messages.js").Share | import("./messages.js").Delivered} message
   */
  told(worker, message) {
    if (message.type === "share") this.#share(worker, message.content);
    else this.#delivered(worker, message.ticket);
  }

  /**
   * @param {Worker} origin
   * @param {import("./messages.js").Content} content
   */
  #share(origin, content) {
    for (const worker of Object.values(cluster.workers ?? {})) {
      if (worker === undefined || worker === origin) continue;
      const unhandled = this.#unhandled.get(worker) ?? 0;
      if (unhandled <= HIGH_WATERMARK) this.#pass(worker, content, unhandled);
      //% if overflow_close
      else this.#flood(worker);
      //% endif
    }
    tell(origin, { type: "relieve", bytes: content.data.length });
  }

  /**
   * @param {Worker} worker
   * @param {import("./messages.js").Content} content
   * @param {number} unhandled
   */
  #pass(worker, content, unhandled) {
    const ticket = ++this.#lastTicket;
    this.#sizes.set(ticket, content.data.length);
    this.#unhandled.set(worker, unhandled + content.data.length);
    tell(worker, { type: "deliver", ticket, content });
  }
  //% if overflow_close

  /** @param {Worker} worker whose connections cannot have a broadcast */
  #flood(worker) {
    if (this.#flooded.has(worker)) return;
    this.#flooded.add(worker);
    tell(worker, { type: "flooded" });
  }
  //% endif

  /**
   * @param {Worker} worker
   * @param {number} ticket
   */
  #delivered(worker, ticket) {
    const unhandled = (this.#unhandled.get(worker) ?? 0) - (this.#sizes.get(ticket) ?? 0);
    this.#sizes.delete(ticket);
    this.#unhandled.set(worker, unhandled);
    //% if overflow_close
    if (unhandled <= HIGH_WATERMARK) this.#flooded.delete(worker);
    //% endif
  }
}
