import { type Transport, TransportError } from '@pathgauge/transport';
import { milliseconds, type Span } from '@pathgauge/units';
import { deferred, handledElsewhere } from '../promises';
import { every, type Timers } from '../waiting';

const PERIOD: Span = milliseconds(500);
/** An address that is renewed may be away for a moment, which a connection survives. */
const MAX_MISSED = 3;

/**
 * Whether this host still has the address that a connection began with. Where it has not, nothing comes back any more, and the
 * system may take minutes to say so.
 */
export class OwnAddressWatch {
  /** Rejects when the address has been gone for a second; settles in no other way. */
  readonly gone: Promise<never>;
  readonly stop: () => void;

  constructor(address: string, transport: Timers & Pick<Transport, 'isOwnAddress'>) {
    const gone = deferred<never>();
    this.gone = handledElsewhere(gone.promise);
    let missed = 0;
    this.stop = every(transport, PERIOD, () => {
      missed = transport.isOwnAddress(address) ? 0 : missed + 1;
      if (missed === MAX_MISSED) gone.reject(addressGone(address));
    });
  }
}

const addressGone = (address: string): TransportError =>
  new TransportError('EADDRNOTAVAIL', `the own address ${address} is gone, and the connection with it`);
