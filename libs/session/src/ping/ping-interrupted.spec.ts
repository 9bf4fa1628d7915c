import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { type Span, seconds, span } from '@pathgauge/units';
import { expectConsistent, ms, OPTIONS, PORT, reflect, run, SERVER } from '../../test/ping-scene';
import { ping } from './ping';

describe('ping that is interrupted', () => {
  const abortAfter = (delay: Span) => (time: VirtualTime, abort: AbortController) =>
    void time.schedule(delay, () => abort.abort());

  it('ends with its summary; a reply under way is waited for', async () => {
    // Aborted at 250 ms; probe 2 left at 200 ms and its reply comes at 301 ms.
    const { counts, result, outcomes } = await run({}, { meanwhile: abortAfter(ms(250)), up: () => [ms(100)] });
    expect(counts).toMatchObject({ sent: 3, received: 3, lost: 0 });
    expect(result).toMatchObject({ complete: false, reason: 'interrupted' });
    expect(outcomes).toHaveLength(3);
    expect(result.durationNs).toBe(301e6);
  });

  it('while only closing probes are unanswered ends at once, and is complete', async () => {
    // Ten probes are answered by 902 ms; nothing that is sent later is.
    const { counts, result, tookNs } = await run(
      {},
      { meanwhile: abortAfter(ms(1000)), up: (probe) => (probe < 10 ? [ms(1)] : []) },
    );
    expect(counts).toMatchObject({ sent: 10, received: 10 });
    expect(result).toMatchObject({ complete: true, reason: undefined });
    expect(tookNs).toBe(1000e6);
  });

  it('waits no longer than half a second for what does not come', async () => {
    const { counts, result, probes, tookNs } = await run(
      { timeout: seconds(2) },
      { meanwhile: abortAfter(ms(250)), up: (probe) => (probe === 1 ? [] : [ms(1)]) },
    );
    expect(counts).toMatchObject({ sent: 3, received: 2, lost: 1 });
    expectConsistent(result, probes);
    // And then one more round trip, of the closing probe.
    expect(tookNs).toBe(752e6);
  });

  it('ends at once when nothing is under way', async () => {
    const { counts, tookNs } = await run({}, { meanwhile: abortAfter(ms(250)) });
    expect(counts).toMatchObject({ sent: 3, received: 3 });
    // One more round trip, of the closing probe.
    expect(tookNs).toBe(252e6);
  });

  it('has a summary even when interrupted as soon as it has begun', async () => {
    const { counts, result } = await run({}, { meanwhile: abortAfter(span(1)) });
    expect(result).toMatchObject({ complete: false, reason: 'interrupted' });
    expect(counts.sent).toBeLessThanOrEqual(1);
  });

  it('has nothing to tell before it began, and says so at once', async () => {
    const interrupted = run({}, { meanwhile: (_, abort) => abort.abort() });
    await expect(interrupted).rejects.toMatchObject({
      code: 'EINTR',
      message: 'interrupted before anything was measured',
    });
  });

  it('at interval 0 ends too', async () => {
    const { result, counts } = await run(
      { interval: span(0), count: undefined, timeout: seconds(2) },
      { meanwhile: abortAfter(ms(99)), up: () => [ms(10)], down: () => [ms(10)] },
    );
    expect(result.reason).toBe('interrupted');
    expect(counts).toMatchObject({ sent: 5, received: 5, lost: 0 });
  });
});

it('closes its socket when the consumer leaves', async () => {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const client = network.host('10.0.0.1');
  await reflect(network.host(SERVER));
  const leave = async (): Promise<void> => {
    for await (const { type } of ping(OPTIONS, client, new AbortController().signal)) if (type === 'probe') break;
  };
  await time.settle(leave());
  expect([...network.sockets.keys()]).toStrictEqual([`${SERVER}:${PORT}`]);
});
