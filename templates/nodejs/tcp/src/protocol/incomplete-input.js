const NOTHING = Buffer.alloc(0);
const COPIED = 1024;

/** Input that waits for more: the beginning of a message. What came whole is not copied. */
export class IncompleteInput {
  /** @type {Buffer} */
  #buffer = NOTHING;
  #length = 0;

  /**
   * All that waited, and what comes behind it.
   *
   * @param {Buffer} piece
   * @returns {Buffer}
   */
  join(piece) {
    if (this.#length === 0) return piece;
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) this.#grow(length);
    piece.copy(this.#buffer, this.#length);
    this.#length = length;
    return this.#buffer.subarray(0, length);
  }

  /** @param {number} length */
  #grow(length) {
    const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#buffer.length));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }

  /**
   * Keeps what lies behind a place.
   *
   * @param {Buffer} bytes what was joined last
   * @param {number} at
   */
  keep(bytes, at) {
    const isAll = at === 0 && this.#length > 0;
    if (isAll) return;
    const rest = bytes.subarray(at);
    // A few bytes must not keep the whole piece in memory.
    this.#buffer = rest.length < COPIED ? Buffer.from(rest) : rest;
    this.#length = rest.length;
  }

  clear() {
    this.#buffer = NOTHING;
    this.#length = 0;
  }
}
