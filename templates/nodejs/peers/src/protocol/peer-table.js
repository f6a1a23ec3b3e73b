import { IDLE_TIMEOUT, MAX_CONNECTIONS } from "../config.js";

/**
 * @typedef {object} Peer
 * @property {string} key
 * @property {number} lastHeard
 */

/**
 * Known peers, no more than there may be.
 *
 * @template {Peer} P
 */
export class PeerTable {
  //% if several_workers
  /** How many the other processes know. */
  elsewhere = 0;
  //% endif
  /** @type {Map<string, P>} the least recently heard of comes first */
  #peers = new Map();

  get size() {
    return this.#peers.size;
  }

  //% if reliability_ack
  /** @param {string} key */
  has(key) {
    return this.#peers.has(key);
  }

  //% endif
  //% if broadcast or custom
  /** @returns {Iterable<P>} */
  all() {
    return this.#peers.values();
  }

  //% endif
  /**
   * The peer, which has been heard of just now.
   *
   * @param {string} key
   * @param {number} now
   */
  hear(key, now) {
    const peer = this.#peers.get(key);
    if (peer === undefined) return null;
    peer.lastHeard = now;
    this.#peers.delete(key);
    this.#peers.set(key, peer);
    return peer;
  }

  /**
   * Adds a peer, and returns one that had to go for it.
   *
   * @param {P} peer
   */
  add(peer) {
    let oldest = null;
    //% if not several_workers
    if (this.#peers.size >= MAX_CONNECTIONS) oldest = this.#oldest;
    //% endif
    //% if several_workers
    if (this.#peers.size + this.elsewhere >= MAX_CONNECTIONS) oldest = this.#oldest;
    //% endif
    if (oldest !== null) this.remove(oldest);
    this.#peers.set(peer.key, peer);
    return oldest;
  }

  /** @param {P} peer */
  remove(peer) {
    return this.#peers.get(peer.key) === peer && this.#peers.delete(peer.key);
  }

  /** When the next peer is forgotten. */
  get deadline() {
    const oldest = this.#oldest;
    return oldest === null ? Infinity : oldest.lastHeard + IDLE_TIMEOUT;
  }

  /**
   * Takes out a peer that was silent for too long.
   *
   * @param {number} now
   */
  expire(now) {
    if (this.deadline > now) return null;
    const peer = this.#oldest;
    if (peer !== null) this.remove(peer);
    return peer;
  }

  get #oldest() {
    const { value } = this.#peers.values().next();
    return value ?? null;
  }
}
