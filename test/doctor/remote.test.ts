import { beforeAll, expect, test } from "vitest";
import { examine } from "../../src/doctor/examine.ts";
import { LocalHub } from "../support/local-hub.ts";
import { useOwnMachine } from "../support/own-machine.ts";
import { TEMPLATES } from "./models.ts";

let hub: LocalHub;
beforeAll(async () => {
  hub = await LocalHub.start();
  const files = (end: number | readonly number[]) => ({
    "config.json": JSON.stringify({
      model_type: "qwen2",
      architectures: ["Qwen2ForCausalLM"],
      eos_token_id: 151645,
    }),
    "generation_config.json": JSON.stringify({ eos_token_id: end, do_sample: true, temperature: 0.7 }),
    "tokenizer_config.json": JSON.stringify({
      eos_token: "<|im_end|>",
      added_tokens_decoder: {
        151643: { content: "<|endoftext|>" },
        151644: { content: "<|im_start|>" },
        151645: { content: "<|im_end|>" },
      },
      chat_template: TEMPLATES.qwen25,
    }),
    "model.safetensors": new Uint8Array(2 ** 20),
  });
  hub.publish("Qwen/Qwen2.5-0.5B-Instruct", files([151645, 151643]));
  hub.publish("owner/Qwen2.5-0.5B-Instruct-tuned", files(151643));
});
useOwnMachine(() => hub);

test("a model on a hub is looked into as one on this machine, without its weights", async () => {
  expect(await examine({ reference: "Qwen/Qwen2.5-0.5B-Instruct" })).toMatchObject({
    findings: [],
    stage: "instruct",
    healthy: true,
  });
  expect(await examine({ reference: "owner/Qwen2.5-0.5B-Instruct-tuned" })).toMatchObject({
    findings: [{ symptom: "eos-disagree", sureness: "certain" }],
  });
  expect(
    await examine({ reference: "Qwen/Qwen2.5-0.5B-Instruct", offline: true }).catch(
      (error: unknown) => error,
    ),
  ).toMatchObject({
    exitCode: 4,
  });
});
