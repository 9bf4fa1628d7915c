import type { DatagramBatch } from '@pathgauge/transport';
import { Markings } from './markings';
import type { Reply } from './probe-dialect';

const EF = 46;
const CS1 = 8;

const reply = (told: Partial<Reply['extensions']>, hopLimit?: number): Reply => ({
  ...{ index: 0, ownSequence: 0, protocol: 'stamp', receiveNs: 0, serverNs: 0, hopLimit },
  extensions: {
    ...{ hasClassOfService: false, dscp: 0, ecn: 0, dscpGranted: false },
    ...{ knowsFollowUp: false, hasFollowUp: false, followUpSequence: 0 },
    ...told,
  },
});
const arrived = (trafficClass?: number, hopLimit?: number) =>
  ({ hopLimit: () => hopLimit, trafficClass: () => trafficClass }) as unknown as DatagramBatch;

describe('Markings', () => {
  it('has nothing to tell where nothing was told', () => {
    const markings = new Markings(EF);
    markings.record(reply({}), arrived(), 0);
    expect(markings.snapshot()).toBeUndefined();
  });

  it('counts what was marked anew, up as the server saw it and down as it arrived', () => {
    const markings = new Markings(EF);
    const told = { hasClassOfService: true, dscp: CS1, ecn: 1, dscpGranted: true };
    markings.record(reply(told, 60), arrived((EF << 2) | 2, 57), 0);
    expect(markings.snapshot()).toStrictEqual({
      up: { hopLimit: 60, dscp: CS1, ecn: 1, remarked: 1 },
      down: { hopLimit: 57, dscp: EF, ecn: 2, remarked: 0 },
    });
  });

  it.each([
    [{ hasClassOfService: true, dscp: EF, dscpGranted: false }],
    // It says nothing of what it was asked for.
    [{ dscpGranted: true }],
  ])('takes no reply for marked anew that did not leave as was asked for: %o', (told) => {
    const markings = new Markings(EF);
    markings.record(reply(told), arrived(0), 0);
    expect(markings.snapshot()?.down).toStrictEqual({ hopLimit: undefined, dscp: 0, ecn: 0, remarked: undefined });
  });
});
