//% if websocket
import { MAX_HEADER, writeHeader } from "./frame.js";
//% endif

// Outgoing bytes are collected in one arena of the worker: the answers of one read lie side by side
// and go out with one write, and a broadcast frame is there once for all its receivers.

/** Longer payloads are sent from where they lie. */
const COPIED = 16384;
const EMPTY = Buffer.alloc(0);

/** Memory that is given out from end to end, and again from the start when all of it is sent. */
export class Arena {
  #capacity;
  #isHeld = false;
  buffer = EMPTY;
  offset = 0;

  /** @param {number} capacity */
  constructor(capacity) {
    this.#capacity = Math.max(capacity, COPIED) + COPIED;
  }

  /**
   * Makes sure of room at the offset.
   *
   * @param {number} count
   */
  reserve(count) {
    if (this.offset + count <= this.buffer.length) return;
    this.buffer = Buffer.allocUnsafeSlow(this.#capacity);
    this.offset = 0;
    this.#isHeld = false;
  }

  /** A write that was not completed at once still refers to the memory given out so far. */
  hold() {
    this.#isHeld = true;
  }

  /** Nothing that was given out is used any more, but for what is held. */
  reset() {
    if (!this.#isHeld) this.offset = 0;
  }
}

/** Outgoing bytes in their order: parts of buffers, of which neighbours in memory are joined. */
export class Output {
  length = 0;
  /** @type {Uint8Array} */
  #buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** @type {Uint8Array[] | null} the parts before the last one */
  #parts = null;

  /**
   * @param {Uint8Array} buffer
   * @param {number} start
   * @param {number} end
   */
  append(buffer, start, end) {
    this.length += end - start;
    if (buffer === this.#buffer && start === this.#end) {
      this.#end = end;
      return;
    }
    this.#closePart();
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
  }

  #closePart() {
    if (this.#end === this.#start) return;
    this.#parts ??= [];
    this.#parts.push(this.#buffer.subarray(this.#start, this.#end));
  }

  /**
   * Appends all of another's.
   *
   * @param {Output} other
   */
  appendAll(other) {
    if (other.#parts !== null) {
      for (const part of other.#parts) this.append(part, 0, part.length);
    }
    this.append(other.#buffer, other.#start, other.#end);
  }
  //% if tcp and not framing_none

  /**
   * Appends a copy of a few bytes, or many from where they lie.
   *
   * @param {Arena} arena
   * @param {Uint8Array} bytes
   */
  appendBytes(arena, bytes) {
    const { length } = bytes;
    if (length > COPIED) return this.append(bytes, 0, length);
    arena.reserve(length);
    const { buffer, offset } = arena;
    buffer.set(bytes, offset);
    arena.offset += length;
    this.append(buffer, offset, arena.offset);
  }
  //% endif
  //% if websocket

  /**
   * Appends a frame.
   *
   * @param {Arena} arena
   * @param {number} first FIN, RSV1 and the opcode
   * @param {Uint8Array} payload
   */
  appendFrame(arena, first, payload) {
    const { length } = payload;
    const isCopied = length <= COPIED;
    arena.reserve(isCopied ? MAX_HEADER + length : MAX_HEADER);
    const { buffer, offset } = arena;
    let end = writeHeader(buffer, offset, first, length);
    if (isCopied) {
      buffer.set(payload, end);
      end += length;
    }
    arena.offset = end;
    this.append(buffer, offset, end);
    if (!isCopied) this.append(payload, 0, length);
  }
  //% endif

  /** Takes all of it out: one buffer where it lies in one piece. */
  take() {
    const last = this.#buffer.subarray(this.#start, this.#end);
    const parts = this.#parts;
    this.length = 0;
    this.#buffer = EMPTY;
    this.#start = this.#end = 0;
    this.#parts = null;
    if (parts === null) return last;
    parts.push(last);
    return parts;
  }
}
