import type { ProbeLedger } from '@pathgauge/metrics';
import type { IcmpCount, PathMtu } from '@pathgauge/result';
import { IcmpLog } from '../icmp/icmp-log';
import { causeText, icmpCounts, icmpText, type SentDatagrams } from '../icmp/icmp-text';
import { knownPathMtu, pathMtuOf } from '../icmp/path-mtu';
import type { ProbeDialect } from './probe-dialect';

/** What ICMP says of the probes of a run. It never ends one: whether a probe is lost is decided by its reply alone. */
export class ProbeIcmp {
  readonly sent: SentDatagrams;
  readonly #ledger: ProbeLedger;
  readonly #dialect: Pick<ProbeDialect, 'quoted'>;
  readonly #log: IcmpLog;
  /** Of probes that are not answered yet: what was said of each. */
  readonly #causes = new Map<number, string>();

  /** `onNew` hears of each message of each router once. */
  constructor(
    sent: SentDatagrams,
    ledger: ProbeLedger,
    dialect: Pick<ProbeDialect, 'quoted'>,
    onNew: (code: string, text: string) => void,
  ) {
    this.sent = sent;
    this.#ledger = ledger;
    this.#dialect = dialect;
    this.#log = new IcmpLog((heard) => onNew(heard.error, icmpText(heard, sent)));
  }

  /** `quoted`: the beginning of the datagram that the message is about. A message that quotes no probe of this run is ignored. */
  record(error: Error, quoted: Uint8Array | undefined): void {
    const index = quoted === undefined ? TOO_LITTLE : this.#dialect.quoted(quoted, this.#ledger);
    if (index === undefined) return;
    const heard = this.#log.record(error);
    if (index !== TOO_LITTLE && this.#ledger.isOutstanding(index)) this.#causes.set(index, causeText(heard, this.sent));
  }

  /** Why probe `index` was lost, asked once. */
  causeOf(index: number): string | undefined {
    const cause = this.#causes.get(index);
    this.forget(index);
    return cause;
  }

  forget(index: number): void {
    if (this.#causes.size > 0) this.#causes.delete(index);
  }

  counts(): readonly IcmpCount[] {
    return icmpCounts(this.#log.snapshot(), 'up', this.sent);
  }

  /** `systemBytes`: what the system takes the path's MTU to be. */
  pathMtu(systemBytes: number | undefined): PathMtu | undefined {
    const known = knownPathMtu(systemBytes, this.#log.snapshot());
    return pathMtuOf(known, this.sent, this.#ledger.snapshot().received);
  }
}

/** The message quotes too little of a datagram to tell which it was. */
const TOO_LITTLE = -1;
