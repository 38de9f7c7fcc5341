import { beforeAll, beforeEach, expect, test } from "vitest";
import { withCounterpartOnline } from "../../src/model/counterpart-online.ts";
import { inspect } from "../../src/model/inspect.ts";
import { CHATML } from "../stage/facts.ts";
import { LocalHub } from "../support/local-hub.ts";
import { useOwnMachine } from "../support/own-machine.ts";

let hub: LocalHub;
const quick = { retryMs: 1, silenceMs: 2000 };

const base = {
  "config.json": JSON.stringify({ model_type: "llama", architectures: ["LlamaForCausalLM"] }),
  "generation_config.json": JSON.stringify({ eos_token_id: 2, do_sample: false, max_new_tokens: 9 }),
  "tokenizer_config.json": JSON.stringify({
    eos_token: "</s>",
    added_tokens_decoder: { 2: { content: "</s>" } },
  }),
};
const chat = {
  ...base,
  "tokenizer_config.json": JSON.stringify({ eos_token: "<|im_end|>", chat_template: CHATML }),
};

beforeAll(async () => {
  hub = await LocalHub.start();
  hub.publish("acme/Rocket-7B-Base", base);
  for (const name of ["Rocket-7B-Instruct", "Rocket-7B-Instruct-GGUF", "Rocket-70B-Instruct"])
    hub.publish(`acme/${name}`, chat);
  hub.publish("acme/Lonely-7B-Base", base);
  hub.publish("Qwen/Qwen2.5-1.5B", base);
});
useOwnMachine(() => hub);
beforeEach(() => hub.reset());

const lookedUp = async (name: string) => withCounterpartOnline(await inspect(name), quick);

test("the same publisher's model at the other stage is found, either way, by one request", async () => {
  const found = await lookedUp("acme/Rocket-7B-Base");
  expect(found).toMatchObject({
    stage: "base",
    counterpart: "acme/Rocket-7B-Instruct",
    counterpartSeen: true,
    uses: { chat: { fit: "unsuited", instead: "acme/Rocket-7B-Instruct" } },
  });
  expect(found.uses.complete).not.toHaveProperty("instead");
  expect(hub.seen.filter(({ path }) => path.startsWith("/api/models?")).length).toBe(1);
  expect(await lookedUp("acme/Rocket-7B-Instruct")).toMatchObject({
    counterpart: "acme/Rocket-7B-Base",
    uses: { adapt: { instead: "acme/Rocket-7B-Base" } },
  });
});

test("what is not there is not named, though a rule of names would", async () => {
  expect(await lookedUp("acme/Lonely-7B-Base")).toMatchObject({ counterpart: null, counterpartSeen: false });
  const ruled = await inspect("Qwen/Qwen2.5-1.5B");
  expect(ruled).toMatchObject({
    counterpart: "Qwen/Qwen2.5-1.5B-Instruct",
    uses: { chat: { instead: "Qwen/Qwen2.5-1.5B-Instruct" } },
  });
  const seen = await withCounterpartOnline(ruled, quick);
  expect(seen.counterpart).toBeNull();
  expect(seen.uses.chat).not.toHaveProperty("instead");
});

test("a hub that does not answer is a warning", async () => {
  const known = await inspect("Qwen/Qwen2.5-1.5B");
  hub.mischief.push(() => ({ status: 503 }));
  const found = await withCounterpartOnline(known, quick);
  expect(found.counterpart).toBe(known.counterpart);
  expect(found.warnings.at(-1)?.en).toMatch(/503/);
});
