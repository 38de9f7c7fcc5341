import {
  type BaseModel,
  type ChatModel,
  type Generation,
  type GenerationResult,
  open,
  type ReplyResult,
  type Stage,
  type UnprovenChatModel,
} from "../../src/index.ts";

/*
 * Compiled and never run: what users of the library see. Each line after `@ts-expect-error` must not compile, or the
 * compiler complains here.
 */

export async function aBaseHasNoChat(base: BaseModel): Promise<void> {
  const generation: Generation = base.complete("Once upon a time");
  const { text, stage }: GenerationResult = await generation.result;
  void [text, stage];
  // @ts-expect-error a base model was never taught turns
  base.chat([{ role: "user", content: "Hi" }]);
  base.chatInContext([{ role: "user", content: "Hi" }]);
  base.infill("def f(", "return x", { lines: 1 });
  base.complete("x", { until: ["\n"], examples: { examples: [{ input: "a", output: "b" }] } });
  // @ts-expect-error a task needs examples
  base.complete("x", { examples: {} });
}

export async function aChatModelNeedsNoImitation(model: ChatModel): Promise<void> {
  // @ts-expect-error it has a chat of its own
  model.chatInContext([]);
  const { thinking }: ReplyResult = await model.chat([], { thinking: false }).result;
  void thinking;
  // @ts-expect-error completing has no thoughts to switch
  model.complete("x", { thinking: true });
}

export async function theStageNarrows(): Promise<void> {
  const model = await open("some-model");
  // @ts-expect-error it may be a base, which has no chat
  model.chat([]);
  // @ts-expect-error it may be an embedding model, which writes no text
  model.complete("text");
  if (model.stage === "base") {
    model.complete("text");
    const base: BaseModel = model;
    void base;
    // @ts-expect-error a base has no chat
    model.chat([]);
  }
  if (model.stage === "instruct" || model.stage === "thinking" || model.stage === "hybrid") {
    model.chat([{ role: "user", content: "Hi" }]);
    model.complete("text");
  }
  if (model.stage === "embedding") {
    // @ts-expect-error it gives vectors, not text
    model.complete("text");
  }
  if (model.stage === null) model.complete("text");
  const stage: Stage | null = model.stage;
  void stage;
}

export async function forChatHasChat(): Promise<void> {
  const model = await open("some-model", { for: "chat" });
  const chats: ChatModel = model;
  void chats;
  for await (const piece of model.chat([{ role: "user", content: "Hi" }])) void piece.length;
  if (model.stage === "base") {
    const unproven: UnprovenChatModel = model;
    void unproven;
  }
  const forced = await open("some-model", { for: "chat", force: true });
  forced.chat([]);
}

export async function forCompleteHasComplete(): Promise<void> {
  const model = await open("some-model", { for: "complete" });
  model.complete("text");
  await model.next("text", { top: 3 });
  await model.score("text");
  // @ts-expect-error it was wanted for completion, and may be a base
  model.chat([]);
}

export async function usesAndRolesAreClosed(model: ChatModel): Promise<void> {
  // @ts-expect-error there is no such use
  await open("some-model", { for: "chatting" });
  // @ts-expect-error only a chat can be forced
  await open("some-model", { for: "complete", force: true });
  // @ts-expect-error there is no such role
  model.chat([{ role: "developer", content: "" }]);
  // @ts-expect-error what was measured is not to be changed
  (await model.chat([]).result).text = "";
  // @ts-expect-error the engine is no part of the public model
  void model.engine;
}
