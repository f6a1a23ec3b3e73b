import { MAX_CONNECTIONS } from "../config.js";
//% if per_client
import { MAX_CONNECTIONS_PER_CLIENT } from "../config.js";
import { ClientCounts } from "./client-counts.js";
//% endif
import { FULL } from "./capacity.js";
//% if per_client
import { TOO_MANY_OF_CLIENT } from "./capacity.js";
//% endif

/** @typedef {import("./capacity.js").Applicant} Applicant */

/** The server's open connections, and how many there may be. */
export class Registry {
  /** @type {Set<Applicant>} */
  #admitted = new Set();
  //% if per_client
  #clients = new ClientCounts();
  //% endif
  //% if broadcast or custom
  /** @type {Set<import("./session.js").Session>} those that a broadcast goes to */
  receivers = new Set();
  //% endif

  /**
   * Gives a place to a connection, or says why there is none.
   *
   * @param {Applicant} applicant
   */
  admit(applicant) {
    if (this.#admitted.size >= MAX_CONNECTIONS) return applicant.admitted(FULL);
    //% if per_client
    const ofClient = this.#clients.of(applicant.client);
    if (ofClient >= MAX_CONNECTIONS_PER_CLIENT) return applicant.admitted(TOO_MANY_OF_CLIENT);
    this.#clients.add(applicant.client);
    //% endif
    this.#admitted.add(applicant);
    applicant.admitted(null);
  }

  /** @param {Applicant} applicant whose place is free again */
  leave(applicant) {
    this.#admitted.delete(applicant);
    //% if per_client
    this.#clients.remove(applicant.client);
    //% endif
  }
}
