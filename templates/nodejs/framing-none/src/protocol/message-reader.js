//% if rate_messages
import { MESSAGES_PER_SECOND } from "../config.js";
//% endif
//% if rate_bytes
import { BYTES_PER_SECOND } from "../config.js";
//% endif
//% if rate_limit
import { RATE_LIMIT_EXCEEDED } from "./reasons.js";
import { TokenBucket } from "./rate.js";
//% endif

/**
 * Whom the messages are for.
 *
 * @typedef {object} Receiver
 * @property {(data: Buffer) => void} messageArrived
 * @property {(reason: string) => void} fail
 */

/** Hands over what is read, until it is stopped. */
export class MessageReader {
  #receiver;
  #isStopped = false;
  //% if rate_messages
  #messageRate = new TokenBucket(MESSAGES_PER_SECOND);
  //% endif
  //% if rate_bytes
  #byteRate = new TokenBucket(BYTES_PER_SECOND);
  //% endif

  /** @param {Receiver} receiver */
  constructor(receiver) {
    this.#receiver = receiver;
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

  /** From now on nothing is read. */
  stop() {
    this.#isStopped = true;
  }

  /** @param {Buffer} piece */
  read(piece) {
    if (this.#isStopped) return;
    //% if rate_messages
    if (!this.#messageRate.take(1)) return this.#receiver.fail(RATE_LIMIT_EXCEEDED);
    //% endif
    //% if rate_bytes
    if (!this.#byteRate.take(piece.length)) return this.#receiver.fail(RATE_LIMIT_EXCEEDED);
    //% endif
    this.#receiver.messageArrived(piece);
  }
}
