import { instant } from '@pathgauge/units';
import fc from 'fast-check';
import { ALL_METRICS } from '../../metric-switches';
import { PlainReceiver } from './plain-receiver';
import { ReceivedMeter } from './received-meter';

const setUp = () => {
  const meter = new ReceivedMeter('down', false, ALL_METRICS);
  return { meter, receiver: new PlainReceiver(meter) };
};

describe('PlainReceiver', () => {
  it('counts every byte, whether it was looked at or thrown away', () => {
    const cuts = fc.array(fc.tuple(fc.nat(5_000), fc.boolean()));
    fc.assert(
      fc.property(cuts, (all) => {
        const { meter, receiver } = setUp();
        all.forEach(([bytes, isSkipped], i) => {
          const at = instant(1e9 + i);
          if (isSkipped) receiver.skip(bytes, at);
          else expect(receiver.receive(new Uint8Array(bytes), at)).toBeUndefined();
        });
        expect(meter.bytes).toBe(all.reduce((sum, [bytes]) => sum + bytes, 0));
        expect(meter.last).toBe(all.length === 0 ? undefined : 1e9 + all.length - 1);
      }),
    );
  });

  it('wants nothing, and cannot know when all has come', () => {
    const { receiver } = setUp();
    receiver.skip(1e6, instant(2e9));
    expect([receiver.unwanted, receiver.wanted, receiver.isComplete]).toStrictEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      undefined,
    ]);
  });

  it('has no messages', () => {
    const { meter, receiver } = setUp();
    receiver.receive(new Uint8Array(100), instant(2e9));
    expect(meter.figures(1)).toMatchObject({ bytes: 100, messages: undefined, duplicates: undefined });
  });
});
