import { createHash, timingSafeEqual } from "node:crypto";
import { listElements } from "./http.js";

/** @typedef {import("./http.js").Request} Request */

const BEARER = /^bearer +(.*)$/i;
const PERCENT = /%([0-9A-Fa-f]{2})/g;

/** Known tokens, none of which can be guessed from the time that a comparison takes. */
export class Tokens {
  #digests;

  /** @param {string[]} tokens */
  constructor(tokens) {
    this.#digests = tokens.map((token) => digest(Buffer.from(token)));
  }

  /** @param {string | null} token its bytes as Latin-1 */
  holds(token) {
    if (token === null) return false;
    const given = digest(Buffer.from(token, "latin1"));
    return this.#digests.filter((known) => timingSafeEqual(known, given)).length > 0;
  }
}

/** @param {Buffer} bytes */
function digest(bytes) {
  return createHash("sha256").update(bytes).digest();
}

/**
 * The token of a request: from the first place that has one.
 *
 * @param {Request} request
 */
export function tokenOf(request) {
  return ownTokenOf(request) ?? firstSubprotocol(request);
}

//% if subprotocols
/**
 * Whether the first of the subprotocols is a token, and none of them.
 *
 * @param {Request} request
 */
export function hasTokenAsSubprotocol(request) {
  return ownTokenOf(request) === null;
}

//% endif
/** @param {Request} request */
function firstSubprotocol({ fields }) {
  return listElements(fields.get("sec-websocket-protocol") ?? [])[0] ?? null;
}

/** @param {Request} request */
function ownTokenOf({ target, fields }) {
  const [authorization = ""] = fields.get("authorization") ?? [];
  return BEARER.exec(authorization)?.[1] ?? queryToken(target);
}

/** @param {string} target */
function queryToken(target) {
  const query = target.includes("?") ? target.slice(target.indexOf("?") + 1) : "";
  const parameter = query.split("&").find((candidate) => candidate.startsWith("token="));
  if (parameter === undefined) return null;
  const value = parameter.slice("token=".length);
  return value.replace(PERCENT, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
}
