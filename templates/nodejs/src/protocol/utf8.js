import { isUtf8 } from "node:buffer";

// Validates text that comes in pieces: node:buffer judges what is whole within a piece, and the
// characters that pieces cut apart are judged here, byte by byte (Unicode 15 §3.9, table 3-7).

export class Utf8Validator {
  #missing = 0; // continuation bytes that the character in progress still lacks
  #low = 0x80; // bounds of the next one
  #high = 0xbf;

  /** Whether the text so far ends between two characters. */
  get isComplete() {
    return this.#missing === 0;
  }

  /**
   * Whether the text so far can still become valid.
   *
   * @param {Buffer} piece
   */
  push(piece) {
    let start = 0;
    while (this.#missing > 0 && start < piece.length) {
      if (!this.#next(piece[start++])) return false;
    }
    const end = completeEnd(piece, start);
    if (!isUtf8(piece.subarray(start, end))) return false;
    for (let i = end; i < piece.length; i++) {
      if (!this.#next(piece[i])) return false;
    }
    return true;
  }

  /** @param {number} byte */
  #next(byte) {
    if (this.#missing === 0) return this.#begin(byte);
    if (byte < this.#low || byte > this.#high) return false;
    this.#missing--;
    this.#expect(0x80, 0xbf);
    return true;
  }

  /** @param {number} byte */
  #begin(byte) {
    this.#expect(0x80, 0xbf);
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.#missing = followers(byte);
    if (byte === 0xe0) this.#expect(0xa0, 0xbf); // no overlong forms
    if (byte === 0xed) this.#expect(0x80, 0x9f); // no surrogates
    if (byte === 0xf0) this.#expect(0x90, 0xbf); // no overlong forms
    if (byte === 0xf4) this.#expect(0x80, 0x8f); // nothing above U+10FFFF
    return true;
  }

  /**
   * @param {number} low
   * @param {number} high
   */
  #expect(low, high) {
    this.#low = low;
    this.#high = high;
  }
}

/**
 * How many continuation bytes a character has.
 *
 * @param {number} first its first byte
 */
function followers(first) {
  if (first < 0xe0) return 1;
  return first < 0xf0 ? 2 : 3;
}

/**
 * Where the last character starts if it lacks bytes, else the end.
 *
 * @param {Buffer} piece
 * @param {number} start
 */
function completeEnd(piece, start) {
  const earliest = Math.max(start, piece.length - 3);
  for (let i = piece.length - 1; i >= earliest; i--) {
    const byte = piece[i];
    if (byte >= 0xc0) return i + followers(byte) < piece.length ? piece.length : i;
    if (byte < 0x80) break;
  }
  return piece.length;
}
