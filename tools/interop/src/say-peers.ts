import { PEERS } from './peers';

/** Before the first test: who takes part, and what is therefore not tried. */
export default function sayPeers(): void {
  for (const { name, command, version, use } of PEERS) {
    process.stdout.write(
      version === undefined
        ? `no ${name} (${command}): ${use} are not tried with it\n`
        : `${name} ${version} (${command})\n`,
    );
  }
}
