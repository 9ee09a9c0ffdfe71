import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readConfig, type Environment } from '../../src/config/config.ts';
import { problemsOf, REQUIRED, warningsOf } from '../kit/rigs/readEnvironment.ts';
import { SCHEMA } from '../../src/config/schema.ts';

function fileWith(
  t: TestContext,
  content: string,
): { path: string; write: (content: string) => void } {
  const directory = mkdtempSync(join(tmpdir(), 'asya-config-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'secret');
  writeFileSync(path, content);
  return { path, write: (next) => writeFileSync(path, next) };
}

test('an actor name is the only required variable; all others have defaults', () => {
  const { config, warnings } = readConfig(REQUIRED);
  const { readBrokers, readTlsOptions, variables, ...rabbitmq } = config.rabbitmq;
  const { hops, runtime, ...others } = config;
  const { readFiles, ...endpoint } = runtime.endpoint;
  assert.deepEqual(warnings, []);
  assert.equal(hops.readToken(), undefined);
  assert.deepEqual(
    { ...others, rabbitmq, runtime: { ...runtime, endpoint } },
    {
      actor: 'infer',
      isEnd: false,
      happyEnd: 'happy-end',
      errorEnd: 'error-end',
      concurrency: 1,
      batch: { size: 1, waitMs: 10, maxBytes: 16 * 2 ** 20 },
      prefetch: 1,
      transport: 'rabbitmq',
      confirmTimeoutMs: 30_000,
      queueAutoCreate: true,
      rabbitmq: { exchange: 'asya', queueType: 'quorum' },
      sqlite: { path: '' },
      runtime: {
        endpoint: {
          address: { transport: 'unix', path: '/var/run/asya/asya-runtime.sock' },
          url: undefined,
        },
        http: { target: '/', host: 'runtime', healthPath: null },
        protocol: 'payload',
        timeoutMs: 300_000,
        timeoutAction: 'continue',
        readyTimeoutMs: 300_000,
        maxReplyBytes: 67_108_864,
      },
      retry: {
        maxAttempts: 5,
        backoffMs: [1_000, 5_000, 30_000, 120_000],
        errors: [],
        maxDeferrals: 100,
      },
      breaker: null,
      rateLimit: null,
      maxRedeliveries: 5,
      maxFanout: 1_000,
      maxMessageBytes: 16_711_680,
      maxNesting: 10_000,
      shutdownTimeoutMs: 30_000,
      metrics: { enabled: true, address: { host: undefined, port: 8080 }, namespace: 'asya_actor' },
      log: { level: 'info', format: null },
      trace: { file: null, maxGapMs: 3_600_000, maxFanout: 100 },
    },
  );
  assert.deepEqual(readBrokers(), [
    {
      hostname: 'localhost',
      port: 5672,
      username: 'guest',
      password: 'guest',
      vhost: '/',
      tls: false,
    },
  ]);
  assert.deepEqual(readTlsOptions(), {});
  assert.deepEqual(readFiles(), { tls: {}, headers: [] });
  assert.equal(variables.address, 'ASYA_RABBITMQ_HOST');
});

test('the configuration names the variables that set the address and the login', () => {
  const file = import.meta.filename;
  const variablesOf = (environment: Record<string, string>) =>
    readConfig({ ...REQUIRED, ...environment }).config.rabbitmq.variables;
  assert.deepEqual(variablesOf({}), {
    address: 'ASYA_RABBITMQ_HOST',
    login: 'ASYA_RABBITMQ_USERNAME, ASYA_RABBITMQ_PASSWORD',
    vhost: 'ASYA_RABBITMQ_VHOST',
  });
  assert.equal(
    variablesOf({ ASYA_RABBITMQ_PASSWORD_FILE: file }).login,
    'ASYA_RABBITMQ_USERNAME, ASYA_RABBITMQ_PASSWORD_FILE',
  );
  const url = 'ASYA_RABBITMQ_URL';
  assert.deepEqual(variablesOf({ ASYA_RABBITMQ_URL: 'amqp://a' }), {
    address: url,
    login: url,
    vhost: url,
  });
});

test('the configuration is deeply frozen', () => {
  const { config } = readConfig(REQUIRED);
  assert.ok(Object.isFrozen(config));
  assert.ok(Object.isFrozen(config.retry.backoffMs));
  assert.ok(Object.isFrozen(config.metrics.address));
});

test('every variable has documentation and a valid default', () => {
  for (const [name, { doc }] of Object.entries(SCHEMA)) assert.match(doc, /^[A-Z].*\.$/, name);
  assert.deepEqual(problemsOf({}), []);
});

test('an empty variable counts as absent', () => {
  assert.deepEqual(
    problemsOf({ ASYA_CONCURRENCY: '', ASYA_RABBITMQ_URL: '', ASYA_RUNTIME_TIMEOUT: '' }),
    [],
  );
});

test('all problems are reported at once', () => {
  const problems = problemsOf({
    ASYA_ACTOR_NAME: '',
    ASYA_CONCURRENCY: '0',
    ASYA_TRANSPORT: 'sqlite',
  });
  assert.deepEqual(problems, [
    'ASYA_ACTOR_NAME: is required, and must be an actor name: a letter or digit, then up to 199 letters, digits, ".", "_" or "-"',
    'ASYA_CONCURRENCY: must be an integer from 1 to 65535: value was "0"',
    'ASYA_SQLITE_PATH is required because ASYA_TRANSPORT is sqlite',
  ]);
});

const ACTOR_RULE =
  'must be an actor name: a letter or digit, then up to 199 letters, digits, ".", "_" or "-"';
const BOOLEAN_RULE = 'must be true or false';
const DURATION_RULE = 'must be a duration from 1ms to 596h, like 300ms or 1m30s';
const URLS_RULE =
  'must be one or more URLs, separated by commas, like amqp://user:password@host:5672/vhost or amqps://…, without a query';
const UNESCAPED = 'the user name or the password has a "/", "?" or "#" that is not percent-encoded';
const POSITIVE_INTEGER_RULE = 'must be a positive integer';
const PREFETCH_RULE = 'must be an integer from 1 to 65535';
const NESTING_RULE =
  'must be an integer of at least 2, the nesting depth of a route in its envelope';
const DATABASE_RULE = 'must be the path of a file; processes cannot share :memory: and file: URLs';
const ERROR_RATE_RULE = 'must be a number above 0 and at most 1, like 0.5';
const RATE_LIMIT_RULE =
  'must be a count and a duration, like 100/1m; the count from 1 to 1000000, the duration from 1ms to 596h';
const NAME_RULE = 'must be a name of 1 to 255 bytes';

/** Invalid values, and the rule that each of them breaks. */
const BAD_VALUES: readonly (readonly [string, string, string])[] = [
  ['ASYA_ACTOR_NAME', 'a#', ACTOR_RULE],
  ['ASYA_ACTOR_NAME', 'a'.repeat(201), ACTOR_RULE],
  ['ASYA_IS_END_ACTOR', 'maybe', BOOLEAN_RULE],
  ['ASYA_ACTOR_HAPPY_END', '-', ACTOR_RULE],
  ['ASYA_ACTOR_ERROR_END', 'a b', ACTOR_RULE],
  ['ASYA_CONCURRENCY', '1.5', PREFETCH_RULE],
  ['ASYA_CONCURRENCY', '65536', PREFETCH_RULE],
  ['ASYA_TRANSPORT', 'kafka', 'must be one of the possible values: ["rabbitmq","sqlite","memory"]'],
  ['ASYA_RABBITMQ_PORT', 'tcp://10.0.0.1:5672', 'must be a port from 1 to 65535'],
  ['ASYA_RABBITMQ_PORT', '65536', 'must be a port from 1 to 65535'],
  ['ASYA_RABBITMQ_VHOST', 'é'.repeat(128), NAME_RULE],
  ['ASYA_RABBITMQ_EXCHANGE', 'x'.repeat(256), NAME_RULE],
  ['ASYA_PREFETCH', '0', PREFETCH_RULE],
  ['ASYA_RABBITMQ_PREFETCH', '0', PREFETCH_RULE],
  ['ASYA_RABBITMQ_PREFETCH', '65536', PREFETCH_RULE],
  [
    'ASYA_RABBITMQ_QUEUE_TYPE',
    'stream',
    'must be one of the possible values: ["quorum","classic"]',
  ],
  ['ASYA_QUEUE_AUTO_CREATE', 'no', BOOLEAN_RULE],
  ['ASYA_CONFIRM_TIMEOUT', '30', DURATION_RULE],
  ['ASYA_SQLITE_PATH', ':memory:', DATABASE_RULE],
  ['ASYA_SQLITE_PATH', 'file:queues.db?mode=memory', DATABASE_RULE],
  [
    'ASYA_SOCKET_DIR',
    `/${'d'.repeat(90)}`,
    'must be a directory in which the path of asya-runtime.sock has at most 103 bytes',
  ],
  [
    'ASYA_RUNTIME_PROTOCOL',
    'grpc',
    'must be one of the possible values: ["payload","envelope","http","none"]',
  ],
  ['ASYA_RUNTIME_TIMEOUT', '5 min', DURATION_RULE],
  ['ASYA_RUNTIME_TIMEOUT', '0s', DURATION_RULE],
  ['ASYA_RUNTIME_TIMEOUT', '-1s', DURATION_RULE],
  ['ASYA_RUNTIME_TIMEOUT', '999us', DURATION_RULE],
  // A longer delay makes setTimeout fire at once.
  ['ASYA_RUNTIME_TIMEOUT', '597h', DURATION_RULE],
  ['ASYA_RUNTIME_TIMEOUT_ACTION', 'die', 'must be one of the possible values: ["continue","exit"]'],
  ['ASYA_RUNTIME_READY_TIMEOUT', 'never', DURATION_RULE],
  [
    'ASYA_RUNTIME_MAX_REPLY_BYTES',
    '64M',
    'must be a size from 1 to 2147483647 bytes, like 16711680, 512KiB or 64MiB',
  ],
  ['ASYA_RETRY_MAX_ATTEMPTS', '0', POSITIVE_INTEGER_RULE],
  ['ASYA_RETRY_MAX_ATTEMPTS', '99999999999999999999', POSITIVE_INTEGER_RULE],
  [
    'ASYA_RETRY_BACKOFF',
    '1s,,2s',
    'must be durations from 1ms to 596h, separated by commas, like 1s,30s,2m',
  ],
  [
    'ASYA_RETRY_BACKOFF',
    '1s,0s',
    'must be durations from 1ms to 596h, separated by commas, like 1s,30s,2m',
  ],
  ['ASYA_RETRY_ERRORS', 'ValueError,', 'must be names, separated by commas'],
  ['ASYA_MAX_DEFERRALS', '-1', 'must be a non-negative integer'],
  ['ASYA_MAX_REDELIVERIES', '0', POSITIVE_INTEGER_RULE],
  ['ASYA_MAX_FANOUT', 'many', POSITIVE_INTEGER_RULE],
  [
    'ASYA_MAX_MESSAGE_BYTES',
    '1000',
    'must be a size from 1MiB to 2147483647 bytes, like 16711680 or 15MiB',
  ],
  ['ASYA_MAX_NESTING', '1', NESTING_RULE],
  ...['0', '1.01', '-0.5', '50%', '1e-1', '.'].map(
    (value) => ['ASYA_BREAKER_ERROR_RATE', value, ERROR_RATE_RULE] as const,
  ),
  ['ASYA_BREAKER_MIN_HOPS', '0', POSITIVE_INTEGER_RULE],
  ['ASYA_BREAKER_WINDOW', '1', DURATION_RULE],
  ['ASYA_BREAKER_COOLDOWN', '0s', DURATION_RULE],
  ...['100', '0/1m', '1000001/1m', '1.5/1m', '100/0s', '100/597h', '/1m', '100/m', '9/1m/1s'].map(
    (value) => ['ASYA_RATE_LIMIT', value, RATE_LIMIT_RULE] as const,
  ),
  ['ASYA_SHUTDOWN_TIMEOUT', '30', DURATION_RULE],
  ['ASYA_METRICS_ENABLED', '2', BOOLEAN_RULE],
  // Properties of every object.
  ['ASYA_METRICS_ENABLED', 'constructor', BOOLEAN_RULE],
  ['ASYA_QUEUE_AUTO_CREATE', '__proto__', BOOLEAN_RULE],
  ['ASYA_RUNTIME_TIMEOUT', '1constructor', DURATION_RULE],
  [
    'ASYA_RUNTIME_MAX_REPLY_BYTES',
    '1constructor',
    'must be a size from 1 to 2147483647 bytes, like 16711680, 512KiB or 64MiB',
  ],
  [
    'ASYA_TRANSPORT',
    'toString',
    'must be one of the possible values: ["rabbitmq","sqlite","memory"]',
  ],
  ['ASYA_LOG_FORMAT', 'constructor', 'must be one of the possible values: ["json","pretty"]'],
  ['ASYA_METRICS_ADDR', '8080', 'must be an address like :8080, 127.0.0.1:0 or [::1]:9090'],
  [
    'ASYA_METRICS_NAMESPACE',
    '1-x',
    'must consist of letters, digits and "_", and not begin with a digit',
  ],
  [
    'ASYA_LOG_LEVEL',
    'loud',
    'must be one of the possible values: ["trace","debug","info","warn","error","fatal","silent"]',
  ],
  ['ASYA_LOG_FORMAT', 'xml', 'must be one of the possible values: ["json","pretty"]'],
  ['ASYA_TRACE_MAX_GAP', '1d', DURATION_RULE],
  ['ASYA_TRACE_MAX_FANOUT', '0', POSITIVE_INTEGER_RULE],
];

for (const [name, value, rule] of BAD_VALUES) {
  test(`${name}=${value.slice(0, 30)} is rejected, and the error states the rule`, () => {
    assert.deepEqual(problemsOf({ [name]: value }), [
      `${name}: ${rule}: value was ${JSON.stringify(value)}`,
    ]);
  });
}

/** Invalid URLs, and the problem that the error names. "hunter2" is a password. */
const BAD_URLS: readonly [string, string][] = [
  ['http://user:hunter2@rabbit', 'the scheme is http'],
  ['rabbit:5672', 'it does not begin with amqp:// or amqps://'],
  ['hunter2', 'it does not begin with amqp:// or amqps://'],
  ['amqp://user:hunter2@rabbit:99999', 'the port is not a number from 1 to 65535'],
  ['amqp://user:hunter2@rabbit:0', 'the port is not a number from 1 to 65535'],
  ['amqp://user:hunter2@rabbit:x', 'the port is not a number from 1 to 65535'],
  ['amqp://user:hunter2', 'the port is not a number from 1 to 65535'],
  ['amqp://user:hunter2@', 'the host is missing'],
  ['amqp://user:hunter2@:5672', 'the host is missing'],
  ['amqp://user:hunter2@rab bit', 'the host is not valid'],
  ['amqp://user:hunter2@[::1', 'the host is not valid'],
  ['amqp://user:hunter2@rabbit?heartbeat=10', 'it has a query'],
  ['amqp://user:hunter2@rabbit/#a', 'it has a fragment'],
  ['amqp://user:hun%ter2@rabbit', 'the percent-encoding of the password is invalid'],
  ['amqp://us%er:hunter2@rabbit', 'the percent-encoding of the user name is invalid'],
  ['amqp://user:hunter2@rabbit/%', 'the percent-encoding of the virtual host is invalid'],
  [`amqp://user:hunter2@rabbit/${'v'.repeat(256)}`, 'the virtual host has more than 255 bytes'],
  ['amqp://user:hun/ter2@rabbit', UNESCAPED],
  ['amqp://user:hun?ter2@rabbit', UNESCAPED],
  ['amqp://user:hun#ter2@rabbit', UNESCAPED],
  ['amqp://a,', 'URL 2 of 2: it is empty'],
  [
    'amqp://a,amqps://user:hunter2@b:x,amqp://c',
    'URL 2 of 3: the port is not a number from 1 to 65535',
  ],
];

for (const [urls, part] of BAD_URLS) {
  test(`the error about ${urls.slice(0, 40)} names the invalid part and shows no secret`, (t) => {
    assert.deepEqual(problemsOf({ ASYA_RABBITMQ_URL: urls }), [
      `ASYA_RABBITMQ_URL: ${URLS_RULE}: ${part}`,
    ]);
    const { path } = fileWith(t, `${urls}\n`);
    assert.deepEqual(problemsOf({ ASYA_RABBITMQ_URL_FILE: path }), [
      `ASYA_RABBITMQ_URL_FILE: the content ${URLS_RULE}: ${part}`,
    ]);
  });
}

/** Values that break a rule between variables, and the reported problem. */
const BROKEN_RULES: readonly [Environment, string][] = [
  [
    { ASYA_ACTOR_HAPPY_END: 'end', ASYA_ACTOR_ERROR_END: 'end' },
    'ASYA_ACTOR_HAPPY_END and ASYA_ACTOR_ERROR_END must differ: both are "end"',
  ],
  [
    { ASYA_ACTOR_NAME: 'happy-end', ASYA_IS_END_ACTOR: 'false' },
    'ASYA_IS_END_ACTOR must not be false: ASYA_ACTOR_NAME "happy-end" is ASYA_ACTOR_HAPPY_END',
  ],
  [
    { ASYA_ACTOR_NAME: 'error-end', ASYA_IS_END_ACTOR: 'false' },
    'ASYA_IS_END_ACTOR must not be false: ASYA_ACTOR_NAME "error-end" is ASYA_ACTOR_ERROR_END',
  ],
  [
    { ASYA_RUNTIME_PROTOCOL: 'none' },
    'ASYA_RUNTIME_PROTOCOL may be none for an end only: ASYA_ACTOR_NAME "infer" is not the name of an end, and ASYA_IS_END_ACTOR is not true',
  ],
  [
    { ASYA_PREFETCH: '2', ASYA_RABBITMQ_PREFETCH: '3' },
    'ASYA_PREFETCH (2) and ASYA_RABBITMQ_PREFETCH (3) must be equal: they are two names of one setting',
  ],
  [{ ASYA_TRANSPORT: 'sqlite' }, 'ASYA_SQLITE_PATH is required because ASYA_TRANSPORT is sqlite'],
  [
    {
      ASYA_RABBITMQ_URL: 'amqp://a',
      ASYA_RABBITMQ_URL_FILE: import.meta.filename,
      ASYA_TRANSPORT: 'memory',
    },
    'ASYA_RABBITMQ_URL and ASYA_RABBITMQ_URL_FILE must not be set together',
  ],
  [
    { ASYA_RABBITMQ_PASSWORD: 'x', ASYA_RABBITMQ_PASSWORD_FILE: import.meta.filename },
    'ASYA_RABBITMQ_PASSWORD and ASYA_RABBITMQ_PASSWORD_FILE must not be set together',
  ],
  [
    { ASYA_RABBITMQ_CERT_FILE: import.meta.filename },
    'ASYA_RABBITMQ_CERT_FILE and ASYA_RABBITMQ_KEY_FILE must be set together',
  ],
  [
    { ASYA_RABBITMQ_URL: 'amqps://a,amqp://b', ASYA_RABBITMQ_CA_FILE: import.meta.filename },
    'ASYA_RABBITMQ_CA_FILE requires TLS: every URL of ASYA_RABBITMQ_URL must begin with amqps://',
  ],
  [
    { ASYA_RABBITMQ_URL_FILE: '/no/such' },
    'ASYA_RABBITMQ_URL_FILE: the file cannot be read (ENOENT)',
  ],
  [
    { ASYA_RABBITMQ_PASSWORD_FILE: '/no/such' },
    'ASYA_RABBITMQ_PASSWORD_FILE: the file cannot be read (ENOENT)',
  ],
  [
    { ASYA_RABBITMQ_CA_FILE: '/no/such' },
    'ASYA_RABBITMQ_CA_FILE: the file cannot be read (ENOENT)',
  ],
];

for (const [environment, problem] of BROKEN_RULES) {
  test(`a broken rule between variables prevents the start: ${problem.slice(0, 80)}`, () => {
    assert.deepEqual(problemsOf(environment), [problem]);
  });
}

const WARNINGS: readonly [Environment, string][] = [
  [
    { ASYA_PREFETCH: '5', ASYA_CONCURRENCY: '2' },
    'ASYA_PREFETCH (5) is more than twice ASYA_CONCURRENCY (2): waiting deliveries are kept from idle replicas',
  ],
  [
    { ASYA_TRACE_FILE: '/no/such/traces.jsonl' },
    'ASYA_TRACE_FILE: must be a writable file in an existing directory: "/no/such/traces.jsonl" (ENOENT)',
  ],
  [{ ASYA_HOPS_TOKEN_FILE: '/no/such' }, 'ASYA_HOPS_TOKEN_FILE: the file cannot be read (ENOENT)'],
  [{ ASYA_HOPS_TOKEN_FILE: '/dev/null' }, 'ASYA_HOPS_TOKEN_FILE: the file is empty'],
  [{ ASYA_TRACE_FILE: '/tmp' }, 'ASYA_TRACE_FILE: must be a file: "/tmp" is a directory'],
  [
    { ASYA_RABBITMQ_PREFETCH: '5', ASYA_CONCURRENCY: '2' },
    'ASYA_RABBITMQ_PREFETCH (5) is more than twice ASYA_CONCURRENCY (2): waiting deliveries are kept from idle replicas',
  ],
  [
    { ASYA_RABBITMQ_PREFETCH: '1', ASYA_CONCURRENCY: '2' },
    'ASYA_RABBITMQ_PREFETCH (1) is below ASYA_CONCURRENCY (2): it limits the number of envelopes processed at the same time',
  ],
  [
    { ASYA_RUNTIME_TIMEOUT: '31m', ASYA_SHUTDOWN_TIMEOUT: '1h' },
    'ASYA_RUNTIME_TIMEOUT (31m) exceeds 30m, the default consumer_timeout after which RabbitMQ (ASYA_TRANSPORT) requeues a delivery',
  ],
  [
    { ASYA_RUNTIME_MAX_REPLY_BYTES: '1MiB' },
    'ASYA_RUNTIME_MAX_REPLY_BYTES (1MiB) is below ASYA_MAX_MESSAGE_BYTES (16320KiB): replies are rejected that could be published',
  ],
  [
    { ASYA_SHUTDOWN_TIMEOUT: '10s' },
    'ASYA_SHUTDOWN_TIMEOUT (10s) is shorter than ASYA_RUNTIME_TIMEOUT (5m): a shutdown may interrupt a call, which is then repeated',
  ],
  [
    { ASYA_RUNTIME_TIMEOUT: '1m' },
    'ASYA_SHUTDOWN_TIMEOUT (30s) is shorter than ASYA_RUNTIME_TIMEOUT (1m): a shutdown may interrupt a call, which is then repeated',
  ],
  [
    { ASYA_BREAKER_MIN_HOPS: '5', ASYA_BREAKER_WINDOW: '2m' },
    'ASYA_BREAKER_MIN_HOPS and ASYA_BREAKER_WINDOW without effect: the circuit breaker is off, because ASYA_BREAKER_ERROR_RATE is not set',
  ],
  [
    { ASYA_ACTOR_NAME: 'happy-end', ASYA_RUNTIME_PROTOCOL: 'none', ASYA_RATE_LIMIT: '1/1s' },
    'ASYA_RATE_LIMIT without effect: this actor has no runtime, because ASYA_RUNTIME_PROTOCOL is none',
  ],
  [
    { ASYA_ACTOR_NAME: 'happy-end', ASYA_RUNTIME_PROTOCOL: 'none', ASYA_BREAKER_ERROR_RATE: '1' },
    'ASYA_BREAKER_ERROR_RATE without effect: this actor has no runtime, because ASYA_RUNTIME_PROTOCOL is none',
  ],
];

for (const [environment, warning] of WARNINGS) {
  test(`a probable mistake causes a warning: ${warning.slice(0, 80)}`, () => {
    assert.deepEqual(warningsOf(environment), [warning]);
  });
}

test('values at the limit of a rule between variables cause no warning', () => {
  assert.deepEqual(warningsOf({ ASYA_RABBITMQ_PREFETCH: '2', ASYA_CONCURRENCY: '2' }), []);
  assert.deepEqual(warningsOf({ ASYA_RABBITMQ_PREFETCH: '4', ASYA_CONCURRENCY: '2' }), []);
  assert.deepEqual(warningsOf({ ASYA_RUNTIME_TIMEOUT: '30m', ASYA_SHUTDOWN_TIMEOUT: '30m' }), []);
  assert.deepEqual(warningsOf({ ASYA_RUNTIME_MAX_REPLY_BYTES: '16711680' }), []);
});

function isEnd(environment: Environment): boolean {
  return readConfig(environment).config.isEnd;
}

test('an actor is an end by its name or by ASYA_IS_END_ACTOR', () => {
  assert.equal(isEnd({ ASYA_ACTOR_NAME: 'error-end' }), true);
  assert.equal(isEnd({ ASYA_ACTOR_NAME: 'sink', ASYA_ACTOR_HAPPY_END: 'sink' }), true);
  assert.equal(isEnd({ ASYA_ACTOR_NAME: 'sink', ASYA_IS_END_ACTOR: 'true' }), true);
});

test('the prefetch is set by either of two variables and defaults to the items of all calls', () => {
  for (const [environment, prefetch] of [
    [{}, 3],
    [{ ASYA_BATCH_SIZE: '8' }, 24],
    [{ ASYA_BATCH_SIZE: '65535' }, 65_535],
    [{ ASYA_BATCH_SIZE: '8', ASYA_PREFETCH: '4' }, 4],
    [{ ASYA_PREFETCH: '4' }, 4],
    [{ ASYA_RABBITMQ_PREFETCH: '4' }, 4],
    [{ ASYA_PREFETCH: '4', ASYA_RABBITMQ_PREFETCH: '4' }, 4],
    [{ ASYA_PREFETCH: '4', ASYA_TRANSPORT: 'memory' }, 4],
  ] as const) {
    const { config } = readConfig({ ...REQUIRED, ASYA_CONCURRENCY: '3', ...environment });
    assert.equal(config.prefetch, prefetch, JSON.stringify(environment));
  }
});

test('each read of a URL file rejects URLs without TLS if a variable requires TLS', (t) => {
  const { path, write } = fileWith(t, 'amqps://a');
  const environment = { ASYA_RABBITMQ_URL_FILE: path, ASYA_RABBITMQ_SERVER_NAME: 'rabbit' };
  const { config } = readConfig({ ...REQUIRED, ...environment });
  assert.equal(config.rabbitmq.readBrokers().length, 1);
  write('amqps://a,amqp://b');
  const problem =
    'ASYA_RABBITMQ_SERVER_NAME requires TLS: every URL of ASYA_RABBITMQ_URL_FILE must begin with amqps://';
  assert.throws(() => config.rabbitmq.readBrokers(), { name: 'FileError', message: problem });
  assert.deepEqual(problemsOf(environment), [problem]);
});

test('the circuit breaker and the rate limit are read as numbers', () => {
  const environment = {
    ASYA_BREAKER_ERROR_RATE: '.25',
    ASYA_BREAKER_WINDOW: '2m',
    ASYA_RATE_LIMIT: '1000000/1.5s',
  };
  const { breaker, rateLimit } = readConfig({ ...REQUIRED, ...environment }).config;
  assert.deepEqual(breaker, {
    errorRate: 0.25,
    minHops: 20,
    windowMs: 120_000,
    cooldownMs: 30_000,
  });
  assert.deepEqual(rateLimit, { count: 1_000_000, windowMs: 1_500 });
});

test('the URL overrides the separate variables', () => {
  const { config } = readConfig({
    ...REQUIRED,
    ASYA_RABBITMQ_URL: 'amqp://a',
    ASYA_RABBITMQ_HOST: 'b',
  });
  assert.deepEqual(
    config.rabbitmq.readBrokers().map(({ hostname }) => hostname),
    ['a'],
  );
});

test('the separate variables form a broker, with TLS if a TLS variable is set', () => {
  const parts = {
    ASYA_RABBITMQ_HOST: 'b',
    ASYA_RABBITMQ_USERNAME: 'u',
    ASYA_RABBITMQ_PASSWORD: 'p',
    ASYA_RABBITMQ_VHOST: 'v',
  };
  const { config } = readConfig({
    ...REQUIRED,
    ...parts,
    ASYA_RABBITMQ_SERVER_NAME: 'rabbit.example',
  });
  assert.deepEqual(config.rabbitmq.readBrokers(), [
    { hostname: 'b', port: 5671, username: 'u', password: 'p', vhost: 'v', tls: true },
  ]);
  assert.deepEqual(config.rabbitmq.readTlsOptions(), { servername: 'rabbit.example' });
});

test('a URL file is read again at each call, without its final line end', (t) => {
  const file = fileWith(t, 'amqp://a\n');
  const { config } = readConfig({ ...REQUIRED, ASYA_RABBITMQ_URL_FILE: file.path });
  assert.equal(config.rabbitmq.readBrokers()[0]?.hostname, 'a');
  file.write('amqp://b');
  assert.equal(config.rabbitmq.readBrokers()[0]?.hostname, 'b');
});

test('a password file is read again at each call, without its final line end', (t) => {
  const file = fileWith(t, 'first\n');
  const { config } = readConfig({ ...REQUIRED, ASYA_RABBITMQ_PASSWORD_FILE: file.path });
  assert.equal(config.rabbitmq.readBrokers()[0]?.password, 'first');
  file.write('second\r\n');
  assert.equal(config.rabbitmq.readBrokers()[0]?.password, 'second');
});

test('each read of the token of /hops reads the file again', (t) => {
  const file = fileWith(t, 'first\n');
  const { config } = readConfig({ ...REQUIRED, ASYA_HOPS_TOKEN_FILE: file.path });
  assert.equal(config.hops.readToken(), 'first');
  file.write('second');
  assert.equal(config.hops.readToken(), 'second');
  file.write('\n');
  assert.throws(config.hops.readToken, /^FileError: ASYA_HOPS_TOKEN_FILE: the file is empty$/);
});
