/** How many connections each client has, by IP address. */
export class ClientCounts {
  /** @type {Map<string, number>} */
  #counts = new Map();

  /** @param {string} client */
  of(client) {
    return this.#counts.get(client) ?? 0;
  }

  /** @param {string} client */
  add(client) {
    this.#counts.set(client, this.of(client) + 1);
  }

  /** @param {string} client */
  remove(client) {
    const left = this.of(client) - 1;
    if (left > 0) this.#counts.set(client, left);
    else this.#counts.delete(client);
  }
}
