import { formatLine } from "./log-format.js";

/** @typedef {"debug" | "info" | "warn" | "error"} Level */
/** @typedef {Record<string, string | number>} Fields */

/** @type {Level[]} */
export const LEVELS = ["debug", "info", "warn", "error"];

/** Writes one line an event on standard error. */
export class Log {
  #threshold;

  /** @param {Level} level events below it are left out */
  constructor(level) {
    this.#threshold = LEVELS.indexOf(level);
  }

  /**
   * @param {string} event
   * @param {Fields} fields
   */
  debug(event, fields) {
    this.#write("debug", event, fields);
  }

  /**
   * @param {string} event
   * @param {Fields} [fields]
   */
  info(event, fields = {}) {
    this.#write("info", event, fields);
  }

  //% if udp

  /**
   * @param {string} event
   * @param {Fields} fields
   */
  warn(event, fields) {
    this.#write("warn", event, fields);
  }
  //% endif

  /**
   * @param {string} event
   * @param {Fields} fields
   */
  error(event, fields) {
    this.#write("error", event, fields);
  }

  /**
   * @param {Level} level
   * @param {string} event
   * @param {Fields} fields
   */
  #write(level, event, fields) {
    if (LEVELS.indexOf(level) < this.#threshold) return;
    process.stderr.write(formatLine(new Date().toISOString(), level, event, fields) + "\n");
  }
}
