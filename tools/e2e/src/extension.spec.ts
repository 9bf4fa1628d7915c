import { eventsOf, type LoadResult } from './documents';
import { bounded, cookie, documents, type Json, pause, type Server, serve, Wire } from './harness';
import { expectNotCutShort, expectResult } from './result-shape';
import { readReply, wallNs } from './stamp';

// A client written from the description of the protocol, byte by byte.

const STATE = {
  testStart: 1,
  testRunning: 2,
  testEnd: 4,
  paramExchange: 9,
  createStreams: 10,
  exchangeResults: 13,
  displayResults: 14,
  iperfDone: 16,
  grant: 64,
  clockRequest: 65,
  clockReply: 66,
  loadEnd: 67,
} as const;

const RECORD_HEADER = 20;

/** PTP format: seconds since 1970 and nanoseconds, 32 bits each. */
function ptp(unixNs: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(Number(unixNs / 1_000_000_000n), 0);
  bytes.writeUInt32BE(Number(unixNs % 1_000_000_000n), 4);
  return bytes;
}

const ptpNs = (bits: bigint): bigint => (bits >> 32n) * 1_000_000_000n + (bits & 0xffffffffn);

function record(sequence: number, length: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(length, 0x5a);
  bytes.fill(0, 0, RECORD_HEADER);
  bytes.writeUInt32BE(length, 0);
  bytes[4] = 1;
  bytes[5] = last ? 1 : 0;
  bytes.writeUInt32BE(sequence, 8);
  ptp(wallNs()).copy(bytes, 12);
  return bytes;
}

/** One exchange of clocks. `previous` is T4 of the exchange before, zero in the first. Returns its own T4. */
async function exchangeClocks(control: Wire, sequence: number, previous: bigint): Promise<bigint> {
  const request = Buffer.alloc(44);
  const sent = wallNs();
  request.writeUInt32BE(sequence, 0);
  ptp(sent).copy(request, 4);
  // PTP format, 1 ms.
  request.writeUInt16BE(0x4f84, 12);
  if (previous > 0n) ptp(previous).copy(request, 16);
  control.send(STATE.clockRequest, request);
  expect(await control.byte()).toBe(STATE.clockReply);
  const bytes = await control.bytes(44);
  const arrived = wallNs();
  const reply = readReply(bytes);
  expect(reply).toMatchObject({ senderSequence: sequence, senderErrorEstimate: 0x4f84 });
  expect(bytes.subarray(28, 36)).toEqual(ptp(sent));
  // PTP like the request.
  expect(reply.errorEstimate & 0x4000).toBe(0x4000);
  const [received, answered] = [ptpNs(reply.receive), ptpNs(reply.transmit)];
  expect(received <= answered).toBe(true);
  // One host, one clock: within a second of ours, whatever the two processes make of it.
  expect(received > sent - 1_000_000_000n && answered < arrived + 1_000_000_000n).toBe(true);
  return arrived;
}

async function begun(server: Server, parameters: Json): Promise<{ name: Buffer; control: Wire }> {
  const name = cookie();
  const control = await Wire.connect(server.port);
  control.send(name);
  expect(await control.byte()).toBe(STATE.paramExchange);
  control.sendJson(parameters);
  return { name, control };
}

const TEST = { tcp: true, omit: 0, time: 1, num: 0, blockcount: 0, parallel: 1, len: 100, bandwidth: 0 };
const ALL = ['records', 'clock', 'datagrams'];

/** What the client reports of its end, as plain iperf3 would. */
const resultsOf = (bytes: number, sending: boolean): Json => ({
  cpu_util_total: 0,
  cpu_util_user: 0,
  cpu_util_system: 0,
  sender_has_retransmits: sending ? 0 : -1,
  streams: [{ id: 1, bytes, retransmits: -1, jitter: 0, errors: 0, packets: 0, start_time: 0, end_time: 0.1 }],
});

async function finish(control: Wire, results: Json): Promise<Json> {
  control.send(STATE.testEnd);
  expect(await control.byte()).toBe(STATE.exchangeResults);
  control.sendJson(results);
  const theirs = await control.json();
  expect(await control.byte()).toBe(STATE.displayResults);
  control.send(STATE.iperfDone);
  return theirs;
}

