import type { ForeignReplies, ForeignReply } from '@pathgauge/result';

/** What each kind is, behind a number. */
const WORDS: Readonly<Record<ForeignReply, string>> = {
  short: 'shorter than a reply',
  'no-error-estimate': 'without an Error Estimate',
  swapped: "with T1 and T3 in each other's place",
  ssid: 'with another SSID',
  'other-t1': "with another T1 than the probe's",
  'changed-echo': 'that are a probe changed or cut short',
  other: 'that resemble no reply to what was sent',
};

/** Counts what came from the server and answers no probe. Constant memory. */
export class ForeignReplyCount {
  #count = 0;
  readonly #kinds: Partial<Record<ForeignReply, number>> = {};

  record(kind: ForeignReply): void {
    this.#count++;
    this.#kinds[kind] = (this.#kinds[kind] ?? 0) + 1;
  }

  /** Undefined when nothing came. */
  snapshot(): ForeignReplies | undefined {
    return this.#count === 0 ? undefined : { count: this.#count, kinds: { ...this.#kinds } };
  }
}

/** In one line: of `peer`, whether it `isKnown` to answer probes besides. */
export function foreignRepliesText({ count, kinds }: ForeignReplies, peer: string, isKnown: boolean): string {
  const each = (Object.keys(WORDS) as ForeignReply[])
    .filter((kind) => kinds[kind] !== undefined)
    .map((kind) => `${kinds[kind]} ${WORDS[kind]}`)
    .join(', ');
  return isKnown
    ? `${count} datagrams that answer no probe of this session (${each}) were ignored`
    : `${peer} answers, but not with STAMP, TWAMP-Light or an echo: ${each}`;
}
