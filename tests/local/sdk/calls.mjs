// Calls a Langtail server with the official client, and prints what came of each call as JSON.
//
//   node calls.mjs PACKAGE BASE_URL        (the key is LANGTAIL_API_KEY)
//
// PACKAGE is the name under which the client is installed beside this file.

const [name, baseURL] = process.argv.slice(2)
const apiKey = process.env.LANGTAIL_API_KEY
const { Langtail } = await import(name)
const { createLangtail } = await import(`${name}/vercel-ai`)
const { getOpenAIBody } = await import(`${name}/getOpenAIBody`)

const client = new Langtail({ apiKey, baseURL })
const scoped = new Langtail({ apiKey, baseURL, organization: "acme", project: "demo" })
const stranger = new Langtail({ apiKey: "lt-wrong-key", baseURL })
const bridge = createLangtail({ apiKey, baseURL })
const hello = [{ role: "user", content: "Hello, ünïcode 🚋" }]
const parameters = { type: "object", properties: { to: { type: "string" } }, required: ["to"] }
const tram = { type: "function", function: { name: "find_tram", description: "Next tram", parameters } }

const called = { id: "call_9", type: "function", function: { name: "find_tram", arguments: '{"to": "{{topic}}"}' } }
const result = { role: "tool", tool_call_id: "call_9", content: "at {{topic}}" }
const media = [
  { type: "text", text: "{{topic}}, {{topic}}" },
  { type: "image_url", image_url: { url: "https://example.com/{{topic}}.png" } },
  { type: "gemini_media_url", gemini_media_url: { url: "https://example.com/{{topic}}.mp4" } },
]

const plain = (value) => (value === undefined ? null : JSON.parse(JSON.stringify(value)))

async function all(stream) {
  const items = []
  for await (const item of stream) items.push(item)
  return items
}

function ask(text, more = {}) {
  const prompt = [{ role: "user", content: [{ type: "text", text }] }]
  return { inputFormat: "prompt", mode: { type: "regular" }, prompt, ...more }
}

async function generated(slug, options, settings = {}) {
  const { text, toolCalls, finishReason, usage, reasoning, response } = await bridge(slug, settings).doGenerate(options)
  return { text, toolCalls, finishReason, usage, reasoning, model: response.modelId }
}

async function parts(slug, options, settings = {}) {
  const { stream } = await bridge(slug, settings).doStream(options)
  return all(stream)
}

