// Writes <case>/stream.bin: frames as the AWS SDK for JavaScript encodes them.
// Usage, with the npm package @smithy/eventstream-codec 4.5.2 installed under DIR:
//     NODE_PATH=DIR/node_modules node generate.mjs DIR && python3 describe.py
import { createRequire } from 'node:module';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(join(process.argv[2], 'package.json'));
const { EventStreamCodec, Int64 } = require('@smithy/eventstream-codec');

const here = dirname(fileURLToPath(import.meta.url));
const utf8 = (text) => new TextEncoder().encode(text);
const codec = new EventStreamCodec((bytes) => new TextDecoder().decode(bytes), utf8);
const text = (value) => ({ type: 'string', value });

const frame = (headers, body) =>
  codec.encode({ headers, body: typeof body === 'string' ? utf8(body) : body });

const event = (type, payload) =>
  frame(
    {
      ':event-type': text(type),
      ':content-type': text('application/json'),
      ':message-type': text('event'),
    },
    JSON.stringify(payload),
  );

const cases = {
  // One with the shapes of https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
  converse: [
    event('messageStart', { role: 'assistant', p: 'abcd' }),
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Grüße, 世界 😀' }, p: 'abcdefgh' }),
    event('contentBlockStop', { contentBlockIndex: 0, p: 'a' }),
    event('contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { toolUseId: 'tooluse_1', name: 'Read' } } }),
    event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{"a":' } } }),
    event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '1}' } } }),
    event('contentBlockStop', { contentBlockIndex: 1 }),
    event('messageStop', { stopReason: 'tool_use' }),
    event('metadata', { usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 }, metrics: { latencyMs: 42 } }),
  ],
  exception: [
    event('messageStart', { role: 'assistant' }),
    frame(
      {
        ':exception-type': text('throttlingException'),
        ':content-type': text('application/json'),
        ':message-type': text('exception'),
      },
      JSON.stringify({ message: 'Too many requests' }),
    ),
  ],
  error: [
    frame(
      {
        ':error-code': text('InternalFailure'),
        ':error-message': text('An internal server error occurred'),
        ':message-type': text('error'),
      },
      '',
    ),
  ],
  bare: [frame({}, ''), frame({}, 'payload alone'), frame({ ':message-type': text('event') }, '')],
  'header-types': [
    frame(
      {
        true: { type: 'boolean', value: true },
        false: { type: 'boolean', value: false },
        byte: { type: 'byte', value: -7 },
        short: { type: 'short', value: 1234 },
        integer: { type: 'integer', value: -123456789 },
        long: { type: 'long', value: Int64.fromNumber(1234567890123) },
        binary: { type: 'binary', value: Uint8Array.from([0, 1, 2, 255]) },
        empty: text(''),
        timestamp: { type: 'timestamp', value: new Date(1700000000000) },
        uuid: { type: 'uuid', value: '01234567-89ab-cdef-0123-456789abcdef' },
        ':event-type': text('afterAllOthers'),
        ':message-type': { type: 'integer', value: 5 },
      },
      '{}',
    ),
  ],
  large: [event('chunk', { bytes: 'QUJD'.repeat(20000) }), event('chunk', { bytes: 'QQ==' })],
};

for (const [name, frames] of Object.entries(cases)) {
  mkdirSync(join(here, name), { recursive: true });
  writeFileSync(join(here, name, 'stream.bin'), Buffer.concat(frames));
}
