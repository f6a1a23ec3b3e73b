//% if metrics
import { count } from "../metrics.js";

//% endif
// Why a datagram is dropped.
export const TOO_LONG = "too long";
export const NOT_SENT = "not sent";
//% if datagram_rate
export const RATE_LIMIT = "rate limit";
//% endif
//% if reliability
export const MALFORMED = "malformed";
export const DUPLICATE = "duplicate";
//% endif
//% if reliability_sequence
export const LATE = "late";
//% endif
//% if reliability_ack
export const BEYOND_WINDOW = "beyond window";
export const WINDOW_FULL = "window full";
//% endif

/** A cause is logged once in so many milliseconds. */
const INTERVAL = 1000;

/** Counts dropped datagrams by their cause. */
export class Drops {
  /** When flush() is due. */
  deadline = Infinity;
  #log;
  /** @type {Map<string, { count: number, due: number }>} what is not logged yet, and when it may be */
  #pending = new Map();

  //% if metrics
  /** @type {Record<string, number>} all there ever were, by the label of a metric */
  totals = {};
  //% endif

  /** @param {import("../log.js").Log} log */
  constructor(log) {
    this.#log = log;
  }

  /**
   * @param {string} reason
   * @param {number} now
   */
  count(reason, now) {
    //% if metrics
    count(this.totals, `{reason="${reason}"}`);
    //% endif
    const pending = this.#pending.get(reason) ?? { count: 0, due: now };
    this.#pending.set(reason, pending);
    pending.count++;
    if (now >= pending.due) this.#write(reason, pending, now);
    else this.deadline = Math.min(this.deadline, pending.due);
  }

  /**
   * Logs what had to wait.
   *
   * @param {number} [now] all of it, if left out
   */
  flush(now = Infinity) {
    this.deadline = Infinity;
    for (const [reason, pending] of this.#pending) {
      if (pending.count === 0) continue;
      if (now >= pending.due) this.#write(reason, pending, now);
      else this.deadline = Math.min(this.deadline, pending.due);
    }
  }

  /**
   * @param {string} reason
   * @param {{ count: number, due: number }} pending
   * @param {number} now
   */
  #write(reason, pending, now) {
    this.#log.warn("dropped", { reason, count: pending.count });
    pending.count = 0;
    pending.due = now + INTERVAL;
  }
}
