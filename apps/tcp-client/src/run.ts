import { join } from 'node:path';
import { load, loadSettings, openLogin } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { type CommandLine, clientMain, loggedIn, warn } from '@pathgauge/utils';
import { type Name, tcpClientRun } from './options';

export const run = (commandLine: CommandLine<Name>): Promise<void> =>
  clientMain('tcp-client', commandLine, (raw) => {
    const { options, transport: choice, login: who } = tcpClientRun(raw);
    const login = who && openLogin(who, warn);
    return {
      asked: { kind: 'load', settings: loadSettings(options) },
      target: { host: options.host, port: options.port },
      begin: (wishes) =>
        loggedIn(login, wishes.end, (authToken) => {
          const transport = openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin: 'never' });
          return load({ ...options, authToken }, transport, wishes.end, wishes);
        }),
    };
  });
