// Writes stream/<case>/upstream.bin, answers of InvokeModelWithResponseStream in
// frames as the AWS SDK for JavaScript encodes them, expected.sse, the events that
// the client shall get, and counted.json, what Bedrock says that it counted.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
// Usage, with the npm package @smithy/eventstream-codec 4.5.2 installed under DIR:
//     node generate.mjs DIR
import { createRequire } from 'node:module';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(join(process.argv[2], 'package.json'));
const { EventStreamCodec } = require('@smithy/eventstream-codec');

const here = dirname(fileURLToPath(import.meta.url));
const utf8 = (text) => new TextEncoder().encode(text);
const codec = new EventStreamCodec((bytes) => new TextDecoder().decode(bytes), utf8);
const frame = (headers, body) =>
  codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([k, value]) => [k, { type: 'string', value }]),
    ),
    body: utf8(typeof body === 'string' ? body : JSON.stringify(body)),
  });
const event = (payload, type = 'chunk') =>
  frame({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, payload);
const asText = (data) => (typeof data === 'string' ? data : JSON.stringify(data));
const chunk = (data) => event({ bytes: Buffer.from(asText(data)).toString('base64'), p: 'abcdefghij' });
const exception = (type, payload) =>
  frame({ ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' }, payload);
const error = (code, message) =>
  frame({ ':error-code': code, ':error-message': message, ':message-type': 'error' }, '');

const start = (model) => ({
  type: 'message_start',
  message: {
    model, id: 'msg_bdrk_01', type: 'message', role: 'assistant', content: [], stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: 11, cache_creation_input_tokens: 200, cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 150 }, output_tokens: 1,
    },
  },
});
const bedrocks = start('global.anthropic.claude-opus-5');
const clients = start('claude-opus-5');
const open = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
const text = (t) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: t } });
const close = { type: 'content_block_stop', index: 0 };
const delta = (usage = { output_tokens: 7 }) => ({
  type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage,
});
const stop = { type: 'message_stop' };
const metrics = {
  inputTokenCount: 12, outputTokenCount: 8, invocationLatency: 900, firstByteLatency: 300,
  cacheReadInputTokenCount: 0, cacheWriteInputTokenCount: 200,
};
const metered = { ...stop, 'amazon-bedrock-invocationMetrics': metrics };
const counted =
  '{"usage":{"input_tokens":12,"output_tokens":8,"cache_read_input_tokens":0,"cache_creation_input_tokens":200}}';
const failure = (type, message) => ({
  type: 'error', error: { type, message }, request_id: 'req_0123456789abcdef01234567',
});

const begun = [bedrocks, open, text('Grüße, 世界 😀\n"'), close].map(chunk);
const seen = [clients, open, text('Grüße, 世界 😀\n"'), close];

