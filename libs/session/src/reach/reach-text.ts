import type { NoticeText } from '../notices';
import { type LeftAside, leftAsideText } from './left-aside';

/** What is known of the addresses of a host when one of them was chosen. */
export interface Choice {
  /** The address that is used. */
  readonly address: string;
  /** Others: those before it, or all where none answers. */
  readonly leftAside: readonly LeftAside[];
  /** Whether it has answered; undefined: it was not asked, as there was no other. */
  readonly isAnswering: boolean | undefined;
}

/** Which of a host's addresses is measured, where that does not go without saying. */
export function choiceNotice(host: string, { address, leftAside, isAnswering }: Choice): NoticeText | undefined {
  if (isAnswering === undefined || leftAside.length === 0) return undefined;
  const others = leftAsideText(leftAside);
  return isAnswering
    ? { code: 'address-left-aside', message: `${host}: ${address} is measured; left aside: ${others}` }
    : {
        code: 'no-address-answers',
        message: `no reply from any address of ${host}: ${others}; probes go to ${address}`,
      };
}

/** When nothing came back at all: the addresses that there was no way to are told as well. */
export function silenceNotice(host: string, { address, leftAside, isAnswering }: Choice): NoticeText | undefined {
  if (isAnswering !== undefined || leftAside.length === 0) return undefined;
  const others = leftAsideText([{ address, failure: undefined }, ...leftAside]);
  return { code: 'no-address-answers', message: `no reply from any address of ${host}: ${others}` };
}

/** The own address that probes leave from is another now, or the same again. */
export const movedText = (from: string, to: string): string =>
  from === to
    ? `the own address ${from} was gone for a while; probes go on from a new socket`
    : `the own address is ${to} now, ${from} before; probes go on from there`;