// What each test looks at, by name. They run one after the other, and one that fails is told as an error.
const calls = {
  invoke: async () => {
    let threadId = null
    const answer = await client.prompts.invoke(
      { prompt: "support", messages: hello, variables: { topic: "returns" }, metadata: { run: 7 } },
      { onThreadId: (id) => { threadId = id } },
    )
    return { threadId, object: answer.object, choices: answer.choices, usage: answer.usage }
  },
  scoped: async () => (await scoped.prompts.invoke({ prompt: "support", messages: hello })).choices,
  stream: async () => all(await client.prompts.invoke({ prompt: "support", messages: hello, stream: true })),
  version: async () => (await client.prompts.invoke({ prompt: "guide", version: "1", messages: hello })).choices,
  preview: async () =>
    (await scoped.prompts.invoke({ prompt: "guide", environment: "preview", version: "k3x9qa1z", messages: hello }))
      .choices,
  promptThread: async () => {
    let threadId = null
    await client.prompts.invoke({ prompt: "joke" }, { onThreadId: (id) => { threadId = id } })
    return threadId
  },
  get: async () => client.prompts.get({ prompt: "support" }),
  getVersion: async () => scoped.prompts.get({ prompt: "guide", environment: "production", version: "1" }),
  listDeployments: async () => client.prompts.listDeployments(),
  bodies: async () => {
    const bodies = [
      {},
      { variables: { topic: "a {{b}}", company: "" }, messages: hello },
      { temperature: 0, top_p: 0.5, presence_penalty: -1, frequency_penalty: 1, max_tokens: -1, seed: 3 },
      { model: "other", max_tokens: 5, stop: ["a", "b"], tool_choice: "none", user: "me", seed: 0 },
      { tools: [tram], tool_choice: { type: "function", function: { name: "find_tram" } }, parallelToolCalls: false },
      { tools: [], reasoning_effort: "low", max_thinking_tokens: 9, response_format: { type: "json_object" } },
      { template: [{ role: "user", content: "{{topic}} and {{#if" }], stop: "x", messages: hello },
      { seed: 0, max_tokens: 0, max_thinking_tokens: 0, stop: "" },
      { max_tokens: 0, model: "", tool_choice: "auto", top_p: 0, variables: { topic: '["a", {"b": 1}]' } },
      { template: [{ role: "assistant", content: null, tool_calls: [called] }, { ...result, name: "{{topic}}" }] },
      { template: [{ role: "user", content: media }, { role: "user", content: [] }, { role: "user", content: "x\n" }] },
    ]
    const built = []
    for (const slug of ["support", "full", "zero"]) {
      for (const body of bodies) {
        const config = await client.prompts.get({ prompt: slug })
        await client.prompts.invoke({ prompt: slug, ...body, metadata: { body: String(built.length) } })
        built.push(getOpenAIBody(config, structuredClone(body)))
      }
    }
    return built
  },
  conversation: async () => {
    let threadId = null
    const onThreadId = (id) => { threadId = id }
    const first = await client.assistants.invoke({ assistant: "support", messages: hello }, { onThreadId })
    const stream = await client.assistants.invoke({ assistant: "support", threadId, messages: hello, stream: true })
    const chunks = await all(stream)
    const listed = await client.threads.messages.list(threadId)
    const page = await client.threads.messages.list(threadId, { limit: 1, after: undefined })
    const next = await client.threads.messages.list(threadId, { limit: 100, after: page.last_id })
    const message = await client.threads.messages.retrieve(threadId, listed.data[1].id)
    const marked = await client.threads.messages.update(threadId, message.id, { good: 1 })
    const deleted = await client.threads.messages.del(threadId, message.id)
    const left = await client.threads.messages.list(threadId)
    return { threadId, first: first.choices, chunks, listed, page, next, message, marked, deleted, left }
  },
  threads: async () => {
    const created = await client.threads.create({ metadata: { notebook: "trip" } })
    const bare = await client.threads.create()
    const updated = await client.threads.update(created.id, { run: 7 })
    const retrieved = await client.threads.retrieve(created.id)
    const listed = await client.threads.list({ limit: 2 })
    const rest = await client.threads.list({ limit: 2, after: listed.last_id })
    const deleted = await client.threads.del(created.id)
    const everything = await client.threads.list()
    return { created, bare, updated, retrieved, listed, rest, deleted, ids: everything.data.map((each) => each.id) }
  },
  toolCalls: async () => all(await client.prompts.invoke({ prompt: "weather", messages: hello, stream: true })),
  toolResult: async () => {
    let threadId = null
    const call = await client.assistants.invoke(
      { assistant: "weather", messages: hello },
      { onThreadId: (id) => { threadId = id } },
    )
    const [made] = call.choices[0].message.tool_calls
    const result = { role: "tool", tool_call_id: made.id, content: "sunny" }
    const answer = await client.assistants.invoke({ assistant: "weather", threadId, messages: [result] })
    return { call: call.choices, answer: answer.choices }
  },
  hosted: async () => all(await client.prompts.invoke({ prompt: "hosted", messages: hello, stream: true })),
  keepalive: async () => all(await client.prompts.invoke({ prompt: "keepalive", messages: hello, stream: true })),
  torn: async () => all(await client.prompts.invoke({ prompt: "torn", messages: hello, stream: true })),
  brokenStream: async () => all(await client.prompts.invoke({ prompt: "broken", messages: hello, stream: true })),
  unknownPrompt: async () => client.prompts.invoke({ prompt: "nope", messages: hello }),
  unknownConfig: async () => client.prompts.get({ prompt: "nope" }),
  unknownThread: async () => client.threads.retrieve("nope"),
  unknownMessage: async () => client.threads.messages.retrieve((await client.threads.create()).id, "nope"),
  wrongKey: async () => stranger.prompts.invoke({ prompt: "support", messages: hello }),
  wrongKeyConfig: async () => stranger.prompts.get({ prompt: "support" }),
  wrongKeyListing: async () => stranger.prompts.listDeployments(),
  wrongKeyThreads: async () => stranger.threads.list(),
  badBody: async () => client.prompts.invoke({ prompt: "support", variables: { topic: 1 } }),
  generate: async () => generated("support", ask("Hi"), { variables: { topic: "returns" }, metadata: { run: "7" } }),
  generateTools: async () => {
    const { name: toolName, description } = tram.function
    const tools = [{ type: "function", name: toolName, description, parameters }]
    return generated("weather", ask("Hi", { mode: { type: "regular", tools, toolChoice: { type: "auto" } } }))
  },
  generateObject: async () => {
    const tool = { type: "function", name: "json", description: "Respond with JSON.", parameters }
    return generated("support", ask("Hi", { mode: { type: "object-tool", tool } }))
  },
  generateSchema: async () =>
    generated("support", ask("Hi", { mode: { type: "object-json", schema: parameters } }), { structuredOutputs: true }),
  generateReasoning: async () => generated("thinking", ask("Hi")),
  bridgeStream: async () => parts("support", ask("Hi", { temperature: 0, maxTokens: 50, stopSequences: ["zzz"], seed: 1 })),
  bridgeStreamTools: async () => parts("weather", ask("Hi")),
  bridgeStreamReasoning: async () => parts("thinking", ask("Hi")),
  bridgeStreamError: async () => parts("broken", ask("Hi")),
  bridgeUnknown: async () => generated("nope", ask("Hi")),
  bridgeWrongKey: async () => createLangtail({ apiKey: "lt-wrong-key", baseURL })("support").doGenerate(ask("Hi")),
  bridgeBusy: async () => generated("busy", ask("Hi")),
}

function told(error) {
  const { name, message, statusCode, status, extra_data, isRetryable, data, issues } = error
  return { class: error.constructor.name, name, message, statusCode, status, extra_data, isRetryable, data, issues }
}

const results = {}
for (const [label, call] of Object.entries(calls)) {
  try {
    results[label] = { value: plain(await call()) }
  } catch (error) {
    results[label] = { error: plain(told(error)) }
  }
}
console.log(JSON.stringify(results))
