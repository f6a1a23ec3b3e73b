import { MAX_CONNECTIONS } from "./config.js";
//% if websocket
import { BACKLOG } from "./config.js";
//% endif
//% if per_client
import { MAX_CONNECTIONS_PER_CLIENT } from "./config.js";
//% endif
import { FULL } from "./protocol/capacity.js";
//% if per_client
import { TOO_MANY_OF_CLIENT } from "./protocol/capacity.js";
import { ClientCounts } from "./protocol/client-counts.js";
//% endif

/** Counts the connections of all workers. */
export class Census {
  /** The open ones. */
  count = 0;
  //% if per_client
  clients = new ClientCounts();
  //% endif
  //% if websocket
  #sockets = 0;
  //% endif

  /**
   * Gives a place to a connection, or says why there is none.
   *
   * @param {import("./messages.js").Admit} applicant
   * @returns {import("./messages.js").Admitted}
   */
  admit(applicant) {
    const { id } = applicant;
    if (this.count >= MAX_CONNECTIONS) return { type: "admitted", id, refusal: FULL };
    //% if per_client
    if (this.clients.of(applicant.client) >= MAX_CONNECTIONS_PER_CLIENT) {
      return { type: "admitted", id, refusal: TOO_MANY_OF_CLIENT };
    }
    this.clients.add(applicant.client);
    //% endif
    this.count++;
    return { type: "admitted", id, refusal: null };
  }

  leave() {
    this.count--;
  }
  //% if websocket

  /** A socket was accepted. Whether it may stay. */
  arrive() {
    this.#sockets++;
    return this.#sockets <= MAX_CONNECTIONS + BACKLOG;
  }

  depart() {
    this.#sockets--;
  }
  //% endif
}