it('grants the extension and measures records', async () => {
  const server = await serve('tcp-server', '--json');
  const { name, control } = await begun(server, { ...TEST, pathgauge: { version: 1, features: ALL } });
  expect(await control.byte()).toBe(STATE.grant);
  const grant = await control.json();
  expect(grant).toMatchObject({ version: 1, token: expect.stringMatching(/^[0-9a-f]{32}$/), limits: {} });
  expect([...(grant['features'] as string[])].sort()).toEqual([...ALL].sort());
  expect(await control.byte()).toBe(STATE.createStreams);

  let arrived = 0n;
  for (let i = 0; i < 5; i++) arrived = await exchangeClocks(control, i, arrived);
  const data = await Wire.connect(server.port);
  data.send(name);
  expect([await control.byte(), await control.byte()]).toEqual([STATE.testStart, STATE.testRunning]);

  const count = 8;
  for (let i = 0; i < count; i++) {
    const bytes = record(i, 100 + i, i === count - 1);
    // Cut anywhere: a record need not come in one piece.
    data.send(bytes.subarray(0, 7 + i));
    await pause(2);
    data.send(bytes.subarray(7 + i));
    if (i === 4) arrived = await exchangeClocks(control, 5, arrived);
  }
  const total = 100 * count + (count * (count - 1)) / 2;
  control.send(STATE.loadEnd);
  await pause(250);
  arrived = await exchangeClocks(control, 6, arrived);
  const theirs = await finish(control, resultsOf(total, true));
  expect(theirs).toMatchObject({
    sender_has_retransmits: -1,
    streams: [{ id: 1, bytes: total }],
    pathgauge: expect.anything(),
  });
  for (const key of ['cpu_util_total', 'cpu_util_user', 'cpu_util_system'])
    expect(theirs[key]).toEqual(expect.any(Number));
  const [stream] = theirs['streams'] as Json[];
  for (const key of ['retransmits', 'jitter', 'errors', 'packets', 'start_time', 'end_time']) {
    expect([key, stream?.[key]]).toEqual([key, expect.any(Number)]);
  }

  const [result] = (await documents(server, 1)) as [LoadResult];
  expectResult(result);
  expect(result).toMatchObject({
    complete: true,
    peer: { protocol: 'pathgauge' },
    throughput: { up: { bytes: total, messages: count }, down: null },
  });
  expect(result.owd?.up?.count).toBe(count);
  expect(result.jitter?.upNs).not.toBeNull();
});

it('sends records in reverse, with the last one marked', async () => {
  const server = await serve('tcp-server', '--json');
  const { name, control } = await begun(server, {
    ...TEST,
    reverse: true,
    len: 120,
    // A record each 50 ms.
    bandwidth: 19_200,
    pathgauge: { version: 1, features: ['records'] },
  });
  expect(await control.byte()).toBe(STATE.grant);
  expect((await control.json())['features']).toEqual(['records']);
  expect(await control.byte()).toBe(STATE.createStreams);
  const data = await Wire.connect(server.port);
  data.send(name);
  expect([await control.byte(), await control.byte()]).toEqual([STATE.testStart, STATE.testRunning]);
  const readAll = async (): Promise<number> => {
    for (let sequence = 0; ; sequence++) {
      const bytes = await data.bytes(120);
      expect(bytes.readUInt32BE(0)).toBe(120);
      expect([bytes[4], bytes.readUInt16BE(6), bytes.readUInt32BE(8)]).toEqual([1, 0, sequence]);
      const age = wallNs() - ptpNs(bytes.readBigUInt64BE(12));
      expect(age > -1_000_000_000n && age < 10_000_000_000n).toBe(true);
      if ((bytes[5] as number) & 1) return sequence + 1;
    }
  };
  const count = await bounded('the last record', readAll());
  control.send(STATE.loadEnd);
  await finish(control, resultsOf(count * 120, false));
  const [result] = (await documents(server, 1)) as [LoadResult];
  expectNotCutShort(result);
  const [stream] = result.streams ?? [];
  expect(stream?.sent).toMatchObject({ bytes: count * 120, messages: count });
  // A second of them; a host that was held up makes up for none.
  expect(count + Number(stream?.notSent)).toBe(20);
});

