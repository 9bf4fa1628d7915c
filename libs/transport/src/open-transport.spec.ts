import { altered, describeHere } from '../test/linux/altered-native';
import { TransportError } from './errors';
import type { Native } from './linux/system-calls';
import { type OpenOptions, openTransport, type TransportChoice } from './open-transport';
import { portableTransport } from './portable/portable-transport';

const options = (choice: TransportChoice): OpenOptions => ({ choice, threadFile: '/no/such/file.js', spin: 'never' });
const ONE_LINE = /^[^\n]+$/;

let withoutKoffi = false;
jest.mock('koffi', () => {
  if (withoutKoffi) throw Object.assign(new Error("Cannot find module 'koffi'"), { code: 'MODULE_NOT_FOUND' });
  return jest.requireActual('koffi');
});

const native = { load: undefined as (() => Native) | undefined, loads: 0 };
jest.mock('./linux/system-calls', () => {
  const actual = jest.requireActual<typeof import('./linux/system-calls')>('./linux/system-calls');
  return {
    ...actual,
    loadNative: () => {
      native.loads++;
      return (native.load ?? actual.loadNative)();
    },
  };
});

/** Runs `body` on what claims to be another host. */
function onHost(properties: { platform?: string; arch?: string }, body: () => void): void {
  const before = Object.entries(properties).map(
    ([name]) => [name, Object.getOwnPropertyDescriptor(process, name) as PropertyDescriptor] as const,
  );
  try {
    for (const [name, value] of Object.entries(properties)) Object.defineProperty(process, name, { value });
    body();
  } finally {
    for (const [name, descriptor] of before) Object.defineProperty(process, name, descriptor);
  }
}

function failureOf(body: () => unknown): TransportError {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(TransportError);
    expect((error as TransportError).message).toMatch(ONE_LINE);
    return error as TransportError;
  }
  throw new Error('it succeeded');
}

afterEach(() => {
  withoutKoffi = false;
  native.load = undefined;
});

it('is portable when that was asked for, with no excuse', () => {
  native.loads = 0;
  const { kind, note, marks } = openTransport(options('portable'));
  expect([kind, note, marks]).toStrictEqual(['portable', undefined, false]);
  expect(native.loads).toBe(0);
});

describe('without koffi', () => {
  beforeEach(() => {
    withoutKoffi = true;
    jest.resetModules();
  });

  it('auto is portable, and says why in one line', () => {
    const { kind, note, marks } = openTransport(options('auto'));
    expect([kind, marks]).toStrictEqual(['portable', false]);
    expect(note).toMatch(ONE_LINE);
    if (process.platform === 'linux') expect(note).toContain('koffi');
  });

  it('linux fails', () => {
    const { message } = failureOf(() => openTransport(options('linux')));
    if (process.platform === 'linux') expect(message).toContain('koffi');
  });
});

describe.each([
  [{ platform: 'darwin', arch: 'arm64' }, ['darwin', 'arm64']],
  [{ platform: 'win32', arch: 'x64' }, ['win32', 'x64']],
  [{ platform: 'linux', arch: 'arm' }, ['linux', 'arm']],
  [{ platform: 'linux', arch: 's390x' }, ['linux', 's390x']],
])('on %j', (host, words) => {
  it('auto is portable, and says why in one line', () => {
    onHost(host, () => {
      const { kind, note } = openTransport(options('auto'));
      expect(kind).toBe('portable');
      expect(note).toMatch(ONE_LINE);
      for (const word of words) expect(note).toContain(word);
    });
  });

  it('linux fails', () => {
    onHost(host, () => {
      const { code, message } = failureOf(() => openTransport(options('linux')));
      expect(code).toBe('ENOSYS');
      for (const word of words) expect(message).toContain(word);
    });
  });
});

it('marks no datagrams on the portable transport, and says what it would need', async () => {
  const peer = { address: '127.0.0.1', port: 9 };
  for (const [note, words] of [
    [undefined, 'trafficClass needs the linux transport'],
    ['no koffi', 'no koffi'],
  ] as const) {
    const error: unknown = await portableTransport(note)
      .connectDatagrams(peer, { trafficClass: 184 })
      .catch((failure) => failure);
    expect(error).toBeInstanceOf(TransportError);
    expect((error as TransportError).message).toContain(words);
    expect((error as TransportError).message).toMatch(ONE_LINE);
  }
});

describeHere('on this host', (real) => {
  it.each(['auto', 'linux'] as const)('%s is linux, which marks, and without excuse', (choice) => {
    const { kind, note, marks } = openTransport(options(choice));
    expect([kind, note, marks]).toStrictEqual(['linux', undefined, true]);
  });

  // Each of these is made before anything is promised, and there is still another way. EPERM is 1, EMFILE 24.
  it.each([
    ['sendmmsg', 1],
    ['recvmmsg', 1],
    ['socket', 1],
    ['socket', 24],
    ['ppoll', 1],
    ['eventfd', 24],
  ] as const)('auto is portable where %s fails with %d, and linux fails', (call, failure) => {
    native.load = () => altered(real, () => ({ [call]: () => -failure }));
    const { kind, note } = openTransport(options('auto'));
    expect(kind).toBe('portable');
    expect(note).toMatch(ONE_LINE);
    failureOf(() => openTransport(options('linux')));
  });
});
