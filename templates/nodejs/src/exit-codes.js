/** The signals that end the server in good order, and what a second one exits with. */
export const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 };
