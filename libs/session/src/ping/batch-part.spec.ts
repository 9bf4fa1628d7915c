import type { DatagramBatch } from '@pathgauge/transport';
import { BatchPart } from './batch-part';

const QUESTIONS = [
  ...['payload', 'segmentBytes', 'arrival', 'arrivalSource', 'source', 'destination', 'hopLimit', 'trafficClass'],
] as const;

describe('BatchPart', () => {
  it('answers for each of its datagrams as the batch does, and replies to that one', () => {
    const replies: unknown[] = [];
    const answers = Object.fromEntries(QUESTIONS.map((name) => [name, (i: number) => `${name} ${i}`]));
    const whole = { ...answers, count: 9, socket: 'the socket', reply: (...reply: unknown[]) => replies.push(reply) };
    const part = new BatchPart();
    for (const places of [[0, 3, 8], [7], []]) {
      part.begin(whole as unknown as DatagramBatch);
      for (const place of places) part.add(place);
      expect([part.count, part.socket]).toStrictEqual([places.length, 'the socket']);
      for (const name of QUESTIONS) {
        const asked = places.map((_, i) => (part as unknown as Record<string, (i: number) => unknown>)[name]?.(i));
        expect(asked).toStrictEqual(places.map((place) => `${name} ${place}`));
      }
    }
    part.begin(whole as unknown as DatagramBatch);
    part.add(4);
    part.reply(0, new Uint8Array(2), 46);
    expect(replies).toStrictEqual([[4, new Uint8Array(2), 46]]);
  });
});
