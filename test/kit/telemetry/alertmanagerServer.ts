import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MINUTE } from '../../../src/units.ts';
import { killOnExit } from '../processes/killOnExit.ts';
import { freePorts } from '../processes/ports.ts';
import { until } from '../processes/until.ts';
import { findAlertmanager } from './monitoringPrograms.ts';

/** A real Alertmanager without peers. */
export interface AlertmanagerServer {
  /** `host:port` of its API. */
  readonly address: string;
  /** Fires alerts with these labels for some minutes. */
  post(alerts: readonly Labels[]): Promise<void>;
  /** Returns the active alerts; an inhibited one has the fingerprints of its causes. */
  alerts(): Promise<ActiveAlert[]>;
  close(this: void): Promise<void>;
}

export type Labels = Readonly<Record<string, string>>;

export interface ActiveAlert {
  readonly labels: Labels;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: { readonly inhibitedBy: readonly string[] };
}

/**
 * Starts an Alertmanager; resolves when it is ready.
 * @param folder receives its configuration and data
 * @param configuration the text of alertmanager.yml
 */
export async function openAlertmanager(
  folder: string,
  configuration: string,
): Promise<AlertmanagerServer> {
  const file = join(folder, 'alertmanager.yml');
  await writeFile(file, configuration);
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    findAlertmanager().server,
    [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  killOnExit(child);
  const ended = once(child, 'exit');
  await until(() => isReady(address), 'Alertmanager');
  return {
    address,
    post: (alerts) => postAlerts(address, alerts),
    async alerts() {
      const response = await fetch(`http://${address}/api/v2/alerts`);
      return (await response.json()) as ActiveAlert[];
    },
    close: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function postAlerts(address: string, alerts: readonly Labels[]): Promise<void> {
  const endsAt = new Date(Date.now() + 10 * MINUTE).toISOString();
  const response = await fetch(`http://${address}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels, endsAt }))),
  });
  if (!response.ok) throw new Error(`Alertmanager refused alerts: ${await response.text()}`);
}

async function isReady(address: string): Promise<boolean> {
  const response = await fetch(`http://${address}/-/ready`).catch(() => undefined); // not listening yet
  return response?.ok ?? false;
}
