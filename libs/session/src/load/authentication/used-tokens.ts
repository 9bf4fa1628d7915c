/** Only who knows a password fills it. */
const MAX_TOKENS = 10_000;

/** Tokens that were taken and could be sent again by who has seen them, as long as their time allows. */
export class UsedTokens {
  readonly #ends = new Map<string, number>();

  /** Whether it is new. When there is room for no more, nothing is: better no test than one by somebody else. */
  take(token: string, endSeconds: number, nowSeconds: number): boolean {
    if (this.#ends.size >= MAX_TOKENS) this.#forget(nowSeconds);
    if (this.#ends.has(token) || this.#ends.size >= MAX_TOKENS) return false;
    this.#ends.set(token, endSeconds);
    return true;
  }

  #forget(nowSeconds: number): void {
    for (const [token, end] of this.#ends) if (end < nowSeconds) this.#ends.delete(token);
  }
}
