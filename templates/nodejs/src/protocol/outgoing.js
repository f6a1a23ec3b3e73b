//% if fragment_size
import { FRAGMENT_BYTES } from "../config.js";
//% endif
import { FIN } from "./frame.js";
//% if fragment_size
import { OPCODE_CONTINUATION } from "./frame.js";
//% endif

/** @typedef {import("./output.js").Arena} Arena */
/** @typedef {import("./output.js").Output} Output */

/**
 * Appends a message, in one frame or several (RFC 6455 §5.4).
 *
 * @param {Output} output
 * @param {Arena} arena
 * @param {number} first the opcode, and RSV1 if the payload is compressed
 * @param {Uint8Array} payload
 */
export function appendMessage(output, arena, first, payload) {
  //% if fragment_size
  if (payload.length > FRAGMENT_BYTES) {
    appendFragments(output, arena, first, payload);
    return;
  }
  //% endif
  output.appendFrame(arena, FIN | first, payload);
}
//% if fragment_size

/** @type {typeof appendMessage} */
function appendFragments(output, arena, first, payload) {
  let start = 0;
  for (; payload.length - start > FRAGMENT_BYTES; start += FRAGMENT_BYTES) {
    const opcode = start === 0 ? first : OPCODE_CONTINUATION;
    output.appendFrame(arena, opcode, payload.subarray(start, start + FRAGMENT_BYTES));
  }
  output.appendFrame(arena, FIN | OPCODE_CONTINUATION, payload.subarray(start));
}
//% endif
