import { HANDSHAKE_LIMIT } from "../config.js";
//% if compression
import { formatAgreement, negotiate } from "./deflate.js";
import { parseOffers } from "./extensions.js";
//% endif
import { formatAcceptance, judge, MALFORMED, TOO_LARGE } from "./handshake.js";
//% if subprotocols
import { chooseSubprotocol } from "./handshake.js";
//% endif
//% if require_subprotocol
import { NO_SUBPROTOCOL } from "./handshake.js";
//% endif
//% if compression
import { valuesOf } from "./handshake.js";
//% endif
import { HEAD_COMPLETE, HEAD_INCOMPLETE, HeadReader } from "./head-reader.js";
import { formatRefusal, parseRequest } from "./http.js";

/** @typedef {import("./http.js").Refusal} Refusal */
/** @typedef {import("./http.js").Request} Request */

const NOTHING = Buffer.alloc(0);

/**
 * How an opening handshake ended.
 *
 * @typedef {object} Outcome
 * @property {string} answer
 * @property {Refusal | null} refusal
 * @property {Buffer} rest the bytes behind the head
//% if subprotocols
 * @property {string} [subprotocol] the chosen one, or empty
//% endif
//% if compression
 * @property {import("./deflate.js").Agreement | null} [agreement] on compression
//% endif
 */

/** The opening handshake of one connection. */
export class Opening {
  #judgeCapacity;
  #head = new HeadReader(HANDSHAKE_LIMIT);
  //% if compression
  mayCompress = true;
  //% endif

  /** @param {() => Refusal | null} judgeCapacity whether there is room for another connection */
  constructor(judgeCapacity) {
    this.#judgeCapacity = judgeCapacity;
  }

  /**
   * How it ended, or null if more of the head must come.
   *
   * @param {Buffer} piece
   * @returns {Outcome | null}
   */
  read(piece) {
    const status = this.#head.read(piece);
    if (status === HEAD_INCOMPLETE) return null;
    if (status !== HEAD_COMPLETE) return refuse(TOO_LARGE);
    const request = parseRequest(this.#head.head);
    if (request === null) return refuse(MALFORMED);
    const refusal = judge(request) ?? this.#judgeCapacity();
    return refusal === null ? this.#accept(request) : refuse(refusal);
  }

  /**
   * @param {Request} request
   * @returns {Outcome}
   */
  #accept(request) {
    /** @type {string[]} */
    const extra = [];
    //% if subprotocols
    const subprotocol = chooseSubprotocol(request);
    //% endif
    //% if require_subprotocol
    if (subprotocol === "") return refuse(NO_SUBPROTOCOL);
    //% endif
    //% if subprotocols
    if (subprotocol !== "") extra.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
    //% endif
    //% if compression
    const agreement = this.#negotiate(request);
    if (agreement !== null) extra.push(`Sec-WebSocket-Extensions: ${formatAgreement(agreement)}`);
    //% endif
    const answer = formatAcceptance(request, extra);
    return {
      answer,
      refusal: null,
      rest: this.#head.rest,
      //% if subprotocols
      subprotocol,
      //% endif
      //% if compression
      agreement,
      //% endif
    };
  }
  //% if compression

  /** @param {Request} request */
  #negotiate({ fields }) {
    if (!this.mayCompress) return null;
    return negotiate(parseOffers(valuesOf(fields, "sec-websocket-extensions")));
  }
  //% endif
}

/**
 * @param {Refusal} refusal
 * @returns {Outcome}
 */
export function refuse(refusal) {
  return { answer: formatRefusal(refusal), refusal, rest: NOTHING };
}
