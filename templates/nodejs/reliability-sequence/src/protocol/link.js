import { DUPLICATE, LATE } from "./drops.js";
import { distance, formatData, numberOf, sessionOf } from "./header.js";

/** How many numbers, down from the highest, are told apart. */
const WINDOW = 64;
const ALL = 2n ** 64n - 1n;

/** Numbers what goes to a peer, and finds duplicates in what comes from it. */
export class Link {
  #session;
  #transmit;
  #next = 0;
  #peerSession = -1;
  #highest = 0;
  /** Bit n stands for the number n below the highest. */
  #received = 0n;

  /**
   * @param {number} session
   * @param {(datagram: Buffer) => void} transmit
   */
  constructor(session, transmit) {
    this.#session = session;
    this.#transmit = transmit;
  }

  /** @param {Uint8Array} payload */
  send(payload) {
    this.#transmit(formatData(this.#session, this.#next, payload));
    this.#next = (this.#next + 1) >>> 0;
  }

  /**
   * Judges a datagram; null if its payload is to be delivered.
   *
   * @param {Buffer} datagram
   */
  receive(datagram) {
    const number = numberOf(datagram);
    if (sessionOf(datagram) !== this.#peerSession) return this.#begin(sessionOf(datagram), number);
    const above = distance(number, this.#highest);
    if (above > 0) {
      this.#highest = number;
      this.#received = above < WINDOW ? ((this.#received << BigInt(above)) & ALL) | 1n : 1n;
      return null;
    }
    if (-above >= WINDOW) return LATE;
    const bit = 1n << BigInt(-above);
    if ((this.#received & bit) !== 0n) return DUPLICATE;
    this.#received |= bit;
    return null;
  }

  /**
   * @param {number} session
   * @param {number} number
   */
  #begin(session, number) {
    this.#peerSession = session;
    this.#highest = number;
    this.#received = 1n;
    return null;
  }
}
