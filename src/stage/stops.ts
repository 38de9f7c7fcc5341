import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import { endKind, stopsLlama, turnEndsOf } from "./ends.ts";
import type { EndFact, ModelFacts, Token } from "./facts.ts";

/** The programs whose rule of stopping is known. */
export const RUNTIMES = ["transformers", "vLLM", "llama.cpp", "Ollama", "basewise"] as const;
export type Runtime = (typeof RUNTIMES)[number];

/** What can say where generation ends: a file, the template by what it writes, or a program by its rule. */
export type Stopper = EndFact["from"] | "template" | Runtime;

/** What one file or runtime would stop generation on. */
export interface Stops {
  readonly by: Stopper;
  readonly tokens: readonly Token[];
}

/**
 * What each file would stop on, what the template ends a turn with, and what each runtime makes of it. The rules:
 *
 * - transformers: `generation_config.json`, and without it `config.json` (`GenerationMixin`, which builds its config
 *   from the model's where the file is missing). The tokenizer has no say.
 * - vLLM: the same, and the tokenizer's end token (`LLMEngine` and `SamplingParams.update_from_generation_config`).
 * - llama.cpp, and basewise, which runs on it: the GGUF's end keys, and every control token with a known name
 *   (`llama_vocab::impl::load`).
 * - Ollama: what its llama.cpp stops on, and the `stop` parameters of the Modelfile, which no model file holds.
 */
export function stopsOf(facts: ModelFacts): Stops[] {
  const from = (source: EndFact["from"]): Token[] =>
    distinct(facts.ends.filter((end) => end.from === source));
  const generation = from("generation config");
  const effective = generation.length > 0 ? generation : from("config");
  const isGguf = facts.format === "GGUF";
  const llama = isGguf ? llamaStops(facts) : [];
  const stops: Stops[] = [
    { by: "generation config", tokens: generation },
    { by: "config", tokens: from("config") },
    { by: "tokenizer", tokens: from("tokenizer") },
    { by: "GGUF", tokens: from("GGUF") },
    { by: "template", tokens: templateStops(facts) },
    { by: "transformers", tokens: isGguf ? [] : effective },
    { by: "vLLM", tokens: isGguf ? [] : distinct([...from("tokenizer"), ...effective]) },
    { by: "llama.cpp", tokens: llama },
    { by: "Ollama", tokens: llama },
    { by: "basewise", tokens: llama },
  ];
  return stops.filter((stop) => stop.tokens.length > 0);
}

/** What one of them stops on; undefined where nothing is known of it. */
export function stopsBy(stops: readonly Stops[], by: Stopper): readonly Token[] | undefined {
  return stops.find((stop) => stop.by === by)?.tokens;
}

/** Whether a token is among those that stop, by its text. */
export function hasStop(tokens: readonly Token[], text: string): boolean {
  return tokens.some((token) => token.text === text);
}

/**
 * In which the files and runtimes differ: whether what ends a turn by the template would end generation. Where no
 * template says what ends a turn, files that stop on different tokens.
 */
export function disagreements(stops: readonly Stops[]): Text[] {
  const end = stopsBy(stops, "template")?.[0]?.text;
  // Tokens without a text cannot be compared.
  const known = stops.filter(
    ({ by, tokens }) => by !== "template" && tokens.every(({ text }) => text !== undefined),
  );
  if (end === undefined) return differentEnds(known);
  const without = known.filter(({ tokens }) => !hasStop(tokens, end)).map(({ by }) => by);
  const runtimes = without.filter((by) => RUNTIMES.some((runtime) => runtime === by));
  const files = without.filter((by) => !runtimes.includes(by));
  const shown = printable(end);
  if (runtimes.length > 0) {
    return [
      {
        en: `The template ends turns with ${shown}, on which ${runtimes.join(", ")} would not stop.`,
        zh: `模板用 ${shown} 结束一轮，但 ${runtimes.join("、")} 不会在此停止。`,
      },
    ];
  }
  if (files.length === 0) return [];
  return [
    {
      en: `The template ends turns with ${shown}, which ${files.join(", ")} does not name; every runtime stops on it all the same.`,
      zh: `模板用 ${shown} 结束一轮，而 ${files.join("、")} 没有写明它；不过各运行时都会在此停止。`,
    },
  ];
}

function differentEnds(stops: readonly Stops[]): Text[] {
  const kinds = stops
    .filter(({ by }) => !RUNTIMES.some((runtime) => runtime === by))
    .map(({ by, tokens }) => ({ by, isTurnEnd: tokens.some(({ text }) => endKind(text) === "turn end") }));
  const turnEnds = kinds.filter(({ isTurnEnd }) => isTurnEnd).map(({ by }) => by);
  const others = kinds.filter(({ isTurnEnd }) => !isTurnEnd).map(({ by }) => by);
  if (turnEnds.length === 0 || others.length === 0) return [];
  return [
    {
      en: `${turnEnds.join(", ")} stops on the end of a turn, ${others.join(", ")} does not.`,
      zh: `${turnEnds.join("、")} 在轮次结束处停止，${others.join("、")} 则不会。`,
    },
  ];
}

/** What the template was seen to write behind a finished answer; where it was not rendered, what it could write. */
function templateStops(facts: ModelFacts): Token[] {
  const after = facts.reading?.afterAnswer.trimStart() ?? "";
  if (after !== "") {
    const eos = facts.ends.find((end) => end.from === "tokenizer" || end.from === "GGUF")?.text;
    const special = (facts.specialTokens ?? []).flatMap(({ text }) => text ?? []);
    const first = [...special, ...turnEndsOf(after), ...(eos === undefined ? [] : [eos])]
      .filter((token) => token !== "" && after.startsWith(token))
      .sort((one, other) => other.length - one.length)[0];
    return first === undefined ? [] : [withId(facts, first)];
  }
  return facts.template === undefined ? [] : turnEndsOf(facts.template).map((text) => withId(facts, text));
}

function llamaStops(facts: ModelFacts): Token[] {
  const control = facts.specialTokens ?? [];
  const texts = control.flatMap(({ text }) => (text === undefined ? [] : [text]));
  const byText = control.filter(({ text }) => text !== undefined && stopsLlama(text, texts));
  return distinct([...facts.ends.filter((end) => end.from === "GGUF"), ...byText]);
}

function withId(facts: ModelFacts, text: string): Token {
  return { id: facts.specialTokens?.find((token) => token.text === text)?.id, text };
}

function distinct(tokens: readonly Token[]): Token[] {
  const seen = new Map(tokens.map(({ id, text }) => [`${id} ${text}`, { id, text }]));
  return [...seen.values()];
}
