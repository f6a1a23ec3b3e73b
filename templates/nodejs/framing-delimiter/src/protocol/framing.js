// Framing: delimiter. A message ends before the next occurrence of the delimiter.

import { DELIMITER } from "../config.js";

/** @typedef {import("./output.js").Arena} Arena */
/** @typedef {import("./output.js").Output} Output */

const DELIMITER_BYTES = Buffer.from(DELIMITER);

export const INCOMPLETE = -1;

/** Finds messages in the input. */
export class Framing {
  /** Where the last message begins, and its length. While it is incomplete, it is no shorter. */
  start = 0;
  length = 0;
  #searched = 0;

  /**
   * Finds the message that begins at a place, and returns where the next one does.
   *
   * @param {Buffer} bytes
   * @param {number} at
   */
  find(bytes, at) {
    const end = bytes.indexOf(DELIMITER_BYTES, at + this.#searched);
    this.start = at;
    if (end < 0) {
      // Its last bytes may be the beginning of the delimiter.
      this.length = this.#searched = Math.max(bytes.length - at - DELIMITER_BYTES.length + 1, 0);
      return INCOMPLETE;
    }
    this.#searched = 0;
    this.length = end - at;
    return end + DELIMITER_BYTES.length;
  }
}

/**
 * @param {Output} output
 * @param {Arena} arena
 * @param {Uint8Array} payload
 */
export function appendMessage(output, arena, payload) {
  output.appendBytes(arena, payload);
  output.appendBytes(arena, DELIMITER_BYTES);
}
