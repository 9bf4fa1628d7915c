/** What a client says of itself to an iperf3 server that asks. Encrypted under the server's key it is `authtoken`. */
interface Credentials {
  readonly username: string;
  readonly password: string;
  /** When it was said: seconds since 1970. */
  readonly saidAtSeconds: number;
}

/** Its plain text, before encryption. */
export const credentialsToText = ({ username, password, saidAtSeconds }: Credentials): string =>
  `user: ${username}\npwd:  ${password}\nts:   ${saidAtSeconds}`;

/** Undefined for a text of another shape. A password may hold anything but a line's end. */
export function credentialsFromText(text: string): Credentials | undefined {
  const [, username, password, seconds] = /^user: ([^\n]*)\npwd: {2}([^\n]*)\nts: {3}(\d{1,12})\n?$/.exec(text) ?? [];
  if (username === undefined || password === undefined) return undefined;
  return { username, password, saidAtSeconds: Number(seconds) };
}
