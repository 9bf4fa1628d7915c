import fc from 'fast-check';
import { credentialsFromText, credentialsToText } from './auth-token';

// What iperf3 3.12 encrypts for --username anna, IPERF3_PASSWORD='pass word', at 2023-11-14T22:13:20Z.
const TEXT = 'user: anna\npwd:  pass word\nts:   1700000000';
const ANNA = { username: 'anna', password: 'pass word', saidAtSeconds: 1_700_000_000 };

it('is what iperf3 says', () => {
  expect(credentialsToText(ANNA)).toBe(TEXT);
  expect(credentialsFromText(TEXT)).toStrictEqual(ANNA);
});

it('comes back as it was, whatever is in it but the end of a line', () => {
  const line = fc.string().filter((text) => !text.includes('\n'));
  fc.assert(
    fc.property(line, line, fc.nat(), (username, password, saidAtSeconds) => {
      const said = { username, password, saidAtSeconds };
      expect(credentialsFromText(credentialsToText(said))).toStrictEqual(said);
    }),
  );
});

it.each([
  '',
  'user: anna',
  `${TEXT}x`,
  TEXT.replace('pwd: ', 'pwd:'),
  TEXT.replace('1700000000', ''),
  TEXT.replace('1700000000', '-5'),
  TEXT.replace('1700000000', '1e3'),
  TEXT.replace('1700000000', '1'.repeat(13)),
  `x${TEXT}`,
  TEXT.replace('anna', 'an\nna'),
])('knows that %j is none', (text) => {
  expect(credentialsFromText(text)).toBeUndefined();
});
