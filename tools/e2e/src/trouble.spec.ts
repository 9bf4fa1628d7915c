import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  APPS,
  type Exit,
  expectOneLine,
  freePort,
  Program,
  type Runner,
  run,
  scriptedServer,
  serve,
  start,
  temporaryFolder,
} from './harness';

type Case = readonly [words: RegExp, runner: Runner, args: readonly string[]];

/** Runs every command line, a few at a time, and expects of each one line, the code, and nothing on standard output. */
async function expectRefused(code: number, cases: readonly Case[]): Promise<void> {
  const waiting = [...cases];
  const failures: string[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [words, runner, args] = next;
      const exit = await run(runner, ...args);
      const name = `${runner} ${args.join(' ')}`;
      try {
        expectOneLine(exit, code, words);
        expect(exit.stdout).toBe('');
        expect(exit.stderr.startsWith(`${runner}: `)).toBe(true);
      } catch (error) {
        failures.push(`${name}: ${(error as Error).message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  expect(failures).toEqual([]);
}

it('refuses a command line that cannot be meant: one line, exit code 2', () =>
  expectRefused(2, [
    ...(['udp-client', 'tcp-client'] as const).flatMap((client) =>
      ['65536', '-1', 'abc', '0'].map((port) => [/port/, client, ['127.0.0.1', '-p', port]] as Case),
    ),
    ...(['udp-server', 'tcp-server'] as const).flatMap((server) =>
      ['65536', '-1', 'abc'].map((port) => [/port/, server, ['-p', port]] as Case),
    ),
    [/port/, 'udp-client', ['127.0.0.1', '65536']],
    [/port/, 'tcp-client', ['127.0.0.1', 'abc']],
    [/port/, 'tcp-server', ['99999']],
    [/interval/, 'udp-client', ['-i', '-1']],
    [/interval/, 'tcp-client', ['-i', '-0.5']],
    [/time/, 'udp-client', ['-i', 'soon']],
    [/time/, 'udp-client', ['-t', '0']],
    [/time/, 'tcp-client', ['-t', '0']],
    [/time/, 'tcp-client', ['-t', '-3']],
    [/timeout/, 'udp-client', ['--timeout', '0']],
    [/report-interval/, 'tcp-client', ['--report-interval', '0']],
    [/report-interval/, 'tcp-server', ['--report-interval', '-1']],
    [/count/, 'udp-client', ['-c', '0']],
    [/count/, 'udp-client', ['-c', '2.5']],
    [/length/, 'udp-client', ['-l', '43']],
    [/length/, 'udp-client', ['-l', '65508']],
    [/length/, 'udp-client', ['-b', '1M', '-l', '15']],
    [/length/, 'udp-client', ['--max', '-l', '65508']],
    [/length/, 'tcp-client', ['-l', '19']],
    [/length/, 'tcp-client', ['-l', '0']],
    [/size/, 'tcp-client', ['-l', '1.5']],
    [/rate/, 'tcp-client', ['-b', '0']],
    [/rate/, 'udp-client', ['-b', 'fast']],
    [/ttl/, 'udp-client', ['--ttl', '0']],
    [/ttl/, 'udp-client', ['--ttl', '256']],
    [/bind/, 'udp-client', ['--bind', 'here']],
    [/nonsense/, 'udp-client', ['127.0.0.1', '--nonsense']],
    [/z/, 'tcp-client', ['127.0.0.1', '-z']],
    [/nonsense/, 'tcp-server', ['--nonsense=1']],
    [/echo/, 'tcp-server', ['--echo']],
    [/did you mean --count/, 'udp-client', ['127.0.0.1', '--cuont', '5']],
    [/without a space/, 'udp-client', ['127.0.0.1', '-i', '10', 'ms']],
    [/tcp-client <host>/, 'tcp-client', ['-c', '127.0.0.1']],
    [/udp-client 192\.0\.2\.7/, 'udp-client', ['-c', '192.0.2.7']],
    [/udp-client/, 'tcp-client', ['127.0.0.1', '-u']],
    [/leave it out/, 'tcp-server', ['-s']],
    [/udp-client and tcp-client/, 'udp-server', ['-b', '10M']],
    [/'' is not a time/, 'udp-client', ['--interval=']],
    [/from 0 to 63, or EF/, 'udp-client', ['--dscp', 'EFF']],
    [/two ports: 1 and 2/, 'udp-client', ['127.0.0.1:1', '2']],
    [/neither host:port/, 'tcp-client', ['::1:2::3']],
    [/not a host/, 'udp-client', ['two hosts']],
    [/time/, 'udp-client', ['-i', 'NaN']],
    [/time/, 'udp-client', ['-i', '１s']],
    [/time/, 'udp-client', ['-i', '1e309']],
    [/time/, 'udp-client', ['-i', '10parsec']],
    [/two hosts/, 'udp-client', ['127.0.0.1', '-a', '127.0.0.2']],
    [/two ports/, 'tcp-client', ['127.0.0.1', '1234', '-p', '1235']],
    [/too many/, 'udp-client', ['127.0.0.1', '1234', '127.0.0.2']],
    [/too many/, 'tcp-server', ['1234', '1235']],
    [/host/, 'udp-client', ['']],
    [/-4 or -6/, 'udp-client', ['-4', '-6']],
    [/json/, 'tcp-client', ['--json', '--json-stream']],
    [/one of/, 'tcp-client', ['--max', '-b', '1M']],
    [/--max/, 'udp-client', ['--max', '-b', '1M']],
    [/reverse/, 'udp-client', ['-R']],
    [/ending/, 'udp-client', ['-o', 'result.txt']],
    [/more than once/, 'udp-client', ['-c', '1', '-c', '2']],
    [/argument/i, 'udp-client', ['-c']],
  ]));

it('refuses a host of two words without asking anybody', async () => {
  const exit = await run('udp-client', 'two hosts', '65432', '-c', '1');
  expect([1, 2]).toContain(exit.code);
  expectOneLine(exit, exit.code as number);
});

it('fails in one line where the environment refuses', async () => {
  const closed = String(await freePort());
  const [tcp, udp] = await Promise.all([serve('tcp-server'), serve('udp-server')]);
  const missing = join(temporaryFolder(), 'no', 'such', 'folder.json');
  await expectRefused(1, [
    [/unknown host|looked up/, 'udp-client', ['no-such-host.invalid', '-c', '1']],
    [/unknown host|looked up/, 'tcp-client', ['no-such-host.invalid']],
    [/refused/, 'tcp-client', ['127.0.0.1', closed]],
    [/refused/, 'udp-client', ['127.0.0.1', closed, '--max']],
    [/in use/, 'tcp-server', [String(tcp.port)]],
    [/in use/, 'udp-server', [String(udp.port)]],
    [/not one of this host/, 'tcp-client', ['127.0.0.1', String(tcp.port), '--bind', '203.0.113.1']],
    [/not one of this host/, 'udp-client', ['127.0.0.1', String(udp.port), '--bind', '203.0.113.1']],
    [/not one of this host/, 'tcp-server', ['0', '-a', '203.0.113.1']],
    [/cannot write/, 'udp-client', ['127.0.0.1', String(udp.port), '-o', missing]],
    [/cannot write/, 'tcp-client', ['127.0.0.1', String(tcp.port), '-o', missing]],
  ]);
});

it('recognises a server that is neither Pathgauge nor iperf3', async () => {
  const web = await scriptedServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
  });
  const chatty = await scriptedServer((socket) => socket.write('220 mail.example ESMTP\r\n'));
  const garbage = await scriptedServer((socket) => socket.write(Buffer.alloc(4096, 0xa7)));
  const gone = await scriptedServer((socket) => socket.destroy());
  const silent = await scriptedServer(() => {});
  const udp = await serve('udp-server');
  await expectRefused(1, [
    [/accepts connections, but is neither/, 'tcp-client', ['127.0.0.1', String(silent)]],
    [/neither a Pathgauge nor an iperf3 server/, 'tcp-client', ['127.0.0.1', String(web)]],
    [/neither a Pathgauge nor an iperf3 server/, 'udp-client', ['127.0.0.1', String(web), '-b', '1M']],
    [/neither a Pathgauge nor an iperf3 server/, 'tcp-client', ['127.0.0.1', String(chatty)]],
    [/neither a Pathgauge nor an iperf3 server/, 'tcp-client', ['127.0.0.1', String(garbage)]],
    [/neither|reset|closed/, 'tcp-client', ['127.0.0.1', String(gone)]],
    // A Pathgauge, but of the other kind.
    [/does not serve|test|UDP/, 'tcp-client', ['127.0.0.1', String(udp.port), '-t', '1']],
  ]);
});

it('distrusts what a server says', async () => {
  const after = (...words: (number | Buffer)[]) =>
    scriptedServer((socket) => {
      socket.once('data', () => {
        for (const word of words) socket.write(typeof word === 'number' ? Buffer.of(word) : word);
      });
    });
  const json = (text: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(text));
    return Buffer.concat([length, Buffer.from(text)]);
  };
  const cases: [RegExp, number][] = [
    [/message|length|limit/, await after(9, 64, Buffer.from('ffffffff', 'hex'))],
    [/message|JSON/, await after(9, 64, json('not json'))],
    [/message|token/, await after(9, 64, json('{"version":1,"features":["clock"],"token":5}'))],
    [/message|features/, await after(9, 64, json('{"version":1,"features":"all","token":"00"}'))],
    [/busy/, await after(0xff)],
    [/rate/, await after(9, 0xfe, Buffer.from('0000001b00000000', 'hex'))],
    [/out of order/, await after(9, 2)],
    [/unknown state 99/, await after(9, 99)],
    [/ended the test/, await after(9, 11)],
  ];
  await expectRefused(
    1,
    cases.map(([words, port]) => [words, 'tcp-client', ['127.0.0.1', String(port)]] as const),
  );
});

// It goes on waiting for the server, up to 5 s.
it('stops at once on Ctrl-C while nothing is measured yet', async () => {
  let connected = (): void => {};
  const connection = new Promise<void>((resolve) => {
    connected = resolve;
  });
  const silent = await scriptedServer((socket) => socket.once('data', () => connected()));
  const client = start('tcp-client', '127.0.0.1', silent);
  await connection;
  expectOneLine(await client.interrupt(4_000), 1);
});

it.each(['udp-client', 'tcp-client', 'udp-server', 'tcp-server'] as const)(
  '%s runs when copied alone',
  async (name) => {
    const folder = join(temporaryFolder(), 'elsewhere');
    mkdirSync(folder);
    cpSync(join(APPS, name), join(folder, name), { recursive: true });
    const copied = (...args: string[]): Promise<Exit> =>
      new Program(process.execPath, [join(folder, name), ...args], { NODE_PATH: '' }).exit();
    const [help, version, short] = await Promise.all([copied('--help'), copied('--version'), copied('-h')]);
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toMatch(new RegExp(`^${name} `));
    for (const option of ['--address', '--port', '--json', '--no-owd', '--help']) expect(help.stdout).toContain(option);
    expect(short.stdout).toBe(help.stdout);
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  },
);

it('measures with copied folders', async () => {
  const folder = temporaryFolder();
  cpSync(join(APPS, 'udp-client'), folder, { recursive: true });
  const { port } = await serve('udp-server');
  const exit = await new Program(process.execPath, [folder, '127.0.0.1', String(port), '-c', '2', '-i', '10ms']).exit();
  expect(exit).toMatchObject({ code: 0, stderr: '' });
});

it('breaks the lines of its help between words', async () => {
  const { stdout } = await run('udp-client', '--help');
  expect(stdout.replace(/\s+/g, ' ')).toContain('round trip, loss, one-way delay;');
});
