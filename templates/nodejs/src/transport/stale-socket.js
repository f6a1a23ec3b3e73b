import { lstat, rm } from "node:fs/promises";
import { connect } from "node:net";

/**
 * Removes the file of a unix socket on which nobody listens any more. Whatever else is there stays.
 *
 * @param {string} path
 */
export async function removeStaleSocket(path) {
  const stats = await lstat(path).catch(() => null);
  if (stats?.isSocket() && (await isRefused(path))) await rm(path, { force: true });
}

/**
 * @param {string} path
 * @returns {Promise<boolean>}
 */
function isRefused(path) {
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(false);
    });
    probe.on("error", (error) => {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      resolve(code === "ECONNREFUSED");
    });
  });
}
