// The grammar of Sec-WebSocket-Extensions, RFC 6455 §9.1.

import { trimSpace } from "./http.js";

/**
 * An extension that a client offers.
 *
 * @typedef {object} Offer
 * @property {string} name
 * @property {Parameter[]} parameters
 */

/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {string | null} value without its quotes; null if there is none
 */

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
const NAME = new RegExp(TOKEN, "y");
const PARAMETER = new RegExp(`[\\t ]*;[\\t ]*(${TOKEN})(?:=(?:(${TOKEN})|${QUOTED}))?`, "y");

/**
 * The offers of a field, in the client's order. What does not parse is passed over.
 *
 * @param {string[]} values
 */
export function parseOffers(values) {
  return splitElements(values.join(",")).flatMap((element) => parseOffer(trimSpace(element)) ?? []);
}

/**
 * Splits at the commas outside of quotes.
 *
 * @param {string} text
 */
function splitElements(text) {
  const elements = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') isQuoted = !isQuoted;
    else if (text[i] === "\\" && isQuoted) i++;
    else if (text[i] === "," && !isQuoted) {
      elements.push(text.slice(start, i));
      start = i + 1;
    }
  }
  elements.push(text.slice(start));
  return elements;
}

/**
 * @param {string} element
 * @returns {Offer | null}
 */
function parseOffer(element) {
  NAME.lastIndex = 0;
  const name = NAME.exec(element)?.[0];
  if (name === undefined) return null;
  /** @type {Parameter[]} */
  const parameters = [];
  let end = name.length;
  while (end < element.length) {
    PARAMETER.lastIndex = end;
    const match = PARAMETER.exec(element);
    if (match === null) return null;
    const quoted = match[3]?.replace(/\\(.)/g, "$1");
    parameters.push({ name: match[1], value: match[2] ?? quoted ?? null });
    end = PARAMETER.lastIndex;
  }
  return { name, parameters };
}
