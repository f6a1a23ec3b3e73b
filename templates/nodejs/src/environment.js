// Environment variables, read once at the start, each checked as the specification is.

import { isIP } from "node:net";
import { HOST, LOG_LEVEL, MAX_MESSAGE, PORT } from "./config.js";
//% if heartbeat
import { PING_INTERVAL } from "./config.js";
//% endif
import { LEVELS } from "./log.js";
import { StartError } from "./start-error.js";
//% if auth
import { readTokens } from "./tokens.js";
//% endif
//% if not udp
import { isUsablePath, unixPath } from "./unix-path.js";
//% endif

/** @typedef {import("./log.js").Level} Level */

/**
 * @typedef {object} Settings
 * @property {string} host to listen on
 * @property {number} port
//% if websocket or (tcp and not framing_none)
 * @property {number} maxMessage
//% endif
//% if heartbeat
 * @property {number} pingInterval 0 for no heartbeat
//% endif
//% if compression
 * @property {boolean} compression
//% endif
//% if auth
 * @property {import("./protocol/tokens.js").Tokens} tokens
//% endif
 * @property {boolean} socketDebug
 * @property {Level} logLevel
 */

/** @typedef {Record<string, string | undefined>} Environment */

/**
 * @param {Environment} env
 * @returns {Settings}
 */
export function readSettings(env) {
  //% if udp or (tcp and framing_none)
  readMaxMessage(env); // which has no meaning here, but must be right
  //% endif
  //% if not heartbeat
  acceptOnly(env, "WS_PING_INTERVAL", "0", "a heartbeat");
  //% endif
  //% if not compression
  acceptOnly(env, "WS_COMPRESSION", "false", "compression");
  //% endif
  return {
    host: readHost(env),
    port: readNumber(env, "PORT", PORT, 0, 65535, "a port"),
    //% if websocket or (tcp and not framing_none)
    maxMessage: readMaxMessage(env),
    //% endif
    //% if heartbeat
    pingInterval: readPingInterval(env),
    //% endif
    //% if compression
    compression: readBoolean(env, "WS_COMPRESSION", true),
    //% endif
    //% if auth
    tokens: readTokens(),
    //% endif
    socketDebug: readBoolean(env, "SOCKET_DEBUG", false),
    logLevel: readLevel(env),
  };
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} expectation
 */
function wrong(name, value, expectation) {
  return new StartError(`${name}: ${JSON.stringify(value)} is not ${expectation}`);
}

/** @param {Environment} env */
function readHost(env) {
  const value = env.HOST || HOST;
  //% if not udp
  const path = unixPath(value);
  //% endif
  //% if windows and not udp
  const isUnknown = path !== null && process.platform === "win32";
  if (isUnknown) throw wrong("HOST", value, "an IPv4 or IPv6 address");
  //% endif
  //% if not udp
  if (path !== null && isUsablePath(path)) return value;
  if (isIP(value) === 0) throw wrong("HOST", value, "an IPv4 or IPv6 address or unix:/path");
  //% endif
  //% if udp
  if (isIP(value) === 0) throw wrong("HOST", value, "an IPv4 or IPv6 address");
  //% endif
  return value;
}

/**
 * @param {Environment} env
 * @param {string} name
 * @param {number} preset
 * @param {number} min
 * @param {number} max
 * @param {string} kind
 */
function readNumber(env, name, preset, min, max, kind) {
  const value = env[name] || String(preset);
  const number = /^\d+$/.test(value) ? Number(value) : -1;
  if (number < min || number > max) throw wrong(name, value, `${kind} (${min}–${max})`);
  return number;
}

/** @param {Environment} env */
function readMaxMessage(env) {
  return readNumber(env, "WS_MAX_PAYLOAD", MAX_MESSAGE, 1, 2 ** 31, "a number of bytes");
}
//% if heartbeat

/** @param {Environment} env */
function readPingInterval(env) {
  const kind = "a number of milliseconds";
  return readNumber(env, "WS_PING_INTERVAL", PING_INTERVAL, 0, 86400000, kind);
}
//% endif

/**
 * @param {Environment} env
 * @param {string} name
 * @param {boolean} preset
 */
function readBoolean(env, name, preset) {
  const value = env[name] || String(preset);
  if (value !== "true" && value !== "false") throw wrong(name, value, "true or false");
  return value === "true";
}

/** @param {Environment} env */
function readLevel(env) {
  const value = env.LOG_LEVEL || LOG_LEVEL;
  const level = LEVELS.find((known) => known === value);
  if (level === undefined) throw wrong("LOG_LEVEL", value, "debug, info, warn or error");
  return level;
}
//% if not (heartbeat and compression)

/**
 * @param {Environment} env
 * @param {string} name
 * @param {string} only
 * @param {string} feature
 */
function acceptOnly(env, name, only, feature) {
  const value = env[name] || only;
  if (value !== only) throw wrong(name, value, `${only}, and there is no ${feature} here`);
}
//% endif