it('drops features it does not know, and answers a later version', async () => {
  const server = await serve('tcp-server');
  const { control } = await begun(server, { ...TEST, pathgauge: { version: 9, features: ['clock', 'telepathy'] } });
  expect(await control.byte()).toBe(STATE.grant);
  expect(await control.json()).toMatchObject({ version: 1, features: ['clock'] });
  expect(await control.byte()).toBe(STATE.createStreams);
});

it('gives every test a token of its own', async () => {
  const server = await serve('tcp-server');
  const tokens = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const { control } = await begun(server, { ...TEST, pathgauge: { version: 1, features: ALL } });
      await control.byte();
      return (await control.json())['token'];
    }),
  );
  expect(new Set(tokens).size).toBe(4);
});

it('sends nothing of its own to a plain client', async () => {
  const server = await serve('tcp-server', '--json');
  const { name, control } = await begun(server, { ...TEST, title: 'unknown keys are passed over', extra_data: {} });
  expect(await control.byte()).toBe(STATE.createStreams);
  const data = await Wire.connect(server.port);
  data.send(name);
  expect([await control.byte(), await control.byte()]).toEqual([STATE.testStart, STATE.testRunning]);
  data.send(Buffer.alloc(12_345));
  await pause(300);
  const theirs = await finish(control, resultsOf(12_345, true));
  expect(theirs).toMatchObject({ streams: [{ bytes: 12_345 }] });
  expect(theirs).not.toHaveProperty('pathgauge');
  // Everything but the JSON was a state byte, and none of ours was among them.
  const body = Buffer.from(JSON.stringify(theirs));
  const at = control.received.indexOf(body.subarray(0, 20));
  const states = [...control.received.subarray(0, at - 4), ...control.received.subarray(-1)];
  expect(states).toEqual([
    STATE.paramExchange,
    STATE.createStreams,
    STATE.testStart,
    STATE.testRunning,
    STATE.exchangeResults,
    STATE.displayResults,
  ]);
  const [result] = await documents(server, 1);
  expect(result).toMatchObject({
    complete: true,
    peer: { protocol: 'iperf3' },
    throughput: { up: { bytes: 12_345, messages: null } },
    owd: null,
    jitter: null,
  });
});

it('believes no figure of a client that cannot be true, says so, and calls the test not complete', async () => {
  const server = await serve('tcp-server', '--json-stream');
  const { name, control } = await begun(server, { ...TEST, reverse: true, bandwidth: 200_000, len: 1000 });
  expect(await control.byte()).toBe(STATE.createStreams);
  const data = await Wire.connect(server.port);
  data.send(name);
  expect([await control.byte(), await control.byte()]).toEqual([STATE.testStart, STATE.testRunning]);
  await data.bytes(5_000);
  const lies = resultsOf(1e12, false);
  Object.assign((lies['streams'] as Json[])[0] as Json, { end_time: 1e-300 });
  await finish(control, lies);
  await server.program.printed(/"summary"/);
  const events = eventsOf(server.program.stdout, 'client').map(({ event }) => event);
  expect(events.find(({ type }) => type === 'notice')).toMatchObject({
    code: 'peer-figures',
    message: expect.stringMatching(/1000000000000/),
  });
  const last = events.at(-1);
  const result = (last?.type === 'summary' ? last.result : undefined) as LoadResult;
  expect(result).toMatchObject({ complete: false, throughput: null, streams: [{ bytes: null, durationNs: null }] });
  expect(result.reason).toMatch(/1000000000000/);
  expect(result.streams?.[0]?.sent?.bytes).toBeGreaterThanOrEqual(5_000);
  expect(server.program.stdout).not.toMatch(/Infinity|NaN/);
});

it('takes a data stream from nobody but the holder of the cookie', async () => {
  const server = await serve('tcp-server');
  const { name, control } = await begun(server, TEST);
  expect(await control.byte()).toBe(STATE.createStreams);
  const [first] = await Promise.all([Wire.connect(server.port)]);
  first.send(name);
  expect([await control.byte(), await control.byte()]).toEqual([STATE.testStart, STATE.testRunning]);
  const second = await Wire.connect(server.port);
  second.send(name);
  await second.closedByPeer();
  expect(second.received).toHaveLength(0);
  expect(first.closed).toBe(false);
});
