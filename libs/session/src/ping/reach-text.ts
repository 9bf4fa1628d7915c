import type { Notice } from '@pathgauge/result';
import { leftAsideText } from '../reach/left-aside';
import type { Reached } from './reach';

type Told = Pick<Notice, 'code' | 'message'>;

/** Which of a host's addresses is measured, when the choice was none that goes without saying. */
export function choiceNotice(host: string, { peer, leftAside, isAnswering }: Reached): Told | undefined {
  if (isAnswering === undefined || leftAside.length === 0) return undefined;
  const others = leftAsideText(leftAside);
  return isAnswering
    ? { code: 'address-left-aside', message: `${host}: ${peer.address} is measured; left aside: ${others}` }
    : {
        code: 'no-address-answers',
        message: `no reply from any address of ${host}: ${others}; probes go to ${peer.address}`,
      };
}

/** When nothing came back at all: the addresses that there was no way to. */
export function silenceNotice(host: string, { peer, leftAside, isAnswering }: Reached): Told | undefined {
  if (isAnswering !== undefined || leftAside.length === 0) return undefined;
  const others = leftAsideText([{ peer, failure: undefined }, ...leftAside]);
  return { code: 'no-address-answers', message: `no reply from any address of ${host}: ${others}` };
}

/** The own address that probes leave from is another now, or the same again. */
export const movedText = (from: string, to: string): string =>
  from === to
    ? `the own address ${from} was gone for a while; probes go on from a new socket`
    : `the own address is ${to} now, ${from} before; probes go on from there`;
