import { Inflater } from "./inflate.js";

/** @type {Inflater[]} Where no context is carried over, all connections share these. */
const spare = [];
const MAX_SPARE = 16;

/** The inflaters of one connection. */
export class Inflaters {
  //% if client_takeover
  /** Whether messages refer to the ones before them. */
  keepsWindow = false;
  /** @type {Inflater | null} */
  #own = null;

  //% endif
  /** The inflater for the next message. */
  take() {
    //% if client_takeover
    if (this.keepsWindow) return (this.#own ??= new Inflater());
    //% endif
    return spare.pop() ?? new Inflater();
  }

  /**
   * Takes an inflater back behind a whole message.
   *
   * @param {Inflater} inflater
   */
  giveBack(inflater) {
    //% if client_takeover
    if (this.keepsWindow) return inflater.keepWindow();
    //% endif
    inflater.dropWindow();
    if (spare.length < MAX_SPARE) spare.push(inflater);
  }
}
