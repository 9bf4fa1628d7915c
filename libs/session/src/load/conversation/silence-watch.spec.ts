import { connectedStreams, VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { milliseconds, seconds } from '@pathgauge/units';
import { ControlChannel } from './control-channel';
import { SilenceWatch } from './silence-watch';

const time = new VirtualTime();

const setUp = (slackMs = 0, unheardMs?: () => number) => {
  const clock = new VirtualClock(time, { aheadNs: 0, bootedNs: 0, errorNs: 0 });
  const end = (port: number) => ({ endpoint: { address: '10.0.0.1', port }, clock, delay: milliseconds(1) });
  const [near, far] = connectedStreams(time, end(1), end(2));
  const seen: [string, number][] = [];
  const begin = time.now();
  const note = (what: string) => (): void => void seen.push([what, (time.now() - begin) / 1e6]);
  const watch = new SilenceWatch(
    new ControlChannel(near, { clock, coarseTimer: () => new VirtualTimer(time, clock) }),
    {
      onSilent: note('silent'),
      onHeard: note('heard'),
      onGone: note('gone'),
    },
  );
  if (unheardMs !== undefined) jest.spyOn(near, 'unheardMs').mockImplementation(unheardMs as never);
  watch.begin(unheardMs === undefined, milliseconds(slackMs));
  return { far, watch, seen };
};

describe('SilenceWatch', () => {
  it('sees silence before it has lasted for a second, hears its end, and gives up after ten', async () => {
    const { far, seen, watch } = setUp();
    await time.advance(milliseconds(450));
    far.write(Uint8Array.of(1));
    await time.advance(seconds(3));
    far.write(Uint8Array.of(1));
    await time.advance(seconds(12));
    watch.end();
    // Heard at 451 and 3451 ms, seen at the next tenth of a second.
    expect(seen).toStrictEqual([
      ['silent', 1400],
      ['heard', 3500],
      ['silent', 4400],
      ['gone', 13_500],
    ]);
  });

  it('does not take for silent a peer that says something each half second', async () => {
    const { far, seen, watch } = setUp();
    for (let i = 0; i < 20; i++) {
      await time.advance(milliseconds(500));
      far.write(Uint8Array.of(1));
    }
    watch.end();
    expect(seen).toStrictEqual([]);
  });

  it('hears a peer that says nothing by what its system acknowledges', async () => {
    let acknowledgedAt = time.now();
    const { seen, watch } = setUp(0, () => (time.now() - acknowledgedAt) / 1e6);
    // Asked once a second, over a way of 600 ms there and back.
    for (let i = 0; i < 5; i++) {
      await time.advance(milliseconds(1600));
      acknowledgedAt = time.now();
    }
    expect(seen).toStrictEqual([]);
    await time.advance(milliseconds(3000));
    acknowledgedAt = time.now();
    await time.advance(milliseconds(200));
    await time.advance(seconds(10));
    watch.end();
    // Acknowledged at 8 and 11 s.
    expect(seen).toStrictEqual([
      ['silent', 10_000],
      ['heard', 11_100],
      ['silent', 13_000],
      ['gone', 21_000],
    ]);
  });

  it('gives the first word the time of the way, and looks no more when it has ended', async () => {
    const { seen, watch } = setUp(600);
    await time.advance(milliseconds(1450));
    expect(seen).toStrictEqual([]);
    watch.end();
    await time.advance(seconds(20));
    expect(seen).toStrictEqual([]);
  });
});
