import { Tokenizer as ReferenceTokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BadInputError } from "../../src/errors.ts";
import { BYTE_ALPHABET } from "../../src/formats/tokenizer/alphabet.ts";
import { Tokenizer } from "../../src/formats/tokenizer/tokenizer.ts";
import type { Vocabulary } from "../../src/formats/tokenizer/vocabulary.ts";
import { trainTokenizer } from "../../src/train/tokenizer.ts";

const CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

/** Each word as often as given, each as a text of its own. */
function* repeated(words: Readonly<Record<string, number>>): Generator<string> {
  for (const [word, count] of Object.entries(words)) for (let i = 0; i < count; i++) yield word;
}

function merges(words: Readonly<Record<string, number>>, count: number): readonly string[] {
  return trainTokenizer(repeated(words), { vocabularySize: 256 + count, controlTokens: [] }).merges;
}

describe("trainTokenizer", () => {
  test("learns the merges worked out by hand", () => {
    // u g 20, u n 16, h ug 15, p un 12; then p ug and hug s with 5 each, of which p has the lower id; b un 4.
    const words = { hug: 10, pug: 5, pun: 12, bun: 4, hugs: 5 };
    expect(merges(words, 7)).toEqual(["u g", "u n", "h ug", "p un", "p ug", "hug s", "b un"]);
  });

  test("joins overlapping pairs from the left", () => {
    expect(merges({ aaa: 3 }, 2)).toEqual(["a a", "aa a"]);
    expect(merges({ aaaaa: 2 }, 3)).toEqual(["a a", "aa a", "aa aaa"]);
  });

  test("joins only inside a pre-token", () => {
    expect(merges({ "ab ab": 1, "12121212": 9 }, 1)).toEqual(["a b"]);
  });

  test("detaches words: the same tokens after a space, a mark or nothing, and every text comes back", () => {
    const text = 'A star. "star" said star, don\'t 读“星星” 12 star\n\nstar';
    const plan = { vocabularySize: 256 + 12, controlTokens: [], detachWords: true };
    const vocabulary = trainTokenizer(
      Array.from({ length: 9 }, () => text),
      plan,
    );
    const tokenizer = new Tokenizer(vocabulary);
    const [star, ...rest] = tokenizer.encode("star");
    expect(rest).toEqual([]);
    for (const before of [" ", '"', ", ", "\n\n", "("]) {
      expect(tokenizer.encode(`${before}star`)).toEqual([...tokenizer.encode(before), star]);
    }
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    // and not so where nothing asks for it
    expect(merges({ "x star": 9 }, 4)).toContain("Ġs tar");
  });

  test("puts the bytes first, then the merges, the control tokens last", () => {
    const { tokens, controlTokens } = trainTokenizer(repeated({ ab: 2 }), {
      vocabularySize: 260,
      controlTokens: CONTROL,
    });
    expect(tokens).toEqual([...BYTE_ALPHABET, "ab", ...CONTROL]);
    expect(controlTokens).toEqual(CONTROL.map((text, index) => ({ id: 257 + index, text })));
  });

  test("never learns to spell a control token", () => {
    const plan = { vocabularySize: 258, controlTokens: ["ab"] };
    const vocabulary = trainTokenizer(repeated({ ab: 9, cd: 2 }), plan);
    expect(vocabulary.merges).toEqual(["c d"]);
    expect(new Tokenizer(vocabulary).encode("ab")).toEqual([97, 98]);
  });

  test("does what the definition says, in whatever order the texts come", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "é"), minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), fc.nat({ max: 12 }), (texts, wanted) => {
        const expected = trainNaively(texts, wanted);
        const plan = { vocabularySize: 256 + expected.length, controlTokens: [] };
        const { tokens, merges } = trainTokenizer(texts, plan);
        expect(merges).toEqual(expected);
        expect(new Set(tokens).size).toBe(tokens.length);
        expect(trainTokenizer(texts.toReversed(), plan).merges).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test.each<[string, { vocabularySize: number; controlTokens: string[] }, RegExp]>([
    ["too small", { vocabularySize: 258, controlTokens: CONTROL }, /at least 259/],
    ["no whole number", { vocabularySize: 300.5, controlTokens: [] }, /300\.5 tokens/],
    ["more than the text holds", { vocabularySize: 300, controlTokens: [] }, /at most 258/],
    [
      "a control token twice",
      { vocabularySize: 300, controlTokens: ["<s>", "<s>"] },
      /"<s>" is empty, given/,
    ],
    ["a control token without text", { vocabularySize: 300, controlTokens: [""] }, /"" is empty/],
    ["a control token that is a byte", { vocabularySize: 300, controlTokens: ["a"] }, /"a" is empty, given/],
  ])("refuses a plan: %s", (_, plan, message) => {
    const train = () => trainTokenizer(["ab ab abc", "ab"], plan);
    expect(train).toThrow(BadInputError);
    expect(train).toThrow(message);
  });
});

