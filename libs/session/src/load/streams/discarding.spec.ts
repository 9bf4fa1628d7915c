import { RECORD_HEADER, writeRecordHeader } from '@pathgauge/protocol';
import { instant, WallMap } from '@pathgauge/units';
import { ALL_METRICS } from '../../metric-switches';
import { discardOf } from './discarding';
import { ReceivedMeter } from './received-meter';
import { RecordReceiver } from './record-receiver';

const WALL = new WallMap({ seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronisedToNs: undefined });
const HEADER = RECORD_HEADER.size;

const headerOf = (length: number): Uint8Array => {
  const bytes = new Uint8Array(HEADER);
  const sent = { seconds: 1_700_000_001, nanoseconds: 0 };
  writeRecordHeader(bytes, 0, { length, last: false, isOmitted: false, sequence: 0, sent });
  return bytes;
};

it('follows what the receiver wants', () => {
  const receiver = { unwanted: 5, wanted: 25 };
  const discard = discardOf(receiver, () => {});
  expect([discard.unwanted, discard.wanted]).toStrictEqual([5, 25]);
  Object.assign(receiver, { unwanted: 0, wanted: 20 });
  expect([discard.unwanted, discard.wanted]).toStrictEqual([0, 20]);
});

describe('of a stream of records', () => {
  const setUp = (length: number) => {
    const meter = new ReceivedMeter('up', true, ALL_METRICS);
    const receiver = new RecordReceiver(meter, WALL, length);
    const skipped: number[] = [];
    const discard = discardOf(receiver, (count, arrival) => {
      skipped.push(count);
      receiver.skip(count, arrival);
    });
    return { meter, receiver, discard, skipped };
  };

  it('throws the payload away and reads to the end of the next header, where records are long', () => {
    const { meter, receiver, discard, skipped } = setUp(100_000);
    expect([discard.unwanted, discard.wanted]).toStrictEqual([0, HEADER]);
    receiver.receive(headerOf(100_000), instant(2e9));
    expect([discard.unwanted, discard.wanted]).toStrictEqual([100_000 - HEADER, 100_000]);
    discard.skip(60_000, instant(2e9));
    expect(discard.unwanted).toBe(40_000 - HEADER);
    discard.skip(40_000 - HEADER, instant(3e9));
    expect(discard.unwanted).toBe(0);
    expect(skipped).toStrictEqual([60_000, 40_000 - HEADER]);
    expect(meter.figures(1)).toMatchObject({ bytes: 100_000, messages: 1 });
  });

  it('reads on where they are short', () => {
    const { discard } = setUp(1000);
    expect(discard.wanted).toBe(Number.POSITIVE_INFINITY);
  });
});
