/** More own addresses than any host has; where it receives for a whole network, made-up ones must not fill the memory. */
const MAX_OWN_ADDRESSES = 65_536;

/** Numbers below 2^21, one for each of this host's addresses. */
export class AddressNumbers {
  readonly #numbers = new Map<string, number>();
  #next = 1;
  #latest: string | undefined;
  #latestNumber = 0;

  /** 0 where the address is not known. */
  numberOf(address: string | undefined): number {
    if (address === this.#latest) return this.#latestNumber;
    this.#latest = address;
    this.#latestNumber = address === undefined ? 0 : (this.#numbers.get(address) ?? this.#add(address));
    return this.#latestNumber;
  }

  #add(address: string): number {
    if (this.#numbers.size === MAX_OWN_ADDRESSES) this.#numbers.clear();
    const number = this.#next;
    this.#next = (this.#next % (2 ** 21 - 1)) + 1;
    this.#numbers.set(address, number);
    return number;
  }
}
