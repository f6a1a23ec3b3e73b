// The npm package `ws` as an echo server: node ws-server.mjs NODE_MODULES

import { createRequire } from "node:module";

const [modules] = process.argv.slice(2);
const { WebSocketServer } = createRequire(`${modules}/`)("ws");

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: true });
server.on("listening", () => console.log(`listening on 127.0.0.1:${server.address().port}`));
server.on("connection", (socket) => {
  // What breaks the protocol is reported here, and the connection failed.
  socket.on("error", () => {});
  socket.on("message", (message, binary) => socket.send(message, { binary }));
});
process.on("SIGTERM", () => process.exit(0));
