// The Close frame, RFC 6455 §5.5.1.

import { isUtf8 } from "node:buffer";
import { INVALID_CLOSE_CODE, INVALID_CLOSE_FRAME, INVALID_UTF8 } from "./failure.js";

/** RFC 6455 §7.4.1: the peer's Close had no code; there was no Close. Neither is ever sent. */
export const NO_STATUS = 1005;
export const ABNORMAL = 1006;

/**
 * @param {Buffer} payload
 * @returns {import("./failure.js").Failure | null}
 */
export function judgeClose(payload) {
  if (payload.length === 0) return null;
  if (payload.length === 1) return INVALID_CLOSE_FRAME;
  if (!isSendable(payload.readUInt16BE(0))) return INVALID_CLOSE_CODE;
  return isUtf8(payload.subarray(2)) ? null : INVALID_UTF8;
}

/**
 * RFC 6455 §7.4: whether a Close may carry the code.
 *
 * @param {number} code
 */
export function isSendable(code) {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_STATUS && code !== ABNORMAL;
}

/** @param {Buffer} payload */
export function parseClose(payload) {
  if (payload.length < 2) return { code: NO_STATUS, reason: "" };
  return { code: payload.readUInt16BE(0), reason: payload.toString("utf8", 2) };
}

/**
 * The payload of a Close.
 *
 * @param {number} code NO_STATUS for an empty one
 * @param {string} reason
 */
export function formatClose(code, reason) {
  if (code === NO_STATUS) return Buffer.alloc(0);
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return payload;
}
