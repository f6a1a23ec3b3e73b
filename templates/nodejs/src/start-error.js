/** A reason why the server cannot start; the message is for the user. */
export class StartError extends Error {}