// name: [frames, events, options, counted]
const cases = {
  text: [[...begun, chunk(delta()), chunk(metered)], [...seen, delta(), stop], , counted],
  without_metrics: [[...begun, chunk(delta()), chunk(stop)], [...seen, delta(), stop]],
  metrics_with_input_and_output_only: [
    [...begun, chunk(delta()), chunk({ ...stop, 'amazon-bedrock-invocationMetrics': { inputTokenCount: 1, outputTokenCount: 2 } })],
    [...seen, delta(), stop], , '{"usage":{"input_tokens":1,"output_tokens":2}}',
  ],
  tool_use_and_thinking: [
    [bedrocks,
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqQB+/=' } },
      close,
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'toolu_bdrk_1', name: 'Read', input: {} } },
      '{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"n\\":12345678901234567890.10,\\"s\\":\\"\\\\ud800\\""}}',
      { type: 'content_block_stop', index: 1 }, delta(), metered].map(chunk),
    [clients,
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqQB+/=' } },
      close,
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'toolu_bdrk_1', name: 'Read', input: {} } },
      '{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"n\\":12345678901234567890.10,\\"s\\":\\"\\\\ud800\\""}}',
      { type: 'content_block_stop', index: 1 }, delta(), stop], , counted,
  ],
  bytes_stay_as_the_model_wrote_them: [
    [bedrocks, '{"index" : 0,  "type":"content_block_delta","new":1.10,"delta":{"text":"\\ud800\\u0000","type":"text_delta"}}', delta(), stop].map(chunk),
    [clients, '{"index" : 0,  "type":"content_block_delta","new":1.10,"delta":{"text":"\\ud800\\u0000","type":"text_delta"}}', delta(), stop],
  ],
  line_ends_between_tokens_are_left_out: [
    [chunk(bedrocks), chunk('{\n  "type": "ping"\r\n}\n'), chunk(delta()), chunk(stop)],
    [clients, '{  "type": "ping"}', delta(), stop],
  ],
  counts_of_the_stop_join_the_delta: [
    [...begun, chunk(delta()), chunk({ ...stop, usage: { output_tokens: 9, cache_read_input_tokens: 5, input_tokens: 11 } })],
    [...seen, delta({ output_tokens: 7, cache_read_input_tokens: 5, input_tokens: 11 }), stop],
  ],
  counts_of_the_stop_are_those_of_a_delta_without: [
    [...begun, chunk({ type: 'message_delta', delta: { stop_reason: 'end_turn' } }), chunk({ ...stop, usage: { output_tokens: 9 } })],
    [...seen, { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } }, stop],
  ],
  ping_between_delta_and_stop: [
    [...begun, chunk(delta()), chunk({ type: 'ping' }), chunk(metered)], [...seen, delta(), { type: 'ping' }, stop], , counted,
  ],
  metrics_of_another_event: [
    [...begun, chunk({ ...delta(), 'amazon-bedrock-invocationMetrics': metrics }), chunk(stop)], [...seen, delta(), stop], , counted,
  ],
  what_is_unknown_is_passed_over: [
    [event({ x: 1 }, 'somethingNew'), chunk(bedrocks), chunk({ no_type: 1 }), chunk({ type: 'bad\nname' }), event({ p: 'abc' }), chunk({ type: 'brand_new', x: 1 }), chunk(delta()), chunk(stop)],
    [clients, { type: 'brand_new', x: 1 }, delta(), stop],
  ],
  slashes_may_be_escaped: [
    [chunk(bedrocks), event(`{"bytes":"${Buffer.from(JSON.stringify(text('??>>~~??ÿÿ'))).toString('base64').replaceAll('/', '\\/')}"}`), chunk(delta()), chunk(stop)],
    [clients, text('??>>~~??ÿÿ'), delta(), stop],
  ],
  after_the_end_nothing_counts: [[...begun, chunk(delta()), chunk(stop), chunk(text('x'))], [...seen, delta(), stop]],
  error_event_of_the_model: [
    [...begun.slice(0, 3), chunk({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }), chunk(stop)],
    [...seen.slice(0, 3), { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
  ],
  model_is_the_one_asked_for: [
    [chunk(bedrocks), chunk(delta()), chunk(stop)], [start('my "model"'), delta(), stop], { model: 'my "model"' },
  ],
  exception_first: [
    [exception('throttlingException', { message: 'Too many tokens, please wait before trying again.' })],
    [failure('rate_limit_error', 'Too many tokens, please wait before trying again.')],
  ],
  exception_in_the_middle: [
    [...begun.slice(0, 3), exception('modelStreamErrorException', { message: 'The model broke.', originalStatusCode: 500, originalMessage: 'x' }), chunk(stop)],
    [...seen.slice(0, 3), failure('api_error', 'The model broke.')],
  ],
  exception_after_the_delta: [
    [...begun, chunk(delta()), exception('internalServerException', { message: 'Oh.' })], [...seen, delta(), failure('api_error', 'Oh.')],
  ],
  exception_validation: [
    [exception('validationException', { message: 'Input is too long for requested model.' })],
    [failure('invalid_request_error', 'Input is too long for requested model.')],
  ],
  exception_timeout: [[exception('modelTimeoutException', { message: 'slow' })], [failure('timeout_error', 'slow')]],
  exception_unavailable: [
    [chunk(bedrocks), exception('serviceUnavailableException', { Message: 'Try again.' })], [clients, failure('overloaded_error', 'Try again.')],
  ],
  error_of_the_service: [
    [chunk(bedrocks), error('InternalFailure', 'An internal server error occurred')], [clients, failure('api_error', 'An internal server error occurred')],
  ],
  error_of_the_service_that_throttles: [
    [error('ThrottlingException', '')], [failure('rate_limit_error', 'ThrottlingException')],
  ],
  // Clients take a message for whole once they know why it ended.
  no_stop: [[...begun, chunk(delta())], [...seen, delta()]],
  // Streams that break off: what came so far comes out, and the end is refused.
  cut_before_the_delta: [begun, seen, { ending: 'protocol error' }],
  cut_inside_a_frame: [[...begun, chunk(delta()).subarray(0, 40)], seen, { ending: 'protocol error' }],
  cut_before_anything: [[], [], { ending: 'protocol error' }],
  no_json_in_a_chunk: [[chunk(bedrocks), chunk('<html>')], [clients], { ending: 'protocol error' }],
  no_base64_in_a_chunk: [[chunk(bedrocks), event({ bytes: '????' })], [clients], { ending: 'protocol error' }],
};

const sse = (data) => {
  const { type } = JSON.parse(asText(data));
  return `event: ${type}\ndata: ${asText(data)}\n\n`;
};

for (const [name, [frames, events, options, count]] of Object.entries(cases)) {
  const folder = join(here, 'stream', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'upstream.bin'), Buffer.concat(frames));
  writeFileSync(join(folder, 'expected.sse'), events.map(sse).join(''));
  if (options) writeFileSync(join(folder, 'options.json'), JSON.stringify(options) + '\n');
  if (count) writeFileSync(join(folder, 'counted.json'), count);
}
