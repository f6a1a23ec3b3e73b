/**
 * Every message goes to all other open connections.
 *
 * @type {import("./app.js").App}
 */
export const app = {
  onMessage(session, data, isBinary) {
    session.broadcast(data, isBinary);
  },
};
