const POSIX = { SIGINT: 130, SIGTERM: 143 };

/** Ctrl+C, Ctrl+Break, and the end of the console. A SIGTERM ends a process there without a word. */
const WINDOWS = { SIGINT: 130, SIGBREAK: 149, SIGHUP: 129 };

/** The signals that end the server in good order, and what a second one exits with. */
export const EXIT_CODES = process.platform === "win32" ? WINDOWS : POSIX;
