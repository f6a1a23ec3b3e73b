//% if tokens_file
import { readFileSync } from "node:fs";
import { TOKENS_FILE } from "./config.js";
//% endif
//% if tokens_variable
import { TOKENS_VARIABLE } from "./config.js";
//% endif
import { Tokens } from "./protocol/tokens.js";
import { StartError } from "./start-error.js";

/** The tokens that open a connection, read once. */
export function readTokens() {
  /** @type {string[]} */
  const tokens = [];
  //% if tokens_file
  tokens.push(...readLines(TOKENS_FILE).filter((line) => !line.startsWith("#")));
  //% endif
  //% if tokens_variable
  tokens.push(...(process.env[TOKENS_VARIABLE] ?? "").split(","));
  //% endif
  const known = tokens.filter((token) => token !== "");
  if (known.length > 0) return new Tokens(known);
  /** @type {string[]} */
  const places = [];
  //% if tokens_file
  places.push(`write some to ${TOKENS_FILE}`);
  //% endif
  //% if tokens_variable
  places.push(`set ${TOKENS_VARIABLE}`);
  //% endif
  throw new StartError(`no tokens; ${places.join(" or ")}`);
}
//% if tokens_file

/** @param {string} path */
function readLines(path) {
  try {
    const lines = readFileSync(path, "utf8").split("\n");
    return lines.map((line) => line.trim());
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new StartError(`cannot read the tokens: ${message}`);
  }
}
//% endif
