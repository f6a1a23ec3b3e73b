import { INVALID_COMPRESSED_DATA, MESSAGE_TOO_BIG } from "./failure.js";
//% if validate_utf8
import { INVALID_UTF8 } from "./failure.js";
import { OPCODE_TEXT } from "./frame.js";
import { Utf8Validator } from "./utf8.js";
//% endif
import { INFLATE_OK, INFLATE_TOO_BIG } from "./inflate.js";

/** @typedef {import("./failure.js").Failure} Failure */
/** @typedef {import("./inflaters.js").Inflaters} Inflaters */

/** RFC 7692 §7.2.2: what the sender took off. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** A compressed message, inflated and judged as its bytes arrive. */
export class CompressedMessage {
  opcode;
  data = TAIL;
  #inflaters;
  #inflater;
  //% if validate_utf8
  /** @type {Utf8Validator | null} */
  #text;
  //% endif

  /**
   * @param {number} opcode
   * @param {Inflaters} inflaters
   * @param {number} maxLength
   */
  constructor(opcode, inflaters, maxLength) {
    this.opcode = opcode;
    this.#inflaters = inflaters;
    this.#inflater = inflaters.take();
    this.#inflater.begin(maxLength);
    //% if validate_utf8
    this.#text = opcode === OPCODE_TEXT ? new Utf8Validator() : null;
    //% endif
  }

  /**
   * Takes the next piece of payload.
   *
   * @param {Buffer} piece
   * @returns {Failure | null}
   */
  push(piece) {
    //% if validate_utf8
    const before = this.#inflater.length;
    //% endif
    const status = this.#inflater.push(piece);
    //% if validate_utf8
    // Text that came before a fault is judged first: it arrived first.
    if (this.#text !== null && !this.#text.push(this.#inflater.output(before))) return INVALID_UTF8;
    //% endif
    if (status === INFLATE_OK) return null;
    return status === INFLATE_TOO_BIG ? MESSAGE_TOO_BIG : INVALID_COMPRESSED_DATA;
  }

  /**
   * Judges the message as a whole.
   *
   * @returns {Failure | null}
   */
  finish() {
    const failure = this.push(TAIL);
    if (failure !== null) return failure;
    if (!this.#inflater.isComplete) return INVALID_COMPRESSED_DATA;
    //% if validate_utf8
    if (this.#text !== null && !this.#text.isComplete) return INVALID_UTF8;
    //% endif
    this.data = this.#inflater.output(0);
    this.#inflaters.giveBack(this.#inflater);
    return null;
  }
}
