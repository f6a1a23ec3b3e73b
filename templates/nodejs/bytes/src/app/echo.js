/**
 * Every message goes back to its sender.
 *
 * @type {import("./app.js").App}
 */
export const app = {
  onMessage(session, data) {
    session.send(data);
  },
};
