/**
 * `127.0.0.1:8080`, `[::1]:8080`
 *
 * @param {string} host an IP address
 * @param {number} port
 */
export function formatAddress(host, port) {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
