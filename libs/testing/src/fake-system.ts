import {
  type DatagramOptions,
  type Endpoint,
  endpointText,
  type Granted,
  NOTHING_TOLD,
  type PathState,
  type ProcessorTime,
  type StreamSettings,
} from '@pathgauge/transport';

/** What the systems of the hosts are said to do, which tests set; and what was asked of them. */
export class FakeSystem {
  congestionControls: readonly string[] = ['cubic', 'reno'];
  /** Of the program on the host that was made with `address`. */
  processorTime: (address: string) => ProcessorTime = () => ({ userNs: 0, systemNs: 0 });
  /** What a connection is granted that asks for this. */
  grantedFor: (settings: StreamSettings) => Granted = () => NOTHING_TOLD;
  /** Of the connection that has this end, with what was set on it. */
  pathStateOf: (local: Endpoint, settings: StreamSettings) => PathState | undefined = () => undefined;
  readonly #settings = new Map<string, StreamSettings>();
  readonly #datagrams = new Map<string, DatagramOptions>();

  /** What was set on the connection that has this end, latest last. */
  settingsAt(local: Endpoint): StreamSettings {
    return this.#settings.get(endpointText(local)) ?? {};
  }

  set(local: Endpoint, settings: StreamSettings | undefined): void {
    if (settings !== undefined) this.#settings.set(endpointText(local), { ...this.settingsAt(local), ...settings });
  }

  /** With what the latest datagram socket was opened there. */
  optionsAt(local: Endpoint): DatagramOptions | undefined {
    return this.#datagrams.get(endpointText(local));
  }

  open(local: Endpoint, options: DatagramOptions): void {
    this.#datagrams.set(endpointText(local), options);
  }
}
