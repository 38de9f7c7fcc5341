import { setImmediate } from "node:timers/promises";
import { BasewiseError } from "../../errors.ts";
import { Outbox } from "./outbox.ts";
import type { Answer, Failure, FromHost, Request, ToHost } from "./protocol.ts";
import { Session } from "./session.ts";
import { VectorSession } from "./vector-session.ts";

/*
 * The process that libllama runs in, so that what aborts there ends this process and not the user's program. It
 * computes without a pause for some milliseconds, then tells what came of it and hears what is asked.
 */

/** Milliseconds of computing between two looks at the messages; a person does not see text come in such steps. */
const TURN = 30;

let session: Session | undefined;
/** In place of a session, where the model is for vectors. */
let vectors: VectorSession | undefined;
let isComputing = false;
const outbox = new Outbox(send);
/** Ends requests that wait or run. */
const cancels = new Map<number, AbortController>();

function send(message: FromHost): void {
  process.send?.(message);
}

async function answer(id: number, request: Request, signal: AbortSignal): Promise<Answer> {
  if (request.call === "load") {
    session = new Session(request, () => void compute());
    return session.model;
  }
  if (request.call === "loadVectors") {
    vectors = new VectorSession(request);
    return vectors.model;
  }
  if (vectors !== undefined) return answerVectors(vectors, request, signal);
  const loaded = session;
  if (loaded === undefined) throw new RangeError("no model is loaded");
  switch (request.call) {
    case "tokenize":
      return loaded.tokenize(request.text);
    case "bytes":
      return request.ids.map((token) => loaded.bytes(token));
    case "generate":
      return loaded.generate(request, (token) => outbox.put(id, token), signal);
    case "next":
      return loaded.next(request);
    case "logits":
      return loaded.logits(request);
    case "score":
      return loaded.score(request);
    case "save":
      await loaded.save();
      return undefined;
    default:
      throw new RangeError(`${request.call} of a model that was loaded for text`);
  }
}

async function answerVectors(loaded: VectorSession, request: Request, signal: AbortSignal): Promise<Answer> {
  switch (request.call) {
    case "tokenize":
      return loaded.tokenize(request.text);
    case "embed":
      return loaded.embed(request, signal);
    case "scores":
      return loaded.scores(request, signal);
    default:
      throw new RangeError(`${request.call} of a model that was loaded for vectors`);
  }
}

async function serve(id: number, request: Request): Promise<void> {
  const cancel = new AbortController();
  cancels.set(id, cancel);
  let last: FromHost;
  try {
    last = { id, answer: await answer(id, request, cancel.signal) };
  } catch (error) {
    last = { id, failure: failureOf(error) };
  }
  cancels.delete(id);
  outbox.flush(); // the answer is the last that a request hears
  send(last);
}

function failureOf(error: unknown): Failure {
  if (error instanceof BasewiseError) return { name: error.name, text: error.text };
  const message = error instanceof Error ? error.message : String(error);
  return { name: "Error", text: { en: message, zh: message } };
}

/** Computes for as long as there is something to, and tells news at once. */
async function compute(): Promise<void> {
  if (isComputing) return;
  isComputing = true;
  for (;;) {
    outbox.flush();
    await setImmediate();
    if (!session?.isBusy) break;
    const end = performance.now() + TURN;
    let isNews = false;
    while (!isNews && session.isBusy && performance.now() < end) isNews = session.step();
  }
  isComputing = false;
}

process.on("message", (message: ToHost) => {
  if ("cancel" in message) {
    cancels.get(message.id)?.abort();
    return;
  }
  void serve(message.id, message.request);
  void compute();
});
// What Ctrl-C means is for the program to decide; without the program there is nobody to compute for.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
