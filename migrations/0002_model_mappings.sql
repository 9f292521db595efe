-- Which model on Bedrock serves a name of the Anthropic API, to begin with (BR-3):
-- the global profile where there is one, else that of the United States.
INSERT INTO model_mappings (id, claude_model, bedrock_model) VALUES
    ('3ceaaf30-8142-48ea-91d9-3080f9b439fc', 'claude-fable-5-1', 'global.anthropic.claude-fable-5-1'),
    ('9dfb369b-ab13-4fae-a276-55daa05f1119', 'claude-fable-5', 'global.anthropic.claude-fable-5'),
    ('6301bbfc-a0c5-454e-8ff9-bb510944fe0c', 'claude-opus-5-5', 'global.anthropic.claude-opus-5-5'),
    ('6fced11d-2bd8-41e6-847a-8387cdde8d51', 'claude-opus-5', 'global.anthropic.claude-opus-5'),
    ('3a124c64-7e02-4f05-b7c1-dce27f7695f5', 'claude-opus-4-8', 'global.anthropic.claude-opus-4-8'),
    ('66080f17-4c96-48e2-9cbd-0ba3a1a6bcde', 'claude-opus-4-7', 'global.anthropic.claude-opus-4-7'),
    ('b120a366-f0bb-49cf-82f2-dc05873f9bd0', 'claude-opus-4-6', 'global.anthropic.claude-opus-4-6-v1'),
    ('78b7d0ac-8477-4ce0-8e4c-da11b43c589b', 'claude-opus-4-5', 'global.anthropic.claude-opus-4-5-20251101-v1:0'),
    ('2330fcf1-562a-44b8-8866-8d77e827062c', 'claude-opus-4-5-20251101', 'global.anthropic.claude-opus-4-5-20251101-v1:0'),
    ('c1acc990-6424-450a-a36b-f9b3ddcb369d', 'claude-opus-4-1', 'us.anthropic.claude-opus-4-1-20250805-v1:0'),
    ('9ad9b9a2-5e78-454d-b065-a1c284cc4549', 'claude-opus-4-1-20250805', 'us.anthropic.claude-opus-4-1-20250805-v1:0'),
    ('99356597-6fba-4662-b6a7-30b7b12e9eed', 'claude-sonnet-5-5', 'global.anthropic.claude-sonnet-5-5'),
    ('8df08078-a22e-4180-85c2-c2af3977a654', 'claude-sonnet-5', 'global.anthropic.claude-sonnet-5'),
    ('f3194a3b-381e-43e7-952c-466e473a1797', 'claude-sonnet-4-6', 'global.anthropic.claude-sonnet-4-6'),
    ('c498b6e7-3648-445e-9afa-3a387f006745', 'claude-sonnet-4-5', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0'),
    ('ab57f985-4332-43da-a75a-2e199b58ba8d', 'claude-sonnet-4-5-20250929', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0'),
    ('c1b87f1a-7323-491b-99f9-cbef0f69a4d0', 'claude-sonnet-4-20250514', 'global.anthropic.claude-sonnet-4-20250514-v1:0'),
    ('2eb73728-2fea-475e-b536-5e1458294a90', 'claude-haiku-5-5', 'global.anthropic.claude-haiku-5-5'),
    ('ac3e0b5b-c291-4709-8c1e-26038dabf68e', 'claude-haiku-4-5', 'global.anthropic.claude-haiku-4-5-20251001-v1:0'),
    ('2f314fdb-43c4-4bc7-a4cc-dcf9ea5ee53c', 'claude-haiku-4-5-20251001', 'global.anthropic.claude-haiku-4-5-20251001-v1:0');
