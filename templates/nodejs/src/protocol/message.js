//% if validate_utf8
import { INVALID_UTF8 } from "./failure.js";
import { OPCODE_TEXT } from "./frame.js";
import { Utf8Validator } from "./utf8.js";
//% endif

/** @typedef {import("./failure.js").Failure} Failure */

/**
 * A message that has begun and is not complete.
 *
 * @typedef {object} IncomingMessage
 * @property {number} opcode text or binary
 * @property {(piece: Buffer, expected: number) => Failure | null} push takes the next piece
 * @property {() => Failure | null} finish judges the message as a whole
 * @property {Buffer} data the whole message
 */

const FIRST_CAPACITY = 512;

/** An uncompressed message that does not lie whole in one read, judged as its bytes arrive. */
export class Message {
  opcode;
  #buffer = Buffer.alloc(0);
  #length = 0;
  //% if validate_utf8
  /** @type {Utf8Validator | null} */
  #text;
  //% endif

  /** @param {number} opcode */
  constructor(opcode) {
    this.opcode = opcode;
    //% if validate_utf8
    this.#text = opcode === OPCODE_TEXT ? new Utf8Validator() : null;
    //% endif
  }

  /**
   * Takes the next piece of payload.
   *
   * @param {Buffer} piece
   * @param {number} expected how many bytes may follow it
   * @returns {Failure | null}
   */
  push(piece, expected) {
    //% if validate_utf8
    if (this.#text !== null && !this.#text.push(piece)) return INVALID_UTF8;
    //% endif
    this.#reserve(piece.length, expected);
    this.#buffer.set(piece, this.#length);
    this.#length += piece.length;
    return null;
  }

  /**
   * Judges the message as a whole.
   *
   * @returns {Failure | null}
   */
  finish() {
    //% if validate_utf8
    if (this.#text !== null && !this.#text.isComplete) return INVALID_UTF8;
    //% endif
    return null;
  }

  /** The whole message. */
  get data() {
    return this.#buffer.subarray(0, this.#length);
  }

  /**
   * Makes room. A peer that announces much and sends little must not cost much: the room doubles.
   *
   * @param {number} count
   * @param {number} expected
   */
  #reserve(count, expected) {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const doubled = Math.max(2 * needed, FIRST_CAPACITY);
    const grown = Buffer.allocUnsafe(Math.min(doubled, needed + expected));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
