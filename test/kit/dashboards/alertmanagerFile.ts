import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of the shipped alertmanager.yml. */
export const ALERTMANAGER_FILE = fileURLToPath(
  new URL('../../../dashboards/provisioning/alertmanager.yml', import.meta.url),
);

const SECRETS = '/etc/alertmanager/secrets';
const WEBHOOK = 'https://on-call.example/alerts';

export const ON_CALL_TOKEN = 'secret-1';

/**
 * Returns the text of the shipped file with the receivers of its comments, as the comments say, and
 * writes their secrets.
 * @param secrets the folder for the secrets
 * @param url of a webhook that receives pages at `/on-call` and tickets, for Slack, at `/slack`
 */
export function withReceivers(secrets: string, url: string): string {
  writeFileSync(join(secrets, 'on-call-token'), ON_CALL_TOKEN);
  writeFileSync(join(secrets, 'slack-url'), `${url}/slack`);
  return readFileSync(ALERTMANAGER_FILE, 'utf8')
    .replaceAll(/^ {2}- name: .*-not-configured\n/gm, '')
    .replaceAll('-not-configured', '')
    .replaceAll(/^ {2}# (?=- name|  )/gm, '  ')
    .replace(WEBHOOK, `${url}/on-call`)
    .replaceAll(`${SECRETS}/`, join(secrets, '/'));
}

/** Shortens the waits of a file, which are for people. */
export function withoutWaits(text: string): string {
  return text
    .replaceAll(/group_wait: \w+/g, 'group_wait: 100ms')
    .replaceAll(/group_interval: \w+/g, 'group_interval: 1s');
}
