import cluster from "node:cluster";

// That a process is gone is noticed elsewhere.

/**
 * @param {import("node:cluster").Worker | undefined} worker
 * @param {import("./messages.js").ToWorker} message
 */
export function tell(worker, message) {
  if (worker?.isConnected()) worker.process.send(message, undefined, undefined, () => {});
}

/** @param {import("./messages.js").ToWorker} message */
export function tellAll(message) {
  for (const worker of Object.values(cluster.workers ?? {})) tell(worker, message);
}

/** @param {import("./messages.js").ToPrimary} message */
export function tellPrimary(message) {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
