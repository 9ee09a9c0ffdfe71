import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveEndpoints } from '../../../../src/cli/tail/access/resolveEndpoints.ts';

test('a host name means all its addresses', async () => {
  const resolve = async (): Promise<readonly string[]> => ['10.0.0.7', 'fd00::8'];
  assert.deepEqual(await resolveEndpoints({ host: 'infer', port: 8080 }, resolve), [
    { host: '10.0.0.7', port: 8080, hostHeader: 'infer:8080' },
    { host: 'fd00::8', port: 8080, hostHeader: 'infer:8080' },
  ]);
});

test('a name of this machine is one sidecar', async () => {
  const resolve = async (): Promise<readonly string[]> => ['::1', '127.0.0.1'];
  assert.deepEqual(await resolveEndpoints({ host: 'my-laptop', port: 8081 }, resolve), [
    { host: 'localhost', port: 8081, hostHeader: 'localhost:8081' },
  ]);
});

test('an IP address is not resolved', async () => {
  const resolve = (): Promise<never> => Promise.reject(new Error('resolved'));
  assert.deepEqual(await resolveEndpoints({ host: '::1', port: 8080 }, resolve), [
    { host: '::1', port: 8080, hostHeader: '[::1]:8080' },
  ]);
});
