import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Fault } from '../../../../src/faults.ts';
import { readErrorReply } from '../../../../src/runtime/http/errorReply.ts';

interface Case {
  readonly name: string;
  readonly status?: number;
  /** `application/json` by default. */
  readonly contentType?: string;
  /** The body, or a value whose JSON text is the body. */
  readonly body: unknown;
  readonly message: string;
  /** `HTTP <status>` by default. */
  readonly type?: string;
  /** A part of the traceback. */
  readonly traceback?: string;
}

const HTML = 'text/html; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';

/** Bodies of real servers. Those in files were captured, the others are those of their sources. */
const PYTHON: readonly Case[] = [
  {
    name: 'FastAPI: a validation error',
    status: 422,
    body: captured('fastapi-422'),
    message:
      'body.items.0.name: Field required; body.items.0.n: Input should be a valid integer, unable to parse string as an integer',
  },
  {
    name: 'FastAPI: an HTTPException',
    status: 400,
    body: { detail: 'no such model' },
    message: 'no such model',
  },
  {
    name: 'FastAPI: an HTTPException with an object',
    status: 409,
    body: { detail: { reason: 'the model is busy', code: 'MODEL_BUSY' } },
    message: 'the model is busy',
    type: 'MODEL_BUSY',
  },
  {
    name: 'FastAPI: an exception',
    contentType: TEXT,
    body: 'Internal Server Error',
    message: 'Internal Server Error',
  },
  {
    name: 'Starlette: an exception in debug mode',
    contentType: TEXT,
    body: captured('starlette-debug-500'),
    message: 'ValueError: bad weights',
    type: 'ValueError',
    traceback: 'capstar.py',
  },
  {
    name: 'Flask: a body that is not JSON',
    status: 400,
    contentType: HTML,
    body: captured('flask-400'),
    message:
      'Bad Request: The browser (or proxy) sent a request that this server could not understand.',
  },
  {
    name: 'Flask: abort with a description',
    status: 400,
    contentType: HTML,
    body: captured('flask-abort'),
    message: "Bad Request: the field 'age' is <missing>",
  },
  {
    name: 'Flask: an exception in debug mode',
    contentType: HTML,
    body: captured('flask-debug-500'),
    message: 'ValueError: bad weights',
    type: 'ValueError',
  },
  {
    name: 'Django: a page that is not found',
    status: 404,
    contentType: HTML,
    body: captured('django-404'),
    message: 'Not Found: The requested resource was not found on this server.',
  },
  {
    name: 'Django: an exception in debug mode',
    contentType: HTML,
    body: captured('django-debug-500'),
    message: 'ValueError at /boom: bad <weights>',
    type: 'ValueError',
  },
  {
    name: 'Django REST framework: invalid fields',
    status: 400,
    body: { age: ['A valid integer is required.'] },
    message: 'age: A valid integer is required.',
  },
  {
    name: 'Litestar: a validation error',
    status: 400,
    body: {
      status_code: 400,
      detail: 'Validation failed for POST /v',
      extra: [{ message: 'Expected `str`, got `int`', key: 'name', source: 'body' }],
    },
    message: 'Validation failed for POST /v: name: Expected `str`, got `int`',
  },
  {
    name: 'aiohttp: an exception',
    contentType: TEXT,
    body: '500 Internal Server Error\n\nServer got itself in trouble',
    message: 'Internal Server Error Server got itself in trouble',
  },
  {
    name: 'aiohttp: HTTPBadRequest',
    status: 400,
    contentType: TEXT,
    body: '400: no age',
    message: 'no age',
  },
];

