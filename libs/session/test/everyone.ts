import type { ServeOptions } from '../src/serve';

/** A server that serves everyone, and tells clients that ask how a test went. */
export const EVERYONE: Pick<ServeOptions, 'accountOf' | 'refusalOfToken'> = {
  accountOf: ({ runner, throughput }) => `${runner}: ${throughput?.up?.bytes} bytes up`,
  refusalOfToken: undefined,
};
