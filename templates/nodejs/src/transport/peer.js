import { formatAddress, plainAddress } from "../address.js";
import { unixPath } from "../unix-path.js";

/** @typedef {import("node:net").Socket} Socket */

/** What stands for every peer of a unix socket. */
const UNIX = "unix";

/**
 * The IP address of a peer, by which its connections are counted.
 *
 * @param {Socket} socket
 * @param {string} host that the server listens on
 */
export function clientOf({ remoteAddress = "" }, host) {
  return unixPath(host) === null ? plainAddress(remoteAddress) : UNIX;
}

/**
 * The peer as the log shows it.
 *
 * @param {Socket} socket
 * @param {string} client
 */
export function formatPeer({ remotePort = 0 }, client) {
  return client === UNIX ? UNIX : formatAddress(client, remotePort);
}
