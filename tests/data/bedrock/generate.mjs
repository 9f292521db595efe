// Writes stream/<case>/upstream.bin, frames as the AWS SDK for JavaScript encodes
// them, and expected.sse, what the Anthropic API would have said in their place:
// https://docs.claude.com/en/docs/build-with-claude/streaming
// Usage, with the npm package @smithy/eventstream-codec 4.5.2 installed under DIR:
//     node generate.mjs DIR
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(join(process.argv[2], 'package.json'));
const { EventStreamCodec } = require('@smithy/eventstream-codec');

const here = dirname(fileURLToPath(import.meta.url));
const utf8 = (text) => new TextEncoder().encode(text);
const codec = new EventStreamCodec((bytes) => new TextDecoder().decode(bytes), utf8);
const headersOf = (pairs) =>
  Object.fromEntries(Object.entries(pairs).map(([k, value]) => [k, { type: 'string', value }]));

// A payload that is text goes as it is: JavaScript's JSON would change numbers.
const frame = (headers, body) =>
  codec.encode({
    headers: headersOf(headers),
    body: utf8(typeof body === 'string' ? body : JSON.stringify(body)),
  });
const event = (type, payload) =>
  frame(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    payload,
  );
const exception = (type, payload) =>
  frame(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    payload,
  );
const error = (code, message) =>
  frame({ ':error-code': code, ':error-message': message, ':message-type': 'error' }, '');

const messageStart = event('messageStart', { p: 'abcdefghijklm', role: 'assistant' });
const start = (i, s) => event('contentBlockStart', { contentBlockIndex: i, start: s, p: 'ab' });
const delta = (i, d) => event('contentBlockDelta', { contentBlockIndex: i, delta: d, p: 'abcd' });
const stop = (i) => event('contentBlockStop', { contentBlockIndex: i, p: 'a' });
const messageStop = (reason, more) => event('messageStop', { stopReason: reason, ...more });
const usage = { inputTokens: 11, outputTokens: 7, totalTokens: 18 };
const metadata = (u) => event('metadata', { metrics: { latencyMs: 42 }, p: 'x', usage: u ?? usage });
const toolUse = (id, name) => ({ toolUse: { toolUseId: id, name } });
const input = (text) => ({ toolUse: { input: text } });
const reasoning = (r) => ({ reasoningContent: r });

// What comes out; each is the data of one event, whose name is its type.
const begin = (model = 'claude-opus-5') => ({
  type: 'message_start',
  message: {
    id: 'msg_0123456789abcdef01234567', type: 'message', role: 'assistant', model, content: [],
    stop_reason: null, stop_sequence: null,
    usage: {
      input_tokens: 25, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0,
    },
  },
});
const open = (index, content_block) => ({ type: 'content_block_start', index, content_block });
const openText = (index) => open(index, { type: 'text', text: '' });
const openThinking = (index) => open(index, { type: 'thinking', thinking: '', signature: '' });
const openTool = (index, id, name) => open(index, { type: 'tool_use', id, name, input: {} });
const part = (index, d) => ({ type: 'content_block_delta', index, delta: d });
const text = (index, t) => part(index, { type: 'text_delta', text: t });
const json = (index, t) => part(index, { type: 'input_json_delta', partial_json: t });
const thinking = (index, t) => part(index, { type: 'thinking_delta', thinking: t });
const signature = (index, t) => part(index, { type: 'signature_delta', signature: t });
const close = (index) => ({ type: 'content_block_stop', index });
const counts = (input, output, read = 0, m5 = 0, h1 = 0) => ({
  input_tokens: input, cache_creation_input_tokens: m5 + h1, cache_read_input_tokens: read,
  cache_creation: { ephemeral_5m_input_tokens: m5, ephemeral_1h_input_tokens: h1 },
  output_tokens: output,
});
const end = (stop_reason, u = counts(11, 7), stop_sequence = null) => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence }, usage: u },
  { type: 'message_stop' },
];
const failure = (type, message) => ({
  type: 'error', error: { type, message }, request_id: 'req_0123456789abcdef01234567',
});

const long = 'mcp__a-server-with-a-long-name__and_a_tool_whose_name_is_long_as_well';
// What fits of it, and 128 bits of its SHA-256.
const longSent = `${long.slice(0, 41)}_${createHash('sha256').update(long).digest().subarray(0, 16).toString('base64url')}`;

