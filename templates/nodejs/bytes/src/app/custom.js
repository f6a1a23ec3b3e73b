import * as handlers from "../handlers.js";

/** @typedef {import("../protocol/session.js").Session} Session */

// Any of the handlers may be missing.
const { onOpen, onMessage, onClose } = /** @type {Partial<import("./app.js").Handlers>} */ (
  handlers
);

/**
 * The user's handlers, whose failures end their connection only.
 *
 * @type {import("./app.js").App}
 */
export const app = {
  onOpen(session) {
    guard(session, () => onOpen?.(session));
  },

  onMessage(session, data) {
    guard(session, () => onMessage?.(session, data));
  },

  onClose(session) {
    guard(session, () => onClose?.(session));
  },
};

/**
 * Calls a handler, which may be an async function.
 *
 * @param {Session} session
 * @param {() => unknown} handler
 */
function guard(session, handler) {
  try {
    const result = handler();
    if (result instanceof Promise) result.catch((error) => session.handlerFailed(error));
  } catch (error) {
    session.handlerFailed(error);
  }
}
