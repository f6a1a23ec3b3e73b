//% if rate_messages
import { MESSAGES_PER_SECOND } from "../config.js";
//% endif
//% if rate_bytes
import { BYTES_PER_SECOND } from "../config.js";
//% endif
import { MESSAGE_TOO_BIG } from "./reasons.js";
//% if rate_limit
import { RATE_LIMIT_EXCEEDED } from "./reasons.js";
//% endif
import { Framing, INCOMPLETE } from "./framing.js";
import { IncompleteInput } from "./incomplete-input.js";
//% if rate_limit
import { TokenBucket } from "./rate.js";
//% endif

/**
 * Whom the messages are for.
 *
 * @typedef {object} Receiver
 * @property {(data: Buffer) => void} messageArrived
 * @property {(reason: string) => void} fail
 */

/** Reads messages from pieces of any size. */
export class MessageReader {
  #receiver;
  #maxMessage;
  #framing = new Framing();
  #input = new IncompleteInput();
  #isStopped = false;
  //% if overflow_pause
  #isPaused = false;
  //% endif
  //% if rate_messages
  #messageRate = new TokenBucket(MESSAGES_PER_SECOND);
  //% endif
  //% if rate_bytes
  #byteRate = new TokenBucket(BYTES_PER_SECOND);
  //% endif

  /**
   * @param {Receiver} receiver
   * @param {number} maxMessage
   */
  constructor(receiver, maxMessage) {
    this.#receiver = receiver;
    this.#maxMessage = maxMessage;
  }
  //% if rate_limit

  /** @param {number} now */
  refill(now) {
    //% if rate_messages
    this.#messageRate.refill(now);
    //% endif
    //% if rate_bytes
    this.#byteRate.refill(now);
    //% endif
  }
  //% endif
  //% if overflow_pause

  /** Keeps what comes behind the current message for later. */
  pause() {
    this.#isPaused = true;
  }

  /** Goes on behind a pause. */
  resume() {
    this.#isPaused = false;
    this.read(Buffer.alloc(0));
  }
  //% endif

  /** From now on nothing is read. */
  stop() {
    this.#isStopped = true;
    this.#input.clear();
  }

  /** @param {Buffer} piece */
  read(piece) {
    const bytes = this.#input.join(piece);
    let at = 0;
    while (this.#isReading) {
      const next = this.#readMessage(bytes, at);
      if (next === INCOMPLETE) break;
      at = next;
    }
    if (!this.#isStopped) this.#input.keep(bytes, at);
  }

  get #isReading() {
    //% if overflow_pause
    if (this.#isPaused) return false;
    //% endif
    return !this.#isStopped;
  }

  /**
   * Hands over the message that begins at a place, and returns where the next one does.
   *
   * @param {Buffer} bytes
   * @param {number} at
   */
  #readMessage(bytes, at) {
    const next = this.#framing.find(bytes, at);
    const { start, length } = this.#framing;
    if (length > this.#maxMessage) return this.#fail(MESSAGE_TOO_BIG);
    if (next === INCOMPLETE) return INCOMPLETE;
    //% if rate_messages
    if (!this.#messageRate.take(1)) return this.#fail(RATE_LIMIT_EXCEEDED);
    //% endif
    //% if rate_bytes
    if (!this.#byteRate.take(length)) return this.#fail(RATE_LIMIT_EXCEEDED);
    //% endif
    this.#receiver.messageArrived(bytes.subarray(start, start + length));
    return next;
  }

  /** @param {string} reason */
  #fail(reason) {
    this.#receiver.fail(reason);
    return INCOMPLETE;
  }
}
