/**
 * Every message goes to all others.
 *
 * @type {import("./app.js").App}
 */
export const app = {
  onMessage(session, data) {
    session.broadcast(data);
  },
};