const JAVASCRIPT: readonly Case[] = [
  {
    name: 'Fastify: a validation error',
    status: 400,
    body: {
      statusCode: 400,
      code: 'FST_ERR_VALIDATION',
      error: 'Bad Request',
      message: "body must have required property 'age'",
    },
    message: "body must have required property 'age'",
    type: 'FST_ERR_VALIDATION',
  },
  {
    name: 'Fastify: an exception',
    body: { statusCode: 500, error: 'Internal Server Error', message: 'bad weights' },
    message: 'bad weights',
  },
  {
    name: 'Express: an exception',
    contentType: HTML,
    body: captured('express4-500'),
    message: 'TypeError: bad <weights> & "more"',
    type: 'TypeError',
    traceback: '\n    at Layer.handle [as handle_request] (',
  },
  {
    name: 'Express: no route',
    status: 404,
    contentType: HTML,
    body: captured('express4-404'),
    message: 'Cannot POST /',
  },
  {
    name: 'Express: JSON middleware',
    body: { error: { message: 'bad weights', stack: 'Error: bad weights\n    at f' } },
    message: 'bad weights',
    traceback: 'at f',
  },
  {
    name: 'Koa: ctx.throw',
    status: 400,
    contentType: TEXT,
    body: 'name required',
    message: 'name required',
  },
  {
    name: 'NestJS: a validation error',
    status: 400,
    body: {
      message: ['name must be a string', 'n must be an integer'],
      error: 'Bad Request',
      statusCode: 400,
    },
    message: 'name must be a string; n must be an integer',
  },
  {
    name: 'GraphQL',
    status: 400,
    body: { errors: [{ message: 'no field', path: ['a', 0] }] },
    message: 'a.0: no field',
  },
];

const OTHERS: readonly Case[] = [
  {
    name: 'RFC 9457',
    status: 403,
    contentType: 'application/problem+json',
    body: {
      type: 'https://example.com/probs/out-of-credit',
      title: 'You do not have enough credit.',
      detail: 'Your current balance is 30, but that costs 50.',
      instance: '/account/12345/msgs/abc',
      balance: 30,
    },
    message: 'You do not have enough credit: Your current balance is 30, but that costs 50.',
    type: 'https://example.com/probs/out-of-credit',
  },
  {
    name: 'RFC 9457 without a type',
    status: 404,
    contentType: 'application/problem+json',
    body: { type: 'about:blank', title: 'Not Found', status: 404 },
    message: 'Not Found',
  },
  {
    name: 'ASP.NET: a validation problem',
    status: 400,
    contentType: 'application/problem+json; charset=utf-8',
    body: {
      type: 'https://tools.ietf.org/html/rfc9110#section-15.5.1',
      title: 'One or more validation errors occurred.',
      status: 400,
      errors: { Age: ['The Age field is required.'], Name: ['Too long.', 'Not a name.'] },
    },
    message:
      'One or more validation errors occurred: Age: The Age field is required.; Name: Too long. Not a name.',
    type: 'https://tools.ietf.org/html/rfc9110#section-15.5.1',
  },
  {
    name: 'Spring Boot',
    body: {
      timestamp: '2026-11-30T03:00:00.000+00:00',
      status: 500,
      error: 'Internal Server Error',
      exception: 'java.lang.IllegalStateException',
      trace: 'java.lang.IllegalStateException: bad weights\n\tat a.B.c(B.java:1)',
      message: 'bad weights',
      path: '/',
    },
    message: 'bad weights',
    type: 'java.lang.IllegalStateException',
    traceback: 'B.java:1',
  },
  {
    name: 'Spring Boot without messages',
    status: 404,
    body: {
      timestamp: '2026-11-30T03:00:00.000+00:00',
      status: 404,
      error: 'Not Found',
      message: 'No message available',
      path: '/',
    },
    message: 'Not Found',
  },
  {
    name: 'gRPC-gateway',
    status: 400,
    body: { code: 3, message: 'no age', details: [] },
    message: 'no age',
  },
  {
    name: 'Google',
    status: 400,
    body: { error: { code: 400, message: 'no age', status: 'INVALID_ARGUMENT' } },
    message: 'no age',
    type: 'INVALID_ARGUMENT',
  },
  {
    name: 'AWS',
    status: 400,
    body: { __type: 'com.amazonaws.x#ValidationException', Message: 'no age' },
    message: 'no age',
    type: 'ValidationException',
  },
  {
    name: 'OAuth',
    status: 401,
    body: { error: 'invalid_token', error_description: 'it expired' },
    message: 'it expired',
    type: 'invalid_token',
  },
  {
    name: 'nginx',
    status: 413,
    contentType: 'text/html',
    body: '<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n',
    message: 'Request Entity Too Large',
  },
];