const cases = {
  text: [
    [messageStart, delta(0, { text: 'Grüße, ' }), delta(0, { text: '世界 😀\n"' }), stop(0), messageStop('end_turn'), metadata()],
    [begin(), openText(0), text(0, 'Grüße, '), text(0, '世界 😀\n"'), close(0), ...end('end_turn')],
  ],
  text_with_an_empty_start: [
    [messageStart, start(0, {}), delta(0, { text: 'a' }), stop(0), messageStop('end_turn'), metadata()],
    [begin(), openText(0), text(0, 'a'), close(0), ...end('end_turn')],
  ],
  tool_use: [
    [messageStart, delta(0, { text: 'I look.' }), stop(0), start(1, toolUse('tooluse_a', 'Read')),
      delta(1, input('')), delta(1, input('{"path":"a\\u')), delta(1, input('00e4"}')), stop(1), messageStop('tool_use'), metadata()],
    [begin(), openText(0), text(0, 'I look.'), close(0), openTool(1, 'tooluse_a', 'Read'),
      json(1, ''), json(1, '{"path":"a\\u'), json(1, '00e4"}'), close(1), ...end('tool_use')],
  ],
  tool_use_in_parallel: [
    [messageStart, start(0, toolUse('tooluse_a', 'Read')), delta(0, input('{}')), stop(0), start(1, toolUse('tooluse_b', 'Bash')), delta(1, input('{"c":1}')), stop(1), messageStop('tool_use'), metadata()],
    [begin(), openTool(0, 'tooluse_a', 'Read'), json(0, '{}'), close(0), openTool(1, 'tooluse_b', 'Bash'), json(1, '{"c":1}'), close(1), ...end('tool_use')],
  ],
  tool_use_without_input: [
    [messageStart, start(0, toolUse('tooluse_a', 'Now')), stop(0), messageStop('tool_use'), metadata()],
    [begin(), openTool(0, 'tooluse_a', 'Now'), close(0), ...end('tool_use')],
  ],
  tool_names_are_restored: [
    [messageStart, start(0, toolUse('tooluse_a', longSent)), delta(0, input('{}')), stop(0), messageStop('tool_use'), metadata()],
    [begin(), openTool(0, 'tooluse_a', long), json(0, '{}'), close(0), ...end('tool_use')],
    { tools: long },
  ],
  thinking: [
    [messageStart, delta(0, reasoning({ text: 'Let me ' })), delta(0, reasoning({ text: 'see.' })), delta(0, reasoning({ signature: 'EqQB+/=' })), stop(0), delta(1, { text: 'Yes.' }), stop(1), messageStop('end_turn'), metadata()],
    [begin(), openThinking(0), thinking(0, 'Let me '), thinking(0, 'see.'), signature(0, 'EqQB+/='), close(0), openText(1), text(1, 'Yes.'), close(1), ...end('end_turn')],
  ],
  thinking_that_is_not_shown: [
    [messageStart, delta(0, reasoning({ signature: 'EqQB' })), stop(0), delta(1, { text: 'Yes.' }), stop(1), messageStop('end_turn'), metadata()],
    [begin(), openThinking(0), signature(0, 'EqQB'), close(0), openText(1), text(1, 'Yes.'), close(1), ...end('end_turn')],
  ],
  thinking_with_a_signature_in_parts: [
    [messageStart, delta(0, reasoning({ text: 'x' })), delta(0, reasoning({ signature: 'Eq' })), delta(0, reasoning({ signature: 'QB' })), stop(0), delta(1, { text: 'y' }), stop(1), messageStop('end_turn'), metadata()],
    [begin(), openThinking(0), thinking(0, 'x'), signature(0, 'EqQB'), close(0), openText(1), text(1, 'y'), close(1), ...end('end_turn')],
  ],
  redacted_thinking: [
    [messageStart, delta(0, reasoning({ redactedContent: 'c2VjcmV0' })), stop(0), delta(1, { text: 'y' }), stop(1), messageStop('end_turn'), metadata()],
    [begin(), open(0, { type: 'redacted_thinking', data: 'c2VjcmV0' }), close(0), openText(1), text(1, 'y'), close(1), ...end('end_turn')],
  ],
  // base64 of "se", "cre", "t" and of "secret": pieces are joined as bytes.
  redacted_thinking_in_parts: [
    [messageStart, delta(0, reasoning({ redactedContent: 'c2U=' })), delta(0, reasoning({ redactedContent: 'Y3Jl' })), delta(0, reasoning({ redactedContent: 'dA==' })), stop(0), messageStop('end_turn'), metadata()],
    [begin(), open(0, { type: 'redacted_thinking', data: 'c2VjcmV0' }), close(0), ...end('end_turn')],
  ],
  citations: [
    [messageStart, delta(0, { text: 'It says so.' }),
      delta(0, { citation: { title: 'Doc', sourceContent: [{ text: 'so it ' }, { text: 'is' }], location: { documentChar: { documentIndex: 0, start: 3, end: 11 } } } }),
      delta(0, { citation: { location: { documentPage: { documentIndex: 1, start: 2, end: 3 } } } }),
      delta(0, { citation: { location: { web: { url: 'https://example.com' } } } }),
      delta(0, { citation: { title: 'T', source: 'S', location: { searchResultLocation: { searchResultIndex: 2, start: 0, end: 1 } } } }),
      stop(0), messageStop('end_turn'), metadata()],
    [begin(), openText(0), text(0, 'It says so.'),
      part(0, { type: 'citations_delta', citation: { type: 'char_location', cited_text: 'so it is', document_index: 0, start_char_index: 3, end_char_index: 11, document_title: 'Doc' } }),
      part(0, { type: 'citations_delta', citation: { type: 'page_location', cited_text: '', document_index: 1, start_page_number: 2, end_page_number: 3, document_title: null } }),
      part(0, { type: 'citations_delta', citation: { type: 'search_result_location', cited_text: '', search_result_index: 2, start_block_index: 0, end_block_index: 1, title: 'T', source: 'S' } }),
      close(0), ...end('end_turn')],
  ],
  indexes_with_gaps_and_no_stops: [
    [messageStart, delta(0, { text: 'a' }), delta(3, { text: 'b' }), delta(7, reasoning({ text: 'c' })), messageStop('end_turn'), metadata()],
    [begin(), openText(0), text(0, 'a'), close(0), openText(1), text(1, 'b'), close(1), openThinking(2), thinking(2, 'c'), close(2), ...end('end_turn')],
  ],
  no_message_start: [
    [delta(0, { text: 'a' }), stop(0), messageStop('end_turn'), metadata()],
    [begin(), openText(0), text(0, 'a'), close(0), ...end('end_turn')],
  ],
  nothing_said: [
    [messageStart, delta(0, { text: '' }), stop(0), messageStop('end_turn'), metadata()],
    [begin(), ...end('end_turn')],
  ],
  metadata_before_the_stop: [
    [messageStart, delta(0, { text: 'a' }), stop(0), metadata(), messageStop('max_tokens')],
    [begin(), openText(0), text(0, 'a'), close(0), ...end('max_tokens')],
  ],
  // 7 bytes of text are two tokens at 3.5 bytes each.
  no_metadata: [
    [messageStart, delta(0, { text: 'abcdefg' }), stop(0), messageStop('end_turn')],
    [begin(), openText(0), text(0, 'abcdefg'), close(0), ...end('end_turn', { output_tokens: 2 })],
  ],
  usage_of_caches: [
    [messageStart, delta(0, { text: 'a' }), stop(0), messageStop('end_turn'),
      metadata({ inputTokens: 3, outputTokens: 4, totalTokens: 307, cacheReadInputTokens: 100, cacheWriteInputTokens: 200, cacheDetails: [{ ttl: '1h', inputTokens: 150 }, { ttl: '5m', inputTokens: 50 }] })],
    [begin(), openText(0), text(0, 'a'), close(0), ...end('end_turn', counts(3, 4, 100, 50, 150))],
  ],
  usage_of_caches_without_details: [
    [messageStart, delta(0, { text: 'a' }), stop(0), messageStop('end_turn'), metadata({ inputTokens: 3, outputTokens: 4, totalTokens: 207, cacheCreationInputTokens: 200 })],
    [begin(), openText(0), text(0, 'a'), close(0), ...end('end_turn', counts(3, 4, 0, 200))],
  ],
  stop_sequence: [
    [messageStart, delta(0, { text: 'a' }), stop(0), messageStop('stop_sequence', { additionalModelResponseFields: { stop_sequence: '\n\nEnd' } }), metadata()],
    [begin(), openText(0), text(0, 'a'), close(0), ...end('stop_sequence', counts(11, 7), '\n\nEnd')],
  ],
  stop_sequence_is_null: [
    [messageStart, delta(0, { text: 'a' }), stop(0), messageStop('end_turn', { additionalModelResponseFields: { stop_sequence: null } }), metadata()],
    [begin(), openText(0), text(0, 'a'), close(0), ...end('end_turn')],
  ],
  what_is_unknown_is_passed_over: [
    [messageStart, event('newEvent', { a: 1 }), event('newEvent', 'no JSON'), delta(0, { text: 'a' }), delta(0, { newDelta: 1 }), start(1, { image: { format: 'png' } }), delta(1, { image: { source: { bytes: 'AAAA' } } }), stop(1),
      start(2, { toolResult: { toolUseId: 'x' } }), delta(2, { toolResult: [{ text: 'no' }] }), stop(2), delta(3, { text: 'b', newMember: {} }), stop(3), delta(9, input('{}')), messageStop('end_turn'), metadata()],
    [begin(), openText(0), text(0, 'a'), close(0), openText(1), text(1, 'b'), close(1), ...end('end_turn')],
  ],
  strings_come_out_as_they_went_in: [
    [messageStart, event('contentBlockDelta', String.raw`{"contentBlockIndex":0,"delta":{"text":"\u0000\ud800\/é\u2028"}}`), stop(0), messageStop('end_turn'), metadata()],
    [begin(), openText(0), String.raw`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\u0000\ud800\/é\u2028"}}`, close(0), ...end('end_turn')],
  ],
  after_the_end_nothing_counts: [
    [messageStart, delta(0, { text: 'a' }), stop(0), messageStop('end_turn'), metadata(), delta(1, { text: 'b' }), exception('throttlingException', { message: 'x' })],
    [begin(), openText(0), text(0, 'a'), close(0), ...end('end_turn')],
  ],
  exception_first: [
    [exception('throttlingException', { message: 'Too many requests, please wait before trying again.' })],
    [failure('rate_limit_error', 'Too many requests, please wait before trying again.')],
  ],
  exception_in_the_middle: [
    [messageStart, delta(0, { text: 'a' }), exception('modelStreamErrorException', { message: 'The model broke.', originalStatusCode: 500 })],
    [begin(), openText(0), text(0, 'a'), failure('api_error', 'The model broke.')],
  ],
  exception_validation: [
    [exception('validationException', { message: 'Input is too long for requested model.' })],
    [failure('invalid_request_error', 'Input is too long for requested model.')],
  ],
  exception_unavailable: [
    [messageStart, exception('serviceUnavailableException', { Message: 'Try again.' })],
    [begin(), failure('overloaded_error', 'Try again.')],
  ],
  exception_internal: [
    [messageStart, exception('internalServerException', {})],
    [begin(), failure('api_error', 'internalServerException')],
  ],
  exception_timeout: [
    [exception('modelTimeoutException', { message: 'slow' })],
    [failure('timeout_error', 'slow')],
  ],
  error_of_the_service: [
    [messageStart, error('InternalFailure', 'An internal server error occurred')],
    [begin(), failure('api_error', 'An internal server error occurred')],
  ],
  model_is_the_one_asked_for: [
    [messageStart, delta(0, { text: 'a' }), stop(0), messageStop('end_turn'), metadata()],
    [begin('my "model"'), openText(0), text(0, 'a'), close(0), ...end('end_turn')],
    { model: 'my "model"' },
  ],
  // Streams that break off: what came so far comes out, and the end is refused.
  cut_before_the_stop: [
    [messageStart, delta(0, { text: 'a' }), stop(0)],
    [begin(), openText(0), text(0, 'a'), close(0)],
    { ending: 'protocol error' },
  ],
  cut_inside_a_frame: [
    [messageStart, delta(0, { text: 'a' }), messageStop('end_turn'), metadata().subarray(0, 20)],
    [begin(), openText(0), text(0, 'a'), close(0)],
    { ending: 'protocol error' },
  ],
  cut_before_anything: [[], [], { ending: 'protocol error' }],
};

for (const reason of ['end_turn', 'tool_use', 'max_tokens', 'stop_sequence', 'model_context_window_exceeded'])
  cases[`stop_reason_${reason}`] = [[messageStart, messageStop(reason), metadata()], [begin(), ...end(reason)]];
for (const reason of ['guardrail_intervened', 'content_filtered'])
  cases[`stop_reason_${reason}`] = [[messageStart, messageStop(reason), metadata()], [begin(), ...end('refusal')]];
for (const reason of ['malformed_model_output', 'malformed_tool_use', 'brand_new'])
  cases[`stop_reason_${reason}`] = [[messageStart, messageStop(reason), metadata()], [begin(), ...end('end_turn')]];

const sse = (data) =>
  typeof data === 'string'
    ? `event: ${JSON.parse(data).type}\ndata: ${data}\n\n`
    : `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

for (const [name, [frames, events, options]] of Object.entries(cases)) {
  const folder = join(here, 'stream', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'upstream.bin'), Buffer.concat(frames));
  writeFileSync(join(folder, 'expected.sse'), events.map(sse).join(''));
  if (options) writeFileSync(join(folder, 'options.json'), JSON.stringify(options) + '\n');
}
