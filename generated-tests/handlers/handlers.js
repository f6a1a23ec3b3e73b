// Tells whether a handler was ever called while another one ran.

/** @typedef {import("./app/app.js").Connection} Connection */

let isInside = false;
let hasOverlapped = false;

function stay() {
  hasOverlapped ||= isInside;
  isInside = true;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  isInside = false;
}

export function onOpen() {
  stay();
}

/** @param {Connection} conn */
export function onMessage(conn) {
  stay();
  conn.send(hasOverlapped ? "overlapped" : "alone");
}

export function onClose() {
  stay();
}
