import { TransportError } from '@pathgauge/transport';

const PERIOD_MS = 500;
/** An address that is renewed may be away for a moment, which a connection survives. */
const MAX_MISSED = 3;

/**
 * Whether this host still has the address that a connection began with. Where it has not, nothing comes back any more, and the
 * system may take minutes to say so.
 */
export class OwnAddressWatch {
  /** Rejects when the address has been gone for a second; settles in no other way. */
  readonly gone: Promise<never>;
  readonly #timer: NodeJS.Timeout;

  constructor(address: string, isOwn: (address: string) => boolean) {
    let missed = 0;
    let fail: (error: Error) => void = () => {};
    this.gone = new Promise((_, reject) => {
      fail = reject;
    });
    this.gone.catch(() => {});
    this.#timer = setInterval(() => {
      missed = isOwn(address) ? 0 : missed + 1;
      if (missed === MAX_MISSED) fail(addressGone(address));
    }, PERIOD_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

const addressGone = (address: string): TransportError =>
  new TransportError('EADDRNOTAVAIL', `the own address ${address} is gone, and the connection with it`);
