import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { livePipelineTests } from './livePipelineTests.ts';

const folder = await mkdtemp(join(tmpdir(), 'asya-pipeline-'));
after(() => rm(folder, { recursive: true }));

livePipelineTests(async () => ({
  ASYA_TRANSPORT: 'sqlite',
  ASYA_SQLITE_PATH: join(await mkdtemp(join(folder, 'test-')), 'queues.db'),
}));
