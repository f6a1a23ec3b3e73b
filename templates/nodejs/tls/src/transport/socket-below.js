/**
 * The accepted socket that carries the encrypted bytes of a secured one. Node's documentation does
 * not name the property, and no other way leads from one to the other.
 *
 * @param {import("node:tls").TLSSocket} secured
 */
export function socketBelow(secured) {
  const { _parent: socket } =
    /** @type {import("node:tls").TLSSocket & { _parent: import("node:net").Socket }} */ (secured);
  return socket;
}
