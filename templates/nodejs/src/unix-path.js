const PREFIX = "unix:";

/** What a unix socket's address holds (unix(7)); a longer path would be cut off. */
const MAX_PATH = 107;
//% if macos or freebsd
/** The same of BSD systems, macOS among them (unix(4)). */
const MAX_BSD_PATH = 103;
//% endif

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
  //% if macos or freebsd
  if (process.platform !== "linux" && Buffer.byteLength(path) > MAX_BSD_PATH) return false;
  //% endif
  return path.startsWith("/") && Buffer.byteLength(path) <= MAX_PATH;
}
