//% if multicast_interface
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
//% endif
import { MULTICAST_GROUP, MULTICAST_TTL } from "../config.js";
//% if multicast_interface
import { MULTICAST_INTERFACE } from "../config.js";
//% endif
import { StartError } from "../start-error.js";

/**
 * Joins the multicast group.
 *
 * @param {import("node:dgram").Socket} socket which is bound
 */
export function joinGroup(socket) {
  try {
    //% if multicast_interface
    const address = interfaceAddress(MULTICAST_INTERFACE);
    socket.setMulticastInterface(address);
    socket.addMembership(MULTICAST_GROUP, address);
    //% endif
    //% if not multicast_interface
    socket.addMembership(MULTICAST_GROUP);
    //% endif
    socket.setMulticastTTL(MULTICAST_TTL);
    //% if multicast_loopback
    socket.setMulticastLoopback(true);
    //% endif
    //% if not multicast_loopback
    socket.setMulticastLoopback(false);
    //% endif
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    //% if several_workers and not peers
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    // All processes share the socket, and another one has joined already.
    if (code === "EADDRINUSE") return;
    //% endif
    throw new StartError(
      `cannot join ${MULTICAST_GROUP}: ${message}; set udp.multicast.interface to one that can`,
    );
  }
}
//% if multicast_interface

/**
 * What Node takes for an interface: an address of it, or its name as a scope with IPv6.
 *
 * @param {string} wanted a name or an address
 */
function interfaceAddress(wanted) {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const isWanted = name === wanted || addresses?.some(({ address }) => address === wanted);
    if (!isWanted) continue;
    //% if windows
    if (isIPv6(MULTICAST_GROUP) && process.platform === "win32") return `::%${scopeOf(addresses)}`;
    //% endif
    if (isIPv6(MULTICAST_GROUP)) return `::%${name}`;
    const own = addresses?.find(({ family }) => family === "IPv4");
    if (own !== undefined) return name === wanted ? own.address : wanted;
  }
  throw new Error(`no interface ${wanted}`);
}
//% endif
//% if windows and multicast_interface

/**
 * Windows scopes an address by a number.
 *
 * @param {import("node:os").NetworkInterfaceInfo[] | undefined} addresses
 */
function scopeOf(addresses) {
  for (const address of addresses ?? []) {
    if (address.family === "IPv6") return address.scopeid;
  }
  throw new Error("the interface has no IPv6 address");
}
//% endif
