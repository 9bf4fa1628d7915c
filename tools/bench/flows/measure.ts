/// <reference types="node" />
import { setTimeout as sleep } from 'node:timers/promises';
import { portableTransport } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { HostStalls } from '../../../libs/session/src/host-stalls';
import { ALL_METRICS } from '../../../libs/session/src/metric-switches';
import type { PingOptions } from '../../../libs/session/src/ping/ping-options';
import type { ProbeFlow } from '../../../libs/session/src/ping/probe-flow';
import { StampFlows } from '../../../libs/session/src/ping/stamp-flows';

const [port = '', asked = '', lasting = ''] = process.argv.slice(2);
const FLOWS = Number(asked);
/** So long each number of flows runs before its memory is looked at. */
const SECONDS = Number(lasting);
const KIB = 1024;
const MIB = 1024 * KIB;

/** One probe a second, without end. */
const OPTIONS: PingOptions = {
  host: '127.0.0.1',
  port: Number(port),
  family: undefined,
  bind: undefined,
  ttl: undefined,
  dscp: undefined,
  dontFragment: false,
  schedule: { kind: 'even', burst: 1 },
  interval: seconds(1),
  count: undefined,
  duration: undefined,
  length: 64,
  timeout: seconds(3),
  metrics: ALL_METRICS,
  roundTripEvents: false,
  probeEvents: false,
};

/** Heap and buffers in use, and what the system has given the whole process, in bytes. */
function memory(): { readonly used: number; readonly resident: number } {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('run with --expose-gc');
  // What one run finds to be garbage may keep other things until the next.
  for (let i = 0; i < 4; i++) collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, resident: rss };
}

const transport = portableTransport();
const socket = await transport.bindDatagrams({ bind: { address: '127.0.0.1' } });
const flows = new StampFlows(transport, socket, new HostStalls());
const open: ProbeFlow[] = [];

/** Opens flows until there are `count` of them, spread over a second as those of hosts would be. */
async function openUntil(count: number): Promise<void> {
  const more = count - open.length;
  for (let i = 0; i < more; i++) {
    const flow = flows.open(
      OPTIONS,
      { address: OPTIONS.host, port: OPTIONS.port },
      {
        onBegin: () => {},
        onEvent: () => {},
        onNotice: () => {},
        onOver: () => {},
      },
    );
    flow.begin();
    open.push(flow);
    if (more > 1) await sleep(milliseconds(1000) / more / 1e6);
  }
  await sleep(SECONDS * 1e3);
}

await openUntil(1);
const one = memory();
await openUntil(FLOWS);
const many = memory();
let [sent, received] = [0, 0];
for (const flow of open) {
  const interim = flow.interim();
  sent += interim.sent;
  received += interim.received;
}
process.stdout.write(
  `${JSON.stringify({
    flows: FLOWS,
    seconds: SECONDS,
    aboveOneMiB: (many.used - one.used) / MIB,
    residentAboveOneMiB: (many.resident - one.resident) / MIB,
    perFlowKiB: (many.used - one.used) / (FLOWS - 1) / KIB,
    sent,
    received,
    foreign: flows.foreign,
  })}\n`,
);
process.exit();
