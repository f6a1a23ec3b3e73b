const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/**
 * `127.0.0.1:8080`, `[::1]:8080`
 *
 * @param {string} host an IP address
 * @param {number} port
 */
export function formatAddress(host, port) {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * An address as it is, and that of an IPv4 peer of a dual-stack socket as an IPv4 address.
 *
 * @param {string} address
 */
export function plainAddress(address) {
  return MAPPED.exec(address)?.[1] ?? address;
}
