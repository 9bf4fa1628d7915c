import { EventEmitter } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerLog } from './server-log';

const MIB = 1024 * 1024;

/** A pipe whose reader reads when it is told to. */
class Pipe extends EventEmitter {
  writableLength = 0;
  all = '';

  constructor(public fd: number) {
    super();
  }

  write(text: string): void {
    this.writableLength += text.length;
    this.all += text;
  }

  read(): void {
    this.writableLength = 0;
    this.emit('drain');
  }
}

let directory: string;
let fd: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'log-'));
  fd = openSync(join(directory, 'log'), 'w');
});
afterEach(() => {
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

function logOn(stream: object, lineOf = (message: string) => `${message}\n`) {
  const troubles: string[] = [];
  const log = new ServerLog(stream as never, { lineOf, onTrouble: (message) => void troubles.push(message) });
  return { log, troubles };
}

describe('ServerLog', () => {
  it('keeps a bounded part for a reader that does not read, and tells it what it has missed', () => {
    // An end of this process that is neither file nor device.
    const pipe = new Pipe(-1);
    const { log, troubles } = logOn(pipe);
    const line = `${'x'.repeat(1023)}\n`;
    for (let i = 0; i < 5000; i++) log.write(line);
    expect(pipe.all).toHaveLength(MIB);
    expect(troubles).toStrictEqual(['the log cannot be written: its reader does not read; serving goes on']);
    pipe.read();
    expect(pipe.all.slice(MIB)).toBe('3976 lines of this log could not be written: its reader does not read\n');
    log.write('next\n');
    expect(pipe.all.endsWith('\nnext\n')).toBe(true);
  });

  it('goes on by the descriptor when the stream has failed', () => {
    const pipe = new Pipe(-1);
    const { log } = logOn(pipe);
    pipe.fd = fd;
    pipe.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    log.write('line\n');
    expect(readFileSync(join(directory, 'log'), 'utf8')).toBe('line\n');
  });

  it('tells somebody else where the log holds documents alone', () => {
    const pipe = new Pipe(-1);
    const { log, troubles } = logOn(pipe, () => '');
    pipe.writableLength = MIB;
    log.write('{}\n{}\n');
    pipe.read();
    expect(pipe.all).toBe('');
    expect(troubles[1]).toBe('2 lines of this log could not be written: its reader does not read');
  });

  it('says that a full device takes nothing', () => {
    const full = openSync('/dev/full', 'w');
    const { log, troubles } = logOn(Object.assign(new EventEmitter(), { fd: full }));
    log.write('line\n');
    log.write('line\n');
    closeSync(full);
    expect(troubles).toStrictEqual(['the log cannot be written: no space left; serving goes on']);
  });
});
