//% if compression
import { deflate } from "./deflate.js";
import { RSV1 } from "./frame.js";
//% endif
import { appendMessage } from "./outgoing.js";
import { Output } from "./output.js";

/** @typedef {import("./output.js").Arena} Arena */

/** A message to many, encoded once for all receivers that take it in the same form. */
export class BroadcastMessage {
  opcode;
  payload;
  #arena;
  /** @type {Output | null} */
  #plain = null;
  //% if compression
  /** @type {Map<number, Output>} by window bits */
  #deflated = new Map();
  //% endif

  /**
   * @param {Arena} arena
   * @param {number} opcode
   * @param {Uint8Array} payload
   */
  constructor(arena, opcode, payload) {
    this.#arena = arena;
    this.opcode = opcode;
    this.payload = payload;
  }

  /** Its uncompressed frames. */
  get plain() {
    return (this.#plain ??= this.#encode(this.opcode, this.payload));
  }
  //% if compression

  /**
   * Its compressed frames, which refer to no message before it.
   *
   * @param {number} windowBits
   */
  deflated(windowBits) {
    const known = this.#deflated.get(windowBits);
    if (known !== undefined) return known;
    const frames = this.#encode(this.opcode | RSV1, deflate(this.payload, windowBits));
    this.#deflated.set(windowBits, frames);
    return frames;
  }
  //% endif

  /**
   * @param {number} first
   * @param {Uint8Array} payload
   */
  #encode(first, payload) {
    const frames = new Output();
    appendMessage(frames, this.#arena, first, payload);
    return frames;
  }
}
