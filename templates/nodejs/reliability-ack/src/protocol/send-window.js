import { distance, numberOf, receivedOf } from "./header.js";

const WINDOW = 64;
const MAX_WAITING = 192;
const MAX_SENDINGS = 8;
const FIRST_WAIT = 200;
const MAX_WAIT = 5000;

/**
 * @typedef {object} Sending
 * @property {Buffer} datagram
 * @property {number} count how often it was sent
 * @property {number} wait until it is sent again
 * @property {number} due when it is
 */

/** What was sent and is not acknowledged, and what waits behind it. */
export class SendWindow {
  /** When something is to be sent again. */
  due = Infinity;
  #transmit;
  /** @type {Map<number, Sending>} by number, in their order */
  #unacknowledged = new Map();
  /** @type {{ number: number, datagram: Buffer }[]} */
  #waiting = [];
  #next = 0;

  /** @param {(datagram: Buffer) => void} transmit */
  constructor(transmit) {
    this.#transmit = transmit;
  }

  get isFull() {
    return this.#waiting.length >= MAX_WAITING;
  }

  /**
   * @param {number} number
   * @param {Buffer} datagram
   * @param {number} now
   */
  add(number, datagram, now) {
    this.#waiting.push({ number, datagram });
    this.#fill(now);
  }

  /** @param {number} now */
  #fill(now) {
    while (this.#waiting.length > 0 && this.#hasRoom(this.#waiting[0].number)) {
      const { number, datagram } = /** @type {{ number: number, datagram: Buffer }} */ (
        this.#waiting.shift()
      );
      const due = now + FIRST_WAIT;
      this.#unacknowledged.set(number, { datagram, count: 1, wait: FIRST_WAIT, due });
      this.#next = (number + 1) >>> 0;
      this.due = Math.min(this.due, due);
      this.#transmit(datagram);
    }
  }

  /** @param {number} number */
  #hasRoom(number) {
    const { value: oldest } = this.#unacknowledged.keys().next();
    return oldest === undefined || distance(number, oldest) < WINDOW;
  }

  /**
   * Takes an acknowledgement, unless it is of a number that was never sent.
   *
   * @param {Buffer} datagram
   * @param {number} now
   */
  acknowledge(datagram, now) {
    const expected = numberOf(datagram);
    const received = receivedOf(datagram);
    const highest = received.toString(2).length - 1;
    if (distance(expected, this.#next) > 0) return false;
    if (received !== 0n && distance(expected + highest, this.#next) >= 0) return false;
    for (const number of this.#unacknowledged.keys()) {
      const above = distance(number, expected);
      const isReceived = above < 0 || ((received >> BigInt(above)) & 1n) !== 0n;
      if (isReceived) this.#unacknowledged.delete(number);
    }
    this.#fill(now);
    this.#findDue();
    return true;
  }

  #findDue() {
    this.due = Infinity;
    for (const { due } of this.#unacknowledged.values()) this.due = Math.min(this.due, due);
  }

  /**
   * Sends again what is due. False if something was sent too often.
   *
   * @param {number} now
   */
  resend(now) {
    for (const sending of this.#unacknowledged.values()) {
      if (sending.due > now) continue;
      if (sending.count === MAX_SENDINGS) return false;
      sending.count++;
      sending.wait = Math.min(2 * sending.wait, MAX_WAIT);
      sending.due = now + sending.wait;
      this.#transmit(sending.datagram);
    }
    this.#findDue();
    return true;
  }
}
