import type { Target } from '../src/reach/target';

/** A port of `host`, from wherever the system likes. */
export const usualTarget = (host: string, port: number): Target => ({
  host,
  port,
  family: undefined,
  bind: undefined,
  ttl: undefined,
});
