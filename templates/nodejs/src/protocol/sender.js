//% if compression
import { COMPRESSION_THRESHOLD } from "../config.js";
import { MIN_DEFLATE_WINDOW_BITS } from "./deflate.js";
//% endif
//% if compression and (echo or custom)
import { deflate } from "./deflate.js";
//% endif
//% if server_takeover
import { ContextDeflater } from "./deflate.js";
//% endif
import { FIN } from "./frame.js";
//% if server_takeover or (compression and (echo or custom))
import { RSV1 } from "./frame.js";
//% endif
//% if server_takeover or echo or custom
import { appendMessage } from "./outgoing.js";
//% endif
import { Output } from "./output.js";

/** Encodes what one connection sends. */
export class Sender {
  output = new Output();
  #arena;
  //% if overflow_drop
  /** Whether messages are dropped, since too much is unsent. */
  isDropping = false;
  //% endif
  //% if compression
  #windowBits = 0; // 0 if nothing is compressed
  //% endif
  //% if server_takeover
  /** @type {ContextDeflater | null} */
  #deflater = null;
  //% endif

  /** @param {import("./output.js").Arena} arena */
  constructor(arena) {
    this.#arena = arena;
  }
  //% if compression

  /** @param {import("./deflate.js").Agreement} agreement */
  acceptCompression(agreement) {
    if (agreement.serverWindowBits < MIN_DEFLATE_WINDOW_BITS) return;
    this.#windowBits = agreement.serverWindowBits;
    //% if server_takeover
    if (!agreement.serverNoContextTakeover) this.#deflater = new ContextDeflater(this.#windowBits);
    //% endif
  }

  /** @param {number} length of a message */
  #compresses(length) {
    return this.#windowBits > 0 && length >= COMPRESSION_THRESHOLD;
  }
  //% endif

  /** @param {string} answer of the opening handshake */
  sendHandshake(answer) {
    const bytes = Buffer.from(answer, "latin1");
    this.output.append(bytes, 0, bytes.length);
  }

  /**
   * @param {number} opcode
   * @param {Uint8Array} payload
   */
  sendControl(opcode, payload) {
    this.output.appendFrame(this.#arena, FIN | opcode, payload);
  }
  //% if echo or custom

  /**
   * @param {number} opcode
   * @param {Uint8Array} payload
   */
  sendMessage(opcode, payload) {
    //% if overflow_drop
    if (this.isDropping) return;
    //% endif
    //% if compression
    if (this.#compresses(payload.length)) {
      appendMessage(this.output, this.#arena, opcode | RSV1, this.#deflate(payload));
      return;
    }
    //% endif
    appendMessage(this.output, this.#arena, opcode, payload);
  }
  //% endif
  //% if (echo or custom) and compression

  /** @param {Uint8Array} payload */
  #deflate(payload) {
    //% if server_takeover
    if (this.#deflater !== null) return this.#deflater.deflate(payload);
    //% endif
    return deflate(payload, this.#windowBits);
  }
  //% endif
  //% if broadcast or custom

  /** @param {import("./broadcast-message.js").BroadcastMessage} message */
  sendBroadcast(message) {
    //% if overflow_drop
    if (this.isDropping) return;
    //% endif
    //% if server_takeover
    if (this.#deflater !== null && this.#compresses(message.payload.length)) {
      const deflated = this.#deflater.deflate(message.payload);
      appendMessage(this.output, this.#arena, message.opcode | RSV1, deflated);
      return;
    }
    //% endif
    //% if compression
    if (this.#compresses(message.payload.length)) {
      this.output.appendAll(message.deflated(this.#windowBits));
      return;
    }
    //% endif
    this.output.appendAll(message.plain);
  }
  //% endif
}
