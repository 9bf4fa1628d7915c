import { join } from 'node:path';
import { load, loadSettings, openLogin, ping, pingSettings } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { type CommandLine, clientMain, loggedIn, warn } from '@pathgauge/utils';
import { type Name, udpClientRun } from './options';

export const run = (commandLine: CommandLine<Name>): Promise<void> =>
  clientMain('udp-client', commandLine, (raw) => {
    const run = udpClientRun(raw);
    const { transport: choice, spin } = run;
    const transport = () => openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin });
    const target = { host: run.options.host, port: run.options.port };
    if (run.kind === 'ping') {
      const { options } = run;
      return {
        asked: { kind: 'ping', settings: pingSettings(options) },
        target,
        begin: (wishes) => ping(options, transport(), wishes.end, wishes),
      };
    }
    const { options } = run;
    const login = run.login && openLogin(run.login, warn);
    return {
      asked: { kind: 'load', settings: loadSettings(options) },
      target,
      begin: (wishes) =>
        loggedIn(login, wishes.end, (authToken) => load({ ...options, authToken }, transport(), wishes.end, wishes)),
    };
  });
