// Framing: length-prefix. A message stands behind the number of its bytes.

import { PREFIX_BYTES } from "../config.js";

/** @typedef {import("./output.js").Arena} Arena */
/** @typedef {import("./output.js").Output} Output */

const PREFIX = Buffer.alloc(PREFIX_BYTES);

export const INCOMPLETE = -1;

/** The longest message that the prefix can express. */
export const MAX_EXPRESSIBLE = 256 ** PREFIX_BYTES - 1;

/** Finds messages in the input. */
export class Framing {
  /** Where the last message begins, and its length, as far as its prefix is there. */
  start = 0;
  length = 0;

  /**
   * Finds the message whose prefix begins at a place, and returns where the next one does.
   *
   * @param {Buffer} bytes
   * @param {number} at
   */
  find(bytes, at) {
    this.start = at + PREFIX_BYTES;
    this.length = bytes.length < this.start ? 0 : readLength(bytes, at);
    const end = this.start + this.length;
    return bytes.length < end ? INCOMPLETE : end;
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} at
 */
function readLength(bytes, at) {
  let length = 0;
  //% if prefix_little
  for (let i = PREFIX_BYTES - 1; i >= 0; i--) length = length * 256 + bytes[at + i];
  //% endif
  //% if not prefix_little
  for (let i = 0; i < PREFIX_BYTES; i++) length = length * 256 + bytes[at + i];
  //% endif
  return length;
}

/** @param {number} length */
function writeLength(length) {
  let rest = length;
  //% if prefix_little
  for (let i = 0; i < PREFIX_BYTES; i++, rest = Math.floor(rest / 256)) PREFIX[i] = rest;
  //% endif
  //% if not prefix_little
  for (let i = PREFIX_BYTES - 1; i >= 0; i--, rest = Math.floor(rest / 256)) PREFIX[i] = rest;
  //% endif
}

/**
 * @param {Output} output
 * @param {Arena} arena
 * @param {Uint8Array} payload of an expressible length
 */
export function appendMessage(output, arena, payload) {
  writeLength(payload.length);
  output.appendBytes(arena, PREFIX);
  output.appendBytes(arena, payload);
}
