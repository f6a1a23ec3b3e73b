// Your application. specgen wrote this file once and never touches it again.
//
// A connection has `peer` (address and port), `data` (yours), `send(data)`, `broadcast(data)` (to all
// others) and `close()`. Strings are sent as UTF-8.
// A handler that throws (or whose promise is rejected) closes its connection.

/** @typedef {import("./app/app.js").Connection} Connection */

/**
//% if tcp
 * A connection was accepted.
//% endif
//% if udp
 * A first datagram came from a peer.
//% endif
 *
 * @param {Connection} conn
 */
export function onOpen(conn) {
  conn.data = { messages: 0 };
}

/**
 * A message arrived.
 *
 * @param {Connection} conn
 * @param {Buffer} data
 */
export function onMessage(conn, data) {
  conn.send(data);
}

/**
//% if tcp
 * A connection ended.
//% endif
//% if udp
 * Nothing was heard from a peer for long, or it was closed.
//% endif
 *
 * @param {Connection} conn
 */
export function onClose(conn) {
  conn.data = null;
}
