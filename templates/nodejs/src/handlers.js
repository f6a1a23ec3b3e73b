// Your application. specgen wrote this file once and never touches it again.
//
// A connection has `peer` (address and port), `subprotocol` (negotiated, or empty), `data` (yours),
// `send(data, isBinary)`, `broadcast(data, isBinary)` (to all other connections) and
// `close(code, reason)`. Strings are sent as text, Buffers as binary unless isBinary is false.
// A handler that throws (or whose promise is rejected) closes its connection with 1011.

/** @typedef {import("./app/app.js").Connection} Connection */

/**
 * A handshake was accepted.
 *
 * @param {Connection} conn
 */
export function onOpen(conn) {
  conn.data = { messages: 0 };
}

/**
 * A message arrived: its bytes, text if isBinary is false (`data.toString()`).
 *
 * @param {Connection} conn
 * @param {Buffer} data
 * @param {boolean} isBinary
 */
export function onMessage(conn, data, isBinary) {
  conn.send(data, isBinary);
}

/**
 * A connection ended: 1005 stands for a Close without a code, 1006 for none at all.
 *
 * @param {Connection} conn
 * @param {number} code
 * @param {string} reason
 */
export function onClose(conn, code, reason) {
  conn.data = { code, reason };
}
