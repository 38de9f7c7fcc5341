import { describe, expect, test } from "vitest";
import type { EndFact, ModelFacts } from "../../src/stage/facts.ts";
import { disagreements, stopsOf } from "../../src/stage/stops.ts";
import { CHATML, END_OF_TEXT, nameless } from "./facts.ts";

const TEXT_END = { id: 3, text: "<|endoftext|>" } as const;
const TURN_END = { id: 4, text: "<|im_end|>" } as const;
const SPECIAL = [TEXT_END, TURN_END, { id: 5, text: "<|im_start|>" }];

const end = (from: EndFact["from"], token: typeof TEXT_END | typeof TURN_END): EndFact => ({
  from,
  key: "eos_token_id",
  ...token,
});
/** A folder whose files name these ends. */
const folder = (...ends: EndFact[]): ModelFacts =>
  nameless({ format: "Hugging Face folder", ends, template: CHATML, specialTokens: SPECIAL });
const by = (facts: ModelFacts) => Object.fromEntries(stopsOf(facts).map((stop) => [stop.by, stop.tokens]));

describe("what a GGUF stops on", () => {
  const gguf = (changes: Partial<ModelFacts> = {}) =>
    nameless({ ends: [END_OF_TEXT], template: CHATML, specialTokens: SPECIAL, ...changes });

  test("is its keys, what the template writes, and what llama.cpp knows by name; Ollama and basewise run on that", () => {
    const all = [TEXT_END, TURN_END];
    expect(stopsOf(gguf())).toEqual([
      { by: "GGUF", tokens: [TEXT_END] },
      { by: "template", tokens: [TURN_END] },
      { by: "llama.cpp", tokens: all },
      { by: "Ollama", tokens: all },
      { by: "basewise", tokens: all },
    ]);
    expect(disagreements(stopsOf(gguf()))).toEqual([
      {
        en: expect.stringMatching(/which GGUF does not name; every runtime stops on it/),
        zh: expect.any(String),
      },
    ]);
  });

  test("is wrong where the template ends turns with a token of no known name", () => {
    const own = { id: 6, text: "<|my_end|>" };
    const facts = gguf({
      specialTokens: [...SPECIAL, own],
      reading: {
        frame: "",
        keepsText: true,
        marksTurns: true,
        afterAnswer: "<|my_end|>\n",
        opening: "",
        thinkingSwitch: undefined,
        dropsThoughts: false,
      },
    });
    expect(by(facts)).toMatchObject({ template: [own], "llama.cpp": [TEXT_END, TURN_END] });
    expect(disagreements(stopsOf(facts))[0]?.en).toBe(
      "The template ends turns with <|my_end|>, on which llama.cpp, Ollama, basewise would not stop.",
    );
  });
});

describe("what a folder stops on", () => {
  test("transformers believes generation_config.json alone, vLLM the tokenizer too", () => {
    const facts = folder(
      end("generation config", TEXT_END),
      end("config", TURN_END),
      end("tokenizer", TURN_END),
    );
    expect(by(facts)).toMatchObject({ transformers: [TEXT_END], vLLM: [TURN_END, TEXT_END] });
    expect(disagreements(stopsOf(facts))[0]?.en).toBe(
      "The template ends turns with <|im_end|>, on which transformers would not stop.",
    );
  });

  test("without generation_config.json, config.json decides", () => {
    const facts = folder(end("config", TURN_END), end("tokenizer", TEXT_END));
    expect(by(facts)).toMatchObject({ transformers: [TURN_END], vLLM: [TEXT_END, TURN_END] });
    expect(by(facts)).not.toHaveProperty("llama.cpp");
  });

  test("agrees where all name the turn end", () => {
    const facts = folder(
      end("generation config", TURN_END),
      end("config", TURN_END),
      end("tokenizer", TURN_END),
    );
    expect(disagreements(stopsOf(facts))).toEqual([]);
  });

  test("without a template, files that mean different ends are named", () => {
    const facts = {
      ...folder(end("generation config", TEXT_END), end("tokenizer", TURN_END)),
      template: undefined,
    };
    expect(disagreements(stopsOf(facts))).toEqual([
      { en: "tokenizer stops on the end of a turn, generation config does not.", zh: expect.any(String) },
    ]);
  });

  test("ids without a text are not compared", () => {
    const facts = folder({ from: "config", key: "eos_token_id", id: 99, text: undefined });
    expect(disagreements(stopsOf(facts))).toEqual([]);
  });
});
