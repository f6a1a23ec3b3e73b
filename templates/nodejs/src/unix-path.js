const PREFIX = "unix:";

/** What a unix socket's address holds (unix(7)); a longer path would be cut off. */
const MAX_PATH = 107;

/**
 * The path of a unix socket that stands in a host's place, or null.
 *
 * @param {string} host
 */
export function unixPath(host) {
  return host.startsWith(PREFIX) ? host.slice(PREFIX.length) : null;
}

/** @param {string} path */
export function isUsablePath(path) {
  return path.startsWith("/") && Buffer.byteLength(path) <= MAX_PATH;
}
