import { loadOf } from './documents';
import { documents, run, serve } from './harness';
import { expectResult } from './result-shape';

// Several streams, one way or both at once, seen by both ends.
const IDS = { up: [1, 3, 4], down: [1, 3, 4], both: [1, 3, 4, 5, 6, 7] } as const;
const OPTIONS = { up: [], down: ['-R'], both: ['--bidir'] } as const;

describe.each([
  ['tcp-client', 'tcp-server'],
  ['udp-client', 'udp-server'],
] as const)('three streams of a %s', (client, server) => {
  it.each(['up', 'down', 'both'] as const)('come to the same at both ends: %s', async (direction) => {
    const peer = await serve(server, '--json');
    const load = ['-P', 3, '-b', '2M', '-t', 2, '--report-interval', '500ms', ...OPTIONS[direction]];
    const mine = loadOf(await run(client, '127.0.0.1', peer.port, ...load, '--json'));
    const [its] = await documents(peer, 1);
    if (its === undefined) throw new Error('the server tells of no load');
    for (const result of [mine, its]) {
      expectResult(result);
      expect(result.settings).toMatchObject({ direction, parallel: 3 });
      expect(result.streams?.map(({ id }) => id)).toEqual(IDS[direction]);
      // As often as the client asks for, at the server as well.
      expect(result.intervals?.filter(({ startNs, endNs }) => endNs - startNs > 560e6)).toEqual([]);
      expect(new Set(result.intervals?.map(({ stream }) => stream))).toEqual(new Set([null, ...IDS[direction]]));
    }
    for (const section of ['throughput', 'datagrams', 'lossBursts', 'jitter', 'queueing'] as const) {
      expect([section, its[section]]).toEqual([section, mine[section]]);
    }
    expect(its.streams).toEqual(mine.streams);
  });
});
