import { bundle } from '../bundle.mjs';
import { server } from '../contenders/pathgauge.mjs';
import { sockperfServer } from '../contenders/sockperf.mjs';

/** How fast a server answers, all under the same load: our own generator, since sockperf's takes replies of its server only. */
export async function reflector({ seconds }) {
  const generator = await bundle('flood/flood.ts', 'cjs');
  const flooded = (name, needs, serve, request) => ({
    name,
    needs,
    server: serve,
    client: (port, seconds) => ({ command: process.execPath, args: [generator, port, request, String(seconds)] }),
    figures: ({ stdout, serverCpuSeconds }) => {
      const { replies, sent, lost, tookSeconds } = JSON.parse(stdout);
      return {
        repliesPerSecond: replies / tookSeconds / 1e3,
        serverCpuUs: (serverCpuSeconds * 1e6) / replies,
        serverBusyPercent: (100 * serverCpuSeconds) / tookSeconds,
        lossPercent: (100 * lost) / sent,
      };
    },
  });
  return {
    title: `replies to 64-byte requests, up to 128 of them under way, for ${seconds} s`,
    figures: [
      { key: 'repliesPerSecond', label: 'replies', unit: '1000/s' },
      { key: 'serverCpuUs', label: "server's processor time of each", unit: 'us' },
      // Where it is not near 100, the server was not what the rate was limited by.
      { key: 'serverBusyPercent', label: 'server busy', unit: '%' },
      { key: 'lossPercent', label: 'not answered', unit: '%' },
    ],
    comparisons: [
      {
        contenders: [
          flooded('udp-server', undefined, server('udp'), 'stamp'),
          flooded('udp-server --echo', undefined, server('udp', ['--echo']), 'sockperf'),
          flooded('sockperf', 'sockperf', sockperfServer(), 'sockperf'),
        ],
      },
    ],
  };
}
