// Why there is no room for another connection.

export const FULL = "too many connections";
//% if per_client
export const TOO_MANY_OF_CLIENT = "too many connections from this address";
//% endif

/**
 * A connection that wants to be one of the open ones.
 *
 * @typedef {object} Applicant
//% if per_client
 * @property {string} client the peer's IP address
//% endif
 * @property {(refusal: string | null) => void} admitted is told, with null if there is room
 */
