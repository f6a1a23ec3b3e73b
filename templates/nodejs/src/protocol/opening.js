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
//% if auth
import { TOKEN_REQUIRED } from "./handshake.js";
//% endif
//% if pages
import { pageOf } from "./handshake.js";
//% endif
import { HEAD_COMPLETE, HEAD_INCOMPLETE, HeadReader } from "./head-reader.js";
import { parseRequest } from "./http.js";
//% if auth
import { tokenOf } from "./tokens.js";
//% endif

/** @typedef {import("./http.js").Refusal} Refusal */
/** @typedef {import("./http.js").Request} Request */
//% if require_subprotocol

const NOTHING = Buffer.alloc(0);
//% endif

/**
 * How a request is accepted.
 *
 * @typedef {object} Outcome
 * @property {string} answer
//% if require_subprotocol
 * @property {Refusal} [refusal]
//% endif
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
  /** Why the request cannot be accepted, once it is there. */
  refusal = /** @type {Refusal | null} */ (null);
  //% if pages
  /** @type {string | null} the path of a page that is asked for instead */
  page = null;
  //% endif
  /** @type {Request | null} */
  #request = null;
  #head = new HeadReader(HANDSHAKE_LIMIT);
  //% if compression
  mayCompress = true;
  //% endif
  //% if auth
  /** @type {import("./tokens.js").Tokens | null} */
  tokens = null;
  //% endif

  /**
   * Whether the request is judged; else more of its head must come.
   *
   * @param {Buffer} piece
   */
  read(piece) {
    const status = this.#head.read(piece);
    if (status === HEAD_INCOMPLETE) return false;
    this.refusal = status === HEAD_COMPLETE ? this.#judge() : TOO_LARGE;
    return true;
  }

  #judge() {
    this.#request = parseRequest(this.#head.head);
    if (this.#request === null) return MALFORMED;
    //% if pages
    this.page = pageOf(this.#request);
    if (this.page !== null) return null;
    //% endif
    const refusal = judge(this.#request);
    //% if auth
    const isOpened = this.tokens?.holds(tokenOf(this.#request));
    if (refusal === null && !isOpened) return TOKEN_REQUIRED;
    //% endif
    return refusal;
  }

  /**
   * Accepts a request against which nothing speaks.
   *
   * @returns {Outcome}
   */
  accept() {
    const request = /** @type {Request} */ (this.#request);
    /** @type {string[]} */
    const extra = [];
    //% if subprotocols
    const subprotocol = chooseSubprotocol(request);
    //% endif
    //% if require_subprotocol
    if (subprotocol === "") return { answer: "", refusal: NO_SUBPROTOCOL, rest: NOTHING };
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
