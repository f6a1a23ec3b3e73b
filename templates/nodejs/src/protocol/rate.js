/** A rate limit: a bucket that holds one second's worth of tokens and is full at first. */
export class TokenBucket {
  #perSecond;
  #tokens;
  #refilled = 0;

  /** @param {number} perSecond */
  constructor(perSecond) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
  }

  /** @param {number} now */
  refill(now) {
    const gained = ((now - this.#refilled) * this.#perSecond) / 1000;
    this.#tokens = Math.min(this.#tokens + gained, this.#perSecond);
    this.#refilled = now;
  }

  /**
   * Whether there were enough.
   *
   * @param {number} count
   */
  take(count) {
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
