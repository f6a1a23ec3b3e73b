import { formatData, sessionOf } from "./header.js";
import { ReceiveWindow } from "./receive-window.js";
import { SendWindow } from "./send-window.js";

/** Acknowledged datagrams, both ways. */
export class Link {
  #session;
  #transmit;
  #next = 0;
  #sent;
  #received = new ReceiveWindow();

  /**
   * @param {number} session
   * @param {(datagram: Buffer) => void} transmit
   */
  constructor(session, transmit) {
    this.#session = session;
    this.#transmit = transmit;
    this.#sent = new SendWindow(transmit);
  }

  /**
   * Sends a message, or has it wait. Whether there was room for it.
   *
   * @param {Uint8Array} payload
   * @param {number} now
   */
  send(payload, now) {
    if (this.#sent.isFull) return false;
    this.#sent.add(this.#next, formatData(this.#session, this.#next, payload), now);
    this.#next = (this.#next + 1) >>> 0;
    return true;
  }

  /** When something is to be sent again. */
  get resendDue() {
    return this.#sent.due;
  }

  /**
   * Sends again what is due. False if the peer has not acknowledged for too long.
   *
   * @param {number} now
   */
  resend(now) {
    return this.#sent.resend(now);
  }

  /**
   * Takes an acknowledgement, if it is one of what was sent.
   *
   * @param {Buffer} datagram
   * @param {number} now
   */
  acknowledge(datagram, now) {
    if (sessionOf(datagram) !== this.#session) return false;
    return this.#sent.acknowledge(datagram, now);
  }

  /**
   * Judges a datagram; null if its payload is to be delivered.
   *
   * @param {Buffer} datagram
   */
  receive(datagram) {
    return this.#received.receive(datagram);
  }

  get owesAcknowledgement() {
    return this.#received.owesAcknowledgement;
  }

  sendAcknowledgement() {
    this.#transmit(this.#received.acknowledge());
  }
}
