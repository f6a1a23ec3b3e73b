/** Where a datagram came from, while it is handled. */
export class Session {
  #context;
  /** @type {number} */
  port = 0;
  address = "";

  /** @param {import("./dispatcher.js").Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** @param {Uint8Array} data */
  send(data) {
    //% if metrics
    this.#context.metrics.messagesSent++;
    //% endif
    this.#context.send(data, this.port, this.address);
  }
}
