const NOTHING = Buffer.alloc(0);
const END = "\r\n\r\n";

/** What a head reader has found. */
export const HEAD_INCOMPLETE = 0;
export const HEAD_COMPLETE = 1;
export const HEAD_TOO_LARGE = 2;

/** Collects a request head that comes in pieces of any size. */
export class HeadReader {
  #limit;
  /** @type {Buffer} */
  #bytes = NOTHING;
  #searched = 0;
  /** Without its last, empty line. */
  head = "";
  /** @type {Buffer} what came behind the head */
  rest = NOTHING;

  /** @param {number} limit the longest head, with its last line */
  constructor(limit) {
    this.#limit = limit;
  }

  /** @param {Buffer} piece */
  read(piece) {
    const bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
    // RFC 9112 §2.2: an empty line before the request is passed over.
    const start = bytes[0] === 0x0d && bytes[1] === 0x0a ? 2 : 0;
    const end = bytes.indexOf(END, Math.max(start, this.#searched - END.length + 1), "latin1");
    if (end >= 0 && end + END.length <= this.#limit) {
      this.head = bytes.toString("latin1", start, end);
      this.rest = bytes.subarray(end + END.length);
      this.#bytes = NOTHING;
      return HEAD_COMPLETE;
    }
    if (bytes.length >= this.#limit) return HEAD_TOO_LARGE;
    this.#bytes = bytes;
    this.#searched = bytes.length;
    return HEAD_INCOMPLETE;
  }
}
