// What the processes tell each other.
//% if metrics

/** @typedef {import("./metrics.js").Samples} Samples */
//% endif
//% if broadcast or custom

/**
 * A broadcast.
 *
 * @typedef {object} Content
 * @property {Uint8Array} data
//% if websocket
 * @property {boolean} isBinary
//% endif
 */

/** @typedef {{ type: "share", content: Content }} Share */
/** @typedef {{ type: "delivered", ticket: number }} Delivered */
//% endif
//% if not udp

/**
 * A connection wants a place among the open ones.
 *
 * @typedef {object} Admit
 * @property {"admit"} type
 * @property {number} id
//% if per_client
 * @property {string} client
//% endif
 */

/**
 * It gives its place back.
 *
 * @typedef {object} Leave
 * @property {"leave"} type
//% if per_client
 * @property {string} client
//% endif
 */

/** @typedef {{ type: "admitted", id: number, refusal: string | null }} Admitted */
//% endif

/**
 * What a worker tells the primary: that it listens, or cannot, or has stopped to;
//% if peers
 * where others can pass datagrams on to it, and how many peers it knows, also at the end;
//% endif
//% if not udp
 * that a connection wants a place among the open ones, and gives it back;
//% endif
//% if websocket
 * that a socket was accepted, and closed;
//% endif
//% if broadcast or custom
 * a message for all other workers' connections, and that such a one is handled;
//% endif
 *
 * @typedef {(
 *   | { type: "listening", address: string }
 *   | { type: "failed", reason: string }
//% if peers
 *   | { type: "introduce", port: number }
 *   | { type: "draining", connections: number }
 *   | { type: "know", peers: number }
//% endif
//% if not udp
 *   | { type: "stopped" }
//% endif
//% if not udp
 *   | Admit
 *   | Leave
//% endif
//% if websocket
 *   | { type: "arrive", id: number }
 *   | { type: "depart" }
//% endif
//% if broadcast or custom
 *   | Share
 *   | Delivered
//% endif
//% if metrics
 *   | { type: "counted", ticket: number, samples: Samples }
//% endif
//% if pages and metrics
 *   | { type: "report", id: number }
//% endif
 * )} ToPrimary
 */

/**
 * What the primary tells a worker.
 *
 * @typedef {(
//% if not udp
 *   | { type: "stop" }
//% endif
//% if peers
 *   | { type: "meet", port: number, address: string }
 *   | { type: "elsewhere", peers: number }
//% endif
 *   | { type: "drain" }
//% if tls
 *   | { type: "reload" }
//% endif
//% if not udp
 *   | Admitted
//% endif
//% if websocket
 *   | { type: "dismiss", id: number }
//% endif
//% if broadcast or custom
 *   | { type: "deliver", ticket: number, content: Content }
 *   | { type: "relieve", bytes: number }
//% endif
//% if shares and not udp and overflow_close
 *   | { type: "flooded" }
//% endif
//% if metrics
 *   | { type: "count", ticket: number }
//% endif
//% if pages and metrics
 *   | { type: "reported", id: number, samples: Samples }
//% endif
 * )} ToWorker
 */

export {};
