import { encodeStreamOpening } from '@pathgauge/protocol';
import { VirtualClock, VirtualTime } from '@pathgauge/testing';
import type { DatagramBatch, ThreadSide } from '@pathgauge/transport';
import { openingKey } from '../load/awaited-openings';
import { type FromProbeThread, type ProbeThreadOrder, probesInThread } from './probe-thread';

const TOKEN = new Uint8Array(16).fill(1);
const REQUEST_BYTES = 44;

/** A thread whose socket is this test: what is delivered to it, what it is told, and what it posts. */
function start() {
  const clock = new VirtualClock(new VirtualTime());
  const posted: FromProbeThread[] = [];
  let onBatch: (batch: DatagramBatch) => void = () => {};
  let onMessage: (message: unknown) => void = () => {};
  let end = (): void => {};
  const socket = {
    local: { address: '::', port: 9 },
    onBatch: (handler: typeof onBatch) => void (onBatch = handler),
    onStamp: () => {},
    onError: () => {},
    close: () => {},
  };
  const side = {
    data: { address: undefined, port: 9, echo: false },
    transport: { clock, bindDatagrams: () => socket, coarseTimer: () => ({ set: () => {}, clear: () => {} }) },
    post: (message: FromProbeThread) => void posted.push(message),
    onMessage: (handler: typeof onMessage) => void (onMessage = handler),
    run: () => new Promise<void>((resolve) => void (end = resolve)),
  };
  const over = probesInThread(side as unknown as ThreadSide);
  let made = 0;
  const deliver = (payload: () => Uint8Array, count: number): void => {
    for (let i = 0; i < count; i++, made++) {
      const source = { address: `10.1.${(made >> 8) & 255}.${made & 255}`, port: 1000 + (made >> 16) };
      const bytes = payload();
      onBatch({
        count: 1,
        payload: () => bytes,
        source: () => source,
        arrival: () => clock.now(),
        hopLimit: () => undefined,
        destination: () => undefined,
        trafficClass: () => undefined,
        reply: () => {},
      } as unknown as DatagramBatch);
    }
  };
  return {
    deliver,
    tell: (order: ProbeThreadOrder) => onMessage(order),
    count: (what: FromProbeThread['tell']) => posted.filter(({ tell }) => tell === what).length,
    end: () => {
      end();
      return over;
    },
  };
}

describe('a thread that answers probes', () => {
  it('hands on openings that are awaited, and of strangers none, however many', async () => {
    const { deliver, tell, count, end } = start();
    const made = (): Uint8Array => encodeStreamOpening(new Uint8Array(16).fill(2));
    deliver(made, 10_000);
    tell({ do: 'await', key: openingKey(TOKEN), isAwaited: true });
    deliver(made, 10_000);
    deliver(() => encodeStreamOpening(undefined), 1000);
    expect(count('opening')).toBe(0);
    deliver(() => encodeStreamOpening(TOKEN), 1);
    expect(count('opening')).toBe(1);
    tell({ do: 'await', key: openingKey(TOKEN), isAwaited: false });
    deliver(() => encodeStreamOpening(TOKEN), 1000);
    expect(count('opening')).toBe(1);
    await end();
  });

  it('tells of the sessions of made-up addresses no more than somebody would read', async () => {
    const { deliver, count, end } = start();
    const request = (): Uint8Array => {
      const bytes = new Uint8Array(REQUEST_BYTES);
      bytes[13] = 1;
      return bytes;
    };
    deliver(request, 10_000);
    expect(count('session')).toBe(200);
    await end();
  });
});
