import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterTest, cookie, documents, expectNoStack, pause, type Server, serve, Wire } from './harness';

import { expectServes } from './still-serves';

describe('nonsense on the control connection', () => {
  const length = (bytes: number): Buffer => {
    const buffer = Buffer.alloc(4);
    buffer.writeUInt32BE(bytes);
    return buffer;
  };

  /** Shows a cookie and waits to be asked for parameters. */
  async function asked(server: Server): Promise<Wire> {
    const wire = await Wire.connect(server.port);
    wire.send(cookie());
    expect(await wire.byte()).toBe(9);
    return wire;
  }

  it('cannot hold a test, or the server, by not reading what it asked for', async () => {
    const server = await serve('tcp-server');
    const mine = cookie();
    const control = await Wire.connect(server.port);
    control.send(mine);
    expect(await control.byte()).toBe(9);
    control.sendJson({ tcp: true, reverse: true, time: 1 });
    expect(await control.byte()).toBe(10);
    const data = connect(server.port, '127.0.0.1');
    afterTest(() => data.destroy());
    data.on('error', () => {}).pause();
    data.write(mine);
    expect([await control.byte(), await control.byte()]).toEqual([1, 2]);
    await pause(300);
    control.send(Uint8Array.of(4));
    expect(await control.byte()).toBe(13);
    expect(await server.program.interrupt(5_000)).toMatchObject({ code: 0, stderr: '' });
  });

  it('is turned away at the first wrong byte of a cookie', async () => {
    const server = await serve('tcp-server');
    for (const opening of ['GET / HTTP/1.1\r\n\r\n', Buffer.alloc(37, 0xff), Buffer.alloc(1), randomBytes(4096)]) {
      const wire = await Wire.connect(server.port);
      wire.send(Buffer.concat([Buffer.from('ABC'), Buffer.from(opening as string)]));
      await wire.closedByPeer();
      expect(wire.received).toHaveLength(0);
    }
    const half = await Wire.connect(server.port);
    half.send(cookie().subarray(0, 20));
    half.end();
    await half.closedByPeer();
    await expectServes(server);
    const { stdout, stderr, code } = await server.program.interrupt();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('ignored: datagrams 0, connections 5');
  });

  it('is refused before anything of it is read', async () => {
    const server = await serve('tcp-server');
    for (const announced of [0xffffffff, 8193, 0]) {
      const wire = await asked(server);
      wire.send(length(announced));
      await wire.closedByPeer();
    }
    await expectServes(server);
    expect((await server.program.interrupt()).stdout).toContain('connections 3');
  });

  it('is refused where a parameter is of the wrong kind', async () => {
    const server = await serve('tcp-server');
    const wrong: unknown[] = [
      null,
      [],
      'tcp',
      5,
      { tcp: 'yes' },
      { tcp: true, len: 'long' },
      { tcp: true, len: -5 },
      { tcp: true, len: 1e9 },
      { tcp: true, len: 1.5 },
      { tcp: true, time: -1 },
      { tcp: true, time: [10] },
      { tcp: true, time: 1e300 },
      { tcp: true, parallel: 1e9 },
      { tcp: true, parallel: 0 },
      { tcp: true, bandwidth: -1 },
      { tcp: true, bandwidth: {} },
      { udp: true },
      { tcp: true, bidirectional: true, reverse: true },
      { tcp: true, pathgauge: 7 },
      { tcp: true, pathgauge: { version: 'one', features: [] } },
      { tcp: true, pathgauge: { version: 1, features: 'all' } },
    ];
    const outcomes = await Promise.all(
      wrong.map(async (parameters) => {
        const wire = await asked(server);
        wire.sendJson(parameters);
        await wire.closedByPeer().catch(() => {});
        return [JSON.stringify(parameters), wire.closed, wire.received.includes(10)];
      }),
    );
    expect(outcomes).toEqual(wrong.map((parameters) => [JSON.stringify(parameters), true, false]));
    const raw = await asked(server);
    raw.send(length(7), '{"tcp":');
    await raw.closedByPeer();
    await expectServes(server);
    const { code, stderr, stdout } = await server.program.interrupt();
    expect([code, stderr]).toEqual([0, '']);
    expectNoStack({ stdout, stderr });
  });

  // It grants records of 3 bytes, and sends what no reader of records can follow.
  it('is refused where a record would not hold its header', async () => {
    const server = await serve('tcp-server');
    const wire = await asked(server);
    wire.sendJson({ tcp: true, reverse: true, len: 3, pathgauge: { version: 1, features: ['records'] } });
    expect(await wire.byte()).toBe(0xfe);
  });

  it('may end anywhere', async () => {
    const server = await serve('tcp-server', '--json');
    const parameters = { tcp: true, time: 1, len: 100 };
    const afterCookie = await asked(server);
    afterCookie.destroy();
    const inParameters = await asked(server);
    inParameters.send(length(500), '{"tcp":true,');
    inParameters.end();
    const afterParameters = await asked(server);
    afterParameters.sendJson(parameters);
    expect(await afterParameters.byte()).toBe(10);
    afterParameters.destroy();
    await pause(50);
    await expectServes(server);
    expect(await documents(server, 1)).toHaveLength(1);
  });

  it('ends the test when it comes in the middle of it', async () => {
    const server = await serve('tcp-server', '--json');
    for (const nonsense of [Buffer.of(99), Buffer.of(64), Buffer.of(65, ...Buffer.alloc(44)), Buffer.of(12)]) {
      const name = cookie();
      const wire = await Wire.connect(server.port);
      wire.send(name);
      expect(await wire.byte()).toBe(9);
      wire.sendJson({ tcp: true, time: 1, len: 100 });
      expect(await wire.byte()).toBe(10);
      const data = await Wire.connect(server.port);
      data.send(name);
      expect([await wire.byte(), await wire.byte()]).toEqual([1, 2]);
      data.send(Buffer.alloc(1000));
      await pause(50);
      wire.send(nonsense);
      await wire.closedByPeer();
      await data.closedByPeer();
    }
    const results = await documents(server, 4);
    for (const result of results)
      expect(result).toMatchObject({ complete: false, throughput: { up: { bytes: 1000 } } });
    await expectServes(server);
  });
});

it('refuses a stream that breaks the framing of records', async () => {
  const server = await serve('tcp-server', '--json');
  const name = cookie();
  const wire = await Wire.connect(server.port);
  wire.send(name);
  await wire.byte();
  wire.sendJson({ tcp: true, time: 1, len: 100, pathgauge: { version: 1, features: ['records'] } });
  expect(await wire.byte()).toBe(64);
  await wire.json();
  expect(await wire.byte()).toBe(10);
  const data = await Wire.connect(server.port);
  data.send(name);
  expect([await wire.byte(), await wire.byte()]).toEqual([1, 2]);
  data.send(Buffer.alloc(2000, 0xff));
  await data.closedByPeer();
  const [result] = await documents(server, 1);
  expect(result).toMatchObject({ complete: false, reason: expect.stringMatching(/record/) });
  await wire.closedByPeer();
  await expectServes(server);
});
