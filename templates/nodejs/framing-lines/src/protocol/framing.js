// Framing: lines. A message ends before LF, or before CR LF.

/** @typedef {import("./output.js").Arena} Arena */
/** @typedef {import("./output.js").Output} Output */

const LF = 0x0a;
const CR = 0x0d;
const LINE_END = Buffer.from("\n");

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
    const end = bytes.indexOf(LF, at + this.#searched);
    this.start = at;
    if (end < 0) {
      this.#searched = bytes.length - at;
      this.length = this.#searched - 1; // its last byte may be a CR
      return INCOMPLETE;
    }
    this.#searched = 0;
    const hasCR = end > at && bytes[end - 1] === CR;
    this.length = hasCR ? end - at - 1 : end - at;
    return end + 1;
  }
}

/**
 * @param {Output} output
 * @param {Arena} arena
 * @param {Uint8Array} payload
 */
export function appendMessage(output, arena, payload) {
  output.appendBytes(arena, payload);
  output.appendBytes(arena, LINE_END);
}
