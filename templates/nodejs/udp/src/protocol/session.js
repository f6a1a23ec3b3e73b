/** Where a datagram came from, while it is handled. */
export class Session {
  #send;
  /** @type {number} */
  port = 0;
  address = "";

  /** @param {import("./dispatcher.js").Send} send */
  constructor(send) {
    this.#send = send;
  }

  /** @param {Uint8Array} data */
  send(data) {
    this.#send(data, this.port, this.address);
  }
}
