// The application: what the server does with the messages.

/** @typedef {import("../protocol/session.js").Session} Session */

/**
 * @typedef {object} App
//% if custom
 * @property {(session: Session) => void} [onOpen]
 * @property {(session: Session) => void} [onClose]
//% endif
 * @property {(session: Session, data: Buffer) => void} onMessage
 */
//% if custom

/**
 * A peer as the handlers see it.
 *
 * @typedef {object} Connection
 * @property {string} peer the peer's address and port
 * @property {unknown} data the handlers' own
 * @property {(data: string | Uint8Array) => void} send sends a message; a sent Uint8Array must not
 *   be changed afterwards
 * @property {(data: string | Uint8Array) => void} broadcast sends a message to all other peers
 * @property {() => void} close ends it in good order, behind all that was sent
 */

/**
 * @typedef {object} Handlers
 * @property {(conn: Connection) => unknown} onOpen
 * @property {(conn: Connection, data: Buffer) => unknown} onMessage
 * @property {(conn: Connection) => unknown} onClose
 */
//% endif

//% if echo
export { app } from "./echo.js";
//% endif
//% if broadcast
export * from "./broadcast.js";
//% endif
//% if custom
export * from "./custom.js";
//% endif
