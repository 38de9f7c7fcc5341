import { setImmediate } from "node:timers/promises";
import { BasewiseError } from "../../errors.ts";
import { LlamaContext, LlamaModel, LlamaSampler } from "../../native/llama.ts";
import type { Candidate, FinishReason } from "../engine.ts";
import type { FromHost, Request, Results, ToHost } from "./protocol.ts";

/**
 * The process that libllama runs in, so that what aborts there ends this process and not the user's program. It
 * computes one request at a time and looks for a cancellation between slices of a prompt and between tokens.
 */
const SLICE_TOKENS = 256;
const DEFAULT_CONTEXT = 4096;

let model: LlamaModel | undefined;
let context: LlamaContext | undefined;
/** The tokens that the context's memory holds. */
let remembered: number[] = [];
const cancelled = new Set<number>();

const send = (message: FromHost): void => {
  process.send?.(message);
};

function loaded(): { model: LlamaModel; context: LlamaContext } {
  if (model === undefined || context === undefined) throw new RangeError("no model is loaded");
  return { model, context };
}

/** Brings the context to hold exactly `ids`, reusing the prefix it has; the last token's logits are then at hand. */
async function feed(ids: readonly number[], isCancelled: () => boolean): Promise<boolean> {
  const { context } = loaded();
  let shared = 0;
  while (shared < ids.length - 1 && shared < remembered.length && ids[shared] === remembered[shared])
    shared++;
  if (!context.forget(shared)) {
    context.forget(0);
    shared = 0;
  }
  remembered = ids.slice(0, shared);
  for (let start = shared; start < ids.length; start += SLICE_TOKENS) {
    await setImmediate();
    if (isCancelled()) return false;
    const slice = ids.slice(start, start + SLICE_TOKENS);
    context.decode(slice, start);
    remembered.push(...slice);
  }
  return true;
}

function load({ path, contextSize, threads }: Extract<Request, { kind: "load" }>): Results["load"] {
  model = new LlamaModel(path);
  const size = contextSize ?? Math.min(model.trainedContext, DEFAULT_CONTEXT);
  context = new LlamaContext(model, { size, batch: SLICE_TOKENS, threads });
  const { vocabulary, chatTemplate } = model;
  return {
    contextSize: size,
    vocabularySize: vocabulary.size,
    endTokens: vocabulary.endTokens,
    addedTokens: vocabulary.addedTokens,
    controlTokens: vocabulary.controlTokens,
    ...(vocabulary.beginToken === undefined ? {} : { beginToken: vocabulary.beginToken }),
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
  };
}

async function generate(
  id: number,
  { prompt, maxTokens, sampling, stopTokens }: Extract<Request, { kind: "generate" }>,
): Promise<FinishReason> {
  const { model, context } = loaded();
  const isCancelled = () => cancelled.has(id);
  if (!(await feed(prompt, isCancelled))) return "aborted";
  using sampler = new LlamaSampler(sampling);
  for (let count = 0; count < maxTokens; count++) {
    const token = sampler.sample(context);
    if (stopTokens.includes(token)) return "stop";
    send({ id, token: { id: token, bytes: model.vocabulary.bytes(token) } });
    if (remembered.length >= context.size) return "length";
    await setImmediate();
    if (isCancelled()) return "aborted";
    context.decode([token], remembered.length);
    remembered.push(token);
  }
  return "length";
}

async function next({ prompt, top, of }: Extract<Request, { kind: "next" }>): Promise<Results["next"]> {
  const { model, context } = loaded();
  await feed(prompt, () => false);
  const logits = context.logits(-1);
  const normalizer = logSumExp(logits);
  const probability = (id: number) => Math.exp((logits[id] ?? Number.NEGATIVE_INFINITY) - normalizer);
  const candidate = (id: number): Candidate => ({
    id,
    bytes: model.vocabulary.bytes(id),
    probability: probability(id),
  });
  return { top: highest(logits, top).map(candidate), of: of.map(probability) };
}

async function score({ ids }: Extract<Request, { kind: "score" }>): Promise<Float64Array> {
  const { context } = loaded();
  const result = new Float64Array(Math.max(0, ids.length - 1));
  context.forget(0);
  remembered = [];
  for (let start = 0; start < ids.length - 1; start += SLICE_TOKENS) {
    await setImmediate();
    const slice = ids.slice(start, Math.min(start + SLICE_TOKENS, ids.length - 1));
    context.decode(slice, start, "all");
    remembered.push(...slice);
    slice.forEach((_, i) => {
      const logits = context.logits(i);
      result[start + i] = (logits[ids[start + i + 1] ?? 0] ?? Number.NaN) - logSumExp(logits);
    });
  }
  return result;
}

function logSumExp(logits: Float32Array): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
}

/** The ids of the highest logits, highest first; equal ones by id. */
function highest(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  const value = (id: number | undefined) => (id === undefined ? Number.NEGATIVE_INFINITY : (logits[id] ?? 0));
  for (let id = 0; id < logits.length; id++) {
    if (best.length === count && value(id) <= value(best.at(-1))) continue;
    const at = best.findIndex((other) => value(id) > value(other));
    best.splice(at === -1 ? best.length : at, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}

async function answer(id: number, request: Request): Promise<Results[Request["kind"]]> {
  switch (request.kind) {
    case "load":
      return load(request);
    case "tokenize":
      return loaded().model.vocabulary.tokenize(request.text);
    case "bytes":
      return request.ids.map((token) => loaded().model.vocabulary.bytes(token));
    case "generate":
      return generate(id, request);
    case "next":
      return next(request);
    case "score":
      return score(request);
  }
}

async function serve(id: number, request: Request): Promise<void> {
  try {
    send({ id, result: await answer(id, request) });
  } catch (error) {
    const known = error instanceof BasewiseError;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    send({
      id,
      error: {
        name: error instanceof Error ? error.name : "Error",
        text: known ? error.text : { en: message, zh: message },
      },
    });
  } finally {
    cancelled.delete(id);
  }
}

let queue: Promise<void> = Promise.resolve();
process.on("message", (message: ToHost) => {
  if ("cancel" in message) cancelled.add(message.id);
  else queue = queue.then(() => serve(message.id, message.request));
});
// the parent decides what Ctrl-C means; without a parent there is nobody to compute for
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
