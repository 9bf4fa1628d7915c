import { checkWords } from './check-words';
import { CLIENT_OPTIONS, SERVER_OPTIONS } from './common-options';
import { UsageError } from './quantities';

const UDP_CLIENT = {
  ...CLIENT_OPTIONS,
  interval: { alias: 'i', kind: 'value', describe: '' },
  count: { alias: 'c', kind: 'value', describe: '' },
  time: { alias: 't', kind: 'value', describe: '' },
  length: { alias: 'l', kind: 'value', describe: '' },
  bitrate: { alias: 'b', kind: 'value', describe: '' },
} as const;
const { count: _, ...TCP_CLIENT } = UDP_CLIENT;
const OPTIONS = {
  'udp-client': UDP_CLIENT,
  'tcp-client': TCP_CLIENT,
  'udp-server': SERVER_OPTIONS,
  'tcp-server': SERVER_OPTIONS,
};
type Program = keyof typeof OPTIONS;

const check = (program: Program, line: string): string =>
  checkWords(program, OPTIONS[program], line.split(' ')).join(' ');

describe('checkWords', () => {
  it.each<[Program, string]>([
    ['udp-client', 'host 65432 -i 10ms -c 5 -q'],
    ['udp-client', '--interval=10ms --i 10ms -i10ms -i=10ms host'],
    ['tcp-client', 'host -P4 --bidir -O 2 -n 10M -w64K -Z --tos 0x10'],
    ['udp-client', '-R4q -i -5 host'],
    ['udp-client', '-R4qi 5 host'],
    ['udp-client', '-c 10 m'],
    ['udp-client', 'm -i 10'],
    ['udp-client', '-o - -o json:- host'],
    ['udp-client', '-- --cuont -z'],
    ['udp-client', '--help -h --version'],
    ['tcp-server', '-p 0 --once -a ::1'],
  ])('%s %s: says nothing', (program, line) => {
    expect(() => check(program, line)).not.toThrow();
  });

  it.each([
    ['-i10ms host', '--interval=10ms host'],
    ['host -b10M -t5s -l=1K', 'host --bitrate=10M --time=5s --length=1K'],
    ['-qc5 host', '-q --count=5 host'],
    ['-alocalhost -p65432 -q4', '--address=localhost --port=65432 -q4'],
    ['-oresult.json -ojson:- host', '--out=result.json --out=json:- host'],
    ['-i -5 -i-5 -- -i10ms', '-i -5 --interval=-5 -- -i10ms'],
    ['--interval 10ms --count=3 -c 4', '--interval 10ms --count=3 -c 4'],
    // By another name, or by its letter behind two dashes.
    ['--blockcount 10 --blockcount=10 --P 4', '--blocks 10 --blocks=10 --parallel 4'],
    // What may stand without a value takes only a time for one.
    ['--wait-busy host 5201', '--wait-busy=1m host 5201'],
    ['--wait-busy 30 host', '--wait-busy=30 host'],
    ['host --wait-busy 1.5m -q', 'host --wait-busy=1.5m -q'],
    ['host --wait-busy -q', 'host --wait-busy=1m -q'],
    ['--wait-busy=5s 10.0.0.1', '--wait-busy=5s 10.0.0.1'],
    ['host --wait-busy', 'host --wait-busy=1m'],
  ])('hands %s on as %s', (line, words) => {
    expect(check('udp-client', line)).toBe(words);
  });

  it.each<[Program, string, RegExp]>([
    ['udp-client', 'host --cuont 5', /no option --cuont; did you mean --count\?$/],
    ['udp-client', 'host -cuont 5', /no option -cuont; did you mean --count\?$/],
    ['udp-client', 'host -count=5', /no option -count; did you mean --count\?$/],
    ['udp-client', 'host -q -port 5', /no option -port; did you mean --port\?$/],
    ['udp-client', 'host -M do', /never cut write --dont-fragment$/],
    ['udp-client', 'host -C bbr', /it is of TCP, and an option of tcp-client$/],
    ['udp-client', 'host --no-delay', /it is of TCP, and an option of tcp-client$/],
    ['tcp-client', 'host --flowlabel 5', /left to the system: leave it out$/],
    ['tcp-client', 'host -T x', /a result has no such name: leave it out$/],
    ['tcp-client', 'host --logfile x', /write -o FILE$/],
    ['tcp-client', 'host --dont-fragment', /an option of udp-client$/],
    ['tcp-client', 'host --connect-timeout 500', /known without it: leave it out$/],
    ['tcp-client', 'host --version4', /write -4$/],
    ['udp-client', 'host --cport 5000', /picks the own port: leave it out$/],
    ['tcp-client', 'host -F big.iso', /a file is not sent; for an amount write -n$/],
    ['tcp-client', 'host --forceflush', /lines come when they are known: leave it out$/],
    ['tcp-server', '--timestamps', /write --json-stream$/],
    ['tcp-client', 'host --sctp', /no SCTP here: TCP or UDP only$/],
    ['tcp-client', 'host -d', /all is told without it: leave it out$/],
    ['tcp-client', 'host --repeating-payload', /cannot be chosen: leave it out$/],
    ['tcp-client', 'host --skip-rx-copy', /it is so without: leave it out$/],
    ['tcp-server', '-D', /as systemd does: leave it out$/],
    ['tcp-server', '-P 4', /an option of udp-client and tcp-client$/],
    ['udp-client', 'host -Q 184', /write -S$/],
    ['tcp-client', 'host -n 10 M', /write 10M, without a space$/],
    ['tcp-client', 'host --wait-busy=5 m', /write 5m, without a space$/],
    ['udp-client', 'host --count5', /did you mean --count\?$/],
    ['udp-client', 'host --inteval=5', /no option --inteval; did you mean --interval\?$/],
    ['udp-client', 'host --jsonstream', /did you mean --json-stream\?$/],
    ['udp-client', 'host --report 1', /did you mean --report-interval\?$/],
    ['udp-client', 'host --repotr-interval 1', /did you mean --report-interval\?$/],
    ['udp-client', 'host --hlep', /did you mean --help\?$/],
    ['udp-client', 'host -json', /no option -s|did you mean --json/],
    ['udp-client', 'host --nonsense', /^there is no option --nonsense$/],
    ['udp-client', 'host --constructor', /^there is no option --constructor$/],
    ['udp-client', 'host --__proto__ 1', /^there is no option --__proto__$/],
    ['tcp-client', '-c host', /no option -c: the host is named without it: tcp-client <host>$/],
    ['tcp-client', '--client host', /tcp-client <host>$/],
    ['tcp-client', '-u host', /for UDP run udp-client$/],
    ['tcp-server', '-u', /for UDP run udp-server$/],
    ['udp-client', '-u host', /uses UDP: leave it out$/],
    ['udp-server', '-s', /udp-server is a server: leave it out$/],
    ['tcp-client', '-s', /for a server run tcp-server; for a size write -l$/],
    ['udp-server', '-c host', /an option of udp-client$/],
    ['tcp-server', '-b 10M', /an option of udp-client and tcp-client$/],
    ['udp-server', '--interval=1', /an option of udp-client and tcp-client$/],
    ['tcp-server', '--echo', /no option --echo: it is an option of udp-server$/],
    ['tcp-client', '--once', /an option of udp-server and tcp-server$/],
    ['tcp-server', '-1', /write --once$/],
    ['tcp-server', '-4', /write -a 0\.0\.0\.0$/],
    ['tcp-client', '-J', /write --json$/],
    ['tcp-server', '-B ::1', /write -a$/],
    ['tcp-client', '-B ::1', /write --bind$/],
    ['udp-client', '-W 1', /write --timeout$/],
    ['udp-client', '-i 10 ms host', /'10 ms' is two arguments: write 10ms, without a space$/],
    ['udp-client', '--interval=10 ms', /write 10ms/],
    ['udp-client', 'host -t 1.5 min', /write 1\.5min/],
    ['udp-client', 'host -b 10 Mbit/s', /write 10Mbit\/s/],
    ['tcp-client', 'host -l 64 K', /write 64K/],
    ['udp-client', 'host -i', /an argument is missing: -i needs a value/],
    ['udp-client', 'host -i -c 5', /an argument is missing: -i needs a value/],
    ['udp-client', 'host -5', /no option -5$/],
    ['udp-client', 'host -qz', /no option -z$/],
  ])('%s %s: says what to type', (program, line, words) => {
    let told: unknown;
    try {
      check(program, line);
    } catch (error) {
      told = error;
    }
    if (told === undefined) expect('').toMatch(words);
    else expect(told).toBeInstanceOf(UsageError);
    const message = told === undefined ? '' : (told as Error).message;
    expect(message).toMatch(words);
    expect(message).not.toContain('\n');
  });
});
