import { BEYOND_WINDOW, DUPLICATE } from "./drops.js";
import { distance, formatAcknowledgement, numberOf, sessionOf } from "./header.js";

const WINDOW = 64;

/** Which datagrams of a peer's session were received. */
export class ReceiveWindow {
  owesAcknowledgement = false;
  #session = -1;
  #expected = 0;
  /** Bit n stands for the number n above the expected one. */
  #received = 0n;

  /**
   * Judges a datagram; null if its payload is to be delivered.
   *
   * @param {Buffer} datagram
   */
  receive(datagram) {
    if (sessionOf(datagram) !== this.#session) this.#begin(sessionOf(datagram));
    const above = distance(numberOf(datagram), this.#expected);
    if (above >= WINDOW) return BEYOND_WINDOW;
    this.owesAcknowledgement = true;
    if (above < 0) return DUPLICATE;
    const bit = 1n << BigInt(above);
    if ((this.#received & bit) !== 0n) return DUPLICATE;
    this.#received |= bit;
    this.#advance();
    return null;
  }

  /** @param {number} session */
  #begin(session) {
    this.#session = session;
    this.#expected = 0;
    this.#received = 0n;
    this.owesAcknowledgement = false;
  }

  #advance() {
    while ((this.#received & 1n) !== 0n) {
      this.#received >>= 1n;
      this.#expected = (this.#expected + 1) >>> 0;
    }
  }

  /** The acknowledgement of all that was received. */
  acknowledge() {
    this.owesAcknowledgement = false;
    return formatAcknowledgement(this.#session, this.#expected, this.#received);
  }
}
