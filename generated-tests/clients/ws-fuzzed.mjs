// The npm package `ws` before a fuzzing server: node ws-fuzzed.mjs NODE_MODULES URL [AGENT]

import { createRequire } from "node:module";

const [modules, url, agent = "ws"] = process.argv.slice(2);
const { WebSocket } = createRequire(`${modules}/`)("ws");

/** Opens an address, echoes, and gives the last message once the connection has ended, however that was. */
function visit(address, echo) {
  return new Promise((resolve) => {
    let last = "";
    const socket = new WebSocket(`${url}${address}`, { perMessageDeflate: { threshold: 0 } });
    socket.on("message", (message, binary) => {
      last = message.toString();
      if (echo) socket.send(message, { binary });
    });
    // What is refused, or breaks the protocol, is reported here, and the connection has ended.
    socket.on("error", () => {});
    socket.on("close", () => resolve(last));
  });
}

const count = Number(await visit("/getCaseCount", false));
for (let number = 1; number <= count; number++) {
  await visit(`/runCase?case=${number}&agent=${agent}`, true);
}
await visit(`/updateReports?agent=${agent}`, false);