describe("parity with @huggingface/tokenizers", () => {
  const corpus = [
    "Once upon a time there was a tailor who couldn't sew; he'd say: \"I'LL LEARN, you'll see!\" They've waited.\n\n",
    "从前有一个裁缝，他不会缝衣服。他说：“我会学的，你们等着看吧！”大家都笑了，等了三年，他学会了。\r\n",
    "function add(a, b) {\n\treturn a + b;  // 1 + 2 = 3\n}\n\n    const πr² = 3.14159 * r ** 2;\n",
    "Žluťoučký kůň úpěl ďábelské ódy — naïve café, Straße, ΑΒΓ, привет, 안녕하세요, こんにちは, नमस्ते, שלום 🎉👩‍🚀👍🏽\n",
    "<|im_start|>user\nWhat is <|endoftext|>?<|im_end|>\n<|im_start|>assistant\nA control token.<|im_end|>\n",
  ];
  const vocabulary = trainTokenizer([...corpus, ...corpus, ...corpus], {
    vocabularySize: 600,
    controlTokens: CONTROL,
  });
  const tokenizer = new Tokenizer(vocabulary);
  const reference = new ReferenceTokenizer(tokenizerJson(vocabulary), {});

  test("on the text it was trained on", () => {
    for (const text of [...corpus, corpus.join("")]) {
      expect(tokenizer.encode(text)).toEqual(reference.encode(text).ids);
    }
  });

  test("on any mixture of its pieces", () => {
    const pieces = corpus.join("").match(/.{1,4}/gsu) ?? [];
    const mixed = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "grapheme" })));
    fc.assert(
      fc.property(
        mixed.map((parts) => parts.join("")),
        (text) => {
          expect(tokenizer.encode(text)).toEqual(reference.encode(text).ids);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** The definition, word for word: count all pairs anew, join the most frequent one everywhere. */
function trainNaively(texts: readonly string[], wanted: number): string[] {
  const tokens = [...BYTE_ALPHABET];
  const words = texts.map((text) => [...Buffer.from(text)].map((byte) => BYTE_ALPHABET[byte] ?? ""));
  const merges: string[] = [];
  while (merges.length < wanted) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (const [index, left] of word.slice(0, -1).entries()) {
        const pair = `${left} ${word[index + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...counts]
      .filter(([, count]) => count >= 2)
      .map(([pair, count]) => ({ pair, count, ids: pair.split(" ").map((token) => tokens.indexOf(token)) }))
      .sort(
        (x, y) => y.count - x.count || (x.ids[0] ?? 0) - (y.ids[0] ?? 0) || (x.ids[1] ?? 0) - (y.ids[1] ?? 0),
      );
    if (best === undefined) break;
    const joined = best.pair.replace(" ", "");
    for (const word of words) {
      for (let index = 0; index + 1 < word.length; index++) {
        if (`${word[index]} ${word[index + 1]}` === best.pair) word.splice(index, 2, joined);
      }
    }
    merges.push(best.pair);
    tokens.push(joined);
  }
  return merges;
}

/** The vocabulary as a tokenizer.json without its control tokens, which that library would find in any text. */
function tokenizerJson({ tokens, merges, controlTokens }: Vocabulary): object {
  const ordinary = tokens.slice(0, tokens.length - controlTokens.length);
  return {
    version: "1.0",
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        {
          type: "Split",
          pattern: {
            Regex:
              "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
          },
          behavior: "Isolated",
          invert: false,
        },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: { type: "BPE", vocab: Object.fromEntries(ordinary.map((token, id) => [token, id])), merges },
  };
}
