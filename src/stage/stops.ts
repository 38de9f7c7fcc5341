import { stopsLlama, turnEndsOf } from "./ends.ts";
import type { EndFact, ModelFacts, Token } from "./facts.ts";

/** What one file or runtime would stop generation on. */
export interface Stops {
  readonly by: EndFact["from"] | "template" | "llama.cpp";
  readonly tokens: readonly Token[];
}

/**
 * What each file would stop on, what the template ends a turn with, and, for a GGUF, what llama.cpp adds from the
 * vocabulary's control tokens. Where they differ, the same model stops in one program and not in another.
 */
export function stopsOf(facts: ModelFacts): Stops[] {
  const sources = ["generation config", "config", "tokenizer", "GGUF"] as const;
  const stops: Stops[] = sources.map((from) => ({
    by: from,
    tokens: distinct(facts.ends.filter((end) => end.from === from)),
  }));
  if (facts.template !== undefined) {
    stops.push({ by: "template", tokens: turnEndsOf(facts.template).map((text) => withId(facts, text)) });
  }
  if (facts.format === "GGUF") stops.push({ by: "llama.cpp", tokens: llamaStops(facts) });
  return stops.filter((stop) => stop.tokens.length > 0);
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
