import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { CommandError } from '../../../src/cli/command/exit.ts';
import { readDocuments, splitDocuments } from '../../../src/cli/input/documents.ts';

function textsOf(content: string): [string, string][] {
  return splitDocuments(Buffer.from(content), 'f').map(({ bytes, position }) => [
    bytes.toString(),
    position,
  ]);
}

test('a file with one document may have line breaks in it', () => {
  assert.deepEqual(textsOf('\n{\n  "a": 1\n}\n'), [['{\n  "a": 1\n}', 'f:2']]);
});

test('each line of a JSON Lines file is a document with its line number', () => {
  assert.deepEqual(textsOf('{"a":1}\n\n[2]\r\n"x"'), [
    ['{"a":1}', 'f:1'],
    ['[2]', 'f:3'],
    ['"x"', 'f:4'],
  ]);
});

test('an empty file has no document', () => {
  assert.deepEqual(textsOf(' \n'), []);
});

test('the error for invalid JSON names the file and the byte', () => {
  assert.throws(
    () => splitDocuments(Buffer.from('{"a":1}\n{"a":}'), 'f'),
    new CommandError('f: expected a value at byte 13, found "}"'),
  );
  assert.throws(
    () => splitDocuments(Buffer.from([0x22, 0xff, 0x22]), 'f'),
    new CommandError('f: the text is not UTF-8'),
  );
});

test('"-" is standard input', async () => {
  const stdin = Readable.from([Buffer.from('[1'), Buffer.from(']')]);
  const [document] = await readDocuments('-', { stdin, stopped: new AbortController().signal });
  assert.equal(document?.bytes.toString(), '[1]');
  assert.equal(document?.position, 'stdin:1');
});

test('a byte order mark at the start of a file is skipped', () => {
  const [document, second] = splitDocuments(Buffer.from('\u{feff}{"a":1}\n2'), 'file');
  assert.equal(document?.bytes.toString(), '{"a":1}');
  assert.equal(second?.position, 'file:2');
});
