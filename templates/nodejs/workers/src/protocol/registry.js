import { tellPrimary } from "../tell.js";

/** @typedef {import("./capacity.js").Applicant} Applicant */

/** The open connections of this process. The primary knows how many there may be. */
export class Registry {
  #lastId = 0;
  /** @type {Map<number, Applicant>} whom the primary has not answered */
  #applicants = new Map();
  /** @type {Set<Applicant>} */
  #admitted = new Set();
  //% if broadcast or custom
  /** @type {Set<import("./session.js").Session>} those that a broadcast goes to */
  receivers = new Set();
  //% endif

  /**
   * Asks for a place for a connection, which is told in a while.
   *
   * @param {Applicant} applicant
   */
  admit(applicant) {
    const id = ++this.#lastId;
    this.#applicants.set(id, applicant);
    //% if per_client
    tellPrimary({ type: "admit", id, client: applicant.client });
    //% endif
    //% if not per_client
    tellPrimary({ type: "admit", id });
    //% endif
  }

  /**
   * The primary has answered.
   *
   * @param {number} id
   * @param {string | null} refusal
   */
  answered(id, refusal) {
    const applicant = this.#applicants.get(id);
    if (applicant === undefined) return;
    this.#applicants.delete(id);
    if (refusal === null) this.#admitted.add(applicant);
    applicant.admitted(refusal);
  }

  /** @param {Applicant} applicant whose place is free again */
  leave(applicant) {
    if (!this.#admitted.delete(applicant)) return;
    //% if per_client
    tellPrimary({ type: "leave", client: applicant.client });
    //% endif
    //% if not per_client
    tellPrimary({ type: "leave" });
    //% endif
  }
}
