// What a connection is failed with (RFC 6455 §7.4.1): the close code and the reason.

/**
 * @typedef {object} Failure
 * @property {number} code
 * @property {string} reason
 */

/** @type {(code: number, reason: string) => Failure} */
const failure = (code, reason) => Object.freeze({ code, reason });

export const RESERVED_BIT = failure(1002, "reserved bit set");
export const RESERVED_OPCODE = failure(1002, "reserved opcode");
export const FRAGMENTED_CONTROL = failure(1002, "fragmented control frame");
export const LONG_CONTROL = failure(1002, "control frame too long");
export const UNEXPECTED_CONTINUATION = failure(1002, "unexpected continuation frame");
export const EXPECTED_CONTINUATION = failure(1002, "continuation frame expected");
export const NOT_MASKED = failure(1002, "frame not masked");
export const LENGTH_NOT_MINIMAL = failure(1002, "length not minimal");
export const LENGTH_OUT_OF_RANGE = failure(1002, "length out of range");
export const INVALID_CLOSE_FRAME = failure(1002, "invalid close frame");
export const INVALID_CLOSE_CODE = failure(1002, "invalid close code");
//% if text_only
export const TEXT_ONLY = failure(1003, "text messages only");
//% endif
//% if binary_only
export const BINARY_ONLY = failure(1003, "binary messages only");
//% endif
export const INVALID_UTF8 = failure(1007, "invalid UTF-8");
//% if compression
export const INVALID_COMPRESSED_DATA = failure(1007, "invalid compressed data");
//% endif
//% if rate_limit
export const RATE_LIMIT_EXCEEDED = failure(1008, "rate limit exceeded");
//% endif
export const MESSAGE_TOO_BIG = failure(1009, "message too big");
//% if heartbeat
export const PING_TIMED_OUT = failure(1011, "ping timeout");
//% endif
