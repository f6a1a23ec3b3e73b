/** SOCKET_DEBUG: one line for every operation on the socket, on standard error. */
export class SocketTrace {
  #fd;

  /** @param {object} socket */
  constructor(socket) {
    // Node keeps the descriptor to itself; this is a help for debugging, and may do without.
    const key = Object.getOwnPropertySymbols(socket).find(
      ({ description }) => description === "state symbol",
    );
    const states = /** @type {Record<symbol, { handle?: { fd?: number } }>} */ (socket);
    this.#fd = (key && states[key].handle?.fd) ?? -1;
  }

  /**
   * @param {string} operation
   * @param {string | number} result
   */
  line(operation, result) {
    process.stderr.write(`socket: ${operation} fd=${this.#fd} = ${result}\n`);
  }
}
