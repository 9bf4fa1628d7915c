import { UsageError } from '../args/quantities';
import { askSecretly, type Terminal } from './ask-secretly';

/** How somebody says who it is, once the password is known. */
interface Login {
  readonly username: string;
  readonly password: string | undefined;
  with(password: string): () => string;
}

/** Where passwords come from. They are no option, since everyone sees the options of a process. */
interface Asked {
  readonly environment: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
  write(text: string): void;
}

const PROCESS: Asked = {
  environment: process.env,
  // It is opened when it is asked for: whoever needs no password leaves standard input alone.
  get terminal() {
    return process.stdin;
  },
  write: (text) => void process.stderr.write(text),
};

/** What `begin` begins, with what gives tokens for it; before that, the user is asked for a password that is not known. */
export async function* loggedIn<Event>(
  login: Login | undefined,
  signal: AbortSignal,
  begin: (authToken: (() => string) | undefined) => AsyncIterable<Event>,
  asked = PROCESS,
): AsyncGenerator<Event> {
  yield* begin(login?.with(login.password ?? (await passwordOf(login.username, signal, asked))));
}

async function passwordOf(username: string, signal: AbortSignal, asked: Asked): Promise<string> {
  const given = asked.environment['IPERF3_PASSWORD'];
  if (given !== undefined && given !== '') return given;
  const { terminal } = asked;
  if (terminal.isTTY !== true)
    throw new UsageError(
      `the password of ${username} is missing, and there is no terminal to ask on: set IPERF3_PASSWORD or write --password-file FILE`,
    );
  const typed = await askSecretly(`Password of ${username}: `, terminal, asked.write, signal);
  if (typed === '') throw new UsageError(`the password of ${username} is missing: nothing was typed`);
  return typed;
}
