import { performance } from "node:perf_hooks";

/** @typedef {import("./connection.js").Connection} Connection */

/**
 * A turn is what is done in one go for one cause: the input of one read, a timer, a call of the
 * application's own. All output of a turn is written at its end.
 */
export class Turns {
  #context;
  #depth = 0;
  /** @type {Connection[]} */
  #scheduled = [];
  //% if overflow_pause
  /** @type {Connection | null} whose input is being handled */
  cause = null;
  //% endif

  /** @param {import("../protocol/session.js").Context} context */
  constructor(context) {
    this.#context = context;
  }

  begin() {
    this.#context.now = performance.now();
    this.#depth++;
  }

  end() {
    if (this.#depth === 1) this.#conclude();
    this.#depth--;
  }

  /** @param {Connection} connection which has something to do at the end of the turn */
  schedule(connection) {
    this.#scheduled.push(connection);
    if (this.#depth === 0 && this.#scheduled.length === 1) queueMicrotask(() => this.#runEmpty());
  }

  /** The application has sent something of its own accord. */
  #runEmpty() {
    this.begin();
    this.end();
  }

  #conclude() {
    // One may schedule others, or itself again.
    for (const connection of this.#scheduled) connection.conclude();
    this.#scheduled.length = 0;
    this.#context.arena.reset();
  }
}
