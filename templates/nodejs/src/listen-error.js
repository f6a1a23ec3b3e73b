import { formatAddress } from "./address.js";
//% if not udp
import { unixPath } from "./unix-path.js";
//% endif

/** @type {Record<string, string>} what a failure to listen means and what to do, by its code */
const ADVICE = {
  EADDRINUSE: "Address already in use; stop the other program or set PORT",
  EACCES: "Permission denied; set PORT to 1024 or above",
  EADDRNOTAVAIL: "Cannot assign requested address; set HOST to an address of this machine",
  EAFNOSUPPORT: "Address family not supported; set HOST to an address of another family",
};
//% if not udp

/** @type {Record<string, string>} the same for a unix socket */
const UNIX_ADVICE = {
  EADDRINUSE: "Address already in use; stop the other program, remove the file or set HOST",
  // Node says so of a folder that does not exist, too.
  EACCES: "Permission denied, or no such folder; set HOST to a path that can be written",
};
//% endif

/**
 * Why the server cannot listen, and what to do.
 *
 * @param {{ host: string, port: number }} settings
 * @param {unknown} error
 */
export function explainListenError({ host, port }, error) {
  const { code = "", message = String(error) } = /** @type {NodeJS.ErrnoException} */ (error);
  //% if not udp
  const path = unixPath(host);
  if (path !== null) {
    const advice = UNIX_ADVICE[code] ?? `${message}; set HOST to another path`;
    return `cannot listen on ${path}: ${advice}`;
  }
  //% endif
  const advice = ADVICE[code] ?? `${message}; set HOST and PORT to an address that can be used`;
  return `cannot listen on ${formatAddress(host, port)}: ${advice}`;
}
