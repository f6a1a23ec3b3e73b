// The opening handshake, RFC 6455 §4.2.

import { createHash } from "node:crypto";
//% if origins
import { ORIGINS } from "../config.js";
//% endif
//% if not any_path
import { PATH } from "../config.js";
//% endif
//% if pages and metrics
import { METRICS_PATH } from "../config.js";
//% endif
//% if pages and health
import { HEALTH_PATH } from "../config.js";
//% endif
//% if subprotocols
import { SUBPROTOCOLS } from "../config.js";
//% endif
import { FULL } from "./capacity.js";
//% if per_client
import { TOO_MANY_OF_CLIENT } from "./capacity.js";
//% endif
import { listElements } from "./http.js";
//% if auth and subprotocols
import { hasTokenAsSubprotocol } from "./tokens.js";
//% endif

/** @typedef {import("./http.js").Request} Request */
/** @typedef {import("./http.js").Refusal} Refusal */

const KEY = /^[A-Za-z0-9+/]{22}==$/;
const HOST = /^[A-Za-z0-9\-._~!$&'()*+,;=:[\]%]*$/;
const ABSOLUTE_FORM = /^(?:https?|wss?):\/\/[^/?]*(.*)$/i;
/** RFC 6455 §1.3 */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

//% if pages
/** Paths that are answered with a page. */
const PAGES = new Set();
//% endif
//% if pages and metrics
PAGES.add(METRICS_PATH);
//% endif
//% if pages and health
PAGES.add(HEALTH_PATH);
//% endif

/** @type {(reason: string) => Refusal} */
const badRequest = (reason) => ({ status: 400, reason });

/** @type {Refusal} */
export const MALFORMED = badRequest("malformed request");
/** @type {Refusal} */
export const TOO_LARGE = { status: 431, reason: "request head too large" };
/** @type {Refusal} */
export const TOO_SLOW = { status: 408, reason: "handshake took too long" };
/** @type {Record<string, Refusal>} where there is no room for another connection */
export const NO_ROOM = {
  [FULL]: { status: 503, reason: FULL, extra: ["Retry-After: 5"] },
  //% if per_client
  [TOO_MANY_OF_CLIENT]: { status: 429, reason: TOO_MANY_OF_CLIENT },
  //% endif
};
//% if require_subprotocol
/** @type {Refusal} */
export const NO_SUBPROTOCOL = badRequest("no common subprotocol");
//% endif

//% if auth
/** @type {Refusal} */
export const TOKEN_REQUIRED = {
  status: 401,
  reason: "token required",
  extra: ["WWW-Authenticate: Bearer"],
};
//% endif

/**
 * Judges a request; null if nothing speaks against accepting it.
 *
 * @param {Request} request
 * @returns {Refusal | null}
 */
export function judge(request) {
  return judgeHttp(request) ?? judgeResource(request) ?? judgeUpgrade(request);
}

/**
 * @param {Request} request
 * @returns {Refusal | null}
 */
function judgeHttp({ major, minor, fields }) {
  if (major >= 2) return { status: 505, reason: "HTTP/1.1 required" };
  if (major === 0 || minor === 0) return badRequest("HTTP/1.1 required");
  const hosts = valuesOf(fields, "host");
  const isHostValid = hosts.length === 1 && HOST.test(hosts[0]);
  if (!isHostValid) return badRequest("one valid Host field required");
  const hasLength = valuesOf(fields, "content-length").some((value) => value !== "0");
  if (hasLength || fields.has("transfer-encoding")) return badRequest("request body not allowed");
  return null;
}

//% if pages
/**
 * The page that is asked for instead of an upgrade, or null.
 *
 * @param {Request} request
 */
export function pageOf(request) {
  const { method, target, fields } = request;
  const isUpgrade = lists(fields, "upgrade", "websocket");
  if (isUpgrade || method !== "GET" || judgeHttp(request) !== null) return null;
  const path = pathOf(target);
  return PAGES.has(path) ? path : null;
}

//% endif
/**
 * @param {Request} request
 * @returns {Refusal | null}
 */
function judgeResource({ method, target }) {
  if (method !== "GET") {
    return { status: 405, reason: "only GET is allowed", extra: ["Allow: GET"] };
  }
  const path = pathOf(target);
  if (path === null) return { status: 404, reason: "no such resource" };
  //% if not any_path
  if (path !== PATH) return { status: 404, reason: "no such resource" };
  //% endif
  return null;
}

/**
 * @param {Request} request
 * @returns {Refusal | null}
 */
function judgeUpgrade({ fields }) {
  if (!lists(fields, "upgrade", "websocket") || !lists(fields, "connection", "upgrade")) {
    return { status: 426, reason: "websocket upgrade required", extra: ["Upgrade: websocket"] };
  }
  if (valuesOf(fields, "sec-websocket-version").join(", ") !== "13") {
    const extra = ["Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    return { status: 426, reason: "websocket version 13 required", extra };
  }
  const keys = valuesOf(fields, "sec-websocket-key");
  if (keys.length !== 1 || !KEY.test(keys[0])) return badRequest("invalid Sec-WebSocket-Key");
  //% if origins
  const origins = valuesOf(fields, "origin");
  const isAllowed = origins.length === 1 && ORIGINS.includes(origins[0]);
  if (origins.length > 0 && !isAllowed) return { status: 403, reason: "origin not allowed" };
  //% endif
  return null;
}

/**
 * @param {Request["fields"]} fields
 * @param {string} name
 */
export function valuesOf(fields, name) {
  return fields.get(name) ?? [];
}

/**
 * Whether a list-valued field has such an element, without regard to case.
 *
 * @param {Request["fields"]} fields
 * @param {string} name
 * @param {string} element
 */
function lists(fields, name, element) {
  return listElements(valuesOf(fields, name)).some((found) => found.toLowerCase() === element);
}

/**
 * The path of a target in origin or absolute form (RFC 9112 §3.2), else null.
 *
 * @param {string} target
 */
function pathOf(target) {
  const origin = target.startsWith("/") ? target : ABSOLUTE_FORM.exec(target)?.[1];
  if (origin === undefined) return null;
  const [path] = origin.split("?", 1);
  return path === "" ? "/" : path;
}
//% if subprotocols

/**
 * The first of the server's subprotocols that the client offers, or an empty text.
 *
 * @param {Request} request
 */
export function chooseSubprotocol(request) {
  const offered = listElements(valuesOf(request.fields, "sec-websocket-protocol"));
  //% if auth
  if (hasTokenAsSubprotocol(request)) offered.shift();
  //% endif
  return SUBPROTOCOLS.find((subprotocol) => offered.includes(subprotocol)) ?? "";
}
//% endif

/**
 * The lines that accept a request, RFC 6455 §4.2.2.
 *
 * @param {Request} request
 * @param {string[]} extra more field lines
 */
export function formatAcceptance({ fields }, extra) {
  const [key] = valuesOf(fields, "sec-websocket-key");
  const accept = createHash("sha1")
    .update(key + ACCEPT_GUID)
    .digest("base64");
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...extra,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
