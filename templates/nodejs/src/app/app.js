// The application: what the server does with the messages.

/** @typedef {import("../protocol/session.js").Session} Session */

/**
 * @typedef {object} App
//% if custom
 * @property {(session: Session) => void} [onOpen]
 * @property {(session: Session, code: number, reason: string) => void} [onClose]
//% endif
 * @property {(session: Session, data: Buffer, isBinary: boolean) => void} onMessage
 */
//% if custom

/**
 * A WebSocket connection as the handlers see it.
 *
 * @typedef {object} Connection
 * @property {string} peer the peer's address and port
 * @property {string} subprotocol the negotiated one, or empty
 * @property {unknown} data the handlers' own
 * @property {(data: string | Uint8Array, isBinary?: boolean) => void} send sends a message: text if
 *   it is a string, else binary, unless isBinary says otherwise; a sent Uint8Array must not be
 *   changed afterwards
 * @property {(data: string | Uint8Array, isBinary?: boolean) => void} broadcast sends a message to
 *   all other open connections
 * @property {(code?: number, reason?: string) => void} close says Close and waits for the peer's
 */

/**
 * @typedef {object} Handlers
 * @property {(conn: Connection) => unknown} onOpen
 * @property {(conn: Connection, data: Buffer, isBinary: boolean) => unknown} onMessage
 * @property {(conn: Connection, code: number, reason: string) => unknown} onClose
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
