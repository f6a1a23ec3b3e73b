/** SOCKET_DEBUG: one line for every operation on a socket, on standard error. */
export class SocketTrace {
  #fd;

  /** @param {object} socket or server */
  constructor(socket) {
    // Node keeps the descriptor to itself; this is a help for debugging, and may do without.
    const { _handle: handle } = /** @type {{ _handle?: { fd?: number } }} */ (socket);
    this.#fd = handle?.fd ?? -1;
  }

  /**
   * @param {string} operation
   * @param {string | number} result
   */
  line(operation, result) {
    process.stderr.write(`socket: ${operation} fd=${this.#fd} = ${result}\n`);
  }
}
