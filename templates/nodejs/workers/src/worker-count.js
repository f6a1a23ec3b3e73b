import { availableParallelism } from "node:os";
import { WORKERS } from "./config.js";

/** How many processes serve: one a core that this one may use, where no number is given. */
export const workerCount = WORKERS || availableParallelism();