const MODEL_SERVERS: readonly Case[] = [
  {
    name: 'OpenAI',
    status: 404,
    body: {
      error: {
        message: 'The model `x` does not exist',
        type: 'invalid_request_error',
        param: null,
        code: 'model_not_found',
      },
    },
    message: 'The model `x` does not exist',
    type: 'invalid_request_error',
  },
  {
    name: 'vLLM',
    status: 400,
    body: {
      object: 'error',
      message: 'too many tokens',
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
    message: 'too many tokens',
    type: 'BadRequestError',
  },
  {
    name: 'Anthropic',
    status: 529,
    body: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    message: 'Overloaded',
    type: 'overloaded_error',
  },
  {
    name: 'Ollama',
    status: 404,
    body: { error: "model 'x' not found" },
    message: "model 'x' not found",
  },
  {
    name: 'Triton',
    status: 400,
    body: { error: "unexpected shape for input 'INPUT0'" },
    message: "unexpected shape for input 'INPUT0'",
  },
  {
    name: 'TensorFlow Serving',
    status: 400,
    body: { error: "Missing 'inputs' or 'instances' key" },
    message: "Missing 'inputs' or 'instances' key",
  },
  {
    name: 'TorchServe',
    status: 404,
    body: { code: 404, type: 'ModelNotFoundException', message: 'Model not found: x' },
    message: 'Model not found: x',
    type: 'ModelNotFoundException',
  },
  {
    name: 'Text Generation Inference',
    status: 422,
    body: { error: 'Input validation error', error_type: 'validation' },
    message: 'Input validation error',
    type: 'validation',
  },
  {
    name: 'MLflow',
    status: 400,
    body: { error_code: 'BAD_REQUEST', message: 'no inputs', stack_trace: 'Traceback' },
    message: 'no inputs',
    type: 'BAD_REQUEST',
    traceback: 'Traceback',
  },
];

for (const it of [...PYTHON, ...JAVASCRIPT, ...OTHERS, ...MODEL_SERVERS]) {
  const { name, status = 500, message, type } = it;
  test(`the error of ${name} is read`, () => {
    const fault = faultOf(it);
    assert.equal(fault.message, message);
    assert.equal(fault.runtimeCode, `HTTP ${status}`);
    assert.equal(fault.type, type ?? `HTTP ${status}`);
    assert.deepEqual(fault.mro, type === undefined ? undefined : [`HTTP ${status}`]);
    if (it.traceback === undefined) assert.equal(fault.traceback, undefined);
    else assert.ok((fault.traceback ?? '').includes(it.traceback));
  });
}

for (const it of [...JAVASCRIPT, ...OTHERS, ...MODEL_SERVERS].filter(
  ({ body }) => typeof body === 'object',
)) {
  test(`the details of the error of ${it.name} are its body`, () => {
    assert.equal(faultOf(it).runtimeDetails, JSON.stringify(it.body));
  });
}

function faultOf({ status = 500, contentType = 'application/json', body }: Case): Fault {
  const headers = new Map([['content-type', contentType]]);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const reply = readErrorReply({ status, headers, body: Buffer.from(text) }, 100, 0);
  assert.ok(reply.kind === 'failed' && !reply.retryable);
  return reply.fault;
}

function captured(name: string): string {
  return readFileSync(
    new URL(`../../../fixtures/errorBodies/${name}.txt`, import.meta.url),
    'utf8',
  );
}
