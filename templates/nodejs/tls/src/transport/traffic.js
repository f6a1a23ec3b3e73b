/** Counts the bytes of a socket. */
export class Traffic {
  #socket;
  #received = 0;
  #sent = 0;

  /** @param {import("node:net").Socket} socket */
  constructor(socket) {
    this.#socket = socket;
  }

  /** How many have come since this was last asked. */
  received() {
    const count = this.#socket.bytesRead - this.#received;
    this.#received += count;
    return count;
  }

  /** How many have gone since this was last asked. */
  sent() {
    const count = this.#socket.bytesWritten - this.#sent;
    this.#sent += count;
    return count;
  }
}
