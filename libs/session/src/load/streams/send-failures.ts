import type { StreamFigures } from '@pathgauge/protocol';
import { codeOf, type DatagramSocket, TransportError } from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';
import { IcmpLog, type IcmpReport } from '../../icmp/icmp-log';
import { knownPathMtu } from '../../icmp/path-mtu';
import { Refusals } from './refusals';

export interface SendFailureListener {
  /** This host's system did not send a datagram: once for each code. */
  onSendError(error: Error): void;
  /** A message of a router or host has come for the first time. */
  onIcmp(heard: IcmpReport): void;
  /** Nobody listens any more where the datagrams go. Left out where only an opening is sent, which is given up by others. */
  readonly onNobodyListens?: (error: Error) => void;
}

/** What the system says of the datagrams that a stream sends: that it did not send them, or what became of earlier ones. */
export class SendFailures {
  readonly #now: () => Instant;
  readonly #listener: SendFailureListener;
  readonly #icmp: IcmpLog;
  readonly #refusals = new Refusals();
  readonly #reported = new Set<string | undefined>();

  constructor(now: () => Instant, listener: SendFailureListener) {
    this.#now = now;
    this.#listener = listener;
    this.#icmp = new IcmpLog((heard) => listener.onIcmp(heard));
  }

  listenTo(socket: Pick<DatagramSocket, 'onError' | 'onRefused'>): void {
    socket.onError((error) => this.onEarlier(error));
    socket.onRefused((_, error) => this.onRefused(error));
  }

  /** A datagram was not sent. */
  onRefused(error: Error): void {
    if (this.#isEnough(error)) return;
    const code = codeOf(error);
    if (this.#reported.has(code)) return;
    this.#reported.add(code);
    this.#listener.onSendError(error);
  }

  /** The system has learnt what became of a datagram that was sent. */
  onEarlier(error: Error): void {
    if (!this.#isEnough(error)) this.#icmp.record(error);
  }

  heard(): readonly IcmpReport[] {
    return this.#icmp.snapshot();
  }

  /** What the results message says of the path of the datagrams. `mtuBytes`: its MTU, as far as the system knows. */
  figures(mtuBytes: number | undefined): Pick<StreamFigures, 'pathMtu' | 'icmp'> {
    const heard = this.heard();
    return {
      pathMtu: knownPathMtu(mtuBytes, heard),
      icmp: heard.flatMap(({ icmp, count }) => (icmp === undefined ? [] : [{ ...icmp, count }])),
    };
  }

  #isEnough(error: Error): boolean {
    const { onNobodyListens } = this.#listener;
    if (onNobodyListens === undefined || !this.#refusals.areEnough(error, this.#now())) return false;
    onNobodyListens(new TransportError('ECONNREFUSED', 'datagrams are refused: nobody listens there any more'));
    return true;
  }
}
