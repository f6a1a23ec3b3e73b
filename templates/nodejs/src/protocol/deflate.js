// permessage-deflate, RFC 7692: what is negotiated, and outgoing messages.

import { constants, deflateRawSync } from "node:zlib";
import {
  CLIENT_MAX_WINDOW_BITS,
  CLIENT_NO_CONTEXT_TAKEOVER,
  COMPRESSION_LEVEL,
  MEMORY_LEVEL,
  SERVER_MAX_WINDOW_BITS,
  SERVER_NO_CONTEXT_TAKEOVER,
} from "../config.js";

/** @typedef {import("./extensions.js").Offer} Offer */

/**
 * What is in effect on a connection.
 *
 * @typedef {object} Agreement
 * @property {boolean} serverNoContextTakeover
 * @property {boolean} clientNoContextTakeover
 * @property {boolean} serverWindowOffered
 * @property {number} serverWindowBits
 * @property {number | null} clientWindowBits null if the client cannot be told
 */

const NAME = "permessage-deflate";
const MAX_WINDOW_BITS = 15;
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;
/** zlib cannot make raw deflate data for a window of 8 bits. */
export const MIN_DEFLATE_WINDOW_BITS = 9;
/** RFC 7692 §7.2.1: every sync flush ends with 00 00 FF FF, which is not sent. */
const TAIL_LENGTH = 4;

const OPTIONS = {
  finishFlush: constants.Z_SYNC_FLUSH,
  level: COMPRESSION_LEVEL,
  memLevel: MEMORY_LEVEL,
};

/**
 * The first offer that can be accepted, as an agreement.
 *
 * @param {Offer[]} offers
 */
export function negotiate(offers) {
  for (const offer of offers) {
    const agreement = offer.name === NAME ? accept(offer) : null;
    if (agreement !== null) return agreement;
  }
  return null;
}

/**
 * RFC 7692 §7.1
 *
 * @param {Offer} offer
 * @returns {Agreement | null}
 */
function accept({ parameters }) {
  const offered = new Map(parameters.map(({ name, value }) => [name, value]));
  if (offered.size < parameters.length) return null;
  if (!parameters.every(({ name, value }) => isValid(name, value))) return null;
  const serverBits = Number(offered.get("server_max_window_bits") ?? MAX_WINDOW_BITS);
  const clientBits = Number(offered.get("client_max_window_bits") ?? MAX_WINDOW_BITS);
  return {
    serverNoContextTakeover:
      SERVER_NO_CONTEXT_TAKEOVER || offered.has("server_no_context_takeover"),
    clientNoContextTakeover:
      CLIENT_NO_CONTEXT_TAKEOVER || offered.has("client_no_context_takeover"),
    serverWindowOffered: offered.has("server_max_window_bits"),
    serverWindowBits: Math.min(SERVER_MAX_WINDOW_BITS, serverBits),
    clientWindowBits: offered.has("client_max_window_bits")
      ? Math.min(CLIENT_MAX_WINDOW_BITS, clientBits)
      : null,
  };
}

/**
 * @param {string} name
 * @param {string | null} value
 */
function isValid(name, value) {
  switch (name) {
    case "server_no_context_takeover":
    case "client_no_context_takeover":
      return value === null;
    case "server_max_window_bits":
      return value !== null && WINDOW_BITS.test(value);
    case "client_max_window_bits":
      return value === null || WINDOW_BITS.test(value);
    default:
      return false;
  }
}

/**
 * The answer to the accepted offer.
 *
 * @param {Agreement} agreement
 */
export function formatAgreement(agreement) {
  const { serverWindowBits, clientWindowBits } = agreement;
  const words = [NAME];
  if (agreement.serverNoContextTakeover) words.push("server_no_context_takeover");
  if (agreement.clientNoContextTakeover) words.push("client_no_context_takeover");
  // RFC 7692 §7.1.2.1: a client that asked for it must find it in the answer.
  if (agreement.serverWindowOffered || serverWindowBits < MAX_WINDOW_BITS) {
    words.push(`server_max_window_bits=${serverWindowBits}`);
  }
  if (clientWindowBits !== null && clientWindowBits < MAX_WINDOW_BITS) {
    words.push(`client_max_window_bits=${clientWindowBits}`);
  }
  return words.join("; ");
}

/**
 * A compressed message.
 *
 * @param {Uint8Array} data
 * @param {number} windowBits
 */
export function deflate(data, windowBits) {
  return withoutTail(deflateRawSync(data, { ...OPTIONS, windowBits }));
}

/** @param {Buffer} deflated */
function withoutTail(deflated) {
  return deflated.subarray(0, deflated.length - TAIL_LENGTH);
}
//% if server_takeover

/**
 * Compresses messages that refer to the ones before them. All state between two messages is what
 * the peer's window holds, and zlib is given it as a dictionary.
 */
export class ContextDeflater {
  #windowBits;
  #window = Buffer.alloc(0);

  /** @param {number} windowBits */
  constructor(windowBits) {
    this.#windowBits = windowBits;
  }

  /** @param {Uint8Array} data */
  deflate(data) {
    const dictionary = this.#window.length > 0 ? this.#window : undefined;
    const deflated = deflateRawSync(data, { ...OPTIONS, windowBits: this.#windowBits, dictionary });
    this.#remember(data);
    return withoutTail(deflated);
  }

  /** @param {Uint8Array} data */
  #remember(data) {
    const size = 2 ** this.#windowBits;
    const kept = this.#window.subarray(Math.max(this.#window.length + data.length - size, 0));
    this.#window = Buffer.concat([kept, data.subarray(Math.max(data.length - size, 0))]);
  }
}
//% endif
