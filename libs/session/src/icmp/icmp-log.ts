import { codeOf, IcmpError, type IcmpMessage } from '@pathgauge/transport';

/** So many different messages are told apart. Anybody can forge more of them; those are counted together. */
const MAX_TOLD_APART = 16;
/** Instead of an error code, where messages are counted together. */
export const FURTHER = 'FURTHER';

/** A message that the system heard of datagrams sent earlier, and how often. Plain data. */
export interface IcmpReport {
  /** The system's code of the error that it makes of it. */
  readonly error: string;
  /** Undefined where the system tells no more than that error. */
  readonly icmp: IcmpMessage | undefined;
  readonly count: number;
}

/** What ICMP says of a run, each message of each router counted. Memory is bounded, whoever sends however many. */
export class IcmpLog {
  readonly #onNew: (heard: IcmpReport) => void;
  readonly #heard = new Map<string, { error: string; icmp: IcmpMessage | undefined; count: number }>();

  /** `onNew` hears of each message of each router when it comes for the first time. */
  constructor(onNew: (heard: IcmpReport) => void) {
    this.#onNew = onNew;
  }

  /** Returns what it was. Of those that are counted together, the one that came. */
  record(error: Error): Omit<IcmpReport, 'count'> {
    const icmp = error instanceof IcmpError ? error.icmp : undefined;
    const code = codeOf(error) ?? 'UNKNOWN';
    const key = icmp === undefined ? code : Object.values(icmp).join(' ');
    const known = this.#heard.get(key);
    if (known !== undefined) known.count++;
    else if (this.#heard.size < MAX_TOLD_APART) this.#begin(key, code, icmp);
    else this.#countFurther();
    return { error: code, icmp };
  }

  snapshot(): readonly IcmpReport[] {
    return [...this.#heard.values()].map((heard) => ({ ...heard }));
  }

  #begin(key: string, error: string, icmp: IcmpMessage | undefined): void {
    const heard = { error, icmp, count: 1 };
    this.#heard.set(key, heard);
    this.#onNew(heard);
  }

  #countFurther(): void {
    const further = this.#heard.get(FURTHER);
    if (further === undefined) this.#begin(FURTHER, FURTHER, undefined);
    else further.count++;
  }
}

/** What several streams have heard, each message of each router once; as bounded as what one has. */
export function heardTogether(heard: readonly IcmpReport[]): readonly IcmpReport[] {
  const sums = new Map<string, IcmpReport>();
  for (const { count, ...message } of heard) {
    const own = JSON.stringify(message);
    const isFurther = !sums.has(own) && sums.size >= MAX_TOLD_APART;
    const key = isFurther ? FURTHER : own;
    const told = isFurther ? { error: FURTHER, icmp: undefined } : message;
    sums.set(key, { ...told, count: (sums.get(key)?.count ?? 0) + count });
  }
  return [...sums.values()];
}
