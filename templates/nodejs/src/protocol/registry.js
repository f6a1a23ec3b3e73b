//% if per_client
import { ClientCounts } from "./client-counts.js";
//% endif

/** The server's open WebSocket connections: from the 101 to the end of the TCP connection. */
export class Registry {
  count = 0;
  //% if per_client
  clients = new ClientCounts();
  //% endif
  //% if broadcast or custom
  /** @type {Set<import("./session.js").Session>} those that a broadcast goes to */
  receivers = new Set();
  //% endif
}
