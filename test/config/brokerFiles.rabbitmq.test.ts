import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../../src/config/config.ts';
import { openProxy } from '../kit/brokers/proxy.ts';
import { rabbitmqctl } from '../kit/brokers/rabbitmqctl.ts';
import { uniqueTopology, openRabbitmqTransport } from '../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';

const { url, control } = sharedBroker();
const needsControl = { skip: control === undefined ? 'rabbitmqctl is not available' : false };

test('a changed password file is used at the next reconnect', needsControl, async (t) => {
  assert.ok(control);
  const username = `user-${randomUUID().slice(0, 8)}`;
  await rabbitmqctl(control, 'add_user', username, 'old');
  t.after(() => rabbitmqctl(control, 'delete_user', username));
  await rabbitmqctl(control, 'set_permissions', username, '.*', '.*', '.*');
  const directory = await mkdtemp(join(tmpdir(), 'asya-secret-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'password');
  await writeFile(file, 'old\n');
  const proxy = await openProxy(Number(new URL(url).port));
  t.after(() => proxy.close());
  const { config } = readConfig({
    ASYA_ACTOR_NAME: 'infer',
    ASYA_RABBITMQ_HOST: '127.0.0.1',
    ASYA_RABBITMQ_PORT: String(proxy.port),
    ASYA_RABBITMQ_USERNAME: username,
    ASYA_RABBITMQ_PASSWORD_FILE: file,
  });
  const { readBrokers } = config.rabbitmq;
  const { states, warnings } = await openRabbitmqTransport(t, uniqueTopology(), { readBrokers });
  await states.until({ connected: true });

  await rabbitmqctl(control, 'change_password', username, 'new');
  await writeFile(file, 'new\n');
  proxy.cutConnections();
  await states.until({ connected: false });
  await states.until({ connected: true });
  assert.doesNotMatch(warnings.join(''), /ACCESS_REFUSED|ACCESS-REFUSED/);
});
